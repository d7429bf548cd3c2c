"""The widget, below /widget/v1/: these addresses work for ever."""

from django.urls import path, re_path

from chatbot.widget import views

urlpatterns = [
    path("loader.js", views.loader, name="widget-loader"),
    re_path(r"^(?P<public_id>[^/]+)/look\Z", views.LookView.as_view()),
    path("<str:public_id>/", views.frame, name="widget-frame"),
]
