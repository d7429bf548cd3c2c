"""Public addresses, below /api/generic-api/webhooks/; a slash at the end is optional."""

from django.urls import re_path

from webhooks.views import webhook

urlpatterns = [
    re_path(r"^(?P<token>[^/]+)/(?P<endpoint>products|orders|sync)/?\Z", webhook),
]
