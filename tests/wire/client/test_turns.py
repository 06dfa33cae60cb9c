"""Edits with the turns before: the call is the official package's, and every kind of answer is read."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path
from typing import Any

import openai
import pytest

from components.client import EarlierTurn, errors
from components.client.events import SENT_TO, Completed, ImageArrived, PartialImage
from components.parameters import InputImage, Request
from components.runs.outcome import ResponseSummary
from tests.wire.client_fixtures import KEY, PNG, ask, b64, input_image, left_over, request
from tests.wire.engine_fixtures import photo, png, running
from tests.wire.loopback import Break, Loopback, error_answer, event, json_answer, stream_answer

MAIN = "gpt-6.1-terra"
CALL: dict[str, Any] = {"id": "ig_1", "type": "image_generation_call", "status": "completed", "revised_prompt": "a hat"}
IMAGE_USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"image_tokens": 60, "text_tokens": 40},
    "output_tokens": 1000,
    "total_tokens": 1100,
    "cached_tokens": 50,
}
RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "status": "completed",
    "error": None,
    "model": MAIN,
    "output": [{"id": "rs_1", "type": "reasoning", "summary": []}, {**CALL, "result": b64(PNG), "size": "451x300"}],
    "usage": {"input_tokens": 2000, "output_tokens": 30, "total_tokens": 2030},
    "tool_usage": {"image_gen": IMAGE_USAGE, "web_search": {"num_requests": 0}},
}
GOOD = json_answer(RESPONSE)
NO_RESPONSE = error_answer(400, "previous_response_not_found", message="Previous response with id 'resp_0' not found.")


def edit(folder: Path, *, mask: bool = False, **raw: Any) -> Request:
    image = input_image(folder, "cat.png")
    over = input_image(folder, "mask.png", PNG + b"mask", alpha=True) if mask else None
    return request("edit", "gpt-image-2.6-flare", images=(image,), mask=over, context="turns", **raw)


def turn_before(folder: Path, *, response: Any = None, connection_id: str = "test") -> EarlierTurn:
    """Return a turn whose result is the image that `edit` edits."""
    own, result = input_image(folder, "own.png", PNG + b"own"), input_image(folder, "cat.png")
    return EarlierTurn("a cat", (own,), result, connection_id, response)


REASONING = {"id": "rs_0", "type": "reasoning", "summary": []}
STORED: dict[str, Any] = {"id": "resp_0", "store": True, "output": [REASONING, CALL]}


def url(image: InputImage, prefix: str = "data:image/png;base64,") -> str:
    return prefix + b64(image.path.read_bytes())


@pytest.mark.parametrize("mask", [False, True], ids=["whole", "masked"])
def test_the_first_turn_is_the_official_packages(tmp_path: Path, mask: bool) -> None:
    """Both send the same JSON: the prompt and the image, the tool with its settings and its mask."""
    query = edit(
        tmp_path, mask=mask, size="1024x1024", quality="low", user="me", partial_images=2, output_format="webp"
    )
    tool: Any = {
        "type": "image_generation",
        "action": "edit",
        "model": "gpt-image-2.6-flare",
        "size": "1024x1024",
        "quality": "low",
        "output_format": "webp",
        "partial_images": 2,
        **({"input_image_mask": {"image_url": url(query.mask)}} if query.mask else {}),
    }
    parts: Any = [
        {"type": "input_text", "text": "a cat"},
        {"type": "input_image", "image_url": url(query.images[0]), "detail": "auto"},
    ]
    with Loopback() as server:
        server.answer(stream_answer([event({"type": "response.completed", "response": RESPONSE})]))
        result = ask(server.base_url, query, tmp_path / "out")
        with openai.OpenAI(base_url=server.base_url, api_key=KEY, max_retries=0) as official:
            events = official.responses.create(
                model=MAIN,
                input=[{"role": "user", "content": parts}],
                tools=[tool],
                tool_choice={"type": "image_generation"},
                safety_identifier="me",
                stream=True,
            )
            theirs = list(events)[-1]
    assert server.requests[0].json() == server.requests[1].json()
    assert server.requests[0].target == server.requests[1].target == "/v1/responses"
    assert theirs.type == "response.completed"
    assert theirs.response.tool_usage is not None
    assert theirs.response.tool_usage.image_gen.output_tokens == result.of(Completed)[0].usage["output_tokens"]


def test_an_answer_has_the_image_its_prompt_and_what_it_cost(tmp_path: Path) -> None:
    """The image is in a file; the usage is the image model's; the cost has the text model's as well."""
    with Loopback() as server:
        server.answer(GOOD)
        result = ask(server.base_url, edit(tmp_path), tmp_path / "out")
    [image], [completed] = result.of(ImageArrived), result.of(Completed)
    assert (image.path.read_bytes(), image.revised_prompt) == (PNG, "a hat")
    assert completed.answer["size"] == "451x300"
    assert completed.answer["response"]["id"] == "resp_1"
    assert "result" not in completed.answer["response"]["output"][1]
    assert completed.usage["input_tokens_details"]["cached_tokens"] == 50
    connection: Any = type("Paid", (), {"source": "own"})
    sent = edit(tmp_path)
    spent = ResponseSummary(completed.usage, completed.answer).spent(sent, connection)["cost"]
    without = {**completed.answer, "response": {**RESPONSE, "usage": None}}
    assert ResponseSummary(completed.usage, without).spent(sent, connection)["cost"] is None
    alone = ResponseSummary(completed.usage, {}).spent(sent, connection)["cost"]
    assert spent > alone > Decimal("0.02")
    dated = {**completed.answer, "response": {**completed.answer["response"], "model": f"{MAIN}-2026-07-01"}}
    assert ResponseSummary(completed.usage, dated).spent(sent, connection)["cost"] == spent


def test_a_stream_has_previews_and_its_image_once(tmp_path: Path) -> None:
    """The image comes with its call and with the response; it counts once, also where the end is cut off."""
    item = {**CALL, "result": b64(PNG)}
    events = [
        event(
            {
                "type": "response.created",
                "response": {**RESPONSE, "status": "in_progress", "output": [], "tool_usage": None},
            }
        ),
        event(
            {
                "type": "response.image_generation_call.partial_image",
                "partial_image_index": 0,
                "partial_image_b64": b64(PNG),
                "item_id": "ig_1",
            }
        ),
        event({"type": "response.output_item.done", "output_index": 0, "item": item}),
    ]
    end = event({"type": "response.completed", "response": {**RESPONSE, "output": [item]}})
    for number, (answer, usage) in enumerate([([*events, end], IMAGE_USAGE), ([*events, Break()], None)]):
        with Loopback() as server:
            server.answer(stream_answer(answer))
            result = ask(server.base_url, edit(tmp_path, partial_images=1, stream=True), tmp_path / f"out{number}")
        assert (len(result.of(PartialImage)), len(result.of(ImageArrived))) == (1, 1)
        assert len(left_over(tmp_path / f"out{number}")) == 2
        [completed] = result.of(Completed)
        assert (completed.usage is None) == (usage is None)
        assert completed.answer["response"]["id"] == "resp_1"


def test_the_turns_before_go_by_the_stored_response(tmp_path: Path) -> None:
    """Only the prompt is sent with its id: the server has the image. A masked image goes along once more."""
    for mask, images in ((False, 0), (True, 1)):
        with Loopback() as server:
            server.answer(GOOD)
            ask(
                server.base_url,
                edit(tmp_path, mask=mask),
                tmp_path / "out",
                history=[turn_before(tmp_path, response=STORED)],
            )
        [sent] = [one.json() for one in server.requests]
        assert sent["previous_response_id"] == "resp_0"
        [message] = sent["input"]
        assert [part["type"] for part in message["content"]] == ["input_text"] + ["input_image"] * images


@pytest.mark.parametrize(
    ("before", "stored"),
    [
        ({"response": STORED}, True),
        ({"response": {**STORED, "store": False}}, False),
        ({"response": STORED, "connection_id": "other"}, False),
    ],
    ids=["forgotten", "not stored", "another server"],
)
def test_the_former_items_are_sent_again(tmp_path: Path, before: Any, stored: bool) -> None:
    """Where the server has not, or no longer, the response, all its items go, with the image in its call."""
    earlier = turn_before(tmp_path, **before)
    with Loopback() as server:
        server.answer(*([NO_RESPONSE] if stored else []), GOOD)
        result = ask(server.base_url, edit(tmp_path), tmp_path / "out", history=[earlier])
    assert result.error is None
    assert len(server.requests) == 1 + stored
    sent = server.requests[-1].json()
    assert "previous_response_id" not in sent
    assert sent["input"] == [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "a cat"},
                {"type": "input_image", "image_url": url(earlier.images[0]), "detail": "auto"},
            ],
        },
        {"id": "rs_0", "type": "reasoning", "summary": []},
        {**CALL, "result": url(earlier.result, "")},
        {"role": "user", "content": [{"type": "input_text", "text": "a cat"}]},
    ]


def test_a_turn_of_another_connection_is_sent_as_messages(tmp_path: Path) -> None:
    """A run by /images/edits has no items: its prompt and image are a message, its result is in the next one."""
    first = turn_before(tmp_path)
    other = input_image(tmp_path, "first.png", PNG + b"first")
    history = [EarlierTurn("a dog", (), other), dataclasses.replace(first, images=())]
    with Loopback() as server:
        server.answer(GOOD)
        ask(server.base_url, edit(tmp_path, prompt="a hat"), tmp_path / "out", history=history)
    reported, second, again, last = server.requests[0].json()["input"][0], *server.requests[0].json()["input"][2:5]
    assert reported == {"role": "user", "content": [{"type": "input_text", "text": "a dog"}]}
    assert [part.get("image_url") for part in second["content"]] == [None, url(other)]
    assert (again["role"], [part.get("image_url") for part in last["content"]]) == (
        "assistant",
        [None, url(first.result)],
    )


@pytest.mark.parametrize(
    "refusal",
    [
        error_answer(404),
        error_answer(400, param="tools[0].type"),
        error_answer(422, message="Unknown tool type image_generation."),
    ],
    ids=["no endpoint", "no such tool", "by its message"],
)
def test_a_server_without_the_tool_gets_the_image_alone(tmp_path: Path, refusal: Any) -> None:
    """The edit goes to /images/edits, which the answer says; the server is not asked again."""
    plain = json_answer({"created": 1, "data": [{"b64_json": b64(PNG)}]})
    with Loopback() as server:
        server.answer(refusal, path="/v1/responses")
        server.answer(plain, path="/v1/images/edits")
        result = ask(server.base_url, edit(tmp_path), tmp_path / "out", times=2)
    assert [one.path for one in server.requests] == ["/v1/responses", "/v1/images/edits", "/v1/images/edits"]
    assert [one.answer[SENT_TO] for one in result.of(Completed)] == ["/images/edits"] * 2
    assert len(result.of(ImageArrived)) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error_answer(400, param="tools[0].size"), errors.InvalidParameter),
        (error_answer(404, message="Item with id 'rs_0' not found.", param="input"), errors.EndpointNotFound),
        (error_answer(404, message="Item with id 'rs_0' not found."), errors.EndpointNotFound),
        (error_answer(500), errors.ServerError),
        (json_answer({**RESPONSE, "output": [], "tool_usage": None}), errors.EmptyResponse),
        (
            json_answer({**RESPONSE, "status": "failed", "error": {"code": "server_error", "message": "No."}}),
            errors.ServerError,
        ),
        (
            stream_answer([event({"type": "error", "code": "rate_limit_exceeded", "message": "Slow."})]),
            errors.RateLimited,
        ),
    ],
    ids=["a value", "an expired item", "by its message", "a fault", "no image", "failed", "an error event"],
)
def test_any_other_failure_is_final(tmp_path: Path, answer: Any, kind: type) -> None:
    """Nothing is sent a second time: it may have been paid for, or is a person's to correct."""
    with Loopback() as server:
        server.answer(answer)
        result = ask(server.base_url, edit(tmp_path), tmp_path / "out")
    assert isinstance(result.failed, kind)
    assert [one.path for one in server.requests] == ["/v1/responses"]


