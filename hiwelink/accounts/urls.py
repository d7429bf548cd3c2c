from django.contrib.auth.views import LogoutView
from django.urls import path

from hiwelink.accounts import views

urlpatterns = [
    path("", views.account, name="account"),
    path("signup/", views.SignUpView.as_view(), name="signup"),
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("email/", views.email_change, name="email-change"),
    path("password/", views.PasswordChangeView.as_view(), name="password-change"),
    path("reset/", views.PasswordResetView.as_view(), name="password-reset"),
    path(
        "reset/sent/",
        views.PasswordResetSentView.as_view(),
        name="password-reset-sent",
    ),
    path(
        "reset/<uidb64>/<token>/",
        views.PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
    path("tokens/", views.create_api_token, name="api-token-create"),
    path("tokens/<handle>/revoke/", views.revoke_api_token, name="api-token-revoke"),
]
