"""The chatbot's pages in the dashboard, below /dashboard/."""

from django.urls import path

from chatbot.dashboard import (
    answers,
    chatbots,
    conversations,
    customers,
    erasure,
    search,
)

STORE = "stores/<uuid:uid>/"
CHATBOT = "chatbots/<uuid:chatbot_uid>/"
ANSWERS = CHATBOT + "answers/"
ANSWER = ANSWERS + "<uuid:answer_uid>/"
TALKS = "chatbots/conversations/"
TALK = TALKS + "<uuid:conversation_uid>/"

urlpatterns = [
    path(STORE + "products/search/", search.store_search, name="store-search"),
    path(STORE + "reembed/", search.store_reembed, name="store-reembed"),
    path("chatbots/", chatbots.chatbot_list, name="chatbot-list"),
    path("chatbots/new/", chatbots.chatbot_create, name="chatbot-create"),
    path(CHATBOT, chatbots.chatbot_detail, name="chatbot-detail"),
    path(CHATBOT + "settings/", chatbots.chatbot_settings, name="chatbot-settings"),
    path(CHATBOT + "switch/", chatbots.chatbot_switch, name="chatbot-switch"),
    path(CHATBOT + "delete/", chatbots.chatbot_delete, name="chatbot-delete"),
    path(ANSWERS, answers.answer_list, name="answer-list"),
    path(ANSWERS + "new/", answers.answer_create, name="answer-create"),
    path(ANSWER, answers.answer_edit, name="answer-edit"),
    path(ANSWER + "delete/", answers.answer_delete, name="answer-delete"),
    path(TALKS, conversations.conversation_list, name="conversation-list"),
    path(TALKS + "erase/", erasure.erase, name="shopper-erase"),
    path("customers/<uuid:workspace>/", customers.customer, name="customer"),
    path(
        "customers/<uuid:workspace>/export/",
        customers.customer_export,
        name="customer-export",
    ),
    path(TALK, conversations.conversation_detail, name="conversation-detail"),
    path(TALK + "delete/", erasure.conversation_delete, name="conversation-delete"),
]
