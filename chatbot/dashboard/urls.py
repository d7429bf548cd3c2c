"""The chatbot's pages in the dashboard, below /dashboard/."""

from django.urls import path

from chatbot.dashboard import search

STORE = "stores/<uuid:uid>/"

urlpatterns = [
    path(STORE + "products/search/", search.store_search, name="store-search"),
    path(STORE + "reembed/", search.store_reembed, name="store-reembed"),
]
