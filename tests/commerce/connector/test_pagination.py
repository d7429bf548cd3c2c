import json
import math
import random

import pytest

from commerce.connector.envelope import Meta
from commerce.connector.errors import ConfigError, ConnectorError
from commerce.connector.pagination import Cursor


def ids(first, last):
    return [f"id{number}" for number in range(first, last + 1)]


def show(cursor, page_ids, meta=None, asked=10, digest=None):
    return cursor.observe(
        page_ids, len(page_ids), meta, asked, digest or str(sorted(map(str, page_ids)))
    )


def meta_of(page, total, size=10):
    return Meta(page, size, total, math.ceil(total / size))


def walk(pages, cursor=None):
    """Show pages, given as (ids, meta), until a step is done; return the last step."""
    cursor = cursor or Cursor()
    for number, (page_ids, meta) in enumerate(pages, 1):
        assert cursor.next_page == number
        step = show(cursor, page_ids, meta)
        if step.done:
            assert number == len(pages), "the walk ended early"
    return step


def verdict(step):
    return (step.complete, step.end_proved_by, step.problem and step.problem.code)


# Sane meta


def test_the_last_page_of_sane_meta_is_the_end():
    step = walk([(ids(1, 10), meta_of(1, 14)), (ids(11, 14), meta_of(2, 14))])
    assert step.done and verdict(step) == (True, "meta", None)
    assert step.pages_total == 2


def test_a_full_last_page_is_the_end_when_last_page_and_total_agree():
    step = walk([(ids(1, 10), meta_of(1, 20)), (ids(11, 20), meta_of(2, 20))])
    assert step.done and verdict(step) == (True, "meta", None)


def test_progress_is_known_from_the_first_page():
    step = show(Cursor(), ids(1, 10), meta_of(1, 95))
    assert (step.done, step.next_page, step.pages_total) == (False, 2, 10)
    step = show(Cursor(), ids(1, 10), Meta(total=95))
    assert step.pages_total == 10


def test_either_number_is_enough():
    for meta in (Meta(last_page=2), Meta(total=14)):
        step = walk([(ids(1, 10), meta), (ids(11, 14), meta)])
        assert step.done and verdict(step) == (True, "meta", None)


@pytest.mark.parametrize("meta", [None, Meta(total=0, last_page=0), Meta(1, 10, 0, 1)])
def test_nothing_on_page_one_is_an_empty_store(meta):
    step = show(Cursor(), [], meta)
    assert step.done and verdict(step) == (True, "empty_page", None)


def test_nothing_on_page_one_under_a_meta_that_tells_of_records_is_not():
    for meta in (meta_of(1, 25), Meta(last_page=3)):
        step = show(Cursor(), [], meta)
        assert step.done and verdict(step) == (False, None, "fewer_than_announced")


def test_a_short_page_in_the_middle_is_no_end_under_meta():
    cursor = Cursor()
    assert not show(cursor, ids(1, 7), Meta(last_page=3)).done
    assert not show(cursor, ids(11, 17), Meta(last_page=3)).done
    assert show(cursor, ids(21, 27), Meta(last_page=3)).complete


# No meta


def test_without_meta_a_short_page_needs_one_more():
    step = walk([(ids(1, 10), None), (ids(11, 14), None), ([], None)])
    assert step.done and verdict(step) == (True, "short_page", None)


def test_without_meta_an_empty_page_ends_full_ones():
    step = walk([(ids(1, 10), None), (ids(11, 20), None), ([], None)])
    assert step.done and verdict(step) == (True, "empty_page", None)


def test_a_short_page_is_no_end_when_another_follows():
    step = walk(
        [(ids(1, 10), None), (ids(11, 14), None), (ids(21, 30), None), ([], None)]
    )
    assert step.done and step.complete


def test_pages_smaller_than_asked_for_are_full_when_they_are_all_alike():
    cursor = Cursor()
    for first in (1, 8, 15):
        assert not show(cursor, ids(first, first + 6), asked=50).done
    assert verdict(cursor.observe_missing(404)) == (False, None, None)


