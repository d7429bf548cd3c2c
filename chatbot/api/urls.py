"""The public widget API, below /api/chatbot/; a slash at the end is optional."""

from django.urls import re_path

from chatbot.api.messages import ConversationView, FeedbackView, MessagesView
from chatbot.api.search import SearchView

CHATBOT = r"^(?P<public_id>[^/]+)/"

urlpatterns = [
    re_path(CHATBOT + r"search/?\Z", SearchView.as_view()),
    re_path(CHATBOT + r"messages/?\Z", MessagesView.as_view()),
    re_path(
        CHATBOT + r"messages/(?P<message>[^/]+)/feedback/?\Z", FeedbackView.as_view()
    ),
    re_path(
        CHATBOT + r"conversations/(?P<conversation>[^/]+)/?\Z",
        ConversationView.as_view(),
    ),
]
