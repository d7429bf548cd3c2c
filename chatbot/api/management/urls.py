"""Routes of the management API's chatbots, below /api/v1/."""

from django.urls import path

from chatbot.api.management import views
from chatbot.api.management.search import ReembedView

urlpatterns = [
    path("chatbots/", views.ChatbotListView.as_view()),
    path("chatbots/<str:chatbot_id>/", views.ChatbotView.as_view()),
    path("stores/<str:store_id>/reembed/", ReembedView.as_view()),
]
