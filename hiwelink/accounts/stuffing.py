"""Passwords tried in bulk: at many accounts from one address, at one from many.

django-axes locks an account for the address that failed ten times. These two limits are
wider, for whoever spreads the tries. Counted in axes' own table, so they hold over
processes and restarts. Source of the second: NIST SP 800-63B, 5.2.2, at most 100 failed
attempts on one account.
"""

from __future__ import annotations

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q, Sum
from django.utils import timezone

# Within AXES_COOLOFF_TIME. One address may be an office.
FAILURES_OF_ADDRESS = 100
FAILURES_OF_ACCOUNT = 100


def is_stuffing(email: str, address: str) -> bool:
    """Whether this account, or this address, has had too many wrong passwords lately."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    recent = AccessAttempt.objects.filter(attempt_time__gte=since)
    told = recent.aggregate(
        of_account=Sum("failures_since_start", filter=Q(username=email)),
        of_address=Sum("failures_since_start", filter=Q(ip_address=address)),
    )
    return (told["of_account"] or 0) >= FAILURES_OF_ACCOUNT or (
        told["of_address"] or 0
    ) >= FAILURES_OF_ADDRESS
