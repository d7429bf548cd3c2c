"""What each code means to a merchant, and how it is mended: the one table.

The codes are given out by commerce.connector, commerce.mapping and commerce.services;
tests/commerce/test_mends.py finds every one of them and misses it here. The checks are
those of the specification's Troubleshooting section.
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Mend:
    """title: what is wrong, in a few words. text: what to do, as sentences.

    checks: what to look at, one by one. by_mapping: whether a changed field mapping
    may be the mend, so that a page offers it.
    """

    title: str
    text: str
    checks: tuple[str, ...] = ()
    by_mapping: bool = False


def mapping(title: str, text: str) -> Mend:
    return Mend(title, text, by_mapping=True)


# --- A run as a whole: why a page could not be had, or the end not be reached ---------

OF_RUNS = {
    "unauthorized": Mend(
        "The credential was refused",
        "Enter the right credential on the store's Connection page.",
        CREDENTIAL,
    ),
    "forbidden": Mend(
        "The credential may not read this",
        "Give it read access to products and orders, then sync again.",
        CREDENTIAL,
    ),
    "not_found": Mend(
        "Nothing at this address",
        "Correct the base URL or the endpoint's path in the store's settings.",
        CONNECTION[:2],
    ),
    "rate_limited": Mend(
        "Too many requests for the store",
        "Raise the store's rate limit for HiWelink, or poll less often.",
    ),
    "redirected": Mend(
        "The store redirects",
        "Enter the final address as the base URL: the credential is sent nowhere else.",
    ),
    "client_error": Mend(
        "The request was rejected",
        "Let the endpoint take GET requests with page and per_page.",
    ),
    "server_error": Mend(
        "The store fails to answer",
        "Look into the store's own error log for the time of this run.",
        TIMEOUT,
    ),
    "unexpected_status": Mend(
        "An answer that is not 200", "Answer with HTTP 200 when all is well."
    ),
    "timeout": Mend("The store is too slow", "Make the endpoint faster.", TIMEOUT),
    "connection_failed": Mend(
        "No connection", "See to it that the store can be reached.", CONNECTION
    ),
    "name_not_resolved": Mend(
        "The host name is unknown",
        "Correct the base URL, or the DNS entry of its host.",
        CONNECTION[:1],
    ),
    "tls_invalid": Mend(
        "The certificate is not valid",
        "Install a certificate from a public authority, with its intermediates.",
        CONNECTION,
    ),
    "https_required": Mend(
        "Not encrypted", "Use an https:// address: a credential never goes unencrypted."
    ),
    "blocked_address": Mend(
        "Not a public address", "Serve the store at an address of the public internet."
    ),
    "invalid_url": mapping(
        "Not a web address",
        "Send full addresses that begin with https://, or correct the one you entered.",
    ),
    "not_http": Mend(
        "What answers is no web server", "Check the base URL and its port."
    ),
    "bad_encoding": Mend(
        "Wrongly compressed", "Switch compression off, or compress answers once only."
    ),
    "not_json": Mend(
        "The answer is not JSON",
        "Answer with JSON and Content-Type: application/json; a login page or an "
        "error page in its place is the usual cause.",
    ),
    "truncated": Mend(
        "The answer is cut off",
        "Look for an error or a time limit in the store while it writes the answer.",
    ),
    "too_large": Mend(
        "The answer is too large", "Lower “Records per page” in the store's settings."
    ),
    "too_deep": Mend(
        "The answer is nested too deeply", "Send records with fewer levels in them."
    ),
    "error_body": Mend(
        "An error inside a 200",
        "Mend the error the store reports, and answer it with its own status.",
    ),
    "no_records": Mend(
        "No list of records", "Put the records under the key “data”.", EMPTY[:1]
    ),
    "pagination_repeats": Mend(
        "Pages repeat",
        "Make the endpoint skip (page - 1) x per_page records.",
        PAGING,
    ),
    "too_many_pages": Mend(
        "No end of pages", "Return an empty list after the last page.", PAGING
    ),
    "fewer_than_announced": Mend(
        "Fewer records than announced",
        "Count in the meta exactly what the pages list, and sort by a unique column.",
        PAGING,
    ),
    "catalogue_changed": Mend(
        "The catalogue changed while it was read",
        "Nothing to do: the next sync reads what was missed.",
    ),
    "interrupted": Mend(
        "The sync was interrupted again and again",
        "Start it again; if it stops at the same page, give us the run's id.",
    ),
    "records_skipped": Mend(
        "Some records were skipped", "The issues say which records, and why."
    ),
    "deletions_held": Mend(
        "Many products are gone",
        "Confirm the deletion if they are; if not, look at what the endpoint lists.",
    ),
}

# --- A page: read all the same --------------------------------------------------------

OF_PAGES = {
    "list_key": Mend(
        "Records under another key", "Put the records under the key “data”."
    ),
    "not_a_list": Mend(
        "Records not in an array",
        "Send an array, and [] when there is nothing.",
        EMPTY[:1],
    ),
    "error_beside_records": Mend(
        "An error beside the records",
        "Mend what the store reports, or answer with an error status.",
    ),
    "meta_ignored": Mend(
        "Paging details that say nothing",
        "Send current_page, per_page, total and last_page as whole numbers.",
    ),
    "meta_text": Mend("Numbers sent as text", "Send the meta's numbers as numbers."),
    "content_type": Mend(
        "Another content type", "Answer with Content-Type: application/json."
    ),
    "encoding": Mend("Not plain UTF-8", "Encode the answer as UTF-8, without a mark."),
    "not_utf8": Mend("Not UTF-8", "Encode the answer as UTF-8."),
    "not_finite": Mend("NaN or Infinity", "Send null where there is no number."),
}

# --- A record, or a value of it -------------------------------------------------------

OF_RECORDS = {
    "missing_id": mapping(
        "No id", "Send an id with every record, or map the field that holds it."
    ),
    "missing_name": mapping(
        "No name", "Send a name with every product, or map the field that holds it."
    ),
    "invalid_id": mapping(
        "Unusable id", "Send the id as a short text or a number, the same every time."
    ),
    "duplicate_id": mapping(
        "The same id twice", "Give every record an id of its own, or map another field."
    ),
    "id_source_changed": mapping(
        "Ids from another field",
        "Send every record's id under the name it had, or map the id to that name.",
    ),
    "not_an_object": Mend(
        "Not a record", "Make every entry of the list a JSON object."
    ),
    "record_cut": Mend(
        "Too large a record", "Send less in one record, or fewer levels in it."
    ),
    "mapping_failed": mapping(
        "A mapping does not fit", "Correct the path this field is mapped to."
    ),
    "unreadable": mapping(
        "Unreadable value", "Send a plain value, or map the part of it that is meant."
    ),
    "negative_price": mapping(
        "A price below zero", "Send what a shopper pays, zero or more."
    ),
    "invalid_price": mapping(
        "Unreadable price", "Send a number such as 349.99, or a text as “USD 349.99”."
    ),
    "invalid_currency": mapping(
        "Unknown currency", "Send the ISO 4217 code, such as USD."
    ),
    "invalid_number": mapping("Not a whole number", "Send a number such as 42."),
    "rounded": mapping("A fraction was rounded", "Send a whole number of pieces."),
    "unknown_stock_status": mapping(
        "Unknown stock status",
        "Send in_stock or out_of_stock; until then the product counts as in stock.",
    ),
    "invalid_slug": mapping(
        "Unusable slug", "Send the last part of the product page's address alone."
    ),
    "invalid_text": mapping("Not a text", "Send a text, or map the part that is one."),
    "too_long": mapping("Too long a text", "Shorten it; its beginning was kept."),
    "too_many": mapping("Too many entries", "Send fewer; the first ones were kept."),
    "invalid_list": mapping(
        "Not a list", "Send an array of texts, or texts separated by commas."
    ),
    "invalid_entry": mapping(
        "An entry was left out", "Make every entry of the list of one kind."
    ),
    "invalid_attributes": mapping(
        "Unreadable attributes",
        "Send an object, or an array of objects with a name and a value.",
    ),
    "invalid_items": mapping(
        "Unreadable order items",
        "Send an array of objects with product_id, name, quantity and price.",
    ),
    "invalid_address": mapping(
        "Unreadable address", "Send the address as an object with its parts."
    ),
    "invalid_date": mapping(
        "Unreadable date", "Send ISO 8601, such as 2024-01-15T10:30:00Z."
    ),
    "unsigned_change": Mend(
        "An unsigned change of an e-mail address", "Sign your webhooks to change it."
    ),
}

MENDS = OF_RUNS | OF_PAGES | OF_RECORDS


def mend_of(code: str) -> Mend:
    """Return the mend of a code; a code of an older version speaks for itself."""
    words = code.replace("_", " ")
    return MENDS.get(code) or Mend(words[:1].upper() + words[1:], "")


def advice_for(run: SyncRun) -> tuple[str, ...]:
    """Return what to check after this run; nothing when it went well."""
    if run.is_active:
        return ()
    if checks := mend_of(run.error_code).checks:
        return checks
    stored = run.records_read - run.skipped
    ended = run.status in (RunStatus.SUCCEEDED, RunStatus.PARTIAL)
    if ended and not stored and run.resource == Resource.PRODUCTS:
        return EMPTY
    return ()
