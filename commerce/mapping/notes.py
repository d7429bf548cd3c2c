"""What a reader has to say about a value: that it is unreadable, or kept with a remark."""

from typing import NamedTuple


class Note(NamedTuple):
    """A remark. reason: a clause that completes '"key" holds "value", ...'."""

    code: str
    reason: str


class Unreadable(ValueError):
    """The value says nothing the field can hold; the field is left out."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason)
        self.note = Note(code, reason)
