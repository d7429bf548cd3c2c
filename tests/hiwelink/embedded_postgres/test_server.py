"""What the server offers, who starts it and who stops it."""

import stat
import subprocess
import sys

import pytest

from hiwelink.embedded_postgres import Server, cluster, ensure_running
from hiwelink.embedded_postgres.roles import EXTENSIONS

from .users import (
    STAY,
    USE,
    USE_DURABLE,
    User,
    connect,
    is_running,
    postmaster,
    read_note,
    value,
    write_note,
)


def test_every_database_has_the_extensions(server):
    data_dir = server.socket_dir.parents[1]
    ensure_running(data_dir, database="another")
    for name in ("hiwelink", "another"):
        query = "SELECT array_agg(extname::text) FROM pg_extension"
        assert set(value(server.socket_dir, query, dbname=name)) >= set(EXTENSIONS)
        with connect(server.socket_dir, dbname=name) as connection:
            for extension in EXTENSIONS:  # as a migration does
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")


def test_one_server_holds_several_databases(server):
    name = 'o\'ther "one"'
    other = ensure_running(server.socket_dir.parents[1], database=name)
    assert other == Server(server.socket_dir, name)
    for database in ("hiwelink", name):
        query = "SELECT current_database()"
        assert value(server.socket_dir, query, dbname=database) == database


def test_joining_again_returns_the_same_server(server):
    home = server.socket_dir.parent
    before = postmaster(home)
    assert ensure_running(home.parent) == server
    assert postmaster(home) == before


def test_text_is_utf8_and_times_are_utc(server):
    assert value(server.socket_dir, "SHOW server_encoding") == "UTF8"
    assert value(server.socket_dir, "SHOW timezone") == "UTC"
    assert value(server.socket_dir, "SELECT upper('é')") == "É"


def test_parallel_work_needs_no_room_in_dev_shm(server):
    with connect(server.socket_dir) as connection:
        connection.execute("SET debug_parallel_query = on")  # each has its segment
        connection.execute("BEGIN; DECLARE c CURSOR FOR SELECT 1; FETCH c")
        segments = server.socket_dir.parent / "data/pg_dynshmem"
        assert list(segments.iterdir())


def test_only_its_own_account_gets_at_it(server):
    socket_dir = server.socket_dir.lstat()
    data = (server.socket_dir.parent / "data").lstat()
    assert stat.S_IMODE(socket_dir.st_mode) == stat.S_IMODE(data.st_mode) == 0o700
    assert socket_dir.st_uid == data.st_uid != 0
    assert value(server.socket_dir, "SHOW listen_addresses") == ""


def test_django_finds_it(server):
    assert server.django_config() == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "hiwelink",
        "USER": "hiwelink",
        "HOST": str(server.socket_dir),
        "PORT": "5432",
    }


def test_neither_the_package_nor_django_is_imported(own_place):
    script = USE + "print({'django', 'embedded_postgres'} & set(sys.modules))"
    user = User(own_place, script=script)
    user.ready()
    assert user.process.stdout.readline() == "set()\n"
    user.leave()


def test_nothing_is_risked_in_a_crash_unless_asked_for(own_place, server):
    user = User(own_place, script=USE_DURABLE + STAY)
    durable = user.ready()
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert value(durable, f"SHOW {name}") == "on"
        assert value(server.socket_dir, f"SHOW {name}") == "off"
    user.leave()


@pytest.mark.parametrize(
    ("limit", "buffers"),
    [(2**40, 512), (2 * 2**30, 256), (256 * 2**20, 128), ("max", 512)],
)
def test_an_eighth_of_the_memory_holds_pages(monkeypatch, limit, buffers):
    """The container's, where its limit is below the machine's (here 1 TiB)."""
    monkeypatch.setattr(cluster.os, "sysconf", lambda name: 2**20)
    monkeypatch.setattr(cluster.Path, "read_text", lambda path: str(limit))
    assert cluster.buffers_mb() == buffers


def test_the_last_one_out_stops_the_server(place):
    first = User(place)
    socket_dir = first.ready()
    write_note(socket_dir, "kept")
    second = User(place)
    assert second.ready() == socket_dir
    first.leave()
    assert read_note(socket_dir) == "kept"
    second.leave()
    assert not is_running(place.home)
    assert not (place.home / "data/postmaster.pid").exists()
    third = User(place)
    assert read_note(third.ready()) == "kept"
    third.leave()


def test_stop_leaves_a_server_that_others_use(own_place):
    script = "sys.stdin.readline()\nstop(data_dir)\nprint('stopped', flush=True)\n"
    other, launcher = User(own_place), User(own_place, script=USE + script + STAY)
    socket_dir = other.ready()
    launcher.ready()
    launcher.process.stdin.write("\n")
    launcher.process.stdin.flush()
    assert launcher.process.stdout.readline() == "stopped\n"
    assert value(socket_dir, "SELECT 1") == 1
    other.leave()  # although the launcher still lives: it has given up its use
    assert not is_running(own_place.home)
    launcher.leave()


def test_a_fork_does_not_stop_the_server_of_its_parent(own_place):
    fork = """
if os.fork() == 0:
    sys.exit()
os.wait()
print("the fork is gone", flush=True)
"""
    parent = User(own_place, script=USE + fork + STAY)
    socket_dir = parent.ready()
    assert parent.process.stdout.readline() == "the fork is gone\n"
    assert value(socket_dir, "SELECT 1") == 1
    parent.leave()
    assert not is_running(own_place.home)


def test_a_fork_keeps_the_server_when_its_parent_is_gone(own_place):
    fork = "if os.fork(): sys.exit()\n"
    parent = User(own_place, script=USE + fork + STAY)
    socket_dir = parent.ready()
    parent.process.wait()
    assert value(socket_dir, "SELECT 1") == 1
    parent.leave()  # ends the fork: it reads the end of its input
    assert is_running(own_place.home)  # left for the next one, as after a kill
    last = User(own_place)
    assert last.ready() == socket_dir
    last.leave()
    assert not is_running(own_place.home)


def test_the_server_keeps_no_output_of_its_starter_open(own_place):
    user = User(own_place)
    user.ready()
    user.process.kill()
    user.process.communicate(timeout=10)  # returns at the end of both pipes
    assert is_running(own_place.home)


@pytest.mark.slow
def test_many_processes_race_on_a_fresh_folder(place):
    users = [User(place) for _ in range(10)]
    assert len({user.ready() for user in users}) == 1
    log = (place.home / "postgres.log").read_text()
    assert log.count("running bootstrap script") == 1
    assert log.count("ready to accept connections") == 1
    for user in users:
        user.process.stdin.close()  # all leave at once
    for user in users:
        assert user.process.wait() == 0
    assert not is_running(place.home)


def test_the_command_explains_itself():
    command = [sys.executable, "-m", "hiwelink.embedded_postgres", "--help"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "data_dir" in answer.stdout
