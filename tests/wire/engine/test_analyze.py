"""The engine measures images for the official client: /responses and /chat/completions, plain and streamed."""

from __future__ import annotations

import io
import json
from typing import Any

import openai
import pytest
from openai.types.responses import Response, ResponseCompletedEvent, ResponseIncompleteEvent
from PIL import Image

from components.engine.analysis.facts import NO_IMAGE
from components.parameters import CATALOGUE
from components.parameters.prompts.wording import TASKS
from tests.wire.engine_fixtures import Engine, data_url, photo, png

SEER = "gpt-6.1-terra"
OLD = "gpt-4o"
PHOTO = data_url(png(photo()))
RED = data_url(png(Image.new("RGB", (64, 64), (208, 48, 43))))


def _input(question: str, *urls: str, detail: str = "auto") -> list[Any]:
    images = [{"type": "input_image", "image_url": url, "detail": detail} for url in urls]
    return [{"role": "user", "content": [{"type": "input_text", "text": question}, *images]}]


def _messages(question: str, *urls: str) -> list[Any]:
    images = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return [{"role": "user", "content": [{"type": "text", "text": question}, *images]}]


def ask(engine: Engine, question: str, *urls: str, detail: str = "auto", model: str = SEER, **more: Any) -> Response:
    answer = engine.client.responses.create(model=model, input=_input(question, *urls, detail=detail), **more)
    assert isinstance(answer, Response)
    return answer


def test_a_plain_answer(engine: Engine) -> None:
    """It says that it measures and does not understand, and tells what was measured; tokens are counted."""
    answer = ask(engine, "What's in this image?", PHOTO, max_output_tokens=300)
    assert (answer.status, answer.error, answer.incomplete_details) == ("completed", None, None)
    text = answer.output_text
    assert "not an AI model" in text
    for fact in ("**Format:** PNG", "192 x 128 pixels", "landscape, 3:2", "Main colors", "Brightness", "Sharpness"):
        assert fact in text
    assert answer.usage is not None
    assert answer.usage.output_tokens_details.reasoning_tokens == 0
    assert answer.usage.input_tokens > 24
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens


def test_several_images(engine: Engine) -> None:
    """Each is reported apart, in order."""
    text = ask(engine, "Which colors?", PHOTO, RED).output_text
    assert text.index("Image 1") < text.index("Image 2") < text.index("red 100%")


def test_a_stream_says_the_same(engine: Engine) -> None:
    """The deltas make up the text of the completed response; the order of events is the API's."""
    asked = {"model": SEER, "input": _input("What's in this image?", PHOTO)}
    events = list(engine.client.responses.create(stream=True, **asked))
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-4:] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    last = events[-1]
    assert isinstance(last, ResponseCompletedEvent)
    assert len(deltas) > 20
    assert "".join(deltas) == last.response.output_text == ask(engine, "What's in this image?", PHOTO).output_text
    with engine.client.responses.stream(**asked) as stream:
        assert stream.get_final_response().output_text == last.response.output_text


def test_questions_pick_measurements(engine: Engine) -> None:
    """A follow-up is answered with what its words ask about."""
    turns = [
        *_input("What's in this image?", PHOTO),
        {"role": "assistant", "content": "It measures 192 x 128 pixels."},
        {"role": "user", "content": "How bright is it?"},
    ]
    answer = engine.client.responses.create(model=SEER, input=turns)
    assert "Brightness" in answer.output_text
    assert "Format" not in answer.output_text
    assert "Measured, not understood" in answer.output_text


def test_detail(engine: Engine) -> None:
    """Low tells less and counts little, high tells more; original too."""
    low, auto, high, original = (
        ask(engine, "Describe it", PHOTO, detail=d) for d in ("low", "auto", "high", "original")
    )
    lengths = [len(answer.output_text) for answer in (low, auto, high)]
    assert lengths == sorted(set(lengths))
    assert "Symmetry" in original.output_text
    assert low.usage is not None
    assert low.usage.input_tokens == 85 + 3


