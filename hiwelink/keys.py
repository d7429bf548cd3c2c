"""The two secrets of an installation: made once, kept in the data folder."""

import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet


def load_or_create(data_dir: Path) -> dict[str, str]:
    """Return {"SECRET_KEY", "FERNET_KEYS"} of `data_dir`, making them on first use.

    The file is 0600 and written whole or not at all, and the first of several
    processes wins: a second key would make stored credentials unreadable.
    """
    path = data_dir / "keys.json"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = data_dir / f".keys.{os.getpid()}.{secrets.token_hex(4)}"
        made = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FERNET_KEYS": Fernet.generate_key().decode(),
        }
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(made, file)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # fails when another process was first
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    keys: dict[str, str] = json.loads(path.read_text())
    return keys
