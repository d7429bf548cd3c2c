"""Finds the list of records and the meta block in a store's answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .answer import Answer
from .errors import ConnectorError, ResponseError
from .large import (
    LARGE_BYTES,
    MAX_RECORDS,
    Records,
    parse_large,
    too_many_records,
)
from .parsing import Parsed, Warning, parse_json, printable

PART_RECORDS = 500  # mapped, written and forgotten at once
FLAT = "[]"  # the list_key of a flat array
# Keys other than "data" that stores are known to use.
_OTHER_KEYS = (
    "products",
    "orders",
    "items",
    "results",
    "records",
    "rows",
    "list",
    "content",
    "docs",
)
_ERROR_KEYS = ("error", "errors", "exception")
_FLAG_KEYS = ("success", "ok")
_STATUS_KEYS = ("status", "code", "statusCode", "status_code")
_MESSAGE_KEYS = ("message", "detail", "error_description", "title", "msg")
_FAILED = ("error", "fail", "failed", "failure")

Body = Mapping[str, object]


@dataclass(frozen=True)
class Meta:
    """What a page says of the whole list: sane numbers only, None for the rest."""

    current_page: int | None = None
    per_page: int | None = None
    total: int | None = None
    last_page: int | None = None


@dataclass(frozen=True)
class Page:
    records: Sequence[object]
    meta: Meta | None
    list_key: str  # "data", FLAT, or the path of another key: "data.items"
    warnings: tuple[Warning, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Equal for pages that hold the same records in the same order."""
        found = hashlib.sha256()
        for record in self.records:
            text = json.dumps(record, sort_keys=True, separators=(",", ":"))
            found.update(text.encode("utf-8", "surrogatepass") + b"\n")
        return found.hexdigest()[:24]

    def parts(self) -> Iterator[Sequence[object]]:
        """Yield the records in pieces small enough to be mapped and held at once."""
        if isinstance(self.records, Records):
            yield from self.records.parts()
            return
        for start in range(0, len(self.records) or 1, PART_RECORDS):
            yield self.records[start : start + PART_RECORDS]


def read_page(answer: Answer, parsed: Parsed | None = None) -> Page:
    """Return the page in an answer, parsing its body unless that was done already.

    Raises ResponseError: `not_json` and its kin, `no_records`, and `error_body` for a
    200 that carries an error. Credentials are masked, the answer's curl attached.
    """
    try:
        parse = parse_large if len(answer.body) > LARGE_BYTES else parse_json
        page = page_from(parsed or parse(answer.body, answer.content_type))
        if len(page.records) > MAX_RECORDS:
            raise too_many_records()
        return page
    except ConnectorError as error:
        answer.explain(error)
        raise


def page_from(parsed: Parsed) -> Page:
    """Return the page in a parsed body. Raises ResponseError."""
    body = parsed.value
    warnings = list(parsed.warnings)
    if isinstance(body, list | Records):
        return Page(body, None, FLAT, tuple(warnings))
    if not isinstance(body, dict):
        raise ResponseError(
            "no_records",
            "The answer holds no list of records. Return an array under the"
            ' "data" key.',
        )
    found = _find_list(body)
    failure = _failure_in(body)
    if found is None or (failure and not found[1]):
        raise _error_body(failure) if failure else _no_records(body)
    key, records = found
    warnings += _list_warnings(body, key)
    if failure:
        warnings.append(
            Warning("error_beside_records", f"Beside the records it says: {failure}.")
        )
    return Page(records, _read_meta(body, warnings), key, tuple(warnings))


def _find_list(body: Body) -> tuple[str, Sequence[object]] | None:
    """Return the key path and the records of the first list that may be meant."""
    for key, value in _candidates(body):
        records = _as_list(value)
        if records is not None:
            return key, records
    return None


def _candidates(body: Body) -> Iterator[tuple[str, object]]:
    data = body.get("data")
    if isinstance(data, list | Records):
        yield "data", data
    if isinstance(data, dict):
        for key in ("data", *_OTHER_KEYS):
            if key in data:
                yield f"data.{key}", data[key]
    if "data" in body:
        yield "data", data
    for key in _OTHER_KEYS:
        value = body.get(key)
        if isinstance(value, dict):
            yield f"{key}.data", value.get("data", False)
        if key in body:
            yield key, value


