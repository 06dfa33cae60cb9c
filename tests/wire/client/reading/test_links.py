"""Images that an answer links to: fetched at once, and never from where a server has no business sending us."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpcore
import pytest

from components.client import ApiError, errors
from components.client.errors import Money
from components.client.events import ImageArrived
from components.client.http.address_filter import AddressFilter, ForbiddenAddress, public_only
from components.client.reading.links import LinkFetcher
from components.network.addresses import is_public
from components.settings import Settings
from tests.wire.client_fixtures import PNG, ask, b64, event_paths, left_over, patient, request
from tests.wire.loopback import Answer, Break, Hang, Loopback, error_answer, json_answer, plain_answer

IMAGE = plain_answer(PNG, content_type="image/png")


def linked(*links: str) -> Answer:
    return json_answer(
        {"created": 1, "data": [{"url": link, "revised_prompt": f"no. {n}"} for n, link in enumerate(links)]}
    )


def dalle(n: int = 1) -> Any:
    return request(model="dall-e-2", response_url=True, n=n)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


def test_links_are_fetched_at_once(server: Loopback, tmp_path: Path) -> None:
    """Each linked image becomes a file like any other; the link stays in the answer; the key is not sent to it."""
    server.answer(linked(f"{server.origin}/1.png?sig=a%2Fb", f"{server.origin}/2.png"), path="/v1/images/generations")
    server.answer(IMAGE)
    result = ask(server.base_url, dalle(2), tmp_path)
    assert result.error is None
    first, second = result.of(ImageArrived)
    assert (first.index, second.index, first.path.read_bytes()) == (0, 1, PNG)
    assert first.revised_prompt == "no. 0"
    assert result.events[-1].answer["data"][0]["url"].startswith(server.origin)
    _, one, two = server.requests
    assert (one.target, two.target) == ("/1.png?sig=a%2Fb", "/2.png")
    assert "authorization" not in one.headers
    assert left_over(tmp_path) == event_paths(result)


@pytest.mark.parametrize("link", [f"data:image/png;base64,{b64(PNG)}", "data:image/svg+xml,%3Csvg/%3E"])
def test_data_urls_are_taken(link: str, server: Loopback, tmp_path: Path) -> None:
    """A link that holds the image itself needs no fetching."""
    server.answer(linked(link))
    (arrived,) = ask(server.base_url, dalle(), tmp_path).of(ImageArrived)
    assert arrived.path.read_bytes() in (PNG, b"<svg/>")
    assert len(server.requests) == 1


REFUSED = {
    "no scheme of the web": "ftp://127.0.0.1/x.png",
    "a file": "file:///etc/passwd",
    "a private address": "http://10.0.0.1/x.png",
    "another private one": "https://192.168.1.1/x.png",
    "the cloud's metadata": "http://169.254.169.254/latest/meta-data",
    "a private address inside IPv6": "http://[::ffff:10.0.0.1]/x",
    "a link-local one": "http://[fe80::1]/x",
    "carrier-grade NAT": "http://100.64.0.1/x",
    "multicast": "http://224.0.0.1/x",
}


@pytest.mark.parametrize("what", REFUSED)
def test_links_into_private_networks_are_not_followed(what: str, server: Loopback, tmp_path: Path) -> None:
    """A link to where only we can reach ends in an error that names it, without a connection."""
    server.answer(linked(REFUSED[what]))
    failed = ask(server.base_url, dalle(), tmp_path).failed
    assert type(failed) is errors.ForbiddenLink
    assert failed.money is Money.BILLED
    assert len(server.requests) == 1
    assert left_over(tmp_path) == []


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names and what they resolve to; each look-up takes the next list if there are several."""
    known: dict[str, list[str]] = {}
    original = socket.getaddrinfo

    def look_up(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in known:
            return original(host, port, *arguments, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[name]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


def test_only_the_own_address_and_port_may_be_private(
    server: Loopback, names: dict[str, list[str]], tmp_path: Path
) -> None:
    """The very address and port that answered may be private, under any name; another port of it may not."""
    names["server.invalid"] = ["127.0.0.1"]
    names["other.invalid"] = ["127.0.0.1"]
    names["elsewhere.invalid"] = ["127.0.0.2"]
    names["mixed.invalid"] = ["93.184.216.34", "127.0.0.2"]
    own = f"http://server.invalid:{server.port}"
    server.answer(IMAGE)
    for link, kind in (
        (f"{own}/x.png", None),
        (f"{server.origin}/x.png", None),
        (f"http://other.invalid:{server.port}/x.png", None),
        (f"http://server.invalid:{server.port - 1}/x.png", errors.ForbiddenLink),
        (f"http://127.0.0.1:{server.port - 1}/x.png", errors.ForbiddenLink),
        (f"http://elsewhere.invalid:{server.port}/x.png", errors.ForbiddenLink),
        (f"http://mixed.invalid:{server.port}/x.png", errors.ForbiddenLink),
    ):
        server.answer(linked(link), path="/v1/images/generations")
        result = ask(f"{own}/v1", dalle(), tmp_path)
        assert type(result.error) is (kind or type(None)), link
    assert [received.path for received in server.requests].count("/x.png") == 3


def test_the_own_name_is_no_way_into_this_machine(
    server: Loopback, names: dict[str, list[str]], tmp_path: Path
) -> None:
    """A server whose name resolves to another address by the time its link is followed (DNS rebinding) is refused."""
    names["server.invalid"] = ["127.0.0.1"]

    def answer(received: Any) -> Answer:
        names["server.invalid"] = ["127.0.0.2"]
        return linked(f"http://server.invalid:{server.port}/x.png")

    server.answer(answer)
    assert type(ask(f"http://server.invalid:{server.port}/v1", dalle(), tmp_path).failed) is errors.ForbiddenLink


class Watched(httpcore.AsyncMockBackend):
    """Remembers where it was told to connect, and refuses the first addresses."""

    def __init__(self, refuses: int = 0) -> None:
        super().__init__([])
        self.hosts: list[str] = []
        self._refuses = refuses

    async def connect_tcp(self, host: str, *arguments: Any, **options: Any) -> Any:
        self.hosts.append(host)
        if len(self.hosts) <= self._refuses:
            raise httpcore.ConnectError("refused")
        return await super().connect_tcp(host, *arguments, **options)


def test_the_connection_goes_to_the_address_that_was_checked(names: dict[str, list[str]]) -> None:
    """The name is resolved once; a second answer, which could be a private address, is never asked for."""
    names["images.invalid"] = ["93.184.216.34", "93.184.216.35"]
    watched = Watched(refuses=1)
    asyncio.run(_connect(public_only(None, ("own.invalid", 80), watched), "images.invalid"))
    assert watched.hosts == ["93.184.216.34", "93.184.216.35"]

    names["images.invalid"] = ["127.0.0.1"]
    with pytest.raises(ForbiddenAddress):
        asyncio.run(_connect(public_only(None, ("own.invalid", 80), watched), "images.invalid"))
    assert len(watched.hosts) == 2


async def _connect(backend: AddressFilter, host: str) -> None:
    await (await backend.connect_tcp(host, 80, timeout=5)).aclose()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("172.16.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fd00::1", False),
        ("fe80::1%eth0", False),
        ("ff02::1", False),
        ("::ffff:93.184.216.34", True),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
    ],
)
def test_what_is_public(address: str, public: bool) -> None:
    """Loopback, private, link-local, multicast and reserved addresses are not, nor IPv6 that carries one of them."""
    assert is_public(address) is public


