"""The guard that keeps the tests on this machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from tests.servers.network import LoopbackOnly, free_port, is_local


@pytest.fixture
def guard() -> Iterator[LoopbackOnly]:
    """A guard of its own, inside the one that watches all tests."""
    guard = LoopbackOnly()
    guard.install()
    yield guard
    guard.remove()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "localhost", None, b"::1"])
def test_this_machine_is_local(host: str | bytes | None) -> None:
    """Loopback in any spelling is this machine."""
    assert is_local(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "8.8.8.8", "fe80::1%eth0", "::ffff:8.8.8.8", "example.com", b"nas"])
def test_other_machines_are_not_local(host: str | bytes) -> None:
    """Private and public addresses, and names, are other machines."""
    assert not is_local(host)


def test_a_connection_elsewhere_is_refused_and_remembered(guard: LoopbackOnly) -> None:
    """Each way to open a connection to another machine fails at once and leaves a trace."""

    async def with_asyncio() -> None:
        await asyncio.open_connection("192.0.2.1", 80)

    for family, address in ((socket.AF_INET, ("192.0.2.1", 80)), (socket.AF_INET6, ("2001:db8::1", 80))):
        with socket.socket(family) as sock, pytest.raises(ConnectionRefusedError):
            sock.connect(address)
        with socket.socket(family) as sock, pytest.raises(ConnectionRefusedError):
            sock.connect_ex(address)
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(with_asyncio())
    assert len(guard.attempts) == 5


def test_a_name_elsewhere_is_not_looked_up(guard: LoopbackOnly) -> None:
    """Only names that are reserved for not existing may be asked for without failing the test."""
    for name in ("example.com", "nowhere.invalid"):
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo(name, 80)
    assert guard.attempts == ["look-up of example.com"]


def test_loopback_stays_open(guard: LoopbackOnly) -> None:
    """Servers of this machine are reached as ever."""
    with socket.create_server(("127.0.0.1", free_port())) as server:
        with socket.create_connection(server.getsockname()):
            pass
        with socket.socket() as sock:
            assert sock.connect_ex(server.getsockname()) == 0
    assert guard.attempts == []
