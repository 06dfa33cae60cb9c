"""A batch's file of answers, read line by line: whatever a server puts there costs a bounded amount of work."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from components.client import ApiError, Client, Connection, Event
from components.client.batches import output
from components.client.batches.output import BatchAnswer, BatchLine, read_lines
from components.client.events import ImageArrived
from components.settings import Settings
from tests.unit.runs.fake_client import png
from tests.wire.batches.batch_app import answered, refused
from tests.wire.client_fixtures import KEY, request


def written(folder: Path, *lines: Any) -> Path:
    """Write lines, JSON or bytes, to a file."""
    path = folder / "answers.jsonl"
    path.write_bytes(b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines))
    return path


def read(path: Path, line: BatchLine, n: int = 1) -> list[Event]:
    """Return the events of a line."""

    async def events() -> list[Event]:
        client = Client(Settings())
        connection = Connection("c1", "Server", "https://server.example/v1", KEY)
        try:
            answer = BatchAnswer(client, path, line)
            return [one async for one in answer.run(connection, request(n=n), path.parent / "staging")]
        finally:
            await client.aclose()

    return asyncio.run(events())


def test_each_line_is_found_and_read_alone(tmp_path: Path) -> None:
    """Steps smaller than lines, blank lines, Windows line ends: each answer has its own images, in order."""
    lines = [answered("a", png(1), png(2)), b"", b'{"no": "id"}\r', answered("b", png(3))]
    found = {line.custom_id: line for line in read_lines(written(tmp_path, *lines), {"a", "b"})}
    assert list(found) == ["a", "b"]
    arrived = [one for one in read(tmp_path / "answers.jsonl", found["a"], 2) if isinstance(one, ImageArrived)]
    assert [one.path.read_bytes() for one in arrived] == [png(1), png(2)]
    (only,) = [one for one in read(tmp_path / "answers.jsonl", found["b"]) if isinstance(one, ImageArrived)]
    assert only.path.read_bytes() == png(3)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (refused("a"), "ModerationBlocked"),
        (
            {"custom_id": "a", "response": None, "error": {"code": "batch_expired", "message": "Too late."}},
            "ServerError",
        ),
        ({"custom_id": "a", "response": None, "error": "Too late."}, "ServerError"),
        ({"custom_id": "a"}, "ServerError"),
        ({"custom_id": "a", "response": {"status_code": 500, "body": "broken"}}, "ServerError"),
        ({"custom_id": "a", "response": {"status_code": 200, "body": {"data": []}}}, "EmptyAnswer"),
        ({"custom_id": "a", "response": {"status_code": 200, "body": 5}}, "NotJsonAnswer"),
        ({"custom_id": "a", "response": {"status_code": 10**9}, "error": None}, "NotJsonAnswer"),
        (answered("a", b"")["response"] | {"custom_id": "a"}, "ServerError"),
    ],
)
def test_a_line_without_an_image_is_an_error(tmp_path: Path, line: Any, kind: str) -> None:
    """Each says what it is, and nothing is raised but ApiError."""
    (found,) = read_lines(written(tmp_path, line), {"a"})
    with pytest.raises(ApiError) as error:
        read(tmp_path / "answers.jsonl", found)
    assert error.value.kind == kind


def test_the_key_is_in_no_error(tmp_path: Path) -> None:
    """A server that sends it back is not repeated."""
    (found,) = read_lines(written(tmp_path, refused("a", message=f"Wrong {KEY}")), {"a"})
    with pytest.raises(ApiError) as error:
        read(tmp_path / "answers.jsonl", found)
    assert KEY not in str(error.value)


def test_hostile_files_cost_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deep nesting, no UTF-8, an endless line of text: skipped. Of foreign lines only so many are looked at."""
    monkeypatch.setattr(output, "MAX_JSON_BYTES", 1000)
    hostile = [b"[" * 5000, b"\xff\xfe{", b'{"custom_id":"a","x":"' + b"y" * 5000 + b'"}', answered("a", png(1))]
    assert [line.custom_id for line in read_lines(written(tmp_path, *hostile), {"a"})] == ["a"]
    foreign = [b"{}"] * (output.MOST_FOREIGN + 1)
    assert list(read_lines(written(tmp_path, *foreign, answered("a", png(1))), {"a"})) == []


def test_a_file_of_many_images_is_never_in_memory(tmp_path: Path) -> None:
    """16 MB of base64 in four lines are looked through within a few steps' memory."""
    big = b"A" * 4_000_000
    lines = [b'{"custom_id":"%d","response":{"status_code":200,"body":{"data":[{"b64_json":"' % n for n in range(4)]
    path = written(tmp_path, *(line + big + b'"}]}}}' for line in lines))
    tracemalloc.start()
    try:
        assert len(list(read_lines(path, set("0123")))) == 4
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