def test_an_answer_in_words_is_shown(tmp_path: Path) -> None:
    """A model may talk in place of making an image; what it said is in the error, and it was billed."""
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I cannot do that."}]}
    with Loopback() as server:
        server.answer(json_answer({**RESPONSE, "output": [said]}))
        result = ask(server.base_url, edit(tmp_path), tmp_path / "out")
    assert "“I cannot do that.”" in result.failed.what


def blocked(**details: Any) -> dict[str, Any]:
    return {
        "message": "Refused.",
        "type": "image_generation_user_error",
        "code": "moderation_blocked",
        "moderation_details": details,
    }


@pytest.mark.parametrize("where", ["call", "stream", "body"])
def test_a_refusal_has_its_stage_and_categories(tmp_path: Path, where: str) -> None:
    """The details of a refusal are part of the error, in the call, in a stream and in an error's body."""
    error = blocked(moderation_stage="output", categories=["violence"])
    response = {**RESPONSE, "output": [{**CALL, "status": "failed", "error": error}]}
    answers = {
        "call": json_answer(response),
        "stream": stream_answer([event({"type": "response.completed", "response": response})]),
        "body": json_answer({"error": error}, status=400),
    }
    with Loopback() as server:
        server.answer(answers[where])
        result = ask(server.base_url, edit(tmp_path), tmp_path / "out")
    assert isinstance(result.failed, errors.ModerationBlocked)
    assert result.failed.as_dict()["moderation"] == {"stage": "output", "categories": ["violence"]}


