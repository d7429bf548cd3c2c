"""Routes of the management API that concern webhooks, below /api/v1/."""

from django.urls import path

from webhooks.api import views

urlpatterns = [
    path("stores/<str:store_id>/deliveries/", views.DeliveryListView.as_view()),
    path(
        "stores/<str:store_id>/deliveries/<str:delivery_id>/",
        views.DeliveryView.as_view(),
    ),
    path(
        "stores/<str:store_id>/deliveries/<str:delivery_id>/replay/",
        views.ReplayView.as_view(),
    ),
    path("stores/<str:store_id>/webhook-secret/", views.SecretView.as_view()),
    path(
        "stores/<str:store_id>/webhook-settings/", views.WebhookSettingsView.as_view()
    ),
]