def _as_list(value: object) -> Sequence[object] | None:
    """Return what a language without lists of its own may have made of one.

    Go writes an empty list as null, PHP a filtered one as {"0": ..., "2": ...}.
    """
    if isinstance(value, list | Records):
        return value
    if value is None:
        return []
    if isinstance(value, dict) and all(key.isdecimal() for key in value):
        return list(value.values())
    return None


def _list_warnings(body: Body, key: str) -> Iterator[Warning]:
    if key != "data":
        yield Warning(
            "list_key",
            f'The records are under "{key}"; put them under "data".',
        )
    value: object = body
    for name in key.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(value, list | Records):
        written = "null" if value is None else "an object"
        yield Warning(
            "not_a_list",
            f'"{key}" is {written} instead of an array. Send [] when it is empty.',
        )


def _failure_in(body: Body) -> str | None:
    """Return what an error body says, quoted; None when the body reports no error."""
    said = [str(body[key]) for key in _MESSAGE_KEYS if isinstance(body.get(key), str)]
    for key in _ERROR_KEYS:
        if body.get(key):
            return _quote(body[key]) if not said else _quote(said[0])
    if _has_failed(body):
        return _quote(said[0] if said else dict(list(body.items())[:5]))
    has_place_for_records = any(
        body.get(key) is not None for key in ("data", *_OTHER_KEYS)
    )
    return _quote(said[0]) if said and not has_place_for_records else None


def _has_failed(body: Body) -> bool:
    """Return whether a flag or a status inside the body tells of a failure."""
    if any(body.get(key) in (False, 0, "false") for key in _FLAG_KEYS):
        return True
    for status in (body.get(key) for key in _STATUS_KEYS):
        if isinstance(status, str) and status.lower() in _FAILED:
            return True
        if isinstance(status, int) and 400 <= status <= 599:
            return True
    return False


def _quote(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return f'"{printable(text)}"'


def _error_body(failure: str) -> ResponseError:
    return ResponseError(
        "error_body",
        f"The store answered 200 with an error: {failure}. Mend the error, and answer"
        " it with its own status (401, 500 ...).",
        evidence=failure,
    )


def _no_records(body: Body) -> ResponseError:
    keys = ", ".join(f'"{printable(key, 40)}"' for key in list(body)[:8])
    lists = [key for key, value in body.items() if isinstance(value, list | Records)]
    mend = (
        f'Rename "{printable(lists[0], 40)}" to "data".'
        if lists
        else 'Return an array under the "data" key, or a flat array.'
    )
    return ResponseError(
        "no_records",
        f"The answer holds no list of records; it has {keys or 'no key at all'}. {mend}",
    )


_META_NAMES = {
    "current_page": ("current_page", "currentPage", "page"),
    "per_page": ("per_page", "perPage", "page_size", "limit"),
    "total": ("total", "total_count", "totalCount"),
    "last_page": ("last_page", "lastPage", "total_pages", "totalPages", "pages"),
}


def _read_meta(body: Body, warnings: list[Warning]) -> Meta | None:
    """Return the first meta block that says anything sane."""
    for block, is_meant_as_meta in _meta_blocks(body):
        found: list[Warning] = []
        values = {
            field: _first_number(block, names, found)
            for field, names in _META_NAMES.items()
        }
        if is_meant_as_meta:
            warnings += found
        if any(value is not None for value in values.values()):
            return Meta(**values)
    return None


def _meta_blocks(body: Body) -> Iterator[tuple[Body, bool]]:
    """Yield the places stores keep it, and whether the place is for nothing else.

    Laravel's paginator uses the top level.
    """
    meta = body.get("meta")
    inner = meta.get("pagination") if isinstance(meta, dict) else None
    for block in (inner, meta, body.get("pagination")):
        if isinstance(block, dict):
            yield block, True
    for block in (body, body.get("data")):
        if isinstance(block, dict):
            yield block, False


def _first_number(
    block: Body, names: tuple[str, ...], warnings: list[Warning]
) -> int | None:
    name = next((name for name in names if name in block), None)
    if name is None:
        return None
    value = block[name]
    number = _whole_number(value)
    if number is None:
        warnings.append(
            Warning("meta_ignored", f"`{name}` in the meta is no number: {value!r:.40}")
        )
    elif isinstance(value, str):
        warnings.append(
            Warning("meta_text", f"`{name}` in the meta is text; send a number.")
        )
    return number


def _whole_number(value: object) -> int | None:
    """Return a count: 0 or more, also as a numeric string or as 250.0."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 16:
        return int(value)
    if isinstance(value, float) and value.is_integer() and 0 <= value < 1e15:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return value
