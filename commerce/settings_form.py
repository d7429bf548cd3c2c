"""What a merchant may change of a connected store (services/store_settings.py)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from django import forms

from commerce.forms import (
    INTERVALS,
    StoreErrorsForm,
    StoreForm,
    currency_choices,
    language_choices,
)
from commerce.models import Store
from commerce.services.store_settings import MAX_INTERVAL_MINUTES
from commerce.services.stores import ENDPOINTS

CUSTOM = "custom"


# As on the Connect form.
LIKE_CONNECT = ("name", "base_url", "storefront_url", *ENDPOINTS, "per_page")


class SettingsForm(StoreErrorsForm):
    """The settings of one store. Its credential and mapping have pages of their own."""

    sync_interval_minutes = forms.ChoiceField(
        label="Scheduled sync",
        choices=[*INTERVALS, (CUSTOM, "Another interval")],
        required=False,
    )
    custom_minutes = forms.IntegerField(
        label="Minutes",
        help_text="Between two syncs, for another interval.",
        min_value=1,
        max_value=MAX_INTERVAL_MINUTES,
        required=False,
    )
    currency = forms.ChoiceField(
        help_text="For prices that come without a currency.", required=False
    )
    language = forms.ChoiceField(help_text="What your product texts are written in.")

    def __init__(self, store: Store, data: Any = None) -> None:
        super().__init__(data, initial=shown(store))
        for name in LIKE_CONNECT:
            self.fields[name] = deepcopy(StoreForm.base_fields[name])
        offer(self.fields["currency"], store.currency, currency_choices())
        offer(self.fields["language"], store.language, language_choices())

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        is_custom = data.get("sync_interval_minutes") == CUSTOM
        if is_custom and "custom_minutes" in data and not data["custom_minutes"]:
            self.add_error("custom_minutes", "Enter the minutes between two syncs.")
        return data

    def changes(self) -> dict[str, Any]:
        """What was entered, as columns of the store."""
        data = self.cleaned_data
        columns = {
            name: data[name] for name in ("name", "per_page", "currency", "language")
        }
        for name in ("base_url", "storefront_url"):
            columns[name] = data[name].rstrip("/")
        for name in ENDPOINTS:
            default = getattr(Store(), f"{name}_path")
            columns[f"{name}_path"] = data[name] or default
        chosen = data["sync_interval_minutes"]
        minutes = data["custom_minutes"] if chosen == CUSTOM else chosen
        columns["sync_interval_minutes"] = int(minutes) if minutes else None
        return columns


def shown(store: Store) -> dict[str, Any]:
    """The store as the form shows it."""
    minutes = str(store.sync_interval_minutes or "")
    is_offered = minutes in dict(INTERVALS)
    return {
        "name": store.name,
        "base_url": store.base_url,
        "storefront_url": store.storefront_url,
        **{name: getattr(store, f"{name}_path") for name in ENDPOINTS},
        "per_page": store.per_page,
        "sync_interval_minutes": minutes if is_offered else CUSTOM,
        "custom_minutes": None if is_offered else store.sync_interval_minutes,
        "currency": store.currency,
        "language": store.language,
    }


def offer(field: Any, value: str, choices: list[tuple[str, str]]) -> None:
    """Offer also what the store has already: the API takes any code."""
    known = {code for code, _ in choices}
    field.choices = choices if value in known else [*choices, (value, value)]
