"""One secret of each kind, unlike any other text, and where each may be seen.

Nothing here has a form that the log filter knows (`sk_live_`, `whsec_`): what keeps
these out of a line, page or table is what keeps any secret out.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import quote

from django.db import connection


def made(name: str) -> str:
    """No half of it is in any other."""
    return f"q{name[:4]}{sha256(name.encode()).hexdigest()[:28]}"


@dataclass
class Canaries:
    """secrets: {name: value}; found: ["where: name"] of each that was seen."""

    secrets: dict[str, str] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)

    def plant(self, name: str, value: str = "") -> str:
        self.secrets[name] = value or made(name)
        return self.secrets[name]

    def look(self, where: str, text: str | bytes, *, allowed: tuple[str, ...] = ()):
        """Note each secret in `text`, whole or a good part, in any usual spelling."""
        told = text.decode(errors="replace") if isinstance(text, bytes) else text
        for name, secret in self.secrets.items():
            if name not in allowed and any(s in told for s in spellings(secret)):
                self.found.append(f"{where}: {name}")

    def look_in_tables(self, *, allowed: dict[str, str]) -> None:
        """Every row of every table, written out; allowed: {table: secret's name}."""
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names():
                cursor.execute(f'SELECT string_agg(r::text, chr(10)) FROM "{table}" r')
                told = cursor.fetchone()[0] or ""
                names = (allowed[table],) if table in allowed else ()
                self.look(f"table {table}", told, allowed=names)
                for data in hex_columns(told):
                    self.look(f"bytes in {table}", data, allowed=names)


def spellings(secret: str) -> set[str]:
    """The secret, its halves, and what they become in a URL, in Base64 and in hex."""
    half = len(secret) // 2
    parts = {secret, secret[:half], secret[half:]} if half >= 10 else {secret}
    encoded = {base64.b64encode(secret.encode()).decode(), secret.encode().hex()}
    return parts | encoded | {quote(secret, safe="")}


def hex_columns(row: str) -> list[bytes]:
    """The bytea values of a row written out, such as bodies of deliveries."""
    return [
        bytes.fromhex(part[: len(part) - len(part) % 2])
        for chunk in row.split("\\x")[1:]
        if (part := leading_hex(chunk))
    ]


def leading_hex(text: str) -> str:
    end = next((i for i, c in enumerate(text) if c not in "0123456789abcdef"), None)
    return text[:end]
