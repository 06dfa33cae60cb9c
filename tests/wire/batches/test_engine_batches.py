"""The built-in engine's batches, by the openai package and by the app itself."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from components.parameters.sheets import SheetTemplate
from tests.wire.batches.batch_app import app_on
from tests.wire.engine_fixtures import KEY, Engine, opened, running

SMALL = {"model": "gpt-image-2", "prompt": "A fox", "size": "1024x1024", "quality": "low"}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that answers a batch at once."""
    with running() as found:
        yield found


def line(custom_id: str, **more: Any) -> dict[str, Any]:
    """A line of an input file."""
    return {"custom_id": custom_id, "method": "POST", "url": "/v1/images/generations", "body": {**SMALL, **more}}


def submit(engine: Engine, *lines: Any, **more: Any) -> Any:
    """Create a batch with the openai package and wait for its end."""
    data = "\n".join(json.dumps(one) for one in lines).encode()
    file = engine.client.files.create(file=("in.jsonl", data), purpose="batch")
    made = {"endpoint": "/v1/images/generations", "completion_window": "24h", "metadata": {"a": "b"}, **more}
    batch = engine.client.batches.create(input_file_id=file.id, **made)
    end = time.monotonic() + 60
    while batch.status not in {"completed", "failed", "cancelled"} and time.monotonic() < end:
        time.sleep(0.02)
        batch = engine.client.batches.retrieve(batch.id)
    return batch


def lines_of(engine: Engine, file_id: str | None) -> list[Any]:
    assert file_id is not None
    return [json.loads(one) for one in engine.client.files.content(file_id).text.splitlines()]


def test_a_round_trip_with_the_openai_package(engine: Engine) -> None:
    """Answers and refusals come in two files, each by its custom id; the list has the batch with its metadata."""
    batch = submit(engine, line("one"), line("two", prompt="A fox [moderation]"), line("three", stream=True))
    assert (batch.status, batch.metadata) == ("completed", {"a": "b"})
    assert batch.request_counts.model_dump() == {"completed": 1, "failed": 2, "total": 3}
    (answer,) = lines_of(engine, batch.output_file_id)
    assert (answer["custom_id"], answer["response"]["status_code"], answer["error"]) == ("one", 200, None)
    assert opened(answer["response"]["body"]["data"][0]["b64_json"]).size == (1024, 1024)
    codes = {
        one["custom_id"]: one["response"]["body"]["error"]["code"] for one in lines_of(engine, batch.error_file_id)
    }
    assert codes == {"two": "moderation_blocked", "three": "invalid_value"}
    assert batch.id in [one.id for one in engine.client.batches.list(limit=5)]
    assert engine.client.files.retrieve(batch.input_file_id).purpose == "batch"


def test_a_file_that_is_none_fails_as_a_whole(engine: Engine) -> None:
    """The error names the line; nothing is made."""
    batch = submit(engine, line("one"), {"custom_id": "two"})
    assert batch.status == "failed"
    assert [(one.line, one.code) for one in batch.errors.data] == [(2, "invalid_json_line")]
    assert submit(engine, line("same"), line("same")).status == "failed"


@pytest.mark.parametrize("wrong", [{"endpoint": "/v1/responses"}, {"completion_window": "1h"}])
def test_what_the_engine_does_not_take(engine: Engine, wrong: dict[str, Any]) -> None:
    """A refusal names the parameter."""
    with pytest.raises(openai.BadRequestError) as refused:
        submit(engine, line("one"), **wrong)
    assert refused.value.param == next(iter(wrong))


def test_unknown_files_and_batches(engine: Engine) -> None:
    """They are not found."""
    for call in (engine.client.files.content, engine.client.batches.retrieve, engine.client.batches.cancel):
        with pytest.raises(openai.NotFoundError):
            call("nothing")
    with pytest.raises(openai.BadRequestError):
        engine.client.files.create(file=b"x", purpose="assistants")


def test_a_sheet_through_the_engine(tmp_path: Path) -> None:
    """The app's own round trip: images, a refusal in its cell, costs nothing; the runs say what was sent."""
    template = SheetTemplate(
        "generate", "gpt-image-2", {"prompt": "A {red|blue [moderation]} fox", "size": "1024x1024", "stream": True}, {}
    )
    with running(key=KEY) as engine, app_on(tmp_path / "data", engine.base_url, source="built-in", key=KEY) as app:
        sheet_id = app.send(template)
        done, refused = app.ended(sheet_id)
        assert (done.state, refused.state) == ("done", "failed")
        assert done.cover is not None
        assert (done.cover.width, done.cover.height) == (1024, 1024)
        assert (refused.error or {})["kind"] == "ModerationBlocked"
        run = app.library.run(str(done.run_id))
        assert run is not None
        assert (run.owner, run.cost, run.recipe["values"].get("stream")) == ("anna", None, None)
        assert (run.extra or {})["sheet"] == {"id": sheet_id, "position": 0}
        assert not list(app.library.staging.iterdir())
