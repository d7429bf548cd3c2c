"""Text and JSON made fit for PostgreSQL: no NUL, no lone surrogate, bounded."""

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

MAX_DEPTH = 64  # levels of nesting kept of a record
MAX_RECORD_BYTES = 1_000_000
MAX_PART_BYTES = 200_000  # of one top-level value, when a record is too large
MAX_KEY = 1_000  # bytes of a key kept, when a record is too large
MAX_INTEGER_BITS = 14_000  # json.loads refuses more than 4,300 digits

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\s\u2028\u2029]+")
# Turn around what is shown after them, unless they are closed again.
_OVERRIDES = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# Of JSON values: one text for equal ones, whatever the order of their keys.
canonical: Callable[[Any], str] = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode


class Storable(NamedTuple):
    """A record as PostgreSQL's jsonb takes it. text: the same as canonical JSON."""

    record: dict[str, Any]
    cut: bool
    text: str


def is_clean(text: str) -> bool:
    """Whether PostgreSQL stores `text` as it is."""
    if text.isprintable():
        return True
    if "\0" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:  # a lone surrogate
        return False


def clean_text(text: str) -> str:
    """`text` without NUL; halves of a surrogate pair joined, lone ones replaced."""
    if is_clean(text):
        return text
    text = text.replace("\0", "")
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def one_line(text: str) -> str:
    """`text` clean, stripped, each run of blanks or control characters one space.

    Without what embeds or overrides the direction of text: a name that leaves one open
    would turn around the price shown after it. Letters carry their own direction.
    """
    if text.isprintable():
        return text.strip()
    return _CONTROL.sub(" ", clean_text(text).translate(_OVERRIDES)).strip()


def shorten(text: str, limit: int) -> str:
    """`text` in at most `limit` characters, ending in "…" when something is gone."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def quoted(value: object, limit: int = 60) -> str:
    """`value` as a message shows it: short, on one line, storable."""
    if isinstance(value, str):
        return f'"{shorten(one_line(value[: 4 * limit]), limit)}"'
    if isinstance(value, dict):
        keys = ", ".join(quoted(str(key), 20) for key in list(value)[:3])
        return f"an object with {keys}" if keys else "an empty object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return _quoted_scalar(value)


def _quoted_scalar(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        short = value.bit_length() < 130
        return str(value) if short else "a number of more than 38 digits"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Decimal):
        return shorten(str(value), 60)
    return f"a {type(value).__name__}"


def storable(record: dict[str, Any]) -> Storable:
    """`record` as PostgreSQL's jsonb takes it, and whether anything was cut for size.

    NUL and lone surrogates leave the texts, NaN and infinities become null. More than
    MAX_DEPTH levels or MAX_RECORD_BYTES are cut, large values before small ones. A
    clean record is returned itself, not copied.
    """
    text = _storable_text(record)
    if text is not None:
        return Storable(record, False, text)
    copier = _Copier()
    copy = copier.copy_record(record)
    return Storable(copy, copier.cut, canonical(copy))


def storable_part(value: object, most: int = MAX_PART_BYTES) -> Any:
    """Any value as JSON that can be stored, about `most` bytes of it."""
    return _Copier().copy(value, depth=MAX_DEPTH // 2, room=[most])


def _storable_text(record: dict[str, Any]) -> str | None:
    """The record as canonical JSON when it can be stored as it is."""
    try:
        text = canonical(record)
        size = len(text.encode())
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None
    if size > MAX_RECORD_BYTES or "\\u0000" in text:
        return None
    # Counting brackets is a cheap upper bound of the depth.
    is_shallow = text.count("{") + text.count("[") <= MAX_DEPTH or _is_shallow(record)
    return text if is_shallow else None


def _is_shallow(record: dict[str, Any]) -> bool:
    """Whether there are at most MAX_DEPTH levels. `record` holds no circle."""
    level: list[Any] = [record]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list | tuple)
        ]
        if not level:
            return True
    return False


class _Copier:
    """Copies JSON, counting what is left of the room it has."""

    def __init__(self) -> None:
        self.cut = False

    def copy_record(self, record: dict[str, Any]) -> dict[str, Any]:
        left = MAX_RECORD_BYTES
        copied = {}
        for key, value in sorted(record.items(), key=_is_large):
            if left <= 0:
                self.cut = True
                break
            part = min(left, MAX_PART_BYTES)
            room = [part]
            name = self._text(str(key), room, MAX_KEY)
            copied[name] = self.copy(value, MAX_DEPTH - 1, room)
            left -= part - room[0]
        return copied

    def copy(self, value: object, depth: int, room: list[int]) -> Any:
        if isinstance(value, str):
            return self._text(value, room)
        if isinstance(value, dict | list | tuple):
            if depth <= 0 or room[0] <= 0:
                self.cut = True
                return None
            room[0] -= 2
            if isinstance(value, dict):
                return self._object(value, depth - 1, room)
            return self._list(value, depth - 1, room)
        return self._scalar(value, room)

    def _object(
        self, value: dict[Any, Any], depth: int, room: list[int]
    ) -> dict[str, Any]:
        copied = {}
        for key, part in value.items():
            if room[0] <= 0:
                self.cut = True
                break
            name = self._text(str(key), room, MAX_KEY)
            copied[name] = self.copy(part, depth, room)
        return copied

    def _list(
        self, value: list[Any] | tuple[Any, ...], depth: int, room: list[int]
    ) -> list[Any]:
        copied = []
        for part in value:
            if room[0] <= 0:
                self.cut = True
                break
            copied.append(self.copy(part, depth, room))
        return copied

    def _text(self, text: str, room: list[int], limit: int = MAX_PART_BYTES) -> str:
        """`text` clean and in at most `limit` bytes, fewer when there is less room."""
        limit = max(min(limit, room[0]), 0)
        data = clean_text(text[: limit + 1]).encode()
        if len(text) > limit or len(data) > limit:
            self.cut = True
            data = data[:limit]
        room[0] -= len(data) + 4
        return data.decode(errors="ignore")

    def _scalar(self, value: object, room: list[int]) -> Any:
        room[0] -= 8
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            room[0] -= value.bit_length() // 3
            return int(value) if value.bit_length() < MAX_INTEGER_BITS else None
        if isinstance(value, Decimal):
            value = float(value) if value.is_finite() else math.nan
        if isinstance(value, float) and math.isfinite(value):
            return float(value)
        return None


def _is_large(item: tuple[Any, Any]) -> bool:
    """Sorts small values before large ones, so that ids and names survive a cut."""
    key, value = item
    if len(str(key)) > MAX_KEY:
        return True
    return isinstance(value, dict | list | tuple) or (
        isinstance(value, str) and len(value) > MAX_KEY
    )
