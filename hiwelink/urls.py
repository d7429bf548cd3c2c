"""Every address HiWelink answers, one include per part."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView

from hiwelink import health
from hiwelink.operations import views as operations

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="dashboard"), name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("account/", include("hiwelink.accounts.urls")),
    path("account/", include("hiwelink.teams.urls")),
    path("dashboard/", include("commerce.urls")),
    path("dashboard/", include("webhooks.dashboard.urls")),
    path("dashboard/", include("chatbot.dashboard.urls")),
    path("docs/", include("hiwelink.docs.urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/v1/", include("commerce.api.urls")),
    path("api/v1/", include("webhooks.api.urls")),
    path("api/v1/", include("chatbot.api.management.urls")),
    path("api/generic-api/webhooks/", include("webhooks.urls")),
    path("api/chatbot/", include("chatbot.api.urls")),
    path("widget/v1/", include("chatbot.widget.urls")),
    path("metrics", operations.metrics, name="metrics"),
    path("admin/status/", operations.status, name="staff-status"),
    path("admin/", admin.site.urls),
]

handler404 = "hiwelink.api.not_found"
handler500 = "hiwelink.api.server_error"
