"""Signing up, logging in, passwords, and the account page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django.views.generic import FormView

from hiwelink.accounts import forms, services, tasks
from hiwelink.accounts.limits import over_limit
from hiwelink.accounts.models import User
from hiwelink.client_address import client_address
from hiwelink.worker.queue import queue

SIGN_UPS_AN_HOUR = 20
RESETS_AN_HOUR = 10
# Which of the two backends a new session names; the other one only counts failures.
BACKEND = "django.contrib.auth.backends.ModelBackend"

private_page = method_decorator(
    [sensitive_post_parameters("password"), never_cache], name="dispatch"
)


class LimitedFormView(FormView):  # type: ignore[type-arg]
    """A public form that one network address may send `limit` times an hour."""

    limit: int

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        who = client_address(request)
        if not over_limit(self.template_name or "", who, limit=self.limit):
            return super().post(request, *args, **kwargs)
        form = self.get_form()
        form.errors.clear()  # it was not looked at
        form.add_error(
            None, "That was often enough for now. Wait an hour, then try again."
        )
        page = self.render_to_response(self.get_context_data(form=form))
        page.status_code = 429
        page["Retry-After"] = "3600"
        return page


@private_page
class SignUpView(auth_views.RedirectURLMixin, LimitedFormView):
    form_class = forms.SignUpForm
    template_name = "accounts/sign_up.html"
    limit = SIGN_UPS_AN_HOUR
    next_page = settings.LOGIN_REDIRECT_URL

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        if request.user.is_authenticated:
            # Not redirect(): it would look a `next` without a slash up as a view's name.
            return HttpResponseRedirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: forms.SignUpForm) -> HttpResponse:
        try:
            user = services.create_merchant(**form.cleaned_data)
        except services.EmailTaken:
            form.add_error("email", forms.EMAIL_TAKEN)
            return self.form_invalid(form)
        login(self.request, user, backend=BACKEND)
        messages.success(self.request, "Welcome. Your account is ready.")
        return super().form_valid(form)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {"next": self.get_redirect_url()}


class LoginView(auth_views.LoginView):
    authentication_form = forms.LoginForm
    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def form_invalid(self, form: Any) -> HttpResponse:
        page = super().form_invalid(form)
        if form.has_error(NON_FIELD_ERRORS, "throttled"):
            page.status_code = 429
        return page


@private_page
class PasswordResetView(LimitedFormView):
    form_class = forms.PasswordResetForm
    template_name = "accounts/password_reset.html"
    limit = RESETS_AN_HOUR
    success_url = reverse_lazy("password-reset-sent")

    def form_valid(self, form: forms.PasswordResetForm) -> HttpResponse:
        queue(tasks.send_password_reset, form.cleaned_data["email"])
        return super().form_valid(form)


class PasswordResetSentView(auth_views.PasswordResetDoneView):
    template_name = "accounts/password_reset_sent.html"


class PasswordResetConfirmView(auth_views.PasswordResetConfirmView):
    """Django's: the link's token moves to the session, so that no page shows it."""

    form_class = forms.NewPasswordForm
    template_name = "accounts/password_reset_confirm.html"
    # Also lifts the lock of who mistyped the old password too often.
    post_reset_login = True
    post_reset_login_backend = BACKEND
    success_url = reverse_lazy("dashboard")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        messages.success(self.request, "Your new password is set.")
        return response


class PasswordChangeView(auth_views.PasswordChangeView):
    """Django's: every other session of this person ends."""

    form_class = forms.PasswordChangeForm
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        messages.success(
            self.request,
            "Your password is changed. Your other sessions were logged out; your API "
            "tokens still work.",
        )
        return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Name and time zone; the way to everything else that is one's own."""
    user = User.objects.get(
        pk=person(request).pk
    )  # the form writes into it, valid or not
    profile = forms.ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and profile.is_valid():
        user.save(update_fields=["name", "time_zone"])
        messages.success(request, "Saved.")
        return redirect("account")
    return account_page(request, profile=profile)


def account_page(request: HttpRequest, **forms_: Any) -> HttpResponse:
    """The account page, with the form that could not be accepted."""
    user = person(request)
    context = {
        "profile": forms.ProfileForm(instance=user),
        "token_form": forms.ApiTokenForm(),
        "tokens": [
            {
                "name": token.name,
                "beginning": token.token_key[:6],
                "created": token.created,
                "handle": services.token_handle(token),
            }
            for token in user.auth_token_set.all()
        ],
    }
    return render(request, "accounts/account.html", context | forms_)


@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def email_change(request: HttpRequest) -> HttpResponse:
    form = forms.EmailChangeForm(person(request), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_email(person(request), form.cleaned_data["email"])
        except services.EmailTaken:
            form.add_error("email", forms.EMAIL_UNUSABLE)
        else:
            messages.success(request, "From now on you log in with the new address.")
            return redirect("account")
    return render(request, "accounts/email_change.html", {"form": form})


@login_required
@require_POST
def create_api_token(request: HttpRequest) -> HttpResponse:
    """Answers with the token itself, not with a redirect: it is kept nowhere."""
    form = forms.ApiTokenForm(request.POST)
    if not form.is_valid():
        return account_page(request, token_form=form)
    name = form.cleaned_data["name"]
    text = services.create_api_token(person(request), name=name)
    context = {"text": text, "name": name, "base_url": settings.PUBLIC_BASE_URL}
    return render(request, "accounts/api_token_created.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_api_token(request: HttpRequest, handle: str) -> HttpResponse:
    """Ask, then end the token: what uses it stops working."""
    token = services.find_api_token(person(request), handle)
    if token is None:
        raise Http404
    if request.method != "POST":
        return render(request, "accounts/revoke_api_token.html", {"token": token})
    token.delete()
    messages.success(request, f"“{token}” is revoked and works no more.")
    return redirect("account")


def person(request: HttpRequest) -> User:
    """Who is logged in, as the type they are."""
    assert isinstance(request.user, User)
    return request.user
