"""Paging: page 2, a page past the end, the page size, the meta block.

Source: Troubleshooting, "Sync gets stuck / only first page is imported".
"""

from __future__ import annotations

from collections.abc import Iterator

from commerce.connector.envelope import Meta
from commerce.services.doctor.asking import PageFacts, Probe, mend_of
from commerce.services.doctor.examination import Examination, Listing
from commerce.services.doctor.report import Check, failed, passed, warned

SKIP = (
    "Skip (page - 1) x per_page records and return the next per_page, sorted by a unique"
    " column."
)
END = "Past the last page, answer 200 with an empty list."
META_WARNINGS = frozenset({"meta_ignored", "meta_text"})


def check_paging(exam: Examination, listing: Listing) -> Iterator[Check]:
    if listing.first is None or listing.first.page is None or not listing.count:
        return
    first = listing.first.page
    yield from second_page(listing, first, exam.config.per_page)
    yield from past_end(listing, first)
    yield from per_page(listing, first, exam.config.per_page)
    yield from meta(listing, first, exam.config.per_page)


def second_page(listing: Listing, first: PageFacts, asked: int) -> Iterator[Check]:
    """Does page 2 show other records than page 1?"""
    probe, size = listing.second, listing.second_size
    code, name = f"{listing.name}_pages", listing.name
    if probe is None:
        return
    if probe.page is None:
        title = f"Page 2 of the {name} cannot be read"
        yield failed(code, title, probe.told(), mend_of(probe.error), curl=probe.curl)
        return
    page, told = probe.page, f"{probe.request} answered {counted(probe.page)}"
    if page.count and repeats(first, page, size):
        title = f"Page 2 of the {name} repeats page 1"
        evidence = f"{told}, the same as on page 1{some_ids(page)}."
        mend = f"The endpoint does not heed the parameter page. {SKIP}"
        yield failed(code, title, evidence, mend, curl=probe.curl)
    elif size == asked and (shared := first.known_ids & page.known_ids):
        title = f"Page 2 of the {name} overlaps page 1"
        evidence = f"{told}; {len(shared)} of them were on page 1 too."
        yield warned(code, title, evidence, SKIP, curl=probe.curl)
    elif page.count:
        title = f"Page 2 of the {name} shows other records than page 1"
        yield passed(code, title, f"{told}.", curl=probe.curl)
    elif size == asked and says_more(first):
        title = f"Page 2 of the {name} is empty"
        evidence = f"{told}, although the meta tells of {announced(first.meta)}."
        mend = "Count in the meta exactly what the pages list."
        yield warned(code, title, evidence, mend, curl=probe.curl)
    elif size != asked and not ignores_size(listing):
        title = f"Page 2 of the {name} is empty"
        evidence = f"{told}, although there are {first.count} on one page."
        yield failed(code, title, evidence, SKIP, curl=probe.curl)


def repeats(first: PageFacts, page: PageFacts, size: int) -> bool:
    """Whether `page`, asked with `size` records a page, is the beginning of `first`."""
    if page.holds_the_same_as(first):
        return True
    beginning = set(first.ids[: len(page.ids)])
    return None not in beginning and beginning == set(page.ids) and size < first.count


def past_end(listing: Listing, first: PageFacts) -> Iterator[Check]:
    """What is there far past the end? Without meta every sync comes by there."""
    probe, code, name = listing.past, f"{listing.name}_past_end", listing.name
    if probe is None:
        return
    needs_it = not is_sane(first)
    if probe.page is not None and not probe.page.count:
        title = f"The {name} end with an empty page"
        yield passed(code, title, f"{probe.request} answered [].", curl=probe.curl)
    elif probe.page is None:
        yield missing_page(code, name, probe, needs_it)
    elif known := returned(listing, first, probe.page):
        title = f"The {name} have no end: old records come again"
        evidence = f"{probe.request} answered {counted(probe.page)} of {known} again."
        judge = failed if needs_it else warned
        yield judge(code, title, evidence, END, curl=probe.curl)
    else:
        title = f"The {name} may have no end"
        told = f"{probe.request} answered {counted(probe.page)}"
        evidence = f"{told}{some_ids(probe.page)}."
        mend = f"If there are not so many {name}: {END[0].lower()}{END[1:]}"
        yield warned(code, title, evidence, mend, curl=probe.curl)


def missing_page(code: str, name: str, probe: Probe, needs_it: bool) -> Check:
    """A 404 is put up with; what looks like a crash fails syncs without meta."""
    crashed = probe.status is None or probe.status >= 500 or probe.status == 200
    title = f"Past the end the {name} answer {probe.status or 'nothing'}"
    judge = failed if crashed and needs_it else warned
    return judge(code, title, f"{probe.told()}.", END, curl=probe.curl)


