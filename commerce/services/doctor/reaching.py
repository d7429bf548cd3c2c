"""Address, reachability, TLS, health, redirects (Troubleshooting, "Could not connect")."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

from commerce.connector.errors import ConnectorError
from commerce.connector.parsing import printable
from commerce.services.doctor.asking import Probe, cause_of, mend_of
from commerce.services.doctor.examination import Examination
from commerce.services.doctor.report import Check, failed, passed, warned
from commerce.services.stores import path_hint

ADDRESS_CODES = frozenset({"https_required", "invalid_url", "blocked_address"})
# What OpenSSL says of a certificate, and what mends it.
# {word: (title, mend)}.
CERTIFICATES = {
    "self-signed": (
        "The certificate is self-signed",
        "Install one from a public authority, such as Let's Encrypt.",
    ),
    "expired": (
        "The certificate has expired",
        "Renew the certificate, and see to it that it is renewed by itself.",
    ),
    "mismatch": (
        "The certificate is for another host",
        "Install one that names {host}, or enter the address it was made for.",
    ),
    "issuer certificate": (
        "The certificate's chain is incomplete",
        "Let the server send the intermediate certificates too (the full chain).",
    ),
}
# Let's Encrypt's clients renew 30 days before the end.
RENEWED_BEFORE = timedelta(days=14)
FIREWALL = (
    "Check that the base URL is right, that the store runs, and that no firewall or"
    " security group blocks inbound traffic on port {port}."
)
AT_ONCE = "Let the health endpoint answer at once, without asking anything itself."
PARAMETERS = (
    "Answer 200 to a plain GET: the health endpoint must not require query parameters"
    " or a body."
)


def check_reaching(exam: Examination) -> Iterator[Check]:
    """Whether anything answers at the address, and whether it is the store."""
    failure = unreachable(exam)
    yield from address(exam, failure)
    if failure is None or failure.code not in ADDRESS_CODES:
        yield from reachable(exam, failure)
        yield from tls(exam, failure)
    if exam.was_reached:
        yield from health(exam)
        yield from redirect(exam)


def unreachable(exam: Examination) -> ConnectorError | None:
    """Why nothing at all answered; None when something did."""
    if exam.refused is not None:
        return exam.refused
    if exam.was_reached or exam.health is None:
        return None
    return exam.health.error


def curl_of(exam: Examination) -> str:
    return exam.health.curl if exam.health else ""


def address(exam: Examination, failure: ConnectorError | None) -> Iterator[Check]:
    base, curl = exam.config.base_url, curl_of(exam)
    hint = path_hint(base)
    healthy = exam.health is not None and exam.health.is_ok
    if failure is not None and failure.code in ADDRESS_CODES:
        title = "The address cannot be used"
        cause, mend = cause_of(failure), mend_of(failure)
        yield failed("address", title, f"{base}: {cause}", mend, curl=curl)
    elif exam.twin is not None:
        yield twin(exam, *exam.twin)
    elif hint and not healthy:
        title = "The base URL ends in the path of an endpoint"
        yield failed("address", title, f"{base} was entered.", hint, curl=curl)
    else:
        yield passed("address", "The base URL is well formed", base, curl=curl)


def twin(exam: Examination, found: Probe, name: str) -> Check:
    """A path that is not there, but is with /api once more or once less."""
    missed = exam.health if name == "health" else exam.products.first
    base, path = exam.config.base_url, exam.config.path_of(name)
    if base.endswith("/api"):
        mend = f"Enter {base.removesuffix('/api')} as the base URL."
    elif name == "health":
        mend = f"Enter {base}/api as the base URL, or take the paths out of api.php."
    else:
        mend = (
            f"Take /api out of the paths in routes/api.php, or enter /api{path} as the"
            f" path of the {name}."
        )
    evidence = ". ".join(probe.told() for probe in (missed, found) if probe)
    return failed(
        "address",
        "The paths are off by one /api",
        f"{evidence}. Laravel puts /api before everything in routes/api.php by itself.",
        mend,
        curl=found.curl,
    )


def reachable(exam: Examination, failure: ConnectorError | None) -> Iterator[Check]:
    parts, curl = urlsplit(exam.config.base_url), curl_of(exam)
    if failure is None and exam.health is not None:
        evidence = f"{parts.netloc} answers."
        yield passed("reachable", "The store can be reached", evidence, curl=curl)
    elif failure is not None and failure.code != "tls_invalid":
        port = parts.port or (443 if parts.scheme == "https" else 80)
        title = "The store cannot be reached"
        cause, mend = cause_of(failure), mend_of(failure)
        if failure.code in ("connection_failed", "timeout"):
            mend = FIREWALL.format(port=port)
        yield failed("reachable", title, f"{parts.netloc}: {cause}", mend, curl=curl)


def tls(exam: Examination, failure: ConnectorError | None) -> Iterator[Check]:
    parts, curl = urlsplit(exam.config.base_url), curl_of(exam)
    if failure is not None:
        if failure.code == "tls_invalid":
            yield broken_tls(parts.hostname or "", failure, curl)
    elif parts.scheme == "https":
        yield valid_tls(exam, parts.hostname or "", curl)
    elif exam.health is not None:
        evidence = (
            "A sandbox may use http. In production HiWelink asks over https only."
        )
        yield passed("tls", "Not encrypted, as a sandbox may be", evidence, curl=curl)


def valid_tls(exam: Examination, host: str, curl: str) -> Check:
    """A valid certificate; one about to end is not being renewed."""
    ends = next(
        (
            probe.answer.certificate_ends_at
            for probe in exam.firsts
            if probe.answer and probe.answer.certificate_ends_at
        ),
        None,
    )
    until = f" until {ends:%-d %B %Y}" if ends else ""
    evidence = f"The certificate is valid for {host}{until}."
    if ends is None or ends - datetime.now(UTC) > RENEWED_BEFORE:
        return passed("tls", "TLS is set up well", evidence, curl=curl)
    title = "The certificate ends soon"
    return warned("tls", title, evidence, CERTIFICATES["expired"][1], curl=curl)


def broken_tls(host: str, failure: ConnectorError, curl: str) -> Check:
    cause = cause_of(failure)
    title, mend = next(
        (told for word, told in CERTIFICATES.items() if word in cause.lower()),
        ("No secure connection could be made", mend_of(failure)),
    )
    evidence = f"{host}: {cause}"
    return failed("tls", title, evidence, mend.format(host=host), curl=curl)


def health(exam: Examination) -> Iterator[Check]:
    probe = exam.health
    if probe is None or probe.code == "redirected":
        return
    told, curl = probe.told(), probe.curl
    if probe.is_refusal:
        if exam.has_credential and not exam.is_credential_refused:
            title = "The health endpoint refuses the credential"
            mend = "Check the same credential there as on products and orders."
            yield failed("health", title, told, mend, curl=curl)
        return
    if probe.status in (400, 422):
        if exam.has_credential:  # without one it may be the header that is missed
            title = "The health endpoint wants parameters"
            yield failed("health", title, told, PARAMETERS, curl=curl)
    elif probe.error is not None:
        title = "The health endpoint does not answer 200"
        mend = AT_ONCE if probe.code == "timeout" else mend_of(probe.error)
        yield failed("health", title, told, mend, curl=curl)
    elif probe.remarks:
        evidence = f"{probe.request} answered 200. {' '.join(probe.remarks)}"
        title = "The health endpoint answers 200 with an odd body"
        mend = 'Answer {"status": "ok"} as application/json.'
        yield warned("health", title, evidence, mend, curl=curl)
    else:
        yield passed("health", "The health endpoint answers 200", told, curl=curl)


def redirect(exam: Examination) -> Iterator[Check]:
    """One check for all endpoints that send HiWelink elsewhere; it follows none."""
    moved = [probe for probe in exam.firsts if probe.code == "redirected"]
    if moved:
        title = "The store redirects"
        evidence = " ".join(
            f"{probe.request}: {cause_of(probe.error)}" for probe in moved
        )
        mends = dict.fromkeys(redirect_mend(exam, probe) for probe in moved)
        mend = " ".join(mends)
        yield failed("redirect", title, evidence, mend, curl=moved[0].curl)
    elif exam.health is not None and exam.health.is_ok:
        yield passed("redirect", "Nothing redirects", curl=curl_of(exam))


def redirect_mend(exam: Examination, probe: Probe) -> str:
    answer = probe.answer
    base = urlsplit(exam.config.base_url)
    if answer is None:
        return mend_of(probe.error)
    try:
        target = urlsplit(
            urljoin(answer.url, printable(answer.headers.get("Location", "")))
        )
    except ValueError:
        return mend_of(probe.error)
    if any(word in target.path.lower() for word in ("login", "signin", "sign-in")):
        return "Answer with data or with 401, and never with the way to a login page."
    if (target.scheme, target.netloc) == (base.scheme, base.netloc):
        path = target.path.removeprefix(base.path)
        return f"Enter {path} as that endpoint's path, or answer where it was asked."
    if target.path == urlsplit(answer.url).path:
        return f"Enter {target.scheme}://{target.netloc}{base.path} as the base URL."
    return mend_of(probe.error)
