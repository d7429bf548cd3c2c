"""What to check, from the specification's Troubleshooting section, by error code."""

from __future__ import annotations

from commerce.models import Resource, RunStatus, SyncRun

CONNECTION = (
    "The base URL is correct and reachable from the internet.",
    "The health endpoint returns HTTP 200 and needs no query parameters.",
    "HTTPS is configured with a valid certificate, not a self-signed one.",
    "No firewall or security group blocks inbound traffic on port 443.",
)
CREDENTIAL = (
    "The credential is exactly what your store checks, without blanks around it.",
    "API key: the header is X-API-Key; some frameworks care about its case.",
    "Bearer token: your middleware strips “Bearer ” before it compares.",
    "Basic auth: user name and password are right.",
)
TIMEOUT = (
    "Every page must be answered within 30 seconds.",
    "Lower “Records per page” in the store's settings if your database is slow.",
    "Add a database index for the columns your endpoint sorts by.",
    "Then start the sync again.",
)
PAGING = (
    "The endpoint heeds the parameters page and per_page.",
    "The last page holds fewer records than per_page; it is not a 404.",
    "Page 2 shows other records than page 1.",
)
EMPTY = (
    "The endpoint answers with an array, or with one under the key “data”.",
    "Each record has an id and each product a name, under these names or an alias.",
    "Fields with other names are told in the store's field mappings.",
)
BY_CODE = {
    "unauthorized": CREDENTIAL,
    "forbidden": CREDENTIAL,
    "timeout": TIMEOUT,
    "server_error": TIMEOUT,
    "connection_failed": CONNECTION,
    "name_not_resolved": CONNECTION[:1],
    "tls_invalid": CONNECTION,
    "not_found": CONNECTION[:2],
    "pagination_repeats": PAGING,
    "fewer_than_announced": PAGING,
    "no_records": EMPTY[:1],
    "not_a_list": EMPTY[:1],
}


def advice_for(run: SyncRun) -> tuple[str, ...]:
    """Return what to check after this run; nothing when it went well."""
    if run.is_active:
        return ()
    if run.error_code in BY_CODE:
        return BY_CODE[run.error_code]
    stored = run.records_read - run.skipped
    ended = run.status in (RunStatus.SUCCEEDED, RunStatus.PARTIAL)
    if ended and not stored and run.resource == Resource.PRODUCTS:
        return EMPTY
    return ()
