"""The public widget API, below /api/chatbot/; a slash at the end is optional."""

from django.urls import re_path

from chatbot.api.search import SearchView

CHATBOT = r"^(?P<public_id>[^/]+)/"

urlpatterns = [
    re_path(CHATBOT + r"search/?\Z", SearchView.as_view()),
]
