"""Which page comes next, and when there is none.

A Cursor is shown each page as it was read and answers with a Step. Rules are asked in
order; the first that has an answer decides, and when none has, the next page is asked
for. The cursor is small and survives between slices as JSON.

The one measure of completeness: the end is proved (by sane meta, a short page or an
empty one) and no fewer records were read than the store itself says there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

from .envelope import Meta
from .errors import ConnectorError

MAX_PAGES = 20_000
_MOST_RECORDS_A_PAGE = 100  # on average, so that no list is endless in either way
# Statuses with which stores say that there is no such page.
PAST_THE_END = frozenset({400, 404, 410, 416, 422})
_MARKS_KEPT = 30  # of the latest pages, beside the first page's
_IDS_KEPT = 300  # of the latest records
_LONGEST_STEP_BACK = 3  # pages
_MOST_STEPS_BACK = 3  # in one run


@dataclass(frozen=True)
class Problem:
    """What is wrong with a store's paging: `detail` tells the merchant what to do."""

    code: str
    detail: str


@dataclass(frozen=True)
class Step:
    """What follows from a page.

    done: there is nothing more to ask for. complete: every page was read and the end is
    proved, so what was absent is gone. end_proved_by: "meta", "short_page" or
    "empty_page". problem: why the run is only partial. remark: what the merchant should
    mend although nothing is missing. pages_total: the best guess so far, None without.
    """

    done: bool
    next_page: int
    complete: bool = False
    end_proved_by: str | None = None
    problem: Problem | None = None
    remark: Problem | None = None
    pages_total: int | None = None


@dataclass(frozen=True)
class _Look:
    """One page, as the rules see it."""

    number: int
    count: int
    asked: int
    is_full: bool
    ids: list[str]  # shortened, of the records that have one
    has_all_ids: bool
    mark: str  # equal for pages of the same records, in whatever order
    fell_by: int  # how many records fewer the store has than a page ago


