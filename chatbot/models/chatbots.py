"""A merchant's chatbot: whose products it speaks of, how it looks, where it may live."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models

from commerce.models import Store


class Position(models.TextChoices):
    RIGHT = "right", "Bottom right"
    LEFT = "left", "Bottom left"


class Chatbot(models.Model):
    """One widget of one store; `public_id` is all a storefront knows of it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(Store, models.CASCADE, related_name="chatbots")
    name = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True)

    greeting = models.CharField(max_length=300, blank=True)
    accent_color = models.CharField(
        max_length=7,
        default="#2f5bea",
        validators=[
            RegexValidator(
                r"^#[0-9a-fA-F]{6}\Z", "Write the colour as # and six hex digits."
            )
        ],
    )
    position = models.CharField(
        max_length=5, choices=Position.choices, default=Position.RIGHT
    )
    suggested_questions = models.JSONField(default=list, blank=True)  # list of texts
    # Origins such as https://shop.example whose pages may show the widget.
    allowed_origins = models.JSONField(default=list, blank=True)

    # What the merchant writes and answers may state: shipping, returns, opening hours.
    shop_facts = models.TextField(blank=True, max_length=8_000)
    tone = models.CharField(max_length=300, blank=True)
    # How a shopper reaches a person: an address, a telephone number, a link.
    contact = models.CharField(max_length=300, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def embed_code(self) -> str:
        """The line a merchant pastes into the storefront (DESIGN, Widget API)."""
        return (
            f'<script src="{settings.PUBLIC_BASE_URL}/widget/v1/loader.js" '
            f'data-chatbot="{self.public_id}" async></script>'
        )
