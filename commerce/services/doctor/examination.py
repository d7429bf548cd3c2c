"""The questions the doctor asks a store, in the order in which they matter.

At most 12 requests within 60 seconds, at the usual pace. What an answer rules out is
not asked; what was not asked is noted, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from commerce.connector.client import StoreConfig, remarks_on
from commerce.connector.errors import ConfigError
from commerce.mapping.fields import Resource
from commerce.mapping.mappings import FieldMappings, ResourceMapping
from commerce.services.doctor.asking import Asker, Probe, read_list, without_body
from commerce.services.doctor.credentials import (
    Spelling,
    WrongCredential,
    other_spellings,
)
from commerce.services.doctor.report import Check

PAST_THE_END = 999  # the page the specification's Troubleshooting tests with
# After one of these on the health endpoint no other one is worth a request.
_HOPELESS = frozenset(
    {
        "name_not_resolved",
        "blocked_address",
        "tls_invalid",
        "https_required",
        "invalid_url",
        "not_http",
    }
)

# Judges the records of a first page at once, so that no page has to be kept.
Judge = Callable[[Resource, Probe, Sequence[object]], Sequence[Check]]


@dataclass
class Listing:
    """What was asked of the products or orders endpoint; None: it was not asked."""

    resource: Resource
    mapping: ResourceMapping
    first: Probe | None = None  # page 1, as a sync asks for it
    open: Probe | None = None  # without a credential
    single: Probe | None = None  # page 1 with one record a page
    second: Probe | None = None
    second_size: int = 0
    past: Probe | None = None
    past_page: int = PAST_THE_END
    findings: list[Check] = field(default_factory=list)  # on the first page's records

    @property
    def name(self) -> str:
        return self.resource.value

    @property
    def count(self) -> int:
        return self.first.page.count if self.first and self.first.page else 0


@dataclass
class Examination:
    """A store's answers, without its records."""

    config: StoreConfig
    has_credential: bool
    products: Listing
    orders: Listing
    refused: ConfigError | None = None  # the address cannot be asked at all
    health: Probe | None = None
    health_open: Probe | None = None
    forged: Probe | None = None  # orders, with a wrong credential
    accepted_as: Spelling | None = None  # how a refused credential was accepted
    twin: tuple[Probe, str] | None = None  # a 404's path with /api before or without
    left_out: list[tuple[str, str]] = field(default_factory=list)  # what, why

    @property
    def listings(self) -> tuple[Listing, Listing]:
        return self.products, self.orders

    @property
    def firsts(self) -> list[Probe]:
        """The answers to what a sync asks."""
        told = (self.health, self.products.first, self.orders.first)
        return [probe for probe in told if probe is not None]

    @property
    def was_reached(self) -> bool:
        return any(probe.was_reached for probe in self.firsts)

    @property
    def is_credential_refused(self) -> bool:
        """Whether neither list opened and one was refused.

        A health endpoint that answers says little: many ask for no credential.
        """
        lists = [listing.first for listing in self.listings if listing.first]
        return any(probe.is_refusal for probe in lists) and not any(
            probe.status == 200 for probe in lists
        )

    def leave_out(self, what: str, why: str) -> None:
        self.left_out.append((what, why))

    def leave_out_the_rest(self, why: str) -> None:
        self.left_out = [("everything else", why)]


def examine(
    config: StoreConfig,
    judge: Judge,
    *,
    mappings: FieldMappings,
    credentials: Mapping[str, str] | None,
) -> Examination:
    """Ask the store what the checks need to know; never raises for what it answers.

    credentials: those in `config.auth`, to try them spelled otherwise; None for a
    store without one, which is asked what anybody may.
    """
    exam = Examination(
        config,
        has_credential=credentials is not None,
        products=Listing(Resource.PRODUCTS, mappings.products),
        orders=Listing(Resource.ORDERS, mappings.orders),
    )
    try:
        asker = Asker(config)
    except ConfigError as error:
        exam.refused = error
        exam.leave_out_the_rest("the address cannot be used")
        return exam
    with asker:
        if credentials is None:
            ask_as_anybody(exam, asker)
        else:
            ask_in_turn(exam, asker, judge, credentials)
        for request, reason in asker.declined:
            exam.leave_out(request, reason)
    return exam


def ask_as_anybody(exam: Examination, asker: Asker) -> None:
    """What a disconnected store can be asked: is it there, and does it refuse us."""
    exam.leave_out("products and orders", "HiWelink holds no credential")
    exam.health = ask_health(exam, asker)
    if exam.was_reached:
        ask_in_the_open(exam, asker, exam.orders)
        ask_in_the_open(exam, asker, exam.products)


