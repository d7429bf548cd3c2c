"""Who runs the server: ourselves, or as root a system account without rights.

As root PostgreSQL refuses to run. No account is ever created and no mode of a folder
that was there before is changed: the machine stays as it was.
"""

import errno
import os
import pwd
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .errors import EmbeddedPostgresError

# The first is for operators who want one of its own, the second was made for
# PostgreSQL, the third is on every machine.
NAMES = ("hiwelink-postgres", "postgres", "nobody")

# The server needs no more, and none of our secrets.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


@dataclass(frozen=True)
class Account:
    """A system account that is not root."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, folder: Path) -> bool:
        return self._succeeds('cd "$1"', folder)

    def can_read(self, *files: Path) -> bool:
        return self._succeeds('for f; do [ -r "$f" ] || exit 1; done', *files)

    def _succeeds(self, script: str, *paths: Path) -> bool:
        command = ["/bin/sh", "-c", script, "sh", *map(str, paths)]
        return run(command, account=self) == 0


def server_account(data: Path) -> Account | None:
    """Who owns, or shall own, the folder `data`; None when that is ourselves."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    for name in NAMES:
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError(
        "PostgreSQL refuses to run as root and this machine has no account for it: "
        f"create one named {NAMES[0]}, start HiWelink as an ordinary user, or set "
        "DATABASE_URL."
    )


def run(
    command: Sequence[str],
    *,
    account: Account | None = None,
    folder: Path = Path("/"),
    output: IO[bytes] | None = None,
    script: bytes = b"",
    inherit: tuple[int, ...] = (),
) -> int:
    """Run a command as `account` and return its exit status.

    Its output goes to a file, never a pipe, which a server it starts would keep open.
    It has a session of its own: Ctrl-C is meant for us, and we tell the server.
    Raises EmbeddedPostgresError if this machine cannot run it, or not as `account`.
    """
    try:
        return subprocess.run(
            command,
            check=False,
            input=script,
            stdout=output or subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=ENVIRONMENT,
            pass_fds=inherit,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        ).returncode
    except OSError as error:
        if error.errno == errno.ENOEXEC:
            raise EmbeddedPostgresError(
                f"{command[0]} was built for another kind of machine: install "
                "requirements.txt again on this one, or set DATABASE_URL."
            ) from error
        if account and error.errno in (errno.EPERM, errno.EINVAL):
            raise EmbeddedPostgresError(
                "PostgreSQL refuses to run as root, and this root may not become "
                "another user: start HiWelink as an ordinary user, or set DATABASE_URL."
            ) from error
        raise