# No such page


@pytest.mark.parametrize("status", [400, 404, 410, 416, 422])
def test_an_error_past_a_short_page_confirms_the_end(status):
    cursor = Cursor()
    show(cursor, ids(1, 10))
    show(cursor, ids(11, 14))
    error = ConfigError("not_found", "No.", http_status=status)
    assert cursor.accepts_as_end(error)
    step = cursor.observe_missing(status)
    assert step.done and verdict(step) == (True, "short_page", None)


def test_an_error_past_a_full_page_ends_the_run_and_proves_nothing():
    cursor = Cursor()
    show(cursor, ids(1, 10))
    step = cursor.observe_missing(404)
    assert step.done and verdict(step) == (False, None, None)


def test_an_error_past_the_total_is_the_end_the_meta_announced():
    cursor = Cursor()
    assert not show(cursor, ids(1, 10), meta_of(1, 10)).done
    assert verdict(cursor.observe_missing(404)) == (True, "meta", None)


@pytest.mark.parametrize("meta", [meta_of(1, 25), Meta(last_page=3), Meta(total=25)])
def test_an_error_before_the_announced_end_leaves_something_out(meta):
    cursor = Cursor()
    show(cursor, ids(1, 10), meta)
    step = cursor.observe_missing(404)
    assert step.done and verdict(step) == (False, None, "fewer_than_announced")


def test_an_error_on_page_one_is_a_wrong_path_and_no_end():
    cursor = Cursor()
    assert not cursor.accepts_as_end(ConfigError("x", "x", http_status=404))
    assert verdict(cursor.observe_missing(404)) == (False, None, "not_found")


@pytest.mark.parametrize("status", [None, 401, 403, 429, 500])
def test_other_errors_are_no_end(status):
    cursor = Cursor(next_page=3)
    assert not cursor.accepts_as_end(ConnectorError("x", "x", http_status=status))


# Meta that lies


def test_a_last_page_that_is_too_low_is_not_believed_against_the_total():
    low = Meta(total=14, last_page=1)
    step = walk([(ids(1, 10), low), (ids(11, 14), low)])
    assert step.done and verdict(step) == (True, "meta", None)


def test_a_total_that_counts_the_page_is_not_believed():
    cursor = Cursor()
    assert not show(cursor, ids(1, 10), meta_of(1, 10)).done
    assert not show(cursor, ids(11, 20), meta_of(2, 10)).done
    assert not show(cursor, ids(21, 24), meta_of(3, 4)).done
    step = show(cursor, [], meta_of(4, 0))
    assert step.done and step.complete


def test_a_total_that_is_too_high_leaves_something_out():
    high = meta_of(1, 100)
    step = walk([(ids(1, 10), high), (ids(11, 14), high), ([], high)])
    assert step.done and verdict(step) == (False, None, "fewer_than_announced")
    assert "100 records" in step.problem.detail and "14" in step.problem.detail


def test_a_last_page_alone_that_is_too_high_leaves_something_out():
    high = Meta(last_page=9)
    step = walk([(ids(1, 10), high), ([], high)])
    assert step.done and verdict(step) == (False, None, "fewer_than_announced")


def test_a_last_page_that_is_too_high_for_its_total_is_not_believed():
    high = Meta(total=14, last_page=9)
    step = walk([(ids(1, 10), high), (ids(11, 14), high), ([], high)])
    assert step.done and step.complete


def test_absurd_numbers_are_as_if_unsaid():
    absurd = Meta(total=10**9, last_page=10**9)
    step = walk([(ids(1, 10), absurd), (ids(11, 14), absurd), ([], absurd)])
    assert step.done and verdict(step) == (True, "short_page", None)
    assert show(Cursor(), ids(1, 10), absurd).pages_total is None


def test_a_last_page_of_nought_beside_records_is_not_believed():
    zero = Meta(last_page=0)
    step = walk([(ids(1, 10), zero), (ids(11, 14), zero), ([], zero)])
    assert step.done and step.complete