def ask_in_turn(
    exam: Examination, asker: Asker, judge: Judge, credentials: Mapping[str, str]
) -> None:
    exam.health = ask_health(exam, asker)
    if exam.health is not None and exam.health.code in _HOPELESS:
        return exam.leave_out_the_rest("the store cannot be reached")
    ask_first_page(exam, asker, exam.products, judge)
    if not exam.was_reached:
        return exam.leave_out_the_rest("the store cannot be reached")
    ask_first_page(exam, asker, exam.orders, judge)
    ask_in_the_open(exam, asker, exam.orders)
    exam.health_open = asker.ask("health", authenticated=False)
    if exam.is_credential_refused:
        return ask_spelled_otherwise(exam, asker, credentials)
    ask_twin(exam, asker)
    ask_in_the_open(exam, asker, exam.products)
    ask_with_wrong_credential(exam, asker)
    for listing in exam.listings:
        ask_paging(exam, asker, listing)


def ask_health(exam: Examination, asker: Asker) -> Probe | None:
    probe = asker.ask(
        "health",
        authenticated=exam.has_credential,
        retry=True,
        seconds=exam.config.health_seconds,
    )
    if probe is None or probe.answer is None or not probe.is_ok:
        return probe
    return without_body(replace(probe, remarks=remarks_on(probe.answer)))


def ask_page(
    exam: Examination, asker: Asker, listing: Listing, page: int, size: int
) -> Probe | None:
    params = {"page": page, "per_page": size}
    probe = asker.ask(listing.name, params)
    if probe is None:
        return None
    return read_list(probe, listing.resource, listing.mapping)[0]


def ask_first_page(
    exam: Examination, asker: Asker, listing: Listing, judge: Judge
) -> None:
    """Ask what the first page of a sync asks, and judge its records."""
    params = {"page": 1, "per_page": exam.config.per_page}
    probe = asker.ask(listing.name, params, retry=True)
    if probe is None:
        return
    probe, records = read_list(probe, listing.resource, listing.mapping)
    listing.first = probe
    if probe.page is not None:
        listing.findings = list(judge(listing.resource, probe, records))
    else:
        why = "they could not be read"
        exam.leave_out(f"fields and paging of the {listing.name}", why)


def ask_in_the_open(exam: Examination, asker: Asker, listing: Listing) -> None:
    params = {"page": 1, "per_page": 1}
    probe = asker.ask(listing.name, params, authenticated=False)
    if probe is not None:
        listing.open = read_list(probe, listing.resource, listing.mapping)[0]


def ask_with_wrong_credential(exam: Examination, asker: Asker) -> None:
    """Once the orders are closed to nobody: are they open to any credential?"""
    orders = exam.orders
    opened = orders.first is not None and orders.first.is_ok
    if not opened or orders.open is None or orders.open.status == 200:
        return
    with asker.instead(auth=WrongCredential(exam.config.auth.method)):
        probe = asker.ask("orders", {"page": 1, "per_page": 1})
    if probe is not None:
        exam.forged = read_list(probe, orders.resource, orders.mapping)[0]


def ask_spelled_otherwise(
    exam: Examination, asker: Asker, credentials: Mapping[str, str]
) -> None:
    """Find out how the store would have taken the credential it refused."""
    refused = next(
        listing.name
        for listing in exam.listings
        if listing.first is not None and listing.first.is_refusal
    )
    for spelling in other_spellings(exam.config.auth.method, credentials):
        with asker.instead(auth=spelling.auth):
            probe = asker.ask(refused)
        if probe is not None and probe.status == 200:
            exam.accepted_as = spelling
            return


def ask_twin(exam: Examination, asker: Asker) -> None:
    """Look for a path that is not there one /api further up or down.

    Laravel's routes/api.php puts /api before the paths it is given (DESIGN section 6).
    """
    base = exam.config.base_url.rstrip("/")
    for name, probe in (("health", exam.health), ("products", exam.products.first)):
        if probe is None or probe.status != 404:
            continue
        path = exam.config.path_of(name)
        if base.endswith("/api"):
            with asker.instead(base_url=base.removesuffix("/api")):
                twin = asker.ask(path)
        else:
            twin = asker.ask(f"/api/{path.lstrip('/')}")
        if twin is not None and (twin.is_refusal or twin.status in (200, 422)):
            exam.twin = (twin, name)
            return


def ask_paging(exam: Examination, asker: Asker, listing: Listing) -> None:
    """Ask for a second page, for a page far past the end, and for one record."""
    first = listing.first
    if first is None or first.page is None or not first.page.count:
        return
    count, asked, meta = first.page.count, exam.config.per_page, first.page.meta
    says_more = meta is not None and (
        (meta.last_page or 1) > 1 or (meta.total or 0) > count
    )
    has_more = count >= asked or says_more
    if count > 1 and listing.resource == Resource.PRODUCTS:
        listing.single = ask_page(exam, asker, listing, 1, 1)
    if has_more or count > 1:
        # A small catalogue has a second page only when the pages are smaller still.
        listing.second_size = asked if has_more else max(1, count // 2)
        listing.second = ask_page(exam, asker, listing, 2, listing.second_size)
    last = (meta and meta.last_page) or 0
    if PAST_THE_END <= last < 10**6:
        listing.past_page = last + 1
    listing.past = ask_page(exam, asker, listing, listing.past_page, asked)
