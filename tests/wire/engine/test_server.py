"""The engine as a server: it starts ready, stops cleanly, lists its models, takes its time when told to."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, suppress
from datetime import date

import pytest

from components.engine import EngineServer
from components.parameters import CATALOGUE
from tests.setup.environment import ROOT
from tests.wire.engine_fixtures import running


def test_ready_when_started_and_gone_when_stopped() -> None:
    """A second start gives the same address; after a stop the port is free; it can start again."""
    server = EngineServer(pace=0)
    base_url = server.start()
    assert base_url == server.start()
    with urllib.request.urlopen(f"{base_url}/models") as answer:
        assert json.loads(answer.read())["object"] == "list"
    server.stop()
    server.stop()
    port = int(base_url.split(":")[2].split("/")[0])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert server.start() == base_url
    server.stop()


def test_a_port_that_is_taken() -> None:
    """OSError at once, not a server that never answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = EngineServer(taken.getsockname()[1])
        with pytest.raises(OSError, match=r"in use"):
            server.start()


def test_models_with_their_last_day() -> None:
    """Every model of the catalogue; those that end say when."""
    with running() as engine:
        listed = {model.id: model for model in engine.client.models.list()}
        assert listed.keys() == CATALOGUE.keys()
        for id, model in CATALOGUE.items():
            assert listed[id].owned_by == "image-workbench"
            assert listed[id].shutdown_date == (model.shutdown.isoformat() if model.shutdown else None)
        one = engine.client.models.retrieve("gpt-image-1")
        assert date.fromisoformat(one.shutdown_date or "") == date(2026, 10, 23)
        assert engine.raw("/models").headers["x-request-id"] != engine.raw("/models").headers["x-request-id"]


def test_pace_and_delay() -> None:
    """Quality takes longer at an ordinary pace; a delay is added to everything. A busy machine only adds to both."""

    def seconds(quality: str, **arguments: float) -> float:
        with running(**arguments) as engine:
            started = time.monotonic()
            engine.client.images.generate(model="gpt-image-2", prompt="a gem", quality=quality)  # type: ignore[call-overload]
            return time.monotonic() - started

    assert seconds("high", pace=0.5) >= 0.75
    with running(delay=0.3) as engine:
        started = time.monotonic()
        engine.raw("/models")
        assert time.monotonic() - started >= 0.3


def test_a_slow_answer_does_not_hold_up_others_nor_the_stop() -> None:
    """While one request waits another is answered, and a stop does not wait for the slow one."""
    with ExitStack() as opened:
        with running() as engine:
            address = ("127.0.0.1", int(engine.base_url.split(":")[2][:-3]))
            slow = opened.enter_context(socket.create_connection(address))
            body = json.dumps({"model": "gpt-image-2", "prompt": "[slow 60] a cat"}).encode()
            head = f"POST /v1/images/generations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
            slow.sendall(head.encode() + body)
            assert engine.raw("/models").status == 200
            slow.setblocking(False)
            with pytest.raises(BlockingIOError):  # there is no answer yet
                slow.recv(1)
        slow.settimeout(60)
        with suppress(ConnectionResetError):
            assert b"200 OK" not in slow.recv(4096)


def test_alone_from_the_command_line() -> None:
    """`python -m components.engine` says where it answers, and ends when it is reported to."""
    command = [sys.executable, "-m", "components.engine", "--port", "0", "--pace", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+/v1", process.stdout.readline())
            assert found is not None
            with urllib.request.urlopen(f"{found[0]}/models") as answer:
                assert answer.status == 200
        finally:
            process.terminate()
        process.wait(60)


FOREIGN = [
    ({"Host": "evil.example"}, 403),
    ({"Origin": "https://evil.example"}, 403),
    ({"Origin": "null"}, 403),
    ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
    ({"Host": "localhost"}, 200),
    ({}, 200),
]


@pytest.mark.parametrize(("headers", "status"), FOREIGN)
def test_web_pages_are_refused(headers: dict[str, str], status: int) -> None:
    """A page in a browser on this machine gets nothing, by its own name or by one that resolves to 127.0.0.1."""
    with running() as engine:
        assert engine.raw("/models", **headers).status == status


def test_with_a_key_nothing_else_is_taken() -> None:
    """The app starts its engine with a secret: requests without it, or with another, are refused; links go on."""
    with running(key="sk-engine-secret") as engine:
        assert engine.raw("/models").status == 401
        assert engine.raw("/models", Authorization="Bearer sk-engine-other").status == 401
        assert engine.raw("/models", Authorization="Bearer sk-engine-secret").status == 200
        with engine.with_key("sk-engine-secret") as client:
            made = client.images.generate(model="dall-e-2", prompt="a gem", size="256x256", response_format="url")
        assert engine.raw(made.data[0].url or "").status == 200  # type: ignore[index]
