"""Where a server's files and its socket live, and who may get at them."""

import hashlib
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

from .accounts import Account, server_account
from .errors import EmbeddedPostgresError

ELSEWHERE = Path("/var/lib")  # for a data folder the server's account cannot enter
MAX_SOCKET_PATH_BYTES = 103  # macOS; Linux allows 107
CLOSED = (
    "PostgreSQL refuses to run as root, and no other user may enter {}: set DATA_DIR to "
    "a folder others may enter, start HiWelink as an ordinary user, or set DATABASE_URL."
)


def home_of(data_dir: Path) -> Path:
    """The folder of `data_dir`'s server, which need not exist."""
    return (data_dir / "postgres").resolve()


def make_home(data_dir: Path) -> Path:
    """Make the folder `data_dir/postgres` and return it with links resolved.

    For root with a data folder below one that is closed to others (`/root`), it is a
    link to a new folder in /var/lib: no mode of a folder that is not ours is changed.
    """
    link = data_dir / "postgres"
    if link.is_symlink() and not link.exists():
        raise EmbeddedPostgresError(
            f"The database of {data_dir} was in {link.readlink()}, which is gone: "
            f"bring it back, or remove {link} to begin with an empty database."
        )
    if not link.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        account = server_account(link / "data")
        if account is None or account.can_enter(data_dir):
            link.mkdir(mode=0o700, exist_ok=True)
        else:
            _link_elsewhere(link, account)
    return link.resolve()


def let_in(account: Account, home: Path) -> None:
    """Let the server's account pass through `home`, which we made."""
    if not account.can_enter(home):
        home.chmod(0o711)
    if not account.can_enter(home):
        raise EmbeddedPostgresError(CLOSED.format(home))


def _link_elsewhere(link: Path, account: Account) -> None:
    if not (ELSEWHERE.is_dir() and account.can_enter(ELSEWHERE)):
        raise EmbeddedPostgresError(CLOSED.format(link.parent))
    home = Path(tempfile.mkdtemp(prefix="hiwelink-", dir=ELSEWHERE))
    try:
        link.symlink_to(home)
    except FileExistsError:  # another process was first
        home.rmdir()
    else:
        (home / "belongs-to").write_text(f"{link.parent}\n")


def make_socket_dir(home: Path, socket: str, account: Account | None) -> Path:
    """Make `home/run`, which only the server's account may enter, and return it.

    Where the socket's path would be too long, or holds signs that separate or quote
    addresses, `run` is a link to a folder in /tmp. One that is not the account's, or
    that others may enter, is never used: its owner could answer in the server's place.
    """
    run = home / "run"
    plain = _is_plain(run / socket)
    # A link that came with a copy of another data folder leads to the other's server.
    prefix = f"hiwelink-{hashlib.sha256(os.fsencode(home)).hexdigest()[:8]}-"
    target = run.resolve()
    mine = target == run if plain else target.name.startswith(prefix)
    if mine and _is_private(target, account):
        return target
    if run.is_symlink():
        run.unlink()
    elif run.exists():
        shutil.rmtree(run)
    if plain:
        run.mkdir(mode=0o700)
    else:
        run.symlink_to(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    if account:
        account.own(run.resolve())
    return run.resolve()


def _is_private(folder: Path, account: Account | None) -> bool:
    """True for a real folder that only the account, or else only we, may enter."""
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return False
    owner = account.uid if account else os.geteuid()
    mine = status.st_uid == owner and stat.S_IMODE(status.st_mode) == 0o700
    return mine and stat.S_ISDIR(status.st_mode)


def _is_plain(path: Path) -> bool:
    plain = re.fullmatch(r"[\w./+-]+", str(path), re.ASCII) is not None
    return plain and len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES
