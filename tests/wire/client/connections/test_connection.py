"""Connections: where they come from, what makes one unusable, and how their server is reached."""

from __future__ import annotations

import asyncio
import socket
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from components.client import (
    OPENAI,
    Client,
    Connection,
    RemoteModel,
    connections_from_environment,
    connections_from_secrets,
    errors,
)
from components.client.http.pool import proxy_for
from components.network.addresses import is_local
from components.settings import Settings
from tests.wire.client_fixtures import KEY, PNG, ask, b64, request
from tests.wire.loopback import Answer, Loopback, error_answer, event, json_answer, plain_answer, stream_answer

GOOD = json_answer({"data": [{"b64_json": b64(PNG)}]})


def test_the_environment_gives_a_connection() -> None:
    """OpenAI's own variables make a connection; a base URL alone is enough; nothing makes none."""
    assert connections_from_environment({}) == []
    assert connections_from_environment({"OPENAI_API_KEY": "  "}) == []
    (found,) = connections_from_environment(
        {"OPENAI_API_KEY": f" {KEY}\n", "OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj_1"}
    )
    assert (found.base_url, found.api_key, found.organization, found.project) == (OPENAI, KEY, "org-1", "proj_1")
    assert (found.source, found.problem) == ("environment", None)
    (local,) = connections_from_environment({"OPENAI_BASE_URL": "http://127.0.0.1:8081/v1"})
    assert (local.base_url, local.api_key, local.masked_key) == ("http://127.0.0.1:8081/v1", "", "")


def test_secrets_give_the_teams_connections() -> None:
    """Each table under connections is one; tables of other things are left out, broken ones stay and say why."""
    found = connections_from_secrets(
        {
            "other": 1,
            "connections": {
                "studio": {"api_key": KEY, "organization": "org-1", "project": ""},
                "local": {"base_url": "http://10.0.0.5:8080/v1", "name": "The box under the desk"},
                "sales_db": {"type": "sql", "url": "postgresql://…"},
                "typo": {"base_url": "htps://x", "api_key": 12345},
                "slow": {"api_key": KEY, "runs_at_once": 2, "images_per_minute": 5},
                "odd": {"api_key": KEY, "images_per_minute": "many"},
                "none": {"api_key": KEY, "runs_at_once": 0},
                "nonsense": "text",
            },
        }
    )
    *found, slow, odd, none = found
    assert (slow.runs_at_once, slow.images_per_minute, slow.problem) == (2, 5, None)
    assert odd.problem == "images_per_minute must be a whole number of 0 or more"
    assert none.problem == "runs_at_once must be a whole number of 1 or more"
    assert [(one.id, one.name, one.base_url) for one in found] == [
        ("team:studio", "studio", OPENAI),
        ("team:local", "The box under the desk", "http://10.0.0.5:8080/v1"),
        ("team:typo", "typo", "htps://x"),
    ]
    assert [one.problem is None for one in found] == [True, True, False]
    assert found[0].project is None
    assert {one.source for one in found} == {"team"}
    assert connections_from_secrets({}) == connections_from_secrets({"connections": "x"}) == []


PROBLEMS = {
    "": "empty",
    "api.openai.com/v1": "https://",
    "ftp://x/v1": "https://",
    "https://": "server name",
    "https:///v1": "server name",
    "https://user:secret@x/v1": "user name or password",
    "https://x:99999/v1": "cannot be read",
    "https://x:port/v1": "cannot be read",
    "https://x:0/v1": "port is 0",
    "https://[::1/v1": "cannot be read",
    "https://a b/v1": "characters",
    "https://bücher.example/v1": "characters",
}


@pytest.mark.parametrize("base_url", PROBLEMS)
def test_what_makes_a_base_url_unusable(base_url: str, tmp_path: Path) -> None:
    """A base URL that cannot work says why, before anything is sent, and never shows a password."""
    problem = Connection(id="a", name="A", base_url=base_url).problem
    assert problem is not None
    assert PROBLEMS[base_url] in problem
    failed = ask(base_url, request(), tmp_path).failed
    assert isinstance(failed, errors.InvalidConnection)
    assert failed.money is errors.Money.NOTHING_SPENT
    assert "secret" not in str(failed)


@pytest.mark.parametrize(
    "base_url", [OPENAI, "http://localhost:8081", "http://[::1]:8081/v1/", "https://x.example/a?v=1"]
)
def test_usable_base_urls(base_url: str) -> None:
    """Names, addresses, ports, paths and queries are fine."""
    assert Connection(id="a", name="A", base_url=f" {base_url} ").problem is None


def test_organization_and_project_are_sent(tmp_path: Path) -> None:
    """Both travel in their headers."""

    async def main() -> None:
        client = Client(Settings())
        connection = Connection("a", "A", server.base_url, KEY, "org-1", "proj_1")
        assert [event async for event in client.run(connection, request(), tmp_path)]
        await client.aclose()

    with Loopback() as server:
        server.answer(GOOD)
        asyncio.run(main())
        sent = server.requests[0].headers
    assert (sent["openai-organization"], sent["openai-project"]) == ("org-1", "proj_1")


