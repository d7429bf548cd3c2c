"""Letters about stores that fail and deletions that wait: once, and only when due."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from commerce.models import Notice, Store, SyncRun
from commerce.services import lifecycle, notices, sync
from commerce.services.removal import confirm_deletions
from commerce.tasks import sweep
from hiwelink.accounts.models import Membership
from tests.commerce.people import make_viewer, owner_of
from tests.factories import make_store, make_user
from tests.stores import MisbehavingStore, make_products
from tests.work import run_syncs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def remote():
    with MisbehavingStore(products=make_products(30)) as remote:
        yield remote


@pytest.fixture
def store(remote):
    """Connected with a credential that the store no longer takes."""
    return make_store(name="Nordlicht & Söhne", base_url=remote.url)


def sync_again(store: Store, minutes: int = 40) -> SyncRun:
    """Sync products that much later: what happened before moves into the past."""
    for run in SyncRun.objects.filter(finished_at__isnull=False):
        run.finished_at -= timedelta(minutes=minutes)
        run.save(update_fields=["finished_at"])
    run, _ = sync.start_run(store, "products")
    run_syncs(store)
    run.refresh_from_db()
    return run


def test_a_store_that_keeps_failing_is_told_once_with_cause_mend_and_link(
    store, drain, settings
):
    settings.PUBLIC_BASE_URL = "https://app.hiwelink.example"
    sync_again(store)
    drain()
    assert mail.outbox == []  # once is no streak
    run = sync_again(store)
    drain()
    [letter] = mail.outbox
    assert letter.to == [owner_of(store).email]
    assert letter.subject == "Nordlicht & Söhne cannot be synced"
    assert "401 Unauthorized" in letter.body
    assert "Enter the right credential" in letter.body
    assert "the header is X-API-Key" in letter.body
    url = f"https://app.hiwelink.example/dashboard/stores/{store.uid}/runs/{run.uid}/"
    assert url in letter.body
    assert "sk_test_factory" not in letter.body
    for _ in range(3):
        sync_again(store)
        sweep()
        drain()
    assert len(mail.outbox) == 1


def test_failures_within_minutes_are_not_told_yet(store, drain):
    for _ in range(4):
        sync_again(store, minutes=5)
    drain()
    assert mail.outbox == []
    for _ in range(3):
        sync_again(store, minutes=5)
    drain()
    assert len(mail.outbox) == 1


def test_after_it_recovered_the_next_streak_is_told_again(store, remote, drain):
    sync_again(store)
    sync_again(store)
    drain()
    Store.objects.update(products_path="/api/products?was=well")
    store.refresh_from_db()
    store.credentials = remote.credentials
    store.save()
    sync_again(store)
    assert not Notice.objects.exists()
    store.credentials = {"api_key": "sk_wrong_again"}
    store.save()
    sync_again(store)
    drain()
    assert len(mail.outbox) == 1
    sync_again(store)
    drain()
    assert len(mail.outbox) == 2


def test_owners_and_editors_are_written_to_each_alone_and_viewers_are_not(store, drain):
    editor, gone = make_user(), make_user(is_active=False)
    for user in (editor, gone):
        Membership.objects.create(workspace=store.workspace, user=user, role="editor")
    make_viewer(store)
    sync_again(store)
    sync_again(store)
    drain()
    told = [letter.to for letter in mail.outbox]
    assert told == [[owner_of(store).email], [editor.email]]


def test_a_mail_server_that_fails_costs_no_run_and_is_tried_again(
    store, drain, settings
):
    settings.EMAIL_BACKEND = "tests.commerce.test_notices.RefusingBackend"
    editor = make_user(email="refused@example.com")
    Membership.objects.create(workspace=store.workspace, user=editor, role="editor")
    sync_again(store)
    run = sync_again(store)
    drain()
    assert (run.status, run.error_code) == ("failed", "unauthorized")
    assert [letter.to for letter in mail.outbox] == [[owner_of(store).email]]
    sweep()
    assert drain() == 0  # not at once
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Notice.objects.update(next_try_at=timezone.now())
    sweep()
    drain()
    told = [letter.to for letter in mail.outbox]
    assert told == [[owner_of(store).email], ["refused@example.com"]]
    assert Notice.objects.get().sent_at


class RefusingBackend:
    """A mail server that knows one address less than it should."""

    def __init__(self, **_):
        pass

    def send_messages(self, messages):
        for message in messages:
            if "refused@example.com" in message.to:
                raise ConnectionRefusedError("the mail server is down")
            mail.outbox.append(message)
        return len(messages)


def test_trying_ends(store, drain, settings):
    settings.EMAIL_BACKEND = "tests.commerce.test_notices.RefusingBackend"
    owner = owner_of(store)
    owner.email = "refused@example.com"
    owner.save()
    sync_again(store)
    sync_again(store)
    for _ in range(10):
        Notice.objects.update(next_try_at=timezone.now())
        sweep()
        drain()
    assert Notice.objects.get().tries == notices.MOST_TRIES
    assert mail.outbox == []


def test_a_letter_is_sent_by_one_of_two_workers(store, drain):
    sync_again(store)
    sync_again(store)
    notice = Notice.objects.get()
    assert notices.send_letters(notice.pk) == 1
    assert notices.send_letters(notice.pk) == 0
    drain()
    assert len(mail.outbox) == 1


def test_nothing_is_told_of_a_store_disconnected_meanwhile(store, drain):
    sync_again(store)
    sync_again(store)
    lifecycle.disconnect_store(store)
    drain()
    assert mail.outbox == []


def test_a_name_with_line_breaks_makes_no_second_header(store, drain):
    Store.objects.update(name="Nordlicht\r\nBcc: everyone@example.com")
    sync_again(store)
    sync_again(store)
    drain()
    [letter] = mail.outbox
    assert letter.subject == "Nordlicht Bcc: everyone@example.com cannot be synced"


def test_deletions_that_wait_are_told_once_until_they_are_decided(store, remote, drain):
    store.credentials = remote.credentials
    store.save()
    sync_again(store)
    everything = list(remote.products)
    del remote.products[5:]
    sync_again(store)
    run = sync_again(store)  # asks the same again
    drain()
    [letter] = mail.outbox
    assert letter.subject == "Nordlicht & Söhne: 25 products wait for your decision"
    assert "no longer lists 25 of the 30 products" in letter.body
    assert f"/runs/{run.uid}/" in letter.body or "/runs/" in letter.body
    confirm_deletions(run)
    assert not Notice.objects.exists()
    remote.products[:] = everything
    sync_again(store)
    del remote.products[5:]
    sync_again(store)
    drain()
    assert len(mail.outbox) == 2
    remote.products[:] = everything
    sync_again(store)  # they are back: the question is answered
    assert not Notice.objects.exists()


def test_a_reading_that_breaks_off_leaves_the_question_open(store, remote, drain):
    store.credentials = remote.credentials
    store.save()
    sync_again(store)
    del remote.products[5:]
    held = sync_again(store)
    remote.mode = "repeats_first_page_no_meta"
    broken = sync_again(store)
    assert (broken.status, broken.error_code) == ("partial", "pagination_repeats")
    held.refresh_from_db()
    assert held.deletions_held == 25
    drain()
    assert len(mail.outbox) == 1
    assert confirm_deletions(held) == 25
    assert store.products.filter(deleted_at=None).count() == 5
