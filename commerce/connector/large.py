"""Bodies of megabytes: split into records by their bytes, parsed record by record.

As a whole 32 MiB of JSON become up to a gigabyte of Python objects. Here the body
stays what it is, and each record is parsed when its turn has come.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from typing import overload
from uuid import uuid4

from .errors import ResponseError
from .parsing import (
    MAX_DEPTH,
    Parsed,
    Warning,
    count_values,
    decode_body,
    load_json,
    parse_json,
    too_deep,
    truncated,
)

LARGE_BYTES = 1 << 20  # of a body that is worth the effort
MAX_RECORDS = 50_000  # on one page
MAX_RECORD_BYTES = 4 << 20
MAX_RECORD_VALUES = 150_000
_PART_BYTES = 2 << 20
_PART_RECORDS = 500
_LIST_DEPTH = 2  # containers around the list: {"data": {"items": [...]}}

# Up to the next bracket outside of a text; a quote alone or nothing is a broken end.
# Possessive throughout, so that no body makes it go back.
_BRACKETS = re.compile(
    rb'(?:[^][{}"]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+([][{}"]|\Z)', re.DOTALL
)
Span = tuple[int, int]


class Records(Sequence[object]):
    """The records of a large body, each parsed when it is asked for.

    One that is too large by itself is a text that says so: it costs no other record.
    """

    def __init__(self, body: bytes, spans: list[Span]) -> None:
        self._body = body
        self._spans = spans

    def __len__(self) -> int:
        return len(self._spans)

    @overload
    def __getitem__(self, index: int) -> object: ...
    @overload
    def __getitem__(self, index: slice) -> Records: ...
    def __getitem__(self, index: int | slice) -> object:
        if isinstance(index, slice):
            return Records(self._body, self._spans[index])
        return self._read(*self._spans[index], [])

    def check(self) -> list[Warning]:
        """Parse every record once and forget it. Raises ResponseError."""
        warnings: dict[str, Warning] = {}
        for start, end in self._spans:
            found: list[Warning] = []
            self._read(start, end, found)
            warnings |= {warning.code: warning for warning in found}
        return list(warnings.values())

    def parts(self) -> Iterator[Records]:
        """Yield the records in pieces small enough to be held at once."""
        first, size = 0, 0
        for index, (start, end) in enumerate(self._spans):
            if size and (
                size + end - start > _PART_BYTES or index - first >= _PART_RECORDS
            ):
                yield self[first:index]
                first, size = index, 0
            size += end - start
        yield self[first:]

    def _read(self, start: int, end: int, warnings: list[Warning]) -> object:
        piece = self._body[start:end]
        if len(piece) > MAX_RECORD_BYTES:
            return f"a record of {len(piece):,} bytes, too large to be read"
        if (values := count_values(piece)) > MAX_RECORD_VALUES:
            return f"a record of {values:,} values, too large to be read"
        return load_json(piece.decode(), piece, None, warnings)


def parse_large(body: bytes, content_type: str | None) -> Parsed:
    """As parse_json(), its longest list of objects as Records where there is one."""
    warnings: list[Warning] = []
    if not _is_utf8(body):
        body = decode_body(body, content_type, warnings).encode()
    found = _longest_list(body)
    if found is None:
        parsed = parse_json(body, content_type)
        return Parsed(parsed.value, (*warnings, *parsed.warnings))
    start, end, spans = found
    records = Records(body, spans)
    place = f"records {uuid4()}"
    rest = body[:start] + json.dumps(place).encode() + body[end:]
    parsed = parse_json(rest, content_type)
    value = _put(parsed.value, place, records)
    return Parsed(value, (*warnings, *parsed.warnings, *records.check()))


def _is_utf8(body: bytes) -> bool:
    """Piece by piece: as a whole the text may take four times the room."""
    if json.detect_encoding(body) not in ("utf-8", "utf-8-sig"):
        return False
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(body), LARGE_BYTES):
            decoder.decode(body[start : start + LARGE_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _longest_list(body: bytes) -> tuple[int, int, list[Span]] | None:
    """Return where the longest list of objects is, and its objects.

    None when there is none, or when the body is no JSON for which parse_json() would
    not have a better word. Raises ResponseError `truncated`, `too_deep`, `too_large`.
    """
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return None
    best: tuple[int, int, list[Span]] | None = None
    # Where each open container began, and the objects of a list that may be meant.
    opened: list[tuple[int, list[Span] | None]] = []
    for match in _BRACKETS.finditer(body):
        bracket = match[1]
        at = match.start(1)
        if bracket in (b"[", b"{"):
            is_list = (
                bracket == b"["
                and len(opened) <= _LIST_DEPTH
                and all(objects is None for _, objects in opened)
            )
            opened.append((at, [] if is_list else None))
            if len(opened) > MAX_DEPTH + _LIST_DEPTH:
                raise too_deep()
            continue
        if bracket in (b"", b'"'):
            raise truncated(body)
        if not opened or body[opened[-1][0]] + 2 != body[at]:  # "[" and "}"
            return None
        start, objects = opened.pop()
        siblings = opened[-1][1] if opened else None
        if siblings is not None and bracket == b"}":
            siblings.append((start, at + 1))
            if len(siblings) > MAX_RECORDS:
                raise too_many_records()
        if objects and (best is None or at - start > best[1] - best[0]):
            best = start, at + 1, objects
        if not opened:
            break
    return best if best and _is_all(body, *best) else None


def too_many_records() -> ResponseError:
    return ResponseError(
        "too_large",
        f"The page holds more than {MAX_RECORDS:,} records. Send no more than"
        " `per_page` asks for.",
    )


def _is_all(body: bytes, start: int, end: int, objects: list[Span]) -> bool:
    """Whether the list holds nothing but these objects, a comma between them."""
    ends = [start + 1, *(span[1] for span in objects)]
    starts = [*(span[0] for span in objects), end - 1]
    between = [body[a:b].strip() for a, b in zip(ends, starts, strict=True)]
    return not between[0] and not between[-1] and set(between[1:-1]) <= {b","}


def _put(value: object, place: str, records: Records) -> object:
    """Put the records where their place is kept."""
    if isinstance(value, dict):
        return {key: _put(child, place, records) for key, child in value.items()}
    return records if value == place else value