def test_the_budget_ends(engine: Engine) -> None:
    """Cut off at max_output_tokens, with status incomplete; streamed as response.incomplete."""
    answer = ask(engine, "What's in this image?", PHOTO, max_output_tokens=20)
    assert answer.status == "incomplete"
    assert answer.incomplete_details is not None
    assert answer.incomplete_details.reason == "max_output_tokens"
    assert answer.usage is not None
    assert answer.usage.output_tokens == 20
    events = list(
        engine.client.responses.create(model=SEER, input=_input("And?", PHOTO), max_output_tokens=20, stream=True)
    )
    assert isinstance(events[-1], ResponseIncompleteEvent)


def test_reasoning_uses_up_the_budget(engine: Engine) -> None:
    """Thinking counts against the limit: with too much of it there is no text at all."""
    answer = ask(engine, "And?", PHOTO, max_output_tokens=100, reasoning={"effort": "high"})
    assert (answer.status, answer.output_text) == ("incomplete", "")
    assert answer.usage is not None
    assert answer.usage.output_tokens_details.reasoning_tokens == answer.usage.output_tokens == 100
    enough = ask(engine, "And?", PHOTO, max_output_tokens=2000, reasoning={"effort": "high"})
    assert enough.status == "completed"
    assert [item.type for item in enough.output] == ["reasoning", "message"]


