"""What the worker calls for accounts."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm

from hiwelink.accounts.limits import over_limit

LETTERS_AN_HOUR = 3


def send_password_reset(email: str) -> str:
    """Write to `email` how to choose a new password, if an account has it.

    Here and not where it is asked for: the page answers as fast for an unknown address
    as for a known one.
    """
    form = PasswordResetForm({"email": email})
    if over_limit("password-reset-letter", email, limit=LETTERS_AN_HOUR):
        return "enough letters for an hour"
    if form.is_valid():
        base = urlsplit(settings.PUBLIC_BASE_URL)
        form.save(
            domain_override=base.netloc,
            use_https=base.scheme == "https",
            subject_template_name="accounts/password_reset_subject.txt",
            email_template_name="accounts/password_reset_email.txt",
        )
    return "done"  # the staff task list does not say for whom there is an account
