"""What products and orders answer with: status, JSON, the list, its speed."""

from __future__ import annotations

from collections.abc import Iterator

from commerce.connector.envelope import FLAT
from commerce.mapping.fields import Resource
from commerce.services.doctor.asking import Probe, cause_of, mend_of
from commerce.services.doctor.examination import Examination, Listing
from commerce.services.doctor.report import Check, failed, passed, warned

SLOW_SHARE = 1 / 3  # of the limit: pages get slower as catalogues grow
# What an answer with status 200 can be wrong with, by where the fault is.
JSON_CODES = frozenset(
    {"not_json", "truncated", "too_deep", "too_large", "bad_encoding"}
)
JSON_WARNINGS = frozenset({"encoding", "not_utf8", "not_finite"})
LIST_WARNINGS = frozenset({"list_key", "not_a_list", "error_beside_records"})


def check_answers(exam: Examination, listing: Listing) -> Iterator[Check]:
    probe = listing.first
    if probe is None or probe.is_refusal or probe.code == "redirected":
        return
    if not exam.was_reached:
        return
    if probe.status != 200 and probe.code not in JSON_CODES:
        yield unanswered(listing, probe)
        return
    if probe.answer is not None:
        yield from steady(listing, probe)
        yield from speed(exam, listing, probe)
    yield from body(listing, probe)
    yield from content_type(listing, probe)
    yield from records_list(listing, probe)
    yield from empty(listing, probe)


def unanswered(listing: Listing, probe: Probe) -> Check:
    name = listing.name
    title = f"The {name} endpoint does not answer 200"
    if probe.code == "timeout":
        title = f"The {name} endpoint is too slow"
    mend = mend_of(probe.error)
    return failed(f"{name}_answer", title, probe.told(), mend, curl=probe.curl)


def steady(listing: Listing, probe: Probe) -> Iterator[Check]:
    code, name = f"{listing.name}_answer", listing.name
    if probe.attempts > 1:
        title = f"The {name} endpoint answers, but not every time"
        evidence = f"{probe.request} answered 200 only at attempt {probe.attempts}."
        mend = "Look into the store's own error log and at its rate limit."
        yield warned(code, title, evidence, mend, curl=probe.curl)
    else:
        title = f"The {name} endpoint answers 200"
        yield passed(code, title, probe.request, curl=probe.curl)


def speed(exam: Examination, listing: Listing, probe: Probe) -> Iterator[Check]:
    code, name, limit = (
        f"{listing.name}_speed",
        listing.name,
        exam.config.request_seconds,
    )
    share = probe.seconds / limit
    evidence = (
        f"{probe.request} took {probe.seconds:.2f} of the {limit:g} seconds a page may"
        f" take ({share:.0%})."
    )
    if share > SLOW_SHARE:
        title = f"The {name} endpoint is slow"
        mend = (
            "Lower the records per page, or add a database index for the columns your"
            " endpoint sorts by."
        )
        yield warned(code, title, evidence, mend, curl=probe.curl)
    else:
        title = f"The {name} endpoint is fast enough"
        yield passed(code, title, evidence, curl=probe.curl)


def body(listing: Listing, probe: Probe) -> Iterator[Check]:
    code, name = f"{listing.name}_json", listing.name
    remarks = remarks_of(probe, JSON_WARNINGS)
    if probe.code in JSON_CODES:
        title = f"The {name} endpoint does not answer with JSON"
        evidence = f"{probe.request}: {cause_of(probe.error)}"
        mend = mend_of(probe.error) or "Return JSON as the field reference shows it."
        yield failed(code, title, evidence, mend, curl=probe.curl)
    elif remarks:
        title = f"The JSON of the {name} is not quite right"
        mend = "Send JSON in UTF-8, without a mark before it, null for no number."
        yield warned(code, title, " ".join(remarks), mend, curl=probe.curl)
    else:
        title = f"The {name} endpoint answers with JSON"
        yield passed(code, title, curl=probe.curl)


def content_type(listing: Listing, probe: Probe) -> Iterator[Check]:
    if probe.page is None:
        return
    code, name = f"{listing.name}_content_type", listing.name
    remarks = remarks_of(probe, {"content_type"})
    if remarks:
        title = f"The Content-Type of the {name} is wrong"
        mend = "Send Content-Type: application/json."
        yield warned(code, title, remarks[0], mend, curl=probe.curl)
    else:
        title = f"The Content-Type of the {name} is application/json"
        yield passed(code, title, curl=probe.curl)


def records_list(listing: Listing, probe: Probe) -> Iterator[Check]:
    """The array under "data" or flat; a 200 that tells of an error is neither."""
    code, name = f"{listing.name}_list", listing.name
    if probe.code == "error_body":
        title = f"The {name} endpoint answers 200 with an error"
        yield failed(code, title, probe.told(), mend_of(probe.error), curl=probe.curl)
    elif probe.code == "no_records":
        title = f"There is no list of {name}"
        evidence = f"{probe.request} answered 200. {cause_of(probe.error)}"
        yield failed(code, title, evidence, mend_of(probe.error), curl=probe.curl)
    elif probe.page is not None:
        remarks = remarks_of(probe, LIST_WARNINGS)
        if remarks:
            title = f"The list of {name} is not where it should be"
            mend = 'Return an array under "data", [] when there is nothing.'
            yield warned(code, title, " ".join(remarks), mend, curl=probe.curl)
        else:
            place = "a flat array" if probe.page.list_key == FLAT else 'under "data"'
            title = f"The list of {name} was found"
            evidence = f"{probe.page.count} on the first page, {place}."
            yield passed(code, title, evidence, curl=probe.curl)


def empty(listing: Listing, probe: Probe) -> Iterator[Check]:
    """A shop without products is a mistake; one without orders is young."""
    if probe.page is None or probe.page.count or listing.resource == Resource.ORDERS:
        return
    yield warned(
        "products_empty",
        "The store lists no products",
        f"{probe.told()}, with an empty list.",
        "Return the products this credential may read, from page 1 on. Look for a"
        " filter (published, channel, language) that leaves none.",
        curl=probe.curl,
    )


def remarks_of(probe: Probe, codes: frozenset[str] | set[str]) -> list[str]:
    warnings = probe.page.warnings if probe.page else ()
    return [warning.detail for warning in warnings if warning.code in codes]
