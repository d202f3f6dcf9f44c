"""Port and token: the same for the same pages, secret, and on this machine only."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from copytaster.desk.address import HOST, PortError, address_for, listen


def test_the_same_pages_have_the_same_address_and_others_another(tmp_path: Path) -> None:
    one = address_for([tmp_path / "a"], tmp_path / "state")
    assert address_for([tmp_path / "x" / ".." / "a"], tmp_path / "state") == one
    assert address_for([tmp_path / "b"], tmp_path / "state").token != one.token
    assert address_for([tmp_path / "a"], tmp_path / "other").token != one.token


@pytest.mark.skipif(os.name == "nt", reason="permissions are another matter there")
def test_only_the_user_may_read_the_secret(tmp_path: Path) -> None:
    address_for([tmp_path], tmp_path / "state")
    (kept,) = (tmp_path / "state").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_damaged_secret_or_no_place_for_one_gives_a_fresh_token(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "desk-secret").write_bytes(content)
    for folder in (tmp_path, tmp_path / "file"):
        tokens = {address_for([tmp_path], folder).token for _ in range(3)}
        assert len(tokens) == 3
        assert all(len(token) == 40 for token in tokens)


def test_only_this_machine_is_listened_on() -> None:
    with listen(0) as listener:
        assert listener.getsockname()[0] == HOST == "127.0.0.1"


def test_a_port_that_is_taken_gives_another_unless_it_was_asked_for() -> None:
    with socket.create_server((HOST, 0)) as other:
        taken = other.getsockname()[1]
        with listen(taken) as listener:
            assert listener.getsockname()[1] != taken
        with pytest.raises(PortError, match=f"port {taken}: "):
            listen(0, taken)
