"""What a merchant enters on the Connection page of a store."""

from __future__ import annotations

from typing import Any

from django import forms

from commerce.connector.auth import FIELDS as CREDENTIAL_FIELDS
from commerce.forms import secret, text
from commerce.models import AuthMethod, Store
from commerce.services.stores import InvalidStore

OVERLAPS = (
    ("0", "End it at once"),
    ("1", "1 hour"),
    ("24", "1 day"),
    ("168", "7 days"),
    ("720", "30 days"),
)


class CredentialForm(forms.Form):
    """A new credential, to reconnect with or in place of the one that is stored."""

    auth_method = forms.ChoiceField(
        label="Authentication method",
        choices=AuthMethod.choices,
        widget=forms.RadioSelect,
    )
    api_key = secret("API key", "Sent as X-API-Key: <key> with every request.")
    token = secret("Bearer token", "Sent as Authorization: Bearer <token>.")
    username = text("Username", required=False, max_length=5000)
    password = secret("Password", "Username and password are sent Base64-encoded.")

    def credential(self) -> dict[str, Any]:
        """Return what the services take; a field in error counts as left empty."""
        data = {name: "" for name in self.fields} | self.cleaned_data
        method = data["auth_method"]
        return {
            "auth_method": method,
            "credentials": {key: data[key] for key in CREDENTIAL_FIELDS[method]},
        }

    def add_store_errors(self, error: InvalidStore) -> None:
        for where, sentence in error.errors.items():
            name = where.rpartition(".")[2]
            self.add_error(name if name in self.fields else None, sentence)


class TokenForm(forms.Form):
    overlap_hours = forms.TypedChoiceField(
        label="The old token goes on working for",
        choices=OVERLAPS,
        coerce=int,
        initial="24",
        help_text="Time to put the new one into your store's settings.",
    )


class DeletionForm(forms.Form):
    """The name of the store, typed: nobody deletes a store by a slip of the finger."""

    name = text("Type the store's name to confirm", max_length=200)

    def __init__(self, store: Store, data: Any = None) -> None:
        super().__init__(data, auto_id="delete_%s")
        self.store = store
        self.fields["name"].widget.attrs["placeholder"] = store.name

    def clean_name(self) -> str:
        entered = " ".join(self.cleaned_data["name"].split())
        if entered != " ".join(self.store.name.split()):
            raise forms.ValidationError(
                f"This is not the store's name. Nothing was deleted. Type “"
                f"{self.store.name}” to delete it."
            )
        return entered
