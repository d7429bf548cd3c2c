"""The least a webhook address could do: a bare DRF view that inserts one row."""

from django.db import models
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hiwelink.urls import handler404, handler500, urlpatterns

__all__ = ["handler404", "handler500", "urlpatterns"]


class BareEvent(models.Model):
    payload = models.JSONField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "webhooks"
        db_table = "bare_event"
        managed = False

    def __str__(self) -> str:
        return f"event {self.pk}"


class BareView(APIView):
    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request) -> Response:
        BareEvent.objects.create(payload=request.data)
        return Response({"success": True, "message": "Webhook processed"})


urlpatterns = [*urlpatterns, path("bare/", BareView.as_view())]
