"""What people enter about themselves: e-mail addresses without regard to case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import password_validation

from hiwelink.accounts.models import User
from hiwelink.accounts.stuffing import is_stuffing
from hiwelink.accounts.time_zones import time_zone_choices
from hiwelink.client_address import client_address

PASSWORD_HELP = "At least 8 characters; not a common word, and not only digits."
# Who is told so could know it anyway: an account is opened at once, without waiting for
# an e-mail. The limit on sign-ups keeps anyone from asking about many addresses.
EMAIL_TAKEN = (
    "This address cannot be used for a new account. If it is yours, log in or reset "
    "your password instead."
)
TOO_MANY_FAILURES = (
    "Too many passwords were wrong lately. Wait 15 minutes, then try again; or reset your "
    "password, which works at once."
)
EMAIL_UNUSABLE = "This address cannot be used for your account."


class LowerEmailField(forms.EmailField):
    """An address in the one form it is stored in."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_length": 254} | options))

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).strip().lower()


class LoginForm(auth_forms.AuthenticationForm):
    """Django's login, by e-mail address."""

    # Django and django-axes call what one logs in with the username. The same lower
    # case reaches both: ten attempts are ten, however the address is written.
    username = LowerEmailField(
        label="E-mail address",
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    error_messages = {
        "invalid_login": (
            "This e-mail address and password do not belong together. Try again, or "
            "reset your password."
        ),
        "inactive": "This account was closed.",
    }

    def clean(self) -> dict[str, Any]:
        """Ask for no password that would be one of too many; see stuffing.py."""
        email = self.cleaned_data.get("username", "")
        if self.request and is_stuffing(email, client_address(self.request)):
            raise forms.ValidationError(TOO_MANY_FAILURES, code="throttled")
        return super().clean()


class SignUpForm(forms.Form):
    """A new account. `manage.py create_merchant` fills in the same form."""

    name = forms.CharField(
        label="Your name",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    email = LowerEmailField(
        label="E-mail address",
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        strip=False,
        max_length=4096,
        help_text=PASSWORD_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    # Filled in by static/js/sign_up.js with what the browser knows.
    time_zone = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_time_zone(self) -> str:
        name: str = self.cleaned_data["time_zone"]
        return name if name in dict(time_zone_choices()) else "UTC"

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "password" in data:
            person = User(email=data.get("email", ""), name=data.get("name", ""))
            try:
                password_validation.validate_password(data["password"], person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        # Asked last, and only of an entry that is otherwise right.
        if not self.errors and User.objects.filter(email=data["email"]).exists():
            self.add_error("email", EMAIL_TAKEN)
        return data


class PasswordResetForm(forms.Form):
    """Whom to write to. Whether there is such an account shows nowhere."""

    email = LowerEmailField(
        label="E-mail address",
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class NewPasswordForm(auth_forms.SetPasswordForm):  # type: ignore[type-arg]
    """Django's, with our sentence in place of its list of rules."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["new_password1"].help_text = PASSWORD_HELP
        self.fields["new_password2"].label = "New password again"
        self.fields["new_password2"].help_text = ""


class PasswordChangeForm(NewPasswordForm, auth_forms.PasswordChangeForm):
    pass


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = forms.ChoiceField(choices=time_zone_choices)

    class Meta:
        model = User
        fields = ["name", "time_zone"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class EmailChangeForm(forms.Form):
    """A new address to log in with; asks for the password, as the account hangs on it."""

    email = LowerEmailField(
        label="New e-mail address",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )
    password = forms.CharField(
        label="Your password",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        self.user = user
        super().__init__(*args, **options)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("This is not your password. Try again.")
        return password

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        others = User.objects.exclude(pk=self.user.pk)
        if not self.errors and others.filter(email=data["email"]).exists():
            self.add_error("email", EMAIL_UNUSABLE)
        return data


class ApiTokenForm(forms.Form):
    name = forms.CharField(
        label="What is it for?",
        max_length=80,
        help_text="A name to know the token by, such as “nightly export”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        # Beside the profile's "name" on one page.
        super().__init__(*args, **({"auto_id": "id_token_%s"} | options))