def models(base_url: str) -> list[RemoteModel]:
    async def main() -> list[RemoteModel]:
        client = Client(Settings(), sleep=lambda seconds: asyncio.sleep(0))
        try:
            return await client.models(Connection(id="a", name="A", base_url=base_url, api_key=KEY))
        finally:
            await client.aclose()

    return asyncio.run(main())


ENDS = date(2026, 12, 1)
LISTS: dict[str, tuple[Any, list[RemoteModel]]] = {
    "as OpenAI does": (
        {"object": "list", "data": [{"id": "a", "owned_by": "openai", "shutdown_date": "2026-12-01"}, {"id": "b"}]},
        [RemoteModel("a", ENDS, "openai"), RemoteModel("b")],
    ),
    "dates of other kinds": (
        {
            "data": [
                {"id": "a", "shutdown_date": "2026-12-01T00:00:00Z"},
                {"id": "b", "shutdown_date": 1796083200},
                {"id": "c", "shutdown_date": "soon"},
                {"id": "d", "shutdown_date": None},
                {"id": "e", "shutdown_date": True},
                {"id": "f", "shutdown_date": 1e300},
            ]
        },
        [RemoteModel("a", ENDS), RemoteModel("b", ENDS), *(RemoteModel(name) for name in "cdef")],
    ),
    "a bare list of names": (["a", "b", "a"], [RemoteModel("a"), RemoteModel("b")]),
    "another name for the list": ({"models": [{"name": "a"}, {"model": "b"}]}, [RemoteModel("a"), RemoteModel("b")]),
    "nonsense among them": ({"data": [{"id": "a"}, {"id": 5}, {"id": " "}, None, 7, {}]}, [RemoteModel("a")]),
    "none": ({"data": []}, []),
}


@pytest.mark.parametrize("what", LISTS)
def test_models_are_read_leniently(what: str) -> None:
    """Lists of models of all shapes are understood; entries without a name are left out."""
    answer, expected = LISTS[what]
    with Loopback() as server:
        server.answer(json_answer(answer))
        assert models(server.base_url) == expected
        assert (server.requests[0].method, server.requests[0].path) == ("GET", "/v1/models")


BAD_LISTS: dict[str, tuple[Answer, type]] = {
    "a page": (plain_answer("<html>", content_type="text/html"), errors.HtmlResponse),
    "nothing": (plain_answer(""), errors.EmptyResponse),
    "half of it": (plain_answer('{"data":['), errors.TruncatedResponse),
    "another JSON": (json_answer({"hello": 1}), errors.NotJsonResponse),
    "a stream": (stream_answer([event({})]), errors.NotJsonResponse),
    "an error with a good status": (
        json_answer({"error": {"message": "x", "code": "invalid_api_key"}}),
        errors.InvalidApiKey,
    ),
    "a wrong key": (error_answer(401, "invalid_api_key"), errors.InvalidApiKey),
    "no such endpoint": (plain_answer("", status=404), errors.EndpointNotFound),
}


