"""The engine makes images by /responses for the official client: plain and streamed, over several turns."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from openai.types.responses import Response
from openai.types.responses.response_output_item import ImageGenerationCall
from PIL import Image

from tests.wire.engine_fixtures import Engine, data_url, mask_for, opened, photo, png

PHOTO = data_url(png(photo()))
TOOL = {"type": "image_generation", "action": "edit", "model": "gpt-image-2.6-flare", "quality": "low"}


def message(prompt: str, *urls: str) -> dict[str, Any]:
    images = [{"type": "input_image", "image_url": url, "detail": "auto"} for url in urls]
    return {"role": "user", "content": [{"type": "input_text", "text": prompt}, *images]}


def turn(engine: Engine, *items: Any, tool: Any = None, **more: Any) -> Response:
    given: Any = {"model": "gpt-6.1-terra", "input": list(items), "tools": [{**TOOL, **(tool or {})}], **more}
    answer = engine.client.responses.create(**given)
    assert isinstance(answer, Response)
    return answer


def call_of(answer: Response) -> ImageGenerationCall:
    assert isinstance(answer.output[0], ImageGenerationCall)
    return answer.output[0]


def pixels(call: ImageGenerationCall) -> bytes:
    return opened(call.result).convert("RGB").tobytes()


def test_an_edit_has_its_image_its_prompt_and_both_usages(engine: Engine) -> None:
    """The call holds the image at the input's size; the image's tokens are the tool's, the others the text model's."""
    answer = turn(engine, message("at night", PHOTO), tool_choice={"type": "image_generation"})
    call = call_of(answer)
    assert (answer.status, call.status, call.action, call.size) == ("completed", "completed", "edit", "192x128")
    assert opened(call.result).size == (192, 128)
    assert call.revised_prompt == "at night. Keep everything else as it is."
    assert answer.usage is not None
    assert answer.usage.input_tokens > 0
    assert answer.tool_usage is not None
    assert answer.tool_usage.image_gen.output_tokens > answer.usage.output_tokens


@pytest.mark.parametrize("keeps", [True, False], ids=["by id", "by items"])
def test_a_turn_knows_those_before(engine: Engine, keeps: bool) -> None:
    """The next turn edits the last image, and "again" draws the words of the turn before: both ways alike."""
    first = turn(engine, message("a red sky", PHOTO), store=keeps)
    before = call_of(first)
    asked = message("the same again")
    if keeps:
        second = turn(engine, asked, previous_response_id=first.id)
    else:
        second = turn(engine, message("a red sky", PHOTO), before.model_dump(exclude_none=True), asked)
    after = call_of(second)
    assert after.revised_prompt == "the same again (a red sky). Keep everything else as it is."
    alone = call_of(turn(engine, message("the same again", data_url(png(opened(before.result))))))
    assert pixels(after) not in (pixels(before), pixels(alone))


def test_a_response_that_is_not_kept(engine: Engine) -> None:
    """Without store, and for an unknown id, the next turn is refused with the API's own code."""
    first = turn(engine, message("a red sky", PHOTO), store=False)
    for name in (first.id, "resp_unknown"):
        with pytest.raises(openai.BadRequestError) as refused:
            turn(engine, message("more"), previous_response_id=name)
        assert (refused.value.code, refused.value.param) == ("previous_response_not_found", "previous_response_id")


def test_a_mask_keeps_what_is_outside(engine: Engine) -> None:
    """Pixels outside the mask stay; a mask of another size is refused by its place in the request."""
    mask = mask_for(photo(), (60, 30, 130, 100))
    call = call_of(
        turn(engine, message("a blue ball", PHOTO), tool={"input_image_mask": {"image_url": data_url(png(mask))}})
    )
    assert opened(call.result).convert("RGB").getpixel((2, 2)) == photo().getpixel((2, 2))
    assert opened(call.result).convert("RGB").getpixel((95, 65)) != photo().getpixel((95, 65))
    small = data_url(png(Image.new("RGBA", (8, 8), (0, 0, 0, 0))))
    for tool, param in (
        ({"input_image_mask": {"image_url": small}}, "tools[0].input_image_mask"),
        ({"size": "7x7"}, "tools[0].size"),
        ({"nonsense": 1}, "tools[0].nonsense"),
    ):
        with pytest.raises(openai.BadRequestError) as refused:
            turn(engine, message("a ball", PHOTO), tool=tool)
        assert refused.value.param == param


def test_a_stream_has_the_events_of_the_package(engine: Engine) -> None:
    """Partial images, the call with its image, then the whole response, each of the package's own type."""
    given: Any = {
        "model": "gpt-6.1-terra",
        "input": [message("at dusk", PHOTO)],
        "tools": [{**TOOL, "partial_images": 2}],
    }
    events = list(engine.client.responses.create(**given, stream=True))
    assert [event.type.removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "image_generation_call.in_progress",
        "image_generation_call.generating",
        "image_generation_call.partial_image",
        "image_generation_call.partial_image",
        "image_generation_call.completed",
        "output_item.done",
        "completed",
    ]
    assert [event.sequence_number for event in events] == list(range(10))
    partial: Any = events[5]
    assert opened(partial.partial_image_b64).size == (192, 128)
    done, last = events[-2:]
    assert done.type == "response.output_item.done"
    assert last.type == "response.completed"
    assert call_of(last.response).result == done.item.result  # type: ignore[union-attr]
    assert last.response.tool_usage is not None
    assert last.response.tool_usage.image_gen.output_tokens > 200


def test_a_refusal_has_its_details(engine: Engine) -> None:
    """The safety system's refusal is an error of the call, with its stage and categories."""
    call = call_of(turn(engine, message("a nude", PHOTO)))
    assert (call.status, call.result) == ("failed", None)
    assert call.error is not None
    assert call.error.code == "moderation_blocked"
    assert call.error.moderation_details is not None
    assert call.error.moderation_details.model_dump() == {"categories": ["sexual"], "moderation_stage": "input"}


def test_without_an_image_the_tool_generates(engine: Engine) -> None:
    """With "auto" there is an image all the same; "edit" says what is missing; plain questions are still answered."""
    call = call_of(turn(engine, message("a fox"), tool={"action": "auto", "size": "1024x1024"}))
    assert (call.action, opened(call.result).size) == ("generate", (1024, 1024))
    with pytest.raises(openai.BadRequestError, match="no image to edit"):
        turn(engine, message("a fox"))
    assert "not an AI model" in engine.client.responses.create(model="gpt-6.1-terra", input="hello").output_text
