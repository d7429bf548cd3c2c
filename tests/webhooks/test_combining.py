"""Work done together: nobody waits for company, nobody is forgotten."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from webhooks.services.combining import Combiner

PATIENCE = 20


class Work:
    """Doubles numbers; holds its first batch until told to go on."""

    def __init__(self):
        self.batches = []
        self.go_on = threading.Event()
        self.began = threading.Event()

    def __call__(self, jobs):
        self.batches.append(list(jobs))
        self.began.set()
        assert self.go_on.wait(PATIENCE)
        if "bad" in jobs:
            raise ValueError("bad")
        return [job * 2 for job in jobs]


@pytest.fixture
def work():
    return Work()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(40) as pool:
        yield pool


def wait_until(fact):
    for _ in range(PATIENCE * 1000):
        if fact():
            return
        threading.Event().wait(0.001)
    raise AssertionError("it did not come")


def waiting(combiner, key="a"):
    return len(combiner._waiting.get(key, ()))


def test_the_first_works_alone_and_the_rest_together(work, pool):
    combiner = Combiner(work)
    first = pool.submit(combiner.run, "a", 1)
    work.began.wait(PATIENCE)
    rest = [pool.submit(combiner.run, "a", number) for number in range(2, 12)]
    wait_until(lambda: waiting(combiner) == 10)
    work.go_on.set()
    assert [job.result(PATIENCE) for job in (first, *rest)] == list(range(2, 24, 2))
    assert [len(batch) for batch in work.batches] == [1, 10]
    assert combiner._waiting == {}


def test_another_key_does_not_wait(work, pool):
    combiner = Combiner(work)
    pool.submit(combiner.run, "a", 1)
    work.began.wait(PATIENCE)
    other = pool.submit(combiner.run, "b", 2)
    wait_until(lambda: len(work.batches) == 2)
    work.go_on.set()
    assert other.result(PATIENCE) == 4


def test_batches_are_bounded(work, pool):
    combiner = Combiner(work, most=4)
    jobs = [pool.submit(combiner.run, "a", 0)]
    work.began.wait(PATIENCE)
    jobs += [pool.submit(combiner.run, "a", number) for number in range(1, 11)]
    wait_until(lambda: waiting(combiner) == 10)
    work.go_on.set()
    assert sorted(job.result(PATIENCE) for job in jobs) == list(range(0, 22, 2))
    assert [len(batch) for batch in work.batches] == [1, 4, 4, 2]


def test_what_one_batch_raises_is_raised_for_all_of_it_and_the_next_one_works(
    work, pool
):
    combiner = Combiner(work)
    first = pool.submit(combiner.run, "a", "bad")
    work.began.wait(PATIENCE)
    second = pool.submit(combiner.run, "a", 3)
    wait_until(lambda: waiting(combiner) == 1)
    work.go_on.set()
    for job in (first, second):
        with pytest.raises(ValueError, match="bad"):
            job.result(PATIENCE)
    assert combiner.run("a", 4) == 8


def test_under_load_each_gets_its_own_result(pool):
    combiner = Combiner(lambda jobs: [job * 2 for job in jobs])
    numbers = range(4_000)
    done = pool.map(lambda number: combiner.run(number % 3, number), numbers)
    assert list(done) == [number * 2 for number in numbers]
    assert combiner._waiting == {}