@pytest.mark.parametrize("what", BAD_LISTS)
def test_what_is_no_list_of_models(what: str) -> None:
    """Anything else ends in its error, and has cost nothing."""
    answer, kind = BAD_LISTS[what]
    with Loopback() as server:
        server.answer(answer)
        with pytest.raises(errors.ApiError) as raised:
            models(server.base_url)
    assert type(raised.value) is kind
    assert raised.value.money is errors.Money.NOTHING_SPENT


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("app.localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("0.0.0.0", True),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("api.openai.com", False),
    ],
)
def test_what_is_this_machine(host: str, local: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback never goes by a proxy, whatever the environment says; others do."""
    monkeypatch.setenv("https_proxy", "proxy.invalid:3128")
    assert is_local(host) is local
    assert proxy_for("https", host) == ("" if local else "http://proxy.invalid:3128")
    assert proxy_for("http", host) == ""


def test_exceptions_from_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts in NO_PROXY are reached directly; ALL_PROXY stands in for the others."""
    monkeypatch.setenv("all_proxy", "http://proxy.invalid:1")
    monkeypatch.setenv("no_proxy", "inside.invalid")
    assert proxy_for("https", "inside.invalid") == ""
    assert proxy_for("https", "outside.invalid") == "http://proxy.invalid:1"


def test_a_remote_server_is_reached_by_the_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request goes to the proxy, with the proxy's own credentials; a loopback server is reached beside it."""
    with Loopback() as proxy, Loopback() as local:
        monkeypatch.setenv("http_proxy", f"http://us:pw@127.0.0.1:{proxy.port}")
        proxy.answer(GOOD)
        local.answer(GOOD)
        assert ask("http://images.invalid/v1", request(), tmp_path).error is None
        assert ask(local.base_url, request(), tmp_path).error is None
        (received,) = proxy.requests
        assert received.target == "http://images.invalid/v1/images/generations"
        assert received.headers["host"] == "images.invalid"
        assert received.headers["proxy-authorization"].startswith("Basic ")
        assert len(local.requests) == 1


@pytest.mark.parametrize("status", [403, 407, 502])
def test_a_proxy_that_opens_no_tunnel(status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the proxy refuses, nothing was sent to the server, and the error says that it was the proxy."""
    with Loopback() as proxy:
        monkeypatch.setenv("https_proxy", proxy.origin)
        proxy.answer(plain_answer("", status=status))
        result = ask("https://images.invalid/v1", request(), tmp_path)
        assert proxy.requests[0].method == "CONNECT"
    assert isinstance(result.failed, errors.Unreachable)
    assert result.failed.money is errors.Money.NOTHING_SPENT
    assert "proxy" in result.failed.what
    assert "Sent" not in result.names


def test_a_proxy_that_speaks_socks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A SOCKS proxy, which many have for other programs, is named as what is in the way."""
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1080")
    failed = ask("https://images.invalid/v1", request(), tmp_path).failed
    assert isinstance(failed, errors.Unreachable)
    assert "SOCKS" in failed.what


async def _models(connection: Connection, *, private: bool) -> type[Exception] | None:
    client = Client(Settings(connect_timeout=60), private_connections=private, sleep=lambda _: asyncio.sleep(0))
    try:
        await client.models(connection)
    except errors.ApiError as error:
        return type(error)
    finally:
        await client.aclose()
    return None


PLACES = [
    # host, source, whether private networks are allowed, what happens
    ("127.0.0.1", "own", True, None),
    ("127.0.0.1", "own", False, errors.ForbiddenServer),
    ("rebound.invalid", "own", False, errors.ForbiddenServer),
    ("127.0.0.1", "team", False, None),
    ("localhost", "environment", False, None),
    ("10.0.0.1", "own", False, errors.ForbiddenServer),
    ("[fe80::1]", "own", False, errors.ForbiddenServer),
    ("169.254.169.254", "own", True, errors.ForbiddenServer),
    ("169.254.169.254", "team", True, errors.ForbiddenServer),
    ("[::ffff:169.254.169.254]", "own", True, errors.ForbiddenServer),
    ("metadata.invalid", "own", True, errors.ForbiddenServer),
]


@pytest.mark.parametrize(("host", "source", "private", "refused"), PLACES)
def test_where_connections_may_lead(
    host: str, source: Any, private: bool, refused: type[Exception] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person's own connection stays out of private networks where that is set, by whatever name; metadata always."""
    names = {"rebound.invalid": "127.0.0.1", "metadata.invalid": "169.254.169.254"}
    original = socket.getaddrinfo

    def look_up(name: Any, port: Any, *arguments: Any, **options: Any) -> Any:
        query = name.decode() if isinstance(name, bytes) else name
        return original(names.get(query, query), port, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with Loopback() as server:
        server.answer(json_answer({"object": "list", "data": [{"id": "x", "object": "model"}]}))
        connection = Connection(id="c", name="C", base_url=f"http://{host}:{server.port}/v1", source=source)
        assert asyncio.run(_models(connection, private=private)) is refused
        assert len(server.requests) == (0 if refused else 1)


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        ("http://images.example.com/v1", "key, prompts and images travel to images.example.com unencrypted"),
        ("http://10.0.0.5:8080/v1", "unencrypted"),
        ("https://images.example.com/v1", None),
        ("http://localhost:8081/v1", None),
        ("http://127.0.0.1/v1", None),
    ],
)
def test_plain_http_to_another_host_is_warned_of(base_url: str, words: str | None) -> None:
    """Whoever is on the way could read the key; on this machine nobody is."""
    warning = Connection(id="c", name="C", base_url=base_url, api_key=KEY).warning
    assert (words in (warning or "")) if words else warning is None


def test_a_proxy_is_not_asked_for_a_private_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a proxy makes the connections, what can be seen here is refused before the proxy hears of it."""
    with Loopback() as proxy:
        monkeypatch.setenv("http_proxy", proxy.origin)
        proxy.answer(json_answer({"object": "list", "data": []}))
        private = Connection(id="c", name="C", base_url="http://10.1.2.3/v1")
        assert asyncio.run(_models(private, private=False)) is errors.ForbiddenServer
        metadata = Connection(id="c", name="C", base_url="http://169.254.169.254/v1")
        assert asyncio.run(_models(metadata, private=True)) is errors.ForbiddenServer
        assert not proxy.requests
        public = Connection(id="c", name="C", base_url="http://93.184.216.34/v1")
        assert asyncio.run(_models(public, private=False)) is None
