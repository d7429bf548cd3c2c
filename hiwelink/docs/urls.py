"""The published documentation, below /docs/."""

from django.urls import path
from django.views.generic import RedirectView

from hiwelink.docs import views

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="docs"), name="docs-home"),
    path("generic-api/", views.generic_api, name="docs"),
]
