"""The keys an installation makes for itself: once, whoever comes first."""

import json
import multiprocessing
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from hiwelink.keys import load_or_create


def test_keys_are_made_once_and_usable(tmp_path):
    folder = tmp_path / "var with blanks" / "deep"
    made = load_or_create(folder)
    assert set(made) == {"SECRET_KEY", "FERNET_KEYS"}
    assert len(made["SECRET_KEY"]) >= 50
    Fernet(made["FERNET_KEYS"])
    assert load_or_create(folder) == made
    assert load_or_create(tmp_path / "other") != made


def test_nobody_else_may_read_them_and_nothing_is_left_beside(tmp_path):
    load_or_create(tmp_path)
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def load(folder: str, gate, results) -> None:
    gate.wait()
    results.put(load_or_create(Path(folder)))


def test_processes_that_start_at_once_agree(tmp_path):
    fork = multiprocessing.get_context("fork")
    gate, results = fork.Barrier(8), fork.Queue()
    folder = str(tmp_path / "new")
    racers = [fork.Process(target=load, args=(folder, gate, results)) for _ in range(8)]
    for racer in racers:
        racer.start()
    keys = [results.get(timeout=20) for _ in racers]
    for racer in racers:
        racer.join()
    assert all(key == keys[0] for key in keys)
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["keys.json"]


def test_a_damaged_file_is_not_replaced(tmp_path):
    """A new key would make every stored credential unreadable: stop instead."""
    file = tmp_path / "keys.json"
    file.write_text('{"SECRET_KEY": "half')
    with pytest.raises(json.JSONDecodeError):
        load_or_create(tmp_path)
    assert file.read_text() == '{"SECRET_KEY": "half'
