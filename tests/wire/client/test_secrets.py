"""A key never comes out again: not in errors, logs, reprs or what is stored, whatever a server sends back."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from components.client import ApiError, Client, Connection, mask_key
from components.client.events import Completed
from components.client.masking import scrub, scrub_all
from components.settings import Settings
from tests.wire.client_fixtures import PNG, RunResult, ask, b64, question, request
from tests.wire.loopback import (
    Answer,
    Loopback,
    Received,
    error_answer,
    event,
    json_answer,
    plain_answer,
    stream_answer,
)

# An unusual key, which no pattern would recognize, with characters that JSON and addresses spell in other ways
ODD = 'p"w/%&é'.replace("é", "e") + "0123456789-abcdefghi"
KEYS = ["sk-proj-0123456789abcdefghijklmnop", ODD]


def error(message: str) -> Answer:
    return json_answer({"error": {"message": message, "type": None, "param": message, "code": message}}, status=400)


ECHOES: dict[str, Callable[[str], Answer]] = {
    "in the message": lambda key: error(f"Incorrect API key provided: {key}."),
    "as the header": lambda key: error(f"Bearer {key}"),
    "in a page": lambda key: plain_answer(
        f"<html><title>Bad {key}</title></html>", status=502, content_type="text/html"
    ),
    "in plain text": lambda key: plain_answer(f"you sent {key}", status=500),
    "cut off": lambda key: plain_answer("x" * (64 * 1024 - 9) + key + "y" * 99, status=500),
    "cut off after the sentence": lambda key: error("x" * 590 + key),
    "encoded": lambda key: plain_answer(f"?key={quote(key, safe='')}", status=500),
    "in a redirect": lambda key: plain_answer("", status=302, headers={"location": f"/login?k={quote(key)}"}),
    "as the request id": lambda key: plain_answer("no", status=400, headers={"x-request-id": key}),
    "in broken JSON": lambda key: plain_answer('{"data": ' + json.dumps(key)[:-1]),
    "in an error event": lambda key: stream_answer([event({"type": "error", "message": key, "code": key})]),
    "in a good answer": lambda key: json_answer({"data": [{"b64_json": b64(PNG)}], "you": {key: [key]}}),
    "in a header": lambda key: plain_answer("no", status=400, headers={"x-debug": key}),
}


def shown(result: RunResult) -> str:
    """Everything that anyone could come to see of a run."""
    texts = [repr(result.events)]
    if result.error is not None:
        texts += [str(result.error), repr(result.error), json.dumps(result.error.as_dict(), ensure_ascii=False)]
        texts += traceback.format_exception(result.error)
    texts += [json.dumps(event.answer, ensure_ascii=False) for event in result.of(Completed)]
    return "\n".join(texts)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("what", ECHOES)
def test_a_server_that_sends_the_key_back(
    what: str, key: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """However the server echoes the key, nothing that is shown, stored or logged at any level holds it."""
    caplog.set_level(logging.DEBUG)

    def echo(received: Received) -> Answer:
        assert received.headers["authorization"] == f"Bearer {key}"
        return ECHOES[what](key)

    with Loopback() as server:
        server.answer(echo)
        result = ask(server.base_url, request(), tmp_path, key=key)
        query = ask(server.base_url, question(), tmp_path, key=key)
    everything = shown(result) + shown(query) + caplog.text
    for spelling in (key, quote(key), json.dumps(key)[1:-1], key[:-4], key[:12]):
        assert spelling not in everything


@pytest.mark.parametrize("key", ["sk-line\nbreak-0123456789", "sk-ünïcode-0123456789", "sk with blank 0123456789"])
def test_a_key_that_no_header_can_carry(key: str, tmp_path: Path) -> None:
    """A key with a line break or letters that headers cannot carry is refused by us, without showing it."""
    with Loopback() as server:
        result = ask(server.base_url, request(), tmp_path, key=key)
        assert server.requests == []
    assert type(result.failed).__name__ == "InvalidConnection"
    assert "key" in result.failed.what
    assert key not in shown(result)
    assert key[3:] not in shown(result)


def test_a_connection_hides_its_key() -> None:
    """A connection's repr has no key, and what people may see is its ends."""
    connection = Connection(id="a", name="A", api_key=KEYS[0])
    assert KEYS[0] not in repr(connection)
    assert connection.masked_key == "sk-…mnop"


@pytest.mark.parametrize(
    ("key", "masked"), [("", ""), ("short", "…"), ("0123456789abcde", "…"), ("sk-0123456789abcdef", "sk-…cdef")]
)
def test_masks(key: str, masked: str) -> None:
    """A mask shows the ends of a long key, and nothing of a short one."""
    assert mask_key(key) == masked


def test_other_keys_are_hidden_too() -> None:
    """What looks like a key is masked also when it is not ours, since proxies put in their own."""
    assert scrub("Wrong key sk-svcacct-ABCDEFGHIJKLMNOP, sorry", "") == "Wrong key sk-…MNOP, sorry"
    assert scrub("Authorization: Bearer abcdefghijklmnop123", "") == "Authorization: Bearer …"
    assert scrub("a task-force of sk-ill", "") == "a task-force of sk-ill"


def test_short_values_of_secret_headers_are_hidden_as_words() -> None:
    """Whatever their length, in any spelling, where they stand alone; words that contain them stay."""
    connection = Connection("a", "A", headers=(("X-Pin", "7"), ("X-Team", "k9"), ("X-Odd", "a+b")), query=(("c", "é"),))
    assert connection.secrets == ("a+b", "k9", "7", "é")
    said = 'Pin 7, team "k9" (k9), a%2Bb or a+b; café, k90 and 2027 are not; code=%C3%A9.'
    hidden = 'Pin …, team "…" (…), … or …; café, k90 and 2027 are not; code=….'
    assert scrub(said, connection.secrets) == hidden
    assert scrub_all({"id": "k9", "n": ["7"]}, connection.secrets) == {"id": "k9", "n": ["7"]}


@pytest.mark.parametrize("value", ["7", "k9", "pin"])
def test_a_server_that_sends_a_short_value_back(value: str, tmp_path: Path) -> None:
    """In the sentence of an error, its code, or as the request id."""
    with Loopback() as server:
        server.answer(error_answer(400, value, message=f"No team {value} here.", headers={"x-request-id": value}))
        result = ask(server.base_url, request(), tmp_path, headers=(("X-Team", value),))
    assert "No team … here." in result.failed.what
    assert (result.failed.code, result.failed.request_id) == ("…", "…")


def test_an_unhandled_error_shows_no_cause() -> None:
    """The errors below, which know the request, do not hang on to the error that is reported."""

    async def main() -> ApiError:
        client = Client(Settings(), sleep=lambda seconds: asyncio.sleep(0))
        try:
            await client.models(Connection(id="a", name="A", base_url="http://nowhere.invalid", api_key=KEYS[0]))
        except ApiError as exc:
            return exc
        finally:
            await client.aclose()
        raise AssertionError("no error")

    assert KEYS[0] not in "".join(traceback.format_exception(asyncio.run(main())))
