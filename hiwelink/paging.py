"""Pages of long lists: the last one as quick as the first."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet


class KeyPaginator(Paginator):  # type: ignore[type-arg]
    """Counts and skips rows by their keys alone, and reads those of one page.

    rows: in their order. whole: the same rows with all that a page shows of them, where
    that is more: annotations then cost a page, not the list.
    """

    def __init__(
        self, rows: QuerySet[Any], per_page: int, whole: QuerySet[Any] | None = None
    ) -> None:
        super().__init__(rows, per_page)
        self.whole = rows if whole is None else whole

    def page(self, number: int | str) -> Page[Any]:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        keys = self.object_list.values("pk")[first : first + self.per_page]  # type: ignore[attr-defined]
        return Page(self.whole.filter(pk__in=keys), number, self)
