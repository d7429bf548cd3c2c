"""What shoppers asked, what they were told, and what each answer stood on."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone

from chatbot.models.chatbots import Chatbot


class Role(models.TextChoices):
    SHOPPER = "shopper", "Shopper"
    ASSISTANT = "assistant", "Chatbot"


class AnsweredBy(models.TextChoices):
    MODEL = "model", "Model"
    COMPOSER = "composer", "HiWelink"
    MERCHANT = "merchant", "Your own answer"


class Rating(models.TextChoices):
    UP = "up", "Helpful"
    DOWN = "down", "Not helpful"


class MerchantAnswer(models.Model):
    """What the merchant says to a question, used for every question like it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chatbot = models.ForeignKey(
        Chatbot, models.CASCADE, related_name="merchant_answers"
    )
    question = models.CharField(max_length=1_000)
    text = models.TextField(max_length=4_000)
    is_active = models.BooleanField(default=True)
    # The question as a unit vector, and the model that made it: what another made is
    # made anew. Empty until somebody asked.
    vector = ArrayField(models.FloatField(), default=list, blank=True)
    vector_model = models.CharField(max_length=100, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.question


class Conversation(models.Model):
    """One shopper's talk with one chatbot. Whoever knows `uid` may go on with it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chatbot = models.ForeignKey(Chatbot, models.CASCADE, related_name="conversations")
    # What is being talked about; see chatbot.answering.context.
    context = models.JSONField(default=dict, blank=True)
    # The addresses the shopper wrote, in lower case: erasure finds them here.
    emails = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_message_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-last_message_at", "-id"]
        indexes = [
            models.Index(
                fields=["chatbot", "-last_message_at"], name="conversation_newest"
            ),
            models.Index(fields=["last_message_at"], name="conversation_age"),
            GinIndex(fields=["emails"], name="conversation_emails"),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class Message(models.Model):
    """What the shopper wrote, or the answer to it. Plain text, never markup."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="messages"
    )
    role = models.CharField(max_length=9, choices=Role.choices)
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    # The rest is empty for what the shopper wrote.
    question = models.OneToOneField(
        "self", models.CASCADE, null=True, blank=True, related_name="answer"
    )
    answered_by = models.CharField(max_length=8, choices=AnsweredBy.choices, blank=True)
    merchant_answer = models.ForeignKey(
        MerchantAnswer, models.SET_NULL, null=True, blank=True, related_name="messages"
    )
    # False: the shopper was told that we do not know.
    is_answered = models.BooleanField(null=True, blank=True)
    # External ids of the products whose cards were shown, in that order.
    products = models.JSONField(default=list, blank=True)
    # [{"external_id", "name", "price", "currency", "stock_status", "written_by"}] of
    # every product the answer spoke of, as they were at that moment.
    grounds = models.JSONField(default=list, blank=True)
    rating = models.CharField(max_length=4, choices=Rating.choices, blank=True)
    # Why the model did not answer, or what of its answer was not shown.
    error_code = models.CharField(max_length=40, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["conversation", "id"], name="message_in_conversation"),
            models.Index(
                fields=["conversation"],
                condition=models.Q(is_answered=False),
                name="message_unanswered",
            ),
            models.Index(
                fields=["conversation"],
                condition=models.Q(rating="down"),
                name="message_thumbs_down",
            ),
        ]

    def __str__(self) -> str:
        # Never the text: it may hold an e-mail address.
        return f"{self.get_role_display()}, {self.created_at:%Y-%m-%d %H:%M}"