SCHEMA = {
    "type": "object",
    "properties": {
        "width": {"type": "integer"},
        "main_color": {"type": "string"},
        "is_dark": {"type": "boolean"},
        "subject": {"type": "string"},
        "price": {"type": ["number", "null"]},
        "colors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "share": {"type": "number"}},
                "required": ["name", "share"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["width", "main_color", "is_dark", "subject", "price", "colors"],
    "additionalProperties": False,
}
FILLED = {
    "width": 64,
    "main_color": "red",
    "is_dark": False,
    "subject": None,
    "price": None,
    "colors": [{"name": "red", "share": 1.0}],
}


def test_structured_output(engine: Engine) -> None:
    """Fields that are measurements are filled, the others are null and named in the metadata; in both shapes."""
    wanted: Any = {"type": "json_schema", "name": "answer", "schema": SCHEMA, "strict": True}
    answer = ask(engine, "Fill it", RED, text={"format": wanted})
    assert json.loads(answer.output_text) == FILLED
    assert answer.metadata == {"not_judged": "subject, price"}
    chat: Any = engine.client.chat.completions.create(
        model=SEER,
        messages=_messages("Fill it", RED),
        response_format={"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True}},
    )
    assert json.loads(chat.choices[0].message.content) == FILLED
    anything = ask(engine, "As JSON", RED, text={"format": {"type": "json_object"}})
    assert json.loads(anything.output_text)["images"][0]["width"] == 64


def test_a_place_is_never_repeated(engine: Engine) -> None:
    """Camera and date are reported, where it was taken is not."""
    exif = Image.Exif()
    exif[0x0110] = "Model X"
    exif[0x0132] = "2026:11:01 10:00:00"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 12.3)
    out = io.BytesIO()
    photo().save(out, "JPEG", exif=exif)
    text = ask(engine, "metadata?", data_url(out.getvalue(), "image/jpeg")).output_text
    assert "Model X" in text
    assert "2026:11:01" in text
    where = ask(engine, "where was it taken?", data_url(out.getvalue(), "image/jpeg")).output_text
    assert "not repeated" in where
    assert "51" not in where + text


def test_chat(engine: Engine) -> None:
    """The older shape: text, usage, and finish_reason length where the budget ends."""
    answer: Any = engine.client.chat.completions.create(
        model=OLD, messages=_messages("What size?", PHOTO), max_tokens=300
    )
    assert "192 x 128" in answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    short: Any = engine.client.chat.completions.create(
        model=SEER, messages=_messages("What size?", PHOTO), max_completion_tokens=5
    )
    assert (short.choices[0].finish_reason, short.usage.completion_tokens) == ("length", 5)


def test_chat_streamed(engine: Engine) -> None:
    """Chunks make up the text; usage comes last when it is requested."""
    asked: dict[str, Any] = {"model": OLD, "messages": _messages("What size?", PHOTO)}
    complete: Any = engine.client.chat.completions.create(**asked)
    chunks = list(engine.client.chat.completions.create(stream=True, stream_options={"include_usage": True}, **asked))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == complete.choices[0].message.content
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage == complete.usage


@pytest.mark.parametrize("model", [model.id for model in CATALOGUE.values() if "analyze" in model.operations])
def test_every_model_answers(engine: Engine, model: str) -> None:
    """All that see images."""
    assert ask(engine, "colors?", RED, model=model).output_text


BAD: dict[str, tuple[dict[str, Any], str | None, str | None]] = {
    "an address elsewhere": ({"input": _input("?", "https://example.invalid/a.png")}, "input[0].content[1].image_url",
                             "invalid_image_url"),
    "no detail": ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": RED}]}]},
                  "input[0].content[0].detail", "missing_required_parameter"),
    "a detail of its own": ({"input": _input("?", RED, detail="best")}, "input[0].content[1].detail", "invalid_value"),
    "no base64": ({"input": _input("?", "data:image/png;base64,%%")}, "input[0].content[1].image_url",
                  "invalid_base64_image"),
    "no image": ({"input": _input("?", data_url(b"no image"))}, "input[0].content[1].image_url",
                   "invalid_image_file"),
    "too few tokens": ({"max_output_tokens": 4}, "max_output_tokens", "integer_below_min_value"),
    "an effort of its own": ({"reasoning": {"effort": "huge"}}, "reasoning.effort", "invalid_value"),
    "an effort for gpt-4o": ({"model": OLD, "reasoning": {"effort": "low"}}, "reasoning.effort",
                             "unsupported_parameter"),
    "nothing asked": ({"input": []}, "input", "missing_required_parameter"),
    "a schema that is no object": ({"text": {"format": {"type": "json_schema", "name": "a",
                                                        "schema": {"type": "array"}}}},
                                   "text.format.schema", "invalid_json_schema"),
    "an image model": ({"model": "gpt-image-2"}, "model", "invalid_value"),
    "an earlier response": ({"previous_response_id": "resp_1"}, "previous_response_id", "previous_response_not_found"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_is_wrong_is_named(engine: Engine, what: str) -> None:
    """The parameter is named by its path."""
    change, param, code = BAD[what]
    raw = engine.raw("/responses", {"model": SEER, "input": _input("?", RED), **change})
    error = raw.json()["error"]
    assert (raw.status, error["param"], error["code"]) == (400, param, code), error


def test_chat_names_what_is_wrong(engine: Engine) -> None:
    """Reasoning models want the newer name of the limit."""
    with pytest.raises(openai.BadRequestError) as raised:
        engine.client.chat.completions.create(model=SEER, messages=_messages("?", RED), max_tokens=10)
    assert (raised.value.param, raised.value.code) == ("max_tokens", "unsupported_parameter")


def test_marks_work_in_questions(engine: Engine) -> None:
    """Errors, and streams that break in the middle of the text, keeping what came."""
    with pytest.raises(openai.RateLimitError):
        ask(engine, "[no money] colors?", RED)
    came: list[str] = []
    stream = engine.client.responses.create(model=SEER, input=_input("[break]", RED), stream=True)
    with pytest.raises(openai.APIConnectionError):
        came.extend(event.type for event in stream)
    assert came.count("response.output_text.delta") > 5
    with pytest.raises(openai.APIError):
        list(engine.client.responses.create(model=SEER, input=_input("[stream error]", RED), stream=True))
    with pytest.raises(openai.APIError):
        list(engine.client.chat.completions.create(model=SEER, messages=_messages("[stream error]", RED), stream=True))


def test_help_with_words_is_answered_by_rules(engine: Engine) -> None:
    """A prompt is reworded as the question says; any other text without an image is not."""
    answer = ask(engine, TASKS["shorten"].question("A very stunning fox"), model="gpt-4o")
    assert answer.output_text == "A fox"
    assert answer.usage is not None
    assert answer.usage.output_tokens > 0
    assert NO_IMAGE in ask(engine, "Shorten my day").output_text
    assert ask(engine, TASKS["describe"].question(""), RED).output_text.startswith("A ")
