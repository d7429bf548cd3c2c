"""What the list of deliveries is narrowed to: the same for the page and a replay."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from commerce.models import Store
from webhooks.models import Delivery, DeliveryStatus
from webhooks.reading import EVENTS, SYNC
from webhooks.selectors import deliveries_of

ANY = ("", "Any")


class DeliveryFilter(forms.Form):
    """The query of the page's address; what is no choice counts as not chosen."""

    status = forms.ChoiceField(
        required=False, choices=[("", "Any status"), *DeliveryStatus.choices]
    )
    event = forms.ChoiceField(
        required=False,
        choices=[
            ("", "Any event"),
            *((event, event) for event in EVENTS),
            (SYNC, "bulk sync"),
        ],
    )
    date = forms.DateField(
        required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    external_id = forms.CharField(
        required=False, max_length=190, label="Record's id", widget=forms.TextInput
    )
    search = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )

    def chosen(self) -> dict[str, Any]:
        """What is really narrowed, as it stands in an address."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def read_filter(query: QueryDict) -> DeliveryFilter:
    return DeliveryFilter(query)


def filtered(store: Store, chosen: dict[str, Any], zone: tzinfo) -> QuerySet[Delivery]:
    """The chosen deliveries; a day is one of the reader's time zone."""
    return deliveries_of(
        store,
        status=chosen.get("status", ""),
        event=chosen.get("event", ""),
        external_id=chosen.get("external_id", ""),
        day=chosen.get("date"),
        zone=zone,
        search=chosen.get("search", ""),
    )
