"""What shoppers asked in vain, and the merchant's answers to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from chatbot.answering.merchant_answers import likeness, match
from chatbot.answering.shop_facts import content_stems
from chatbot.emails import PLACEHOLDER, take_out
from chatbot.models import Chatbot, MerchantAnswer, Message
from commerce.mapping.text import clean_text, one_line
from hiwelink.accounts.models import User

MAX_QUESTION, MAX_TEXT = 1_000, 4_000
MAX_ANSWERS = 500  # of one chatbot
LOOKED_AT = 1_000  # unanswered questions grouped
ALIKE = 0.6  # the share of telling words that puts two questions into one group


class InvalidAnswer(ValueError):
    """What was entered is no answer; `errors` is {field: sentence}."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass
class UnansweredGroup:
    """Questions that ask the same. question: as last written; e-mails taken out."""

    question: str
    count: int
    last_asked_at: datetime
    messages: list[Message]
    stems: set[str]


def add_answer(
    chatbot: Chatbot, *, question: str, text: str, user: User | None = None
) -> MerchantAnswer:
    """Answer a question, and from now on every one like it. Raises InvalidAnswer."""
    question, text = one_line(question), clean_text(text).strip()
    errors = errors_of(question, text)
    if not errors and chatbot.merchant_answers.count() >= MAX_ANSWERS:
        errors["question"] = (
            f"A chatbot has {MAX_ANSWERS} answers at most. Delete one it no longer needs."
        )
    if errors:
        raise InvalidAnswer(errors)
    return MerchantAnswer.objects.create(
        chatbot=chatbot, question=question, text=text, created_by=user
    )


def update_answer(
    answer: MerchantAnswer, *, question: str, text: str, is_active: bool
) -> MerchantAnswer:
    """Change an answer, or set it aside. Raises InvalidAnswer; nothing changes then."""
    question, text = one_line(question), clean_text(text).strip()
    if errors := errors_of(question, text):
        raise InvalidAnswer(errors)
    if question != answer.question:  # its vector is of the old words
        answer.vector, answer.vector_model = [], ""
    answer.question, answer.text, answer.is_active = question, text, is_active
    answer.save()
    return answer


def errors_of(question: str, text: str) -> dict[str, str]:
    """Return {field: sentence} of what is wrong; both in their normal form."""
    errors = {}
    if not content_stems(question):
        errors["question"] = "Write the question as a shopper would ask it."
    elif len(question) > MAX_QUESTION:
        errors["question"] = f"Make this {MAX_QUESTION:,} characters at most."
    if not text:
        errors["text"] = "Write what the chatbot should answer."
    elif len(text) > MAX_TEXT:
        errors["text"] = f"Make this {MAX_TEXT:,} characters at most."
    return errors


def unanswered_questions(
    chatbots: Sequence[Chatbot], *, days: int = 30
) -> list[UnansweredGroup]:
    """Group what was asked in vain and has no answer yet, the most asked first."""
    since = timezone.now() - timedelta(days=days)
    asked = (
        Message.objects.filter(
            answer__is_answered=False,
            conversation__chatbot__in=chatbots,
            created_at__gte=since,
        )
        .select_related("conversation")
        .order_by("-id")[:LOOKED_AT]
    )
    answers = list(MerchantAnswer.objects.filter(chatbot__in=chatbots, is_active=True))
    groups: list[UnansweredGroup] = []
    for message in asked:
        add_to_groups(groups, message)
    groups = [group for group in groups if match(group.question, answers) is None]
    return sorted(groups, key=lambda group: (-group.count, -group.messages[0].pk))


def add_to_groups(groups: list[UnansweredGroup], message: Message) -> None:
    """Put a question, the newest first, with those it is like."""
    text = one_line(take_out(message.text)[0])
    stems = content_stems(text.replace(PLACEHOLDER, ""))
    for group in groups:
        if likeness(stems, group.stems) >= ALIKE:
            group.count += 1
            group.messages.append(message)
            return
    if stems:
        groups.append(UnansweredGroup(text, 1, message.created_at, [message], stems))
