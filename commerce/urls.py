"""The dashboard's pages, below /dashboard/."""

from django.urls import path

from commerce.views import stores

urlpatterns = [
    path("", stores.dashboard, name="dashboard"),
]