def test_a_page_size_that_is_not_heeded_is_no_end():
    """20 a page whatever is asked; last_page computed for 50."""
    wrong = Meta(total=50, last_page=1, per_page=50)
    cursor = Cursor()
    assert not show(cursor, ids(1, 20), wrong, asked=20).done
    assert not show(cursor, ids(21, 40), wrong, asked=20).done
    step = show(cursor, ids(41, 50), wrong, asked=20)
    assert step.done and step.complete


# Repeats


@pytest.mark.parametrize("meta", [None, meta_of(1, 30)])
def test_a_page_that_repeats_ends_the_run(meta):
    step = walk([(ids(1, 10), meta), (ids(1, 10), meta)])
    assert step.done and verdict(step) == (False, None, "pagination_repeats")
    assert "page" in step.problem.detail


def test_the_same_records_in_another_order_repeat():
    step = walk([(ids(1, 10), None), (ids(1, 10)[::-1], None)])
    assert step.problem.code == "pagination_repeats"


def test_a_part_of_the_page_before_repeats_it():
    step = walk([(ids(1, 10), None), (ids(4, 8), None)])
    assert step.problem.code == "pagination_repeats"


def test_the_last_page_again_is_a_repeat():
    step = walk([(ids(1, 10), None), (ids(11, 14), None), (ids(11, 14), None)])
    assert step.problem.code == "pagination_repeats"


def test_page_one_again_is_a_repeat_however_late():
    cursor = Cursor()
    for first in range(1, 1001, 10):
        assert not show(cursor, ids(first, first + 9)).done
    assert show(cursor, ids(1, 10)).problem.code == "pagination_repeats"


def test_records_without_ids_are_known_by_their_content():
    cursor = Cursor()
    assert not show(cursor, [None, None], digest="a").done
    assert not show(cursor, [None, None], digest="b").done
    assert show(cursor, [None, None], digest="a").problem.code == "pagination_repeats"


def test_an_overlap_with_the_page_before_is_no_repeat():
    cursor = Cursor()
    show(cursor, ids(1, 10))
    assert not show(cursor, ids(2, 11)).done
    assert cursor.duplicates == 9


def test_everything_on_every_page_is_complete_when_the_total_says_so():
    step = show(Cursor(), ids(1, 35), meta_of(1, 35))
    assert step.done and verdict(step) == (True, "meta", None)


def test_everything_on_every_page_repeats_when_no_total_says_so():
    step = walk([(ids(1, 35), None), (ids(1, 35), None)])
    assert verdict(step) == (False, None, "pagination_repeats")


def test_a_total_that_counts_the_page_does_not_excuse_a_repeat():
    """Nobody can tell how many records such a store has."""
    step = walk([(ids(1, 10), meta_of(1, 10)), (ids(1, 10), meta_of(1, 10))])
    assert verdict(step) == (False, None, "pagination_repeats")


def test_duplicates_are_counted_within_and_across_pages():
    cursor = Cursor()
    show(cursor, [*ids(1, 9), "id9"])
    show(cursor, ids(9, 18))
    assert cursor.duplicates == 2


def test_an_endless_store_ends_at_the_ceiling():
    cursor = Cursor(max_pages=5)
    steps = [show(cursor, ids(n * 10, n * 10 + 9)) for n in range(5)]
    assert [step.done for step in steps] == [False] * 4 + [True]
    assert verdict(steps[-1]) == (False, None, "too_many_pages")


def test_endless_records_on_few_pages_end_too():
    cursor = Cursor(max_pages=5)
    steps = [show(cursor, ids(n * 300, n * 300 + 299)) for n in range(2)]
    assert not steps[0].done
    assert verdict(steps[1]) == (False, None, "too_many_pages")


# Catalogues that change while they are read


def test_after_records_went_away_the_page_before_is_read_again():
    cursor = Cursor()
    show(cursor, ids(1, 10), meta_of(1, 25))
    step = show(cursor, ids(14, 23), meta_of(2, 22))  # 1, 2 and 3 are gone
    assert (step.done, step.next_page) == (False, 1)
    show(cursor, ids(4, 13), meta_of(1, 22))
    show(cursor, ids(14, 23), meta_of(2, 22))
    step = show(cursor, ids(24, 25), meta_of(3, 22))
    assert step.done and verdict(step) == (True, "meta", None)


