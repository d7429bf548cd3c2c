"""Tell a merchant once of a trouble that lasts, by letter to those who can mend it.

A notice is written in the transaction that found the trouble, and the letter is sent
later by the worker: a mail server that fails costs no run, and what was not sent is
tried again.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from commerce import mends
from commerce.models import Notice, Store, SyncRun
from hiwelink import clock
from hiwelink.accounts.models import Role, User

logger = logging.getLogger(__name__)

MOST_TRIES = 6
FIRST_WAIT = timedelta(minutes=5)  # doubled after every try


def open_notice(store: Store, kind: str, run: SyncRun) -> None:
    """Note a trouble; while it is noted already only the run that shows it changes."""
    Notice.objects.bulk_create(
        [Notice(store=store, kind=kind, run=run)], ignore_conflicts=True
    )
    Notice.objects.filter(store=store, kind=kind).update(run=run)


def withdraw(store: Store, kind: str) -> None:
    """Forget a trouble that is over: the next one is told again."""
    Notice.objects.filter(store=store, kind=kind).delete()


def unsent() -> QuerySet[Notice]:
    """Notices whose letter is due."""
    return Notice.objects.filter(
        store__deleting_at__isnull=True,
        sent_at__isnull=True,
        tries__lt=MOST_TRIES,
        next_try_at__lte=clock.now(),
    )


def send_letters(notice_id: int) -> int:
    """Write to the owners and editors not written to yet; return how many it were.

    Of several workers one sends. An address the mail server refuses keeps nobody else
    from being told, and is tried again later.
    """
    tries = unsent().filter(pk=notice_id).values_list("tries", flat=True).first()
    if tries is None:
        return 0
    claimed = unsent().filter(pk=notice_id, tries=tries)
    wait = FIRST_WAIT * 2**tries
    if not claimed.update(tries=F("tries") + 1, next_try_at=clock.now() + wait):
        return 0
    notice = (
        Notice.objects.filter(pk=notice_id).select_related("store", "run__store").get()
    )
    readers = list(readers_of(notice))
    sent = [user for user in readers if send_letter(notice, user)]
    if len(sent) == len(readers):
        Notice.objects.filter(pk=notice_id).update(sent_at=clock.now())
    return len(sent)


def readers_of(notice: Notice) -> QuerySet[User]:
    """Who may mend it and was not told yet."""
    return (
        User.objects.filter(
            is_active=True,
            memberships__workspace=notice.store.workspace_id,
            memberships__role__in=[Role.OWNER, Role.EDITOR],
        )
        .exclude(pk__in=notice.told)
        .order_by("pk")
    )


def send_letter(notice: Notice, user: User) -> bool:
    context = letter_context(notice, user)
    parts = [
        render_to_string(f"commerce/letters/{notice.kind}_{part}.txt", context)
        for part in ("subject", "body")
    ]
    try:
        send_mail(" ".join(parts[0].split()), parts[1], None, [user.email])
    except OSError as error:  # smtplib's are, too
        logger.warning("The letter of notice %s was not sent: %s", notice.pk, error)
        return False
    notice.told.append(user.pk)
    Notice.objects.filter(pk=notice.pk).update(told=notice.told)
    return True


def letter_context(notice: Notice, user: User) -> dict[str, Any]:
    run, store = notice.run, notice.store
    page = (
        reverse("run-detail", args=[store.uid, run.uid])
        if run
        else reverse("store-detail", args=[store.uid])
    )
    return {
        "user": user,
        "store": store,
        "run": run,
        "mend": mends.mend_of(run.error_code) if run else None,
        "url": settings.PUBLIC_BASE_URL + page,
    }