@dataclass
class Cursor:
    """Where a run stands. Every field is JSON."""

    next_page: int = 1
    pages_read: int = 0
    records_read: int = 0  # a page that is read again counts once
    duplicates: int = 0  # ids met twice, within a page or on pages close by
    moved: int = 0  # of these, the ones met again on a later page
    last_page: int | None = None  # as the store says, when that can be true
    total: int | None = None
    least_total: int | None = None  # the smallest total it said
    page_size: int = 0  # the largest page so far
    last_was_full: bool = False
    steps_back: int = 0
    is_unsettled: bool = False  # records may have slipped past us
    marks: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)  # shortened, of the latest records
    counts: list[int] = field(default_factory=list)
    max_pages: int = MAX_PAGES

    def to_json(self) -> dict[str, Any]:
        return {
            name: list(value) if isinstance(value, list) else value
            for name, value in vars(self).items()
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Self:
        known = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in state.items() if name in known})

    def observe(
        self,
        page_ids: Sequence[str | None],
        raw_count: int,
        meta: Meta | None,
        per_page_asked: int,
        digest: str,
    ) -> Step:
        """Take in page `next_page` and say what follows.

        page_ids: the records' ids after mapping, None for a record without one.
        raw_count: records on the page, bad ones included. digest: of the records;
        looked at only when one of them has no id.
        """
        look = self._look(page_ids, raw_count, meta, per_page_asked, digest)
        step = self._shrunk(look) or self._empty(look) or self._repeats(look)
        if step is not None:
            return step
        self._take_in(look)
        return self._end_by_meta(look) or self._go_to(look.number + 1)

    def observe_missing(self, status: int) -> Step:
        """Take in that page `next_page` was answered with a status of PAST_THE_END.

        It confirms an end that a short page or the meta announced. After a full page it
        proves nothing: the run is over, but not complete.
        """
        if self.next_page == 1:
            return self._stop(
                "not_found",
                f"The store answered {status} to the first page. Check the endpoint's"
                " path.",
            )
        if self._announced_end_was_reached():
            return self._finish("meta")
        if self._is_short_of_total() or self._announced_page(self.next_page):
            return self._fewer_than_announced()
        if not self.last_was_full:
            return self._finish("short_page")
        return self._end_unproved(status)

    def accepts_as_end(self, error: ConnectorError) -> bool:
        """Return whether `error` is a store's way to say there is no such page."""
        return self.next_page > 1 and error.http_status in PAST_THE_END

    # The rules, in the order they are asked.

    def _shrunk(self, look: _Look) -> Step | None:
        """Records went away since the page before: the rest moved up, so step back.

        Else what moved from this page to the one before would be missed, and then
        removed as absent.
        """
        if look.fell_by <= 0 or look.number == 1:
            return None
        pages = -(-look.fell_by // max(self.page_size, 1))
        if pages > _LONGEST_STEP_BACK or self.steps_back >= _MOST_STEPS_BACK:
            self.is_unsettled = True
            return None
        self.steps_back += 1
        self.records_read -= sum(self.counts[-pages:])
        del self.counts[-pages:]
        self.marks, self.ids = [], []
        self.least_total = self.total
        return self._go_to(max(1, look.number - pages))

    def _empty(self, look: _Look) -> Step | None:
        if look.count:
            return None
        if self._announced_page(look.number + 1) and self.total is None:
            return self._fewer_than_announced()
        is_confirmation = look.number > 1 and not self.last_was_full
        return self._finish("short_page" if is_confirmation else "empty_page")

    def _repeats(self, look: _Look) -> Step | None:
        """The page was read already; an overlap with the page before is no repeat."""
        page_before = self.ids[-self.counts[-1] :] if self.counts else []
        is_contained = look.has_all_ids and set(look.ids) <= set(page_before)
        if look.mark not in self.marks and not is_contained:
            return None
        return self._stop(
            "pagination_repeats",
            f"Page {look.number} holds the same records as a page before it, so the"
            " endpoint does not heed `page`. Make it skip (page - 1) x per_page"
            " records. What was read is kept, and nothing was removed.",
        )

    def _end_by_meta(self, look: _Look) -> Step | None:
        """The last page the store announced; a suspicious one is not believed."""
        if self.last_page is None and self.total is None:
            return None
        is_short_of_total = self._is_short_of_total()
        is_everything = look.count > look.asked and self.total == look.count
        if is_everything and look.number == 1:
            return self._finish("meta")
        if self._announced_page(look.number + 1):
            return None
        if self.last_page is None and is_short_of_total:
            return None
        if look.is_full and is_short_of_total:
            return None  # `last_page` is too low
        if look.is_full and look.number == 1:
            return None  # `total` is often the count of the page: one more tells
        return self._finish("meta")

    # What the rules are made of.

    def _look(
        self,
        page_ids: Sequence[str | None],
        count: int,
        meta: Meta | None,
        asked: int,
        digest: str,
    ) -> _Look:
        given = [page_id for page_id in page_ids if page_id is not None]
        has_all_ids = 0 < len(given) == count
        is_full = (
            count >= asked
            or 0 < self.page_size <= count
            or (meta is not None and 0 < count == meta.per_page)
        )
        total_before = self.total
        self._believe(meta or Meta(), count, asked)
        fell_by = (
            (total_before or 0) - (self.total or 0) if self.total is not None else 0
        )
        return _Look(
            number=self.next_page,
            count=count,
            asked=asked,
            is_full=is_full,
            ids=[_short(page_id) for page_id in given],
            has_all_ids=has_all_ids,
            mark=_mark(given) if has_all_ids else digest,
            fell_by=fell_by if total_before is not None else 0,
        )

    def _believe(self, meta: Meta, count: int, asked: int) -> None:
        """Take from the meta what can be true; the rest is as if unsaid."""
        if meta.last_page is not None:
            self.last_page = meta.last_page
        if self.last_page is not None:
            is_too_low = count > 0 and self.last_page < self.next_page
            if is_too_low or self.last_page > self.max_pages:
                self.last_page = None
        if meta.total is None:
            return
        has_fallen = self.total is not None and meta.total < self.total
        is_too_low = meta.total < self._distinct() + count and not has_fallen
        if is_too_low or meta.total > self.max_pages * max(asked, count):
            self.total = self.least_total = None
            return
        self.total = meta.total
        self.least_total = min(self.least_total or meta.total, meta.total)

    def _take_in(self, look: _Look) -> None:
        distinct = set(look.ids)
        moved = len(distinct & set(self.ids))
        self.moved += moved
        self.duplicates += len(look.ids) - len(distinct) + moved
        self.records_read += look.count
        self.pages_read = look.number
        self.page_size = max(self.page_size, look.count)
        self.last_was_full = look.is_full
        self.ids = [*self.ids, *look.ids][-_IDS_KEPT:]
        self.counts = [*self.counts, look.count][-_LONGEST_STEP_BACK:]
        latest = [*self.marks[1:], look.mark][-_MARKS_KEPT:]
        self.marks = [self.marks[0], *latest] if self.marks else [look.mark]

    def _go_to(self, page: int) -> Step:
        too_many = self.records_read > self.max_pages * _MOST_RECORDS_A_PAGE
        if page > self.max_pages or too_many:
            return self._stop(
                "too_many_pages",
                f"The store had no end after {self.pages_read:,} pages with"
                f" {self.records_read:,} records. Return an empty list after the last"
                " page.",
            )
        self.next_page = page
        return Step(False, page, pages_total=self._pages_total())

    def _finish(self, proof: str) -> Step:
        """End the run: complete, unless something shows that records are missing."""
        if self.is_unsettled:
            return self._stop(
                "catalogue_changed",
                "Records were removed from the store while it was read, so others may"
                " have been missed. The next sync reads them.",
            )
        if self._is_short_of_total():
            return self._fewer_than_announced()
        return Step(
            True,
            self.next_page,
            complete=True,
            end_proved_by=proof,
            pages_total=self.pages_read,
        )

    def _stop(self, code: str, detail: str) -> Step:
        return Step(
            True,
            self.next_page,
            problem=Problem(code, detail),
            pages_total=self._pages_total(),
        )

    def _fewer_than_announced(self) -> Step:
        said = f"{self.least_total:,} records" if self.least_total else "more pages"
        return self._stop(
            "fewer_than_announced",
            f"The store says it has {said}, but its pages held"
            f" {self._distinct():,} different ones. Count in the meta exactly what the"
            " pages list, and sort them by a unique column.",
        )

    def _end_unproved(self, status: int) -> Step:
        remark = Problem(
            "end_unproved",
            f"The store answers {status} after its last page, which it may also do when"
            " something is wrong, so nothing was removed for being absent. Answer"
            " 200 with an empty list there.",
        )
        return Step(True, self.next_page, remark=remark, pages_total=self.pages_read)

    def _distinct(self) -> int:
        return self.records_read - self.moved

    def _is_short_of_total(self) -> bool:
        return self.least_total is not None and self._distinct() < self.least_total

    def _announced_page(self, number: int) -> bool:
        return self.last_page is not None and number <= self.last_page

    def _announced_end_was_reached(self) -> bool:
        if self.total is not None:
            return not self._is_short_of_total()
        return self.last_page is not None and not self._announced_page(self.next_page)

    def _pages_total(self) -> int | None:
        if self.last_page is not None:
            return max(self.last_page, self.pages_read)
        if self.total is not None and self.page_size:
            return max(-(-self.total // self.page_size), self.pages_read)
        return None


def _short(text: str) -> str:
    """A digest short enough to keep; 40 bits tell a few hundred ids apart."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=5).hexdigest()


def _mark(ids: Sequence[str]) -> str:
    """The same for pages of the same records, in whatever order."""
    text = "\n".join(sorted(set(ids)))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]
