"""The credential: is it taken, and is anything given out without it (spec, 401)."""

from __future__ import annotations

from collections.abc import Iterator

from commerce.services.doctor.asking import Probe, mend_of
from commerce.services.doctor.examination import Examination, Listing
from commerce.services.doctor.report import Check, failed, passed, warned

SENT = {
    "api_key": "in the X-API-Key header",
    "bearer_token": "as Authorization: Bearer",
    "basic_auth": "as HTTP Basic authentication",
}
# Troubleshooting, "HTTP 401 Unauthorized on every request", by method.
CREDENTIAL_MENDS = {
    "api_key": "Compare it with the key your store checks, letter by letter. The header"
    " is X-API-Key; some frameworks care about its case, and some proxies drop it.",
    "bearer_token": "Compare it with the token your store checks, letter by letter, and"
    ' let your middleware strip "Bearer " before it compares.',
    "basic_auth": "Check user name and password. A server that does not pass on the"
    " Authorization header (Apache with PHP, for example) has to be told to.",
}
# A list that is there, but not as it should be.
UNREADABLE = frozenset({"no_records", "truncated", "too_deep", "too_large"})
PROTECT = (
    "Check the credential in front of this endpoint too, and answer 401 when it is"
    " missing or wrong."
)


def check_access(exam: Examination) -> Iterator[Check]:
    if not exam.was_reached:
        return
    if exam.has_credential:
        yield from credential(exam)
    else:
        yield not_connected()
    yield from orders_protected(exam)
    yield from credential_compared(exam)
    yield from products_protected(exam)
    yield from health_protected(exam)


def not_connected() -> Check:
    return warned(
        "not_connected",
        "The store is disconnected",
        "HiWelink holds no credential, so it asked only what anybody may ask.",
        "Reconnect the store with a credential, then run the doctor again.",
    )


def credential(exam: Examination) -> Iterator[Check]:
    method = exam.config.auth.method
    refusals = [probe for probe in exam.firsts if probe.is_refusal]
    opened = [probe for probe in exam.firsts if probe.status == 200]
    if exam.health_open is not None and exam.health_open.status == 200:
        opened = [probe for probe in opened if probe is not exam.health]
    if not refusals:
        if opened:
            title = "The store takes the credential"
            evidence = f"Sent {SENT[method]}."
            yield passed("credential", title, evidence, curl=opened[-1].curl)
        return
    refusal = refusals[-1]
    evidence = f"{refusal.told()}. The credential was sent {SENT[method]}."
    if opened:
        title = "The store takes the credential on some endpoints only"
        evidence += f" {opened[0].request} answered 200."
        mend = "Let the same credential read health, products and orders."
    elif exam.accepted_as is not None:
        title = "The credential is right, but the store expects it elsewhere"
        evidence += f" The store took it {exam.accepted_as.told}."
        mend = exam.accepted_as.mend
    elif refusal.status == 403:
        title = "The credential may not read this"
        mend = mend_of(refusal.error)
    else:
        title = "The store refuses the credential"
        mend = CREDENTIAL_MENDS[method]
    yield failed("credential", title, evidence, mend, curl=refusal.curl)


def gives_out(listing: Listing) -> bool:
    """Whether a stranger gets the list; an empty one is open all the same.

    Also one that cannot be read, when it is no better with the credential.
    """
    probe, first = listing.open, listing.first
    if probe is None:
        return False
    if probe.page is None:
        return (
            probe.code in UNREADABLE and first is not None and first.code == probe.code
        )
    return probe.page.count > 0 or listing.count == 0


def orders_protected(exam: Examination) -> Iterator[Check]:
    """The worst finding there is: customers' names and addresses for everybody."""
    if exam.orders.open is not None and gives_out(exam.orders):
        yield failed(
            "orders_protected",
            "Anybody can read your customers' orders",
            f"Without a credential, {exam.orders.open.told()}, with a list of orders.",
            f"Close it now: names, addresses and purchases are public. {PROTECT}",
            curl=exam.orders.open.curl,
        )
    else:
        title = "Orders are not given out without a credential"
        yield from closed("orders_protected", exam.orders.open, title)


def products_protected(exam: Examination) -> Iterator[Check]:
    if exam.products.open is not None and gives_out(exam.products):
        yield warned(
            "products_protected",
            "Products are given out without a credential",
            f"Without a credential, {exam.products.open.told()}.",
            PROTECT,
            curl=exam.products.open.curl,
        )
    else:
        title = "Products are not given out without a credential"
        yield from closed("products_protected", exam.products.open, title)


def health_protected(exam: Examination) -> Iterator[Check]:
    asked = exam.health_open if exam.has_credential else exam.health
    if asked is not None and asked.status == 200:
        yield warned(
            "health_protected",
            "The health endpoint asks for no credential",
            f"Without a credential, {asked.told()}. A wrong credential is found out only"
            " when a sync fails.",
            PROTECT,
            curl=asked.curl,
        )
    else:
        title = "The health endpoint asks for the credential"
        yield from closed("health_protected", asked, title)


def closed(
    code: str, probe: Probe | None, title: str, sent: str = "Without a credential"
) -> Iterator[Check]:
    """A 401 is right; 403 and FastAPI's 422 for a missing header do as well."""
    if probe is None or probe.status is None or probe.status == 404:
        return
    evidence = f"{sent}, {probe.told()}."
    if probe.status in (401, 403, 422):
        yield passed(code, title, evidence, curl=probe.curl)
        return
    mend = "Answer 401 when the credential is missing or wrong."
    yield warned(
        code, f"{title}, but not refused either", evidence, mend, curl=probe.curl
    )


def credential_compared(exam: Examination) -> Iterator[Check]:
    """A store may look whether there is a credential, and not which."""
    probe = exam.forged
    if probe is None:
        return
    if probe.page is not None and (probe.page.count or not exam.orders.count):
        yield failed(
            "credential_compared",
            "Any credential opens your customers' orders",
            f"With a made-up credential, {probe.told()}, with a list of orders.",
            "Compare the credential with the one you made for HiWelink, in constant"
            " time, and answer 401 when they differ.",
            curl=probe.curl,
        )
    else:
        title = "A wrong credential is refused"
        sent = "With a made-up credential"
        yield from closed("credential_compared", probe, title, sent)
