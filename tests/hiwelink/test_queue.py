"""Work that is queued once, however often it is asked for."""

import pytest
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ

from hiwelink.worker.models import WaitingTask
from hiwelink.worker.queue import LOST_AFTER, queue_once

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "tests.hiwelink.test_queue.note"
ran = []


def note(number):
    ran.append((number, WaitingTask.objects.count()))


@pytest.fixture(autouse=True)
def _nothing_ran():
    ran.clear()


def test_what_waits_is_not_queued_again_and_what_began_is(drain):
    for number in (1, 1, 2, 1):
        queue_once(NAME, number)
    assert OrmQ.objects.count() == 2
    assert drain() == 2
    assert ran == [(1, 1), (2, 0)]  # no longer waiting when it runs
    queue_once(NAME, 1)
    assert drain() == 1


def test_nothing_is_queued_by_what_is_rolled_back(drain):
    with pytest.raises(RuntimeError), transaction.atomic():
        queue_once(NAME, 1)
        raise RuntimeError
    assert drain() == 0


def test_a_lost_one_is_queued_again_after_a_while(drain):
    queue_once(NAME, 1)
    OrmQ.objects.all().delete()
    queue_once(NAME, 1)
    assert drain() == 0
    WaitingTask.objects.update(queued_at=timezone.now() - LOST_AFTER * 1.1)
    queue_once(NAME, 1)
    assert drain() == 1


def test_of_many_at_once_one_is_queued(drain):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    def ask(_):
        queue_once(NAME, 7)
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(24)))
    assert drain() == 1
