"""kill -9 at every moment: nothing stale is left, nothing committed is lost."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

from .users import (
    IS_ROOT,
    PROJECT,
    STAY,
    USE_DURABLE,
    User,
    connect,
    is_running,
    kill_server,
    postmaster,
    processes_in,
    read_note,
    value,
    wait_until,
    write_note,
)


@pytest.mark.slow
def test_a_server_whose_users_were_killed_is_joined(own_place):
    killed = User(own_place)
    killed.ready()
    before = postmaster(own_place.home)
    killed.kill()
    joined = User(own_place)
    joined.ready()
    assert postmaster(own_place.home) == before
    joined.leave()
    assert not is_running(own_place.home)


@pytest.mark.slow
def test_a_killed_server_is_started_again_by_whoever_asks_next(place):
    user = User(place, script=USE_DURABLE + STAY)
    socket_dir = user.ready()
    write_note(socket_dir, "kept")
    os.kill(postmaster(place.home), signal.SIGKILL)
    next_one = User(place)
    assert next_one.ready() == socket_dir
    assert read_note(socket_dir) == "kept"
    next_one.leave()
    assert read_note(socket_dir) == "kept"  # the first one still uses it
    user.leave()
    assert not is_running(place.home)


@pytest.mark.slow
def test_a_busy_backend_of_a_killed_server_is_not_waited_for(own_place):
    socket_dir = User(own_place).ready()
    busy = connect(socket_dir)
    # Hours of work that never looks whether the server lives.
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000000)")
    active = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE state = 'active' AND pid <> pg_backend_pid()"
    )
    wait_until(lambda: value(socket_dir, active) == 1)
    os.kill(postmaster(own_place.home), signal.SIGKILL)
    assert User(own_place).ready() == socket_dir
    busy.close()


@pytest.mark.slow
def test_kill_9_of_every_process_leaves_nothing_stale(place):
    users = [User(place, script=USE_DURABLE + STAY) for _ in range(2)]
    socket_dir = {user.ready() for user in users}.pop()
    write_note(socket_dir, "kept")
    for user in users:
        user.kill()
    kill_server(place.home)
    assert (place.home / "data/postmaster.pid").exists()
    next_one = User(place)
    assert next_one.ready() == socket_dir
    assert read_note(socket_dir) == "kept"
    next_one.leave()
    assert not is_running(place.home)


@pytest.mark.slow
@pytest.mark.parametrize("theirs", ["of the server's account", "of another account"])
def test_files_that_name_a_pid_that_lives_again_are_stale(place, theirs):
    first = User(place)
    socket_dir = first.ready()
    paths = (place.home / "data/postmaster.pid", socket_dir / ".s.PGSQL.5432.lock")
    contents = [path.read_text() for path in paths]
    account = paths[0].stat().st_uid
    first.leave()
    other = subprocess.Popen(
        ["sleep", "600"],
        user=account if IS_ROOT and theirs == "of the server's account" else None,
    )
    for path, content in zip(paths, contents, strict=True):
        rest = content.split("\n", 1)[1]
        path.write_text(f"{other.pid}\n{rest}")
        os.chown(path, account, -1)
    next_one = User(place)
    assert next_one.ready() == socket_dir
    next_one.leave()
    assert other.poll() is None  # and nothing was done to that process
    other.kill()
    other.wait()


def read_settings(data) -> str:
    try:
        return (data / "postgresql.conf").read_text()
    except FileNotFoundError:
        return ""


@pytest.mark.slow
@pytest.mark.parametrize("victims", ["the user", "everybody"])
@pytest.mark.parametrize("moment", ["", "PG_VERSION", "base/5", "included"])
def test_a_kill_while_the_folder_is_made(own_place, moment, victims):
    made = own_place.home / "data.init"
    user = User(own_place)
    if moment == "included":  # initdb is done, the extensions are not
        wait_until(lambda: "embedded" in read_settings(made))
    else:
        wait_until((made / moment).exists)
    user.kill()
    if victims == "everybody":
        kill_server(own_place.home)
    next_one = User(own_place)
    assert value(next_one.ready(), "SELECT '[1,2]'::vector <-> '[1,2]'") == 0
    assert not made.exists()
    next_one.leave()


def test_what_an_interrupted_start_left_is_thrown_away(own_place):
    left = own_place.home / "data.init"
    left.mkdir(parents=True)
    (left / "PG_VERSION").write_text("18\n")
    user = User(own_place)
    assert value(user.ready(), "SELECT 1") == 1
    assert not left.exists()
    user.leave()


@pytest.mark.slow
def test_the_server_of_a_deleted_folder_does_not_disturb_the_next(own_place):
    lost = User(own_place)
    socket_dir = lost.ready()
    write_note(socket_dir, "lost")
    before = postmaster(own_place.home)
    shutil.rmtree(own_place.data_dir)
    fresh = User(own_place)
    assert fresh.ready() == socket_dir
    assert read_note(socket_dir) is None
    assert before not in processes_in(own_place.home / "data")
    lost.leave()
    assert read_note(socket_dir) is None
    fresh.leave()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_keeper_keeps_the_server_up_until_told_to_stop(own_place, number):
    command = [sys.executable, "-m", "hiwelink.embedded_postgres", own_place.data_dir]
    keeper = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    try:
        assert keeper.stdout.readline().startswith("PostgreSQL is ready in ")
        killed = postmaster(own_place.home)
        os.kill(killed, signal.SIGKILL)
        assert "started again" in keeper.stdout.readline()
        assert postmaster(own_place.home) != killed
        keeper.send_signal(number)
        assert keeper.wait(timeout=30) == 0
        assert not is_running(own_place.home)
    finally:
        keeper.kill()
        keeper.communicate()
