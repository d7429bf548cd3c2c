"""The chatbot's pages in the dashboard, below /dashboard/."""

from django.urls import path

from chatbot.dashboard import chatbots, search

STORE = "stores/<uuid:uid>/"
CHATBOT = "chatbots/<uuid:chatbot_uid>/"

urlpatterns = [
    path(STORE + "products/search/", search.store_search, name="store-search"),
    path(STORE + "reembed/", search.store_reembed, name="store-reembed"),
    path("chatbots/", chatbots.chatbot_list, name="chatbot-list"),
    path("chatbots/new/", chatbots.chatbot_create, name="chatbot-create"),
    path(CHATBOT, chatbots.chatbot_detail, name="chatbot-detail"),
    path(CHATBOT + "settings/", chatbots.chatbot_settings, name="chatbot-settings"),
    path(CHATBOT + "switch/", chatbots.chatbot_switch, name="chatbot-switch"),
    path(CHATBOT + "delete/", chatbots.chatbot_delete, name="chatbot-delete"),
]
