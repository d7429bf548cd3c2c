"""The Webhooks tab of a store, below /dashboard/."""

from django.urls import path

from webhooks.dashboard import signing, views

WEBHOOKS = "stores/<uuid:uid>/webhooks/"
DELIVERY = WEBHOOKS + "<uuid:delivery_uid>/"

urlpatterns = [
    path(WEBHOOKS, views.delivery_list, name="delivery-list"),
    path(WEBHOOKS + "replay/", views.replay_many, name="delivery-replay-many"),
    path(WEBHOOKS + "signing/", signing.signing, name="webhook-signing"),
    path(WEBHOOKS + "signing/secret/", signing.make_secret, name="webhook-secret"),
    path(WEBHOOKS + "signing/required/", signing.set_required, name="webhook-required"),
    path(WEBHOOKS + "test/", views.test_event, name="webhook-test"),
    path(DELIVERY, views.delivery_detail, name="delivery-detail"),
    path(DELIVERY + "replay/", views.replay_one, name="delivery-replay"),
]
