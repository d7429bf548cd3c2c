"""How many messages one conversation, address and chatbot may send."""

from __future__ import annotations

from uuid import UUID

from chatbot.models import Chatbot
from chatbot.orders import network_of
from chatbot.services.counters import DAY, HOUR, Limit, count_up

MINUTE = 60
# More than a person types, less than a script sends.
CONVERSATION_A_MINUTE, CONVERSATION_A_DAY = 30, 500
# One address may be an office, a school, or the whole of a mobile network.
ADDRESS_AN_HOUR = 2_000
CHATBOT_AN_HOUR = 30_000

WORDS = {
    "conversation": "You’re writing faster than I can read. Give me a minute, please.",
    "conversation day": "We’ve talked a lot today. Please start a new conversation.",
    "address": "Many messages came from your network. Please try again in a while.",
    "chatbot": "Very many people are asking at the moment. Please try again in a while.",
}


def limits_for(
    chatbot: Chatbot, conversation: UUID | None, address: str
) -> list[Limit]:
    limits = [
        Limit(
            "address",
            f"{chatbot.pk} {network_of(address)}",
            ADDRESS_AN_HOUR,
            HOUR,
        ),
        Limit("chatbot", str(chatbot.pk), CHATBOT_AN_HOUR, HOUR),
    ]
    if conversation:
        who = f"{chatbot.pk} {conversation}"
        limits.insert(0, Limit("conversation", who, CONVERSATION_A_MINUTE, MINUTE))
        limits.insert(1, Limit("conversation day", who, CONVERSATION_A_DAY, DAY))
    return limits


def exceeded(chatbot: Chatbot, conversation: UUID | None, address: str) -> Limit | None:
    """Count one message; return the first limit that is now exceeded."""
    over = count_up(limits_for(chatbot, conversation, address))
    return over[0] if over else None