@pytest.mark.parametrize(
    ("details", "read"),
    [
        ({"moderation_stage": "unknown", "categories": []}, None),
        ({"moderation_stage": 5, "categories": "violence"}, None),
        ({"moderation_stage": "input", "categories": [1, {}, ""]}, {"stage": "input", "categories": []}),
        ({"moderation_stage": "<b>", "categories": [f"a\n{KEY}"]}, {"stage": "", "categories": ["a sk-…ghij"]}),
    ],
    ids=["unknown", "other types", "mixed", "a key"],
)
def test_strange_details_are_bounded(tmp_path: Path, details: Any, read: Any) -> None:
    """What is not as typed is left out, long lists and texts are cut, and a key never shows."""
    with Loopback() as server:
        server.answer(json_answer({"error": blocked(**details)}, status=400))
        result = ask(server.base_url, edit(tmp_path), tmp_path / "out")
    assert result.failed.as_dict().get("moderation") == read


def test_many_categories_are_cut(tmp_path: Path) -> None:
    """A list of any length costs a bounded amount of room."""
    with Loopback() as server:
        server.answer(json_answer({"error": blocked(categories=["x" * 200] * 200)}, status=400))
        result = ask(server.base_url, edit(tmp_path), tmp_path / "out")
    assert [len(one) for one in result.failed.as_dict()["moderation"]["categories"]] == [80] * 20


def test_two_turns_with_the_built_in_engine(tmp_path: Path) -> None:
    """The second turn goes by the stored response, and by its items where the engine has restarted."""
    data = png(photo())
    image = input_image(tmp_path, "photo.png", data, size=photo().size)
    first = dataclasses.replace(edit(tmp_path, prompt="a red sky", quality="low"), images=(image,))
    with running() as engine:
        result = ask(engine.base_url, first, tmp_path / "out")
        made, said = result.of(ImageArrived)[0], result.of(Completed)[0].answer["response"]
        kept = dataclasses.replace(image, path=made.path, sha256=made.sha256)
        history = [EarlierTurn("a red sky", (image,), kept, "test", said)]
        second = dataclasses.replace(edit(tmp_path, prompt="the same again", quality="low"), images=(kept,))
        stored = ask(engine.base_url, second, tmp_path / "out", history=history).of(ImageArrived)[0]
    with running() as engine:
        again = ask(engine.base_url, second, tmp_path / "out", history=history).of(ImageArrived)[0]
    assert stored.sha256 == again.sha256 != made.sha256
    assert stored.revised_prompt == "the same again (a red sky). Keep everything else as it is."