FAILS: dict[str, tuple[list[Answer], int]] = {
    "gone": ([error_answer(404)], 1),
    "a redirect": ([plain_answer("", status=302, headers={"location": "/y.png"})], 1),
    "nothing": ([plain_answer("")], 3),
    "broken off": ([[*plain_answer(PNG, headers={"content-length": "9999999"}), Break()]], 3),
    "the server": ([error_answer(503)], 3),
    "silence": ([[Hang()]], 3),
}


@pytest.mark.parametrize("what", FAILS)
def test_a_link_that_fails_keeps_the_others(what: str, server: Loopback, tmp_path: Path) -> None:
    """Of three links one fails: the others arrive, then the error says that it was billed and gives the link."""
    answers, times = FAILS[what]
    link = f"{server.origin}/x.png"
    server.answer(linked(f"{server.origin}/1", link, f"{server.origin}/3"), path="/v1/images/generations")
    server.answer(IMAGE)
    server.answer(*answers, path="/x.png")
    result = ask(server.base_url, dalle(3), tmp_path, settings=patient(*answers))
    assert type(result.failed) is errors.LinkFailed
    assert result.failed.money is Money.BILLED
    assert link in result.failed.next_step
    assert [event.revised_prompt for event in result.of(ImageArrived)] == ["no. 0", "no. 2"]
    assert [received.path for received in server.requests].count("/x.png") == times
    assert left_over(tmp_path) == event_paths(result)


def test_a_link_that_fails_once(server: Loopback, tmp_path: Path) -> None:
    """Fetching costs nothing, so a failure that may pass is tried again."""
    server.answer(linked(f"{server.origin}/x.png"), path="/v1/images/generations")
    server.answer(error_answer(500), IMAGE, path="/x.png")
    result = ask(server.base_url, dalle(), tmp_path)
    assert result.error is None
    assert result.waits == [0.5]


def test_a_linked_image_that_is_too_large(server: Loopback, tmp_path: Path) -> None:
    """An image above the limit is given up, and nothing of it stays."""
    server.answer(linked(f"{server.origin}/x.png"), path="/v1/images/generations")
    server.answer(plain_answer(bytes(3_000_000)))
    failed = ask(server.base_url, dalle(), tmp_path, settings=Settings(max_response_bytes=1_000_000)).failed
    assert type(failed) is errors.ResponseTooLarge
    assert left_over(tmp_path) == []


@pytest.mark.parametrize(
    "link", ["http://", "https:///x.png", "http://[::1", "data:", "http://127.0.0.1:99999/", "nonsense"]
)
def test_links_that_are_none(link: str, server: Loopback, tmp_path: Path) -> None:
    """A link that is no address ends in an error."""
    server.answer(linked(link))
    assert isinstance(ask(server.base_url, dalle(), tmp_path).failed, ApiError)
    assert left_over(tmp_path) == []


PROXIES = [("http://10.1.2.3/x", False), ("http://unknown.invalid/x", True), ("http://93.184.216.34/x", True)]


@pytest.mark.parametrize(("link", "followed"), PROXIES)
def test_links_behind_a_proxy(
    link: str, followed: bool, server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a proxy is set links go through it, except those that are private by what can be seen here."""
    monkeypatch.setenv("http_proxy", server.origin)
    server.answer(linked(link), path="/v1/images/generations")
    server.answer(IMAGE)
    result = ask(server.base_url, dalle(), tmp_path)
    assert (result.error is None) is followed
    assert [received.target for received in server.requests[1:]] == ([link] if followed else [])


def test_the_fetcher_needs_no_pool_left(tmp_path: Path) -> None:
    """A fetcher that fetched nothing closes without complaint."""
    asyncio.run(LinkFetcher(None, ("h", 80), connect_timeout=1, read_timeout=1, limit=1).aclose())
