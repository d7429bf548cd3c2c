"""What the list of conversations is narrowed to; all of it is in the address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict

from chatbot.models import Chatbot


class ConversationFilter(forms.Form):
    """The query of the page's address; what is no choice counts as not chosen."""

    search = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    chatbot = forms.ChoiceField(required=False)
    only = forms.ChoiceField(
        required=False,
        label="Show",
        choices=[
            ("", "Everything"),
            ("unanswered", "With unanswered questions"),
            ("down", "With thumbs down"),
        ],
    )
    date = forms.DateField(
        required=False,
        label="Day",
        # At the ends of the calendar there is no next day, nor every time zone.
        validators=[
            MinValueValidator(date(2000, 1, 1)),
            MaxValueValidator(date(2999, 12, 31)),
        ],
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, query: QueryDict, chatbots: Sequence[Chatbot]) -> None:
        super().__init__(query)
        choice = self.fields["chatbot"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [
            ("", "Any chatbot"),
            *((str(c.uid), f"{c.name} ({c.store.name})") for c in chatbots),
        ]

    def chosen(self) -> dict[str, Any]:
        """What is really narrowed, as it stands in an address."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
