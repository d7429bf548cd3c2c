"""What a merchant enters on the dashboard's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies
from django import forms
from django.conf import settings

from commerce.connector.auth import FIELDS as CREDENTIAL_FIELDS
from commerce.mapping_entry import LONGEST as LONGEST_MAPPING
from commerce.mapping_entry import NotAnObject, read_object
from commerce.models import AuthMethod, Environment, Resource, RunStatus
from commerce.services.stores import (
    ENDPOINTS,
    InvalidStore,
    StoreDraft,
    build_store,
)
from hiwelink.accounts.models import Workspace

# The most common languages of shops; the store's texts and its shoppers' questions.
LANGUAGES = (
    *("en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "sk", "hu", "ro", "bg"),
    *("sv", "da", "nb", "fi", "et", "lv", "lt", "el", "tr", "uk", "ru", "he", "ar"),
    *("hi", "bn", "id", "ms", "th", "vi", "zh", "ja", "ko"),
)
INTERVALS = (
    ("", "Off: only by hand and through webhooks"),
    ("15", "Every 15 minutes"),
    ("30", "Every 30 minutes"),
    ("60", "Every hour"),
    ("360", "Every 6 hours"),
    ("1440", "Once a day"),
)


@cache
def currency_choices() -> list[tuple[str, str]]:
    """Every currency in use today, by code, after an empty choice."""
    names = Locale("en").currencies
    codes = {
        code
        for territory in get_global("territory_currencies")
        for code in get_territory_currencies(territory)
        if code in names
    }
    told = [("", "As the store tells with each price")]
    return told + [(code, f"{code} – {names[code]}") for code in sorted(codes)]


@cache
def language_choices() -> list[tuple[str, str]]:
    names = Locale("en").languages
    return sorted(((code, names[code]) for code in LANGUAGES), key=lambda c: c[1])


def environment_choices() -> list[tuple[str, str]]:
    """Sandbox is offered only where the operator allows addresses for it."""
    if settings.SANDBOX_ALLOWED_HOSTS:
        return list(Environment.choices)
    return [(Environment.PRODUCTION.value, Environment.PRODUCTION.label)]


def text(label: str, help_text: str = "", **options: Any) -> forms.CharField:
    """A line of text that no browser corrects or completes."""
    placeholder = options.pop("placeholder", "")
    attrs = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
    widget = forms.TextInput(attrs=attrs | {"placeholder": placeholder})
    return forms.CharField(
        label=label, help_text=help_text, **({"widget": widget} | options)
    )


def secret(label: str, help_text: str) -> forms.CharField:
    """A credential: what was entered is never sent back to the browser."""
    widget = forms.PasswordInput(
        attrs={"autocomplete": "new-password", "spellcheck": "false"},
        render_value=False,
    )
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=5000,
        widget=widget,
    )


class JSONObjectField(forms.CharField):
    """An object as JSON text; {} when left empty."""

    widget = forms.Textarea(
        attrs={"class": "mono", "rows": 8, "spellcheck": "false", "autocomplete": "off"}
    )

    def clean(self, value: Any) -> dict[str, Any]:
        try:
            return read_object(super().clean(value))
        except NotAnObject as error:
            raise forms.ValidationError(str(error)) from None


class StoreErrorsForm(forms.Form):
    """A form about a store, told what the services found wrong."""

    def add_store_errors(self, error: InvalidStore) -> None:
        """Put each sentence at the field it is about, unless that has one already."""
        for where, sentence in error.errors.items():
            part, _, rest = where.partition(".")
            field: str | None = rest if part in {"endpoints", "credentials"} else part
            if part == "field_mappings" and rest:
                sentence = f"{rest}: {sentence}"
            if field not in self.fields:
                field = None
            if field is None or part == "field_mappings" or field not in self.errors:
                self.add_error(field, sentence)


class StoreForm(StoreErrorsForm):
    """Add Store, Generic API (specification, "Connect to HiWelink").

    workspaces: where the store may go; asked for when there are several.
    """

    name = text("Store name", "As you want to see it in the dashboard.", max_length=120)
    base_url = text(
        "Base URL",
        "The root of your API, without a trailing slash or an endpoint's path.",
        max_length=500,
        placeholder="https://api.yourstore.com",
    )
    storefront_url = text(
        "Storefront URL",
        "Where shoppers go, if that is not the base URL. Product links start here.",
        max_length=500,
        required=False,
        placeholder="https://www.yourstore.com",
    )
    environment = forms.ChoiceField(
        choices=environment_choices, initial=Environment.PRODUCTION
    )
    auth_method = forms.ChoiceField(
        label="Authentication method",
        choices=AuthMethod.choices,
        initial=AuthMethod.API_KEY,
        widget=forms.RadioSelect,
    )
    api_key = secret("API key", "Sent as X-API-Key: <key> with every request.")
    token = secret("Bearer token", "Sent as Authorization: Bearer <token>.")
    username = text("Username", required=False, max_length=5000)
    password = secret("Password", "Username and password are sent Base64-encoded.")
    health = text("Health endpoint", required=False, max_length=300, initial="/health")
    products = text(
        "Products endpoint", required=False, max_length=300, initial="/api/products"
    )
    orders = text(
        "Orders endpoint", required=False, max_length=300, initial="/api/orders"
    )
    field_mappings = JSONObjectField(
        label="Field mappings (JSON)",
        help_text="Keys are HiWelink's fields, values are yours.",
        required=False,
        max_length=LONGEST_MAPPING,
    )
    per_page = forms.IntegerField(
        label="Records per page",
        help_text="1 to 100. Lower it when your endpoints are slow.",
        min_value=1,
        max_value=100,
        initial=50,
    )
    sync_interval_minutes = forms.TypedChoiceField(
        label="Scheduled sync",
        choices=INTERVALS,
        coerce=int,
        empty_value=None,
        required=False,
        initial="60",
    )
    currency = forms.ChoiceField(
        help_text="For prices that come without a currency.",
        choices=currency_choices,
        required=False,
    )
    language = forms.ChoiceField(
        help_text="What your product texts are written in.",
        choices=language_choices,
        initial="en",
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        workspaces: Sequence[Workspace] = (),
    ) -> None:
        super().__init__(data)
        self.workspaces = workspaces
        if len(workspaces) > 1:
            self.fields["workspace"] = forms.ChoiceField(
                help_text="Everybody in it sees the store.",
                choices=[(str(one.uid), one.name) for one in workspaces],
                required=False,
            )

    def chosen_workspace(self) -> Workspace:
        """Return where the store goes: the first place unless another was chosen."""
        chosen = self.cleaned_data.get("workspace")
        found = [one for one in self.workspaces if str(one.uid) == chosen]
        return found[0] if found else self.workspaces[0]

    def clean(self) -> dict[str, Any]:
        """Ask the service too, so that every error shows at once."""
        try:
            build_store(Workspace(), self.draft())
        except InvalidStore as error:
            self.add_store_errors(error)
        return self.cleaned_data

    def draft(self) -> StoreDraft:
        """Return what was entered; a field in error counts as left empty."""
        data = {name: "" for name in self.fields} | self.cleaned_data
        method = data["auth_method"]
        return StoreDraft(
            name=data["name"],
            base_url=data["base_url"],
            storefront_url=data["storefront_url"],
            environment=data["environment"],
            auth_method=method,
            credentials={key: data[key] for key in CREDENTIAL_FIELDS.get(method, ())},
            endpoints={name: data[name] for name in ENDPOINTS},
            field_mappings=data["field_mappings"] or {},
            per_page=data["per_page"],
            sync_interval_minutes=data["sync_interval_minutes"],
            currency=data["currency"],
            language=data["language"],
        )

    @property
    def has_option_errors(self) -> bool:
        """Whether an error hides in the folded part of the form."""
        folded = {*ENDPOINTS, "field_mappings"}
        return bool(folded & set(self.errors))


class CheckForm(StoreForm):
    """The same form for the doctor: a store that is only examined needs no name."""

    name = text("Store name", max_length=120, required=False)

    def draft(self) -> StoreDraft:
        draft = super().draft()
        return replace(draft, name=draft.name or "Store")


class SyncForm(forms.Form):
    """Which resource to sync by hand."""

    resource = forms.ChoiceField(choices=[*Resource.choices, ("all", "Everything")])

    def resources(self) -> tuple[str, ...]:
        """The chosen resources, products first."""
        chosen = self.cleaned_data["resource"]
        if chosen == "all":
            return (Resource.PRODUCTS, Resource.ORDERS)
        return (chosen,)


class RunFilter(forms.Form):
    """The query of the list of runs; what is no choice counts as not chosen."""

    resource = forms.ChoiceField(
        required=False, choices=[("", "Products and orders"), *Resource.choices]
    )
    status = forms.ChoiceField(
        required=False, choices=[("", "Any result"), *RunStatus.choices]
    )

    def chosen(self) -> dict[str, str]:
        """What is really narrowed, by the model's fields."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