def test_when_too_much_went_away_the_run_says_so():
    cursor = Cursor()
    for page in range(1, 9):
        show(cursor, ids(page * 10 - 9, page * 10), meta_of(page, 200))
    show(cursor, ids(141, 150), meta_of(9, 90))
    assert cursor.next_page == 10 or cursor.is_unsettled
    step = show(cursor, [], meta_of(cursor.next_page, 90))
    assert step.done and verdict(step) == (False, None, "catalogue_changed")


def test_a_catalogue_that_keeps_shrinking_does_not_hold_the_run_for_ever():
    cursor, total = Cursor(), 300
    for _ in range(100):
        page = cursor.next_page
        first = page * 10
        step = show(cursor, ids(first + 1, first + 10), meta_of(page, total))
        if step.done:
            break
        total -= 1
    assert step.done and not step.complete


def test_new_records_at_the_front_leave_nothing_out():
    cursor = Cursor()
    show(cursor, ids(1, 10), meta_of(1, 20))
    show(cursor, ids(9, 18), meta_of(2, 22))  # two new ones pushed the rest back
    step = show(cursor, ids(19, 20), meta_of(3, 22))
    assert step.done and verdict(step) == (True, "meta", None)


def test_pages_that_overlap_without_growth_leave_something_out():
    cursor = Cursor()
    show(cursor, ids(1, 10), meta_of(1, 20))
    step = show(cursor, ids(6, 15), meta_of(2, 20))
    step = step if step.done else show(cursor, [], meta_of(3, 20))
    assert verdict(step) == (False, None, "fewer_than_announced")


def test_what_is_called_complete_missed_nothing():
    """Random stores, from which records vanish, or to which some come, while read."""
    completed = 0
    for seed in range(1500):
        chance = random.Random(seed)
        rows = list(range(chance.randint(0, 60)))
        size = chance.randint(3, 10)
        shrinks, served, seen = seed % 2, set(rows), set()
        cursor = Cursor()
        for _ in range(200):
            page = cursor.next_page
            found = rows[(page - 1) * size : page * size]
            seen |= set(found)
            meta = meta_of(page, len(rows), size)
            step = show(cursor, [str(row) for row in found], meta, size)
            if step.done:
                break
            for _ in range(chance.choice((0, 0, 0, 1, 3))):
                if shrinks and rows:
                    served.discard(rows.pop(chance.randrange(len(rows))))
                if not shrinks:
                    rows.insert(chance.choice((0, len(rows))), 1000 + len(rows))
        assert step.done, seed
        completed += step.complete
        assert not step.complete or served <= seen, seed
    assert completed > 1000


@pytest.mark.parametrize("with_meta", [True, False])
def test_honest_stores_of_every_size_are_read_whole(with_meta):
    for total in range(45):
        for size in (1, 2, 7, 10, 44):
            rows, seen, cursor = ids(1, total), [], Cursor()
            for _ in range(100):
                page = cursor.next_page
                found = rows[(page - 1) * size : page * size]
                seen += found
                meta = meta_of(page, total, size) if with_meta else None
                step = show(cursor, found, meta, size)
                if step.done:
                    break
            assert (seen, step.complete, step.problem) == (rows, True, None)


# Resuming


def test_a_cursor_survives_as_json():
    cursor = Cursor()
    for page in range(1, 40):
        show(cursor, ids(page * 10, page * 10 + 9), meta_of(page, 1000))
    text = json.dumps(cursor.to_json())
    assert len(text) < 10_000
    again = Cursor.from_json(json.loads(text) | {"a_field_of_later": 1})
    assert again == cursor
    args = (ids(400, 409), meta_of(40, 1000))
    assert show(again, *args) == show(cursor, *args)


def test_a_new_cursor_comes_from_nothing():
    assert Cursor.from_json({}) == Cursor()
