"""JSON from strangers: bytes in, a value of bounded size and depth out."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass

from .errors import ResponseError

MAX_DEPTH = 64
MAX_DIGITS = 400  # a float holds 309; more digits are no number anybody sells at
# Each value costs some 60 bytes in memory however short it is written.
MAX_VALUES = 1_000_000


@dataclass(frozen=True)
class Warning:
    """Something a store should mend although it could be read."""

    code: str
    detail: str


@dataclass(frozen=True)
class Parsed:
    value: object
    warnings: tuple[Warning, ...] = ()


def parse_json(
    body: bytes, content_type: str | None = None, *, strict: bool = False
) -> Parsed:
    """Return the JSON value in `body`, with warnings for what was put up with.

    Numbers of more than 400 digits become infinite, NaN and Infinity are read as
    floats: the mapping drops such a field, and only it. Text that is not UTF-8 is read
    as well as can be; with `strict` it is an error.
    Raises ResponseError `not_json`, `truncated`, `too_deep` or `too_large`.
    """
    if not body.strip():
        raise ResponseError("not_json", "The body is empty; JSON is required.")
    if count_values(body) > MAX_VALUES:
        raise ResponseError(
            "too_large",
            f"The body holds more than {MAX_VALUES:,} values. Send fewer records.",
        )
    warnings: list[Warning] = []
    text = decode_body(body, content_type, warnings, strict=strict)
    value = load_json(text, body, content_type, warnings)
    if not _is_json_type(content_type):
        warnings.append(_content_type_warning(content_type))
    return Parsed(value, tuple(warnings))


def first_line(body: bytes, limit: int = 120) -> str:
    """Return the first line of `body` that is not blank, shortened, printable."""
    text = body[:4096].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    return printable(text.splitlines()[0] if text else "", limit)


def printable(text: str, limit: int = 200) -> str:
    """Return a stranger's text on one line, shortened, fit to be shown and stored.

    Without NUL and lone surrogates, which PostgreSQL refuses.
    """
    text = "".join(c if c.isprintable() else " " for c in text[: limit * 4])
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def count_values(body: bytes) -> int:
    """Return about how many values there are in JSON, and never fewer."""
    return sum(map(body.count, (b",", b"{", b"[")))


def load_json(
    text: str, body: bytes, content_type: str | None, warnings: list[Warning]
) -> object:
    """Return the value in `text`, decoded from `body`. Raises ResponseError."""
    not_finite: set[str] = set()

    def read_constant(name: str) -> float:
        not_finite.add(name)
        return float(name)

    decoder = json.JSONDecoder(parse_int=_read_int, parse_constant=read_constant)
    try:
        value = decoder.decode(text)
    except RecursionError:
        raise too_deep() from None
    except json.JSONDecodeError as error:
        raise _not_json(error, text, body, content_type) from None
    if not_finite:
        warnings.append(
            Warning(
                "not_finite",
                f"The body holds {' and '.join(sorted(not_finite))}, which is not"
                " JSON. Send null instead.",
            )
        )
    _check_depth(value)
    return value


def _read_int(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_DIGITS else float(digits)


def _check_depth(value: object) -> None:
    """Go down level by level: as deep as the limit, not as deep as the stack."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise too_deep()


def too_deep() -> ResponseError:
    return ResponseError(
        "too_deep",
        f"The JSON is nested more than {MAX_DEPTH} levels deep. Leave out related"
        " records that contain each other.",
    )


def _not_json(
    error: json.JSONDecodeError, text: str, body: bytes, content_type: str | None
) -> ResponseError:
    line = first_line(body)
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("<") or "html" in (content_type or "").lower():
        return ResponseError(
            "not_json",
            f"This is a web page, not JSON; it begins with: {line}. Check the path, and"
            " that nothing (a login page, a firewall, a printed PHP warning) answers"
            " in the API's place.",
            evidence=line,
        )
    if start.startswith(("{", "[")) and _ends_early(error, text):
        return truncated(body)
    return ResponseError(
        "not_json",
        f"The body is not JSON ({error.msg.lower()} at character {error.pos + 1}); it"
        f" begins with: {line}. Return JSON alone, without anything around it.",
        evidence=line,
    )


def truncated(body: bytes) -> ResponseError:
    return ResponseError(
        "truncated",
        "The JSON ends in the middle. Look for an error or a time limit in the store"
        " while it writes the answer.",
        evidence=first_line(body),
    )


def _ends_early(error: json.JSONDecodeError, text: str) -> bool:
    """Return whether nothing is wrong but that there is no more."""
    if error.msg.startswith("Extra data"):
        return False
    # What is left may be half a literal or half an escape: `tru`, `\u00`.
    rest = text[error.pos :].rstrip()
    return error.msg.startswith("Unterminated string") or bool(
        re.fullmatch(r"[\\\w.+-]{0,5}", rest)
    )


_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


def _charset(content_type: str | None) -> str | None:
    found = _CHARSET.search(content_type or "")
    return found.group(1) if found else None


def decode_body(
    body: bytes,
    content_type: str | None,
    warnings: list[Warning],
    *,
    strict: bool = False,
) -> str:
    """Decode by what the bytes are; by what their label says only when in doubt."""
    encoding = json.detect_encoding(body)  # knows marks, and UTF-16 and -32 without
    if encoding != "utf-8":
        warnings.append(_encoding_warning(encoding))
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        if strict:
            raise ResponseError("not_json", "The body is not valid UTF-8.") from None
    warnings.append(
        Warning(
            "not_utf8",
            "The text is not valid UTF-8; some letters may be wrong. Send UTF-8.",
        )
    )
    charset = _charset(content_type)
    if charset and not _is_utf8(charset):
        try:
            return body.decode(charset, "replace")
        except LookupError:  # no such charset
            pass
    return _decode_in_doubt(body)


def _encoding_warning(encoding: str) -> Warning:
    if encoding == "utf-8-sig":
        found = "It begins with a byte order mark, which JSON must not have."
    else:
        found = f"It is {encoding.upper()}; JSON between machines is UTF-8 (RFC 8259)."
    return Warning("encoding", f"{found} Send UTF-8 alone.")


def _decode_in_doubt(body: bytes) -> str:
    """Choose between UTF-8 with some broken letters and Windows' Western letters."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(1 for character in text if character > "\x7f") - broken
    return text if whole > broken else body.decode("cp1252", "replace")


def _is_utf8(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name == "utf-8"
    except LookupError:
        return False


def _is_json_type(content_type: str | None) -> bool:
    kind = (content_type or "").partition(";")[0].strip().lower()
    return kind in ("application/json", "text/json") or kind.endswith("+json")


def _content_type_warning(content_type: str | None) -> Warning:
    found = printable(content_type or "", 80) or "nothing"
    return Warning(
        "content_type",
        f"The Content-Type header says {found}; it must be application/json.",
    )