def returned(listing: Listing, first: PageFacts, page: PageFacts) -> str:
    """Which page `page` is again; "" for none we saw."""
    if repeats(first, page, len(page.ids)) or first.known_ids & page.known_ids:
        return "page 1"
    second = listing.second.page if listing.second else None
    if second is not None and second.known_ids & page.known_ids:
        return "page 2"
    total = first.meta.total if first.meta else None
    is_too_far = total is not None and total < listing.past_page
    return "an earlier page" if is_too_far else ""


def per_page(listing: Listing, first: PageFacts, asked: int) -> Iterator[Check]:
    code, name = f"{listing.name}_per_page", listing.name
    single = listing.single.page if listing.single else None
    if listing.single is not None and single is None:
        title = f"The {name} cannot be asked for one at a time"
        told, mend = listing.single.told(), mend_of(listing.single.error)
        yield warned(code, title, told, mend, curl=listing.single.curl)
        return
    for probe, page, size in (
        (listing.first, first, asked),
        (listing.single, single, 1),
    ):
        if probe is not None and page is not None and page.count > size:
            title = f"The {name} endpoint does not heed per_page"
            evidence = f"{probe.request} answered {counted(page)}."
            mend = "Return at most per_page records a page, up to 100."
            yield warned(code, title, evidence, mend, curl=probe.curl)
            return
    if single is not None and listing.single is not None:
        title = f"The {name} endpoint heeds per_page"
        evidence = f"{listing.single.request} answered {counted(single)}."
        yield passed(code, title, evidence, curl=listing.single.curl)


def meta(listing: Listing, first: PageFacts, asked: int) -> Iterator[Check]:
    code, name = f"{listing.name}_meta", listing.name
    curl = listing.first.curl if listing.first else ""
    told = [
        warning.detail.rstrip(".") + "."
        for warning in first.warnings
        if warning.code in META_WARNINGS
    ]
    if first.meta is not None:
        told += contradictions(listing, first, first.meta, asked)
    if told:
        title = f"The meta of the {name} cannot be right"
        mend = (
            "Send current_page, per_page, total and last_page as numbers, counted over"
            " the whole list; or leave the meta out."
        )
        yield warned(code, title, " ".join(told), mend, curl=curl)
    elif first.meta is None:
        title = f"The {name} come without meta"
        evidence = "HiWelink asks for one page more to find the end."
        yield passed(code, title, evidence, curl=curl)
    else:
        title = f"The meta of the {name} makes sense"
        yield passed(code, title, f"It tells of {announced(first.meta)}.", curl=curl)


def contradictions(
    listing: Listing, first: PageFacts, told: Meta, asked: int
) -> Iterator[str]:
    """What of the meta the pages show to be untrue."""
    size = told.per_page or max(asked, first.count)
    pages = -(-told.total // size) if told.total is not None else None
    if told.current_page not in (None, 1):
        yield f"current_page is {told.current_page} on page 1."
    if told.total is not None and told.total < first.count:
        yield f"total is {told.total}, and page 1 alone holds {first.count} records."
    elif told.total and told.total > first.count and first.count < size:
        yield (
            f"total is {told.total}, but page 1 holds only {first.count} of the"
            f" {size} records it has room for."
        )
    if pages is not None and told.last_page not in (None, pages, max(pages, 1)):
        yield (
            f"last_page is {told.last_page}, but {told.total} records at {size} a page"
            f" make {pages}."
        )
    second = listing.second.page if listing.second else None
    is_last = told.last_page == 1 or (
        told.total is not None and told.total <= first.count
    )
    if listing.second_size != asked or second is None or not is_last:
        return
    if second.known_ids - first.known_ids:
        yield f"It tells of {announced(told)}, but page 2 holds {second.count} more."


def is_sane(first: PageFacts) -> bool:
    """Whether a sync can learn the end from the meta."""
    return first.meta is not None and not (
        first.meta.total is None and first.meta.last_page is None
    )


def says_more(first: PageFacts) -> bool:
    told = first.meta
    return told is not None and (
        (told.last_page or 0) > 1 or (told.total or 0) > first.count
    )


def ignores_size(listing: Listing) -> bool:
    """Whether a page of another size than asked says nothing about `page`."""
    single = listing.single.page if listing.single else None
    return single is None or single.count > 1


def announced(told: Meta | None) -> str:
    if told is None:
        return "nothing"
    if told.total is not None:
        return f"{told.total:,} records"
    return f"{told.last_page:,} pages" if told.last_page is not None else "no total"


def counted(page: PageFacts) -> str:
    return "1 record" if page.count == 1 else f"{page.count} records"


def some_ids(page: PageFacts) -> str:
    ids = ", ".join([id_ for id_ in page.ids if id_][:3])
    return f" ({ids} ...)" if ids else ""
