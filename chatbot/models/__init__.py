from chatbot.models.chatbots import Chatbot, Position
from chatbot.models.conversations import (
    AnsweredBy,
    Conversation,
    MerchantAnswer,
    Message,
    Rating,
    Role,
)
from chatbot.models.counters import Counter
from chatbot.models.search import (
    ProductVector,
    SearchDocument,
    SearchIndex,
    SearchTerm,
)

__all__ = [
    "AnsweredBy",
    "Chatbot",
    "Conversation",
    "Counter",
    "MerchantAnswer",
    "Message",
    "Position",
    "ProductVector",
    "Rating",
    "Role",
    "SearchDocument",
    "SearchIndex",
    "SearchTerm",
]
