"""What is tried again: exactly what the reference allows, and never what may be paid twice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from components.client import Client, Connection, errors
from components.client.events import Retrying
from components.client.http.retry import retry_after, wait_before_retry
from components.settings import Settings
from tests.wire.client_fixtures import PNG, ask, b64, patient, question, request
from tests.wire.loopback import Answer, Break, Hang, Loopback, error_answer, json_answer, plain_answer

GOOD = json_answer({"data": [{"b64_json": b64(PNG)}]})

# status, code, headers -> how often it is asked in all when it never gets better
RETRIES: list[tuple[int, str | None, dict[str, str], int]] = [
    (429, "rate_limit_exceeded", {}, 3),
    (429, "slow_down", {"retry-after": "7"}, 3),
    (429, None, {}, 3),
    (503, None, {}, 3),
    (503, None, {"x-should-retry": "true"}, 3),
    (503, None, {"x-should-retry": "false"}, 1),
    (429, None, {"x-should-retry": "false"}, 1),
    (429, None, {"retry-after": "121"}, 1),
    (429, None, {"retry-after": "120"}, 3),
    (429, None, {"retry-after": "inf"}, 1),
    (429, "insufficient_quota", {"retry-after": "1"}, 1),
    (429, "credit_balance_exhausted", {}, 1),
    (500, None, {}, 1),
    (500, None, {"x-should-retry": "true"}, 1),
    (502, None, {"retry-after": "1"}, 1),
    (504, None, {}, 1),
    (408, None, {}, 1),
    (409, None, {"x-should-retry": "true"}, 1),
    (400, "moderation_blocked", {"x-should-retry": "true"}, 1),
    (401, None, {}, 1),
    (404, None, {}, 1),
    (413, None, {}, 1),
]


@pytest.mark.parametrize(("status", "code", "headers", "attempts"), RETRIES)
@pytest.mark.parametrize("what", ["generate", "analyze"])
def test_how_often_it_is_asked(
    what: str, status: int, code: str | None, headers: dict[str, str], attempts: int, tmp_path: Path
) -> None:
    """Images and answers, which both cost money, are asked for again only where nothing can have been made."""
    with Loopback() as server:
        server.answer(error_answer(status, code, headers=headers))
        server.answer(error_answer(400), path="/v1/chat/completions")
        result = ask(server.base_url, request() if what == "generate" else question(stream=False), tmp_path)
        posts = [received for received in server.requests if received.path != "/v1/chat/completions"]
        assert len(posts) == attempts
    assert len(result.of(Retrying)) == len(result.waits) == attempts - 1


@pytest.mark.parametrize(
    ("status", "attempts"), [(500, 3), (502, 3), (503, 3), (504, 3), (429, 3), (408, 3), (401, 1), (404, 1)]
)
def test_a_list_of_models_costs_nothing(status: int, attempts: int) -> None:
    """Where nothing can be made, the server's failures are tried again, and nothing was spent whatever happens."""
    with Loopback() as server:
        server.answer(error_answer(status))
        error = models_error(server.base_url)
        assert len(server.requests) == attempts
    assert error.money is errors.Money.NOTHING_SPENT


def models_error(base_url: str, settings: Settings | None = None) -> errors.ApiError:
    async def no_wait(seconds: float) -> None:
        assert seconds <= 8

    async def main() -> errors.ApiError:
        client = Client(settings or Settings(), sleep=no_wait)
        try:
            await client.models(Connection(id="t", name="T", base_url=base_url))
        except errors.ApiError as exc:
            return exc
        finally:
            await client.aclose()
        raise AssertionError("no error")

    return asyncio.run(main())


def test_the_second_attempt_may_succeed(tmp_path: Path) -> None:
    """After a wait that is announced the request goes out again, whole, and its answer counts."""
    with Loopback() as server:
        server.answer(error_answer(429, "slow_down", message="Slow down", headers={"retry-after-ms": "1500"}), GOOD)
        result = ask(server.base_url, request(), tmp_path)
        first, second = server.requests
    assert result.error is None
    assert result.names == ["Sent", "Retrying", "RetryDue", "Sent", "ResponseStarted", "ImageArrived", "Completed"]
    assert result.events[1] == Retrying(1.5, "Too many requests: Slow down.")
    assert result.waits == [1.5]
    assert first.body == second.body


def test_waits_grow_and_spread() -> None:
    """Without a word from the server waits double from half a second to eight, less up to a quarter by chance."""
    busy = errors.ServerBusy("busy")

    def wait(attempt: int, random: float, **more: Any) -> float | None:
        given = {"costly": True, "should_retry": None, **more}
        return wait_before_retry(busy, attempt=attempt, random=lambda: random, **given)

    assert [wait(1, 0.0), wait(2, 0.0), wait(3, 0.0)] == [0.5, 1.0, None]
    assert [wait(1, 1.0), wait(2, 1.0)] == [0.375, 0.75]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "-4"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e999"}, 365 * 86400.0),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Mon, 23 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "tomorrow"}, None),
    ],
)
def test_retry_after_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    """Milliseconds, seconds and dates are read; nonsense is as good as nothing."""
    noon = 1795435200.0  # 2026-11-23 12:00 UTC
    assert retry_after(headers, noon) == seconds


def test_an_unreachable_server_is_tried_again(free_port: int, tmp_path: Path) -> None:
    """Where nothing was sent, nothing can be paid twice: two more attempts, then an error that says so."""
    result = ask(f"http://127.0.0.1:{free_port}/v1", request(), tmp_path)
    assert isinstance(result.failed, errors.Unreachable)
    assert result.failed.money is errors.Money.NOTHING_SPENT
    assert "refuses" in result.failed.what
    assert result.names == ["Retrying", "RetryDue"] * 2


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        ("http://nowhere.invalid/v1", "was not found"),
        (f"http://{'x' * 70}.invalid/v1", "was not found"),
        ("https://127.0.0.1:{port}/v1", "TLS"),
    ],
)
def test_why_a_server_is_unreachable(base_url: str, words: str, tmp_path: Path) -> None:
    """A name that does not exist and a server that speaks no TLS are reported apart."""
    with Loopback() as server:
        server.answer(plain_answer("", status=400))
        result = ask(base_url.format(port=server.port), request(), tmp_path)
    assert isinstance(result.failed, errors.Unreachable)
    assert words in result.failed.what
    assert len(result.waits) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ([Hang()], errors.ResponseTimeout),
        ([Break()], errors.ConnectionLost),
        ([*GOOD[:1], Hang()], errors.ResponseTimeout),
    ],
)
def test_what_may_have_been_made_is_never_repeated(answer: Answer, kind: type, tmp_path: Path) -> None:
    """Silence or a lost connection after sending: asked once, and the error says that it may be billed."""
    with Loopback() as server:
        server.answer(answer)
        result = ask(server.base_url, request(), tmp_path, settings=patient(answer))
        assert len(server.requests) == 1
    assert type(result.failed) is kind
    assert result.failed.money is errors.Money.MAY_BE_BILLED
    assert result.waits == []


def test_silence_about_models_costs_nothing() -> None:
    """The same silence after asking for models means nothing for the bill."""
    with Loopback() as server:
        server.answer([Hang()])
        error = models_error(server.base_url, Settings(read_timeout=0.2))
    assert isinstance(error, errors.ResponseTimeout)
    assert error.money is errors.Money.NOTHING_SPENT
