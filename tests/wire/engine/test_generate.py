"""The engine draws for the official client: plain, ten at once, streamed, in every format."""

from __future__ import annotations

import base64
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from openai.types import ImageGenCompletedEvent, ImageGenPartialImageEvent

from components.engine.drawing import SOFTWARE
from components.parameters import CATALOGUE, output_tokens
from tests.wire.engine_fixtures import Engine, opened

NEW = "gpt-image-2.6-flare"
MAKERS = [model.id for model in CATALOGUE.values() if "generate" in model.operations]


def test_a_plain_image(engine: Engine) -> None:
    """One PNG of the default size, with everything said about it, and the usage that the formula gives."""
    answer = engine.client.images.generate(model="gpt-image-2", prompt="a lighthouse at dusk", quality="low")
    assert answer.data is not None
    image = opened(answer.data[0].b64_json)
    assert (image.format, image.size, answer.size) == ("PNG", (1024, 1024), "1024x1024")
    assert (answer.quality, answer.background, answer.output_format) == ("low", "opaque", "png")
    assert answer.usage is not None
    assert answer.usage.output_tokens == output_tokens("gpt-image-2", "1024x1024", "low") == 196
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    assert answer.usage.input_tokens_details.text_tokens == answer.usage.input_tokens
    assert answer.data[0].url is None
    assert answer.data[0].revised_prompt is None


def test_ten_images_all_different(engine: Engine) -> None:
    """n=10 gives ten images, each another one, and counts them all."""
    answer = engine.client.images.generate(model="gpt-image-2", prompt="boats", n=10, quality="low")
    assert answer.data is not None
    assert len({entry.b64_json for entry in answer.data}) == 10
    assert answer.usage is not None
    assert answer.usage.output_tokens == 1960


def test_the_same_request_gives_the_same_image(engine: Engine) -> None:
    """Drawing is deterministic; another word, another image."""
    asked = {"model": NEW, "size": "1024x1024", "quality": "low"}
    first, second, other = (
        engine.client.images.generate(prompt=prompt, **asked).data for prompt in ("a fox", "a fox", "a fox in snow")
    )
    assert first
    assert second
    assert other
    assert first[0].b64_json == second[0].b64_json
    assert first[0].b64_json != other[0].b64_json


@pytest.mark.parametrize("model", MAKERS)
def test_every_model_of_the_catalogue_draws(engine: Engine, model: str) -> None:
    """Retired ones too: other servers still have them, so this one does."""
    answer = engine.client.images.generate(model=model, prompt="a red apple")
    assert answer.data
    if model.startswith("dall-e"):
        assert answer.usage is None
        assert engine.raw(answer.data[0].url or "").headers["content-type"] == "image/png"
        assert (answer.data[0].revised_prompt is not None) == (model == "dall-e-3")
    else:
        assert answer.usage is not None
        assert answer.usage.output_tokens > 0
        assert opened(answer.data[0].b64_json).size == (1024, 1024)


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "gif"])
def test_each_format_is_what_it_says(engine: Engine, format: Any) -> None:
    """The bytes are of the format that was requested, and say in their metadata what drew them."""
    answer = engine.client.images.generate(model=NEW, prompt="a cat", output_format=format, quality="low")
    assert answer.data is not None
    image = opened(answer.data[0].b64_json)
    assert image.format == format.upper()
    assert answer.output_format == format
    assert SOFTWARE.encode() in base64.b64decode(answer.data[0].b64_json or "")


def test_compression_makes_files_smaller(engine: Engine) -> None:
    """The less is to be kept, the smaller the file, for jpeg and for webp."""
    for format in ("jpeg", "webp"):
        sizes = []
        for compression in (0, 50, 100):
            answer = engine.client.images.generate(
                model=NEW,
                prompt="a forest",
                output_format=format,  # type: ignore[arg-type]
                output_compression=compression,
                quality="low",
            )
            assert answer.data is not None
            sizes.append(len(answer.data[0].b64_json or ""))
        assert sizes[0] < sizes[1] < sizes[2], format


def test_a_gif_moves(engine: Engine) -> None:
    """As many frames as were requested, each as long, going round for ever."""
    answer = engine.client.images.generate(
        model=NEW, prompt="a sailboat", output_format="gif", frame_count=4, frame_duration_ms=120, quality="low"
    )
    assert answer.data is not None
    image = opened(answer.data[0].b64_json)
    assert (getattr(image, "n_frames", 1), image.info["duration"], image.info["loop"]) == (4, 120, 0)


def test_an_svg_is_vectors(engine: Engine) -> None:
    """Well-formed, of the size that was requested, with curves and without embedded pixels; its author is counted."""
    answer = engine.client.images.generate(
        model=NEW,
        prompt="a house on a hill",
        output_format="svg",
        size="1536x1024",
        svg={"model": "gpt-6.1-terra", "reasoning": {"effort": "low"}},
    )
    assert answer.data is not None
    root = ElementTree.fromstring(base64.b64decode(answer.data[0].b64_json or ""))
    assert (root.get("width"), root.get("height")) == ("1536", "1024")
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert {"path", "linearGradient", "desc", "metadata"} <= tags
    assert "image" not in tags
    assert answer.svg_usage is not None
    assert (answer.svg_usage.model, answer.svg_usage.reasoning_tokens) == ("gpt-6.1-terra", 96)


def test_a_transparent_background(engine: Engine) -> None:
    """The subject alone, nothing in the corners."""
    answer = engine.client.images.generate(model="gpt-image-2", prompt="a robot", background="transparent")
    assert answer.data is not None
    image = opened(answer.data[0].b64_json)
    assert (image.mode, answer.background) == ("RGBA", "transparent")
    alpha = image.getchannel("A")
    assert alpha.getpixel((2, 2)) == 0
    assert alpha.getextrema() == (0, 255)


@pytest.mark.parametrize(
    ("prompt", "size", "expected"),
    [
        ("a cat", "auto", (1024, 1024)),
        ("a panorama of the sea", "auto", (1536, 1024)),
        ("portrait of a queen", "auto", (1024, 1536)),
        ("a cat", "1024x640", (1024, 640)),
        ("a cat", "2560x1440", (2560, 1440)),
    ],
)
def test_sizes(engine: Engine, prompt: str, size: str, expected: tuple[int, int]) -> None:
    """Any size inside the limits; auto goes by the prompt's words."""
    answer = engine.client.images.generate(model=NEW, prompt=prompt, size=size, quality="low")
    assert answer.data is not None
    assert opened(answer.data[0].b64_json).size == expected
    assert answer.size == f"{expected[0]}x{expected[1]}"


@pytest.mark.parametrize("partials", [0, 1, 3])
def test_a_stream(engine: Engine, partials: int) -> None:
    """Partial images first, each sharper, then the whole with its usage: 100 tokens more for each partial."""
    events = list(
        engine.client.images.generate(
            model="gpt-image-2", prompt="a meadow", stream=True, partial_images=partials, quality="low"
        )
    )
    early, last = events[:-1], events[-1]
    assert isinstance(last, ImageGenCompletedEvent)
    assert [event.partial_image_index for event in early if isinstance(event, ImageGenPartialImageEvent)] == list(
        range(partials)
    )
    assert all(opened(event.b64_json).size == (1024, 1024) for event in events)
    complete = np.asarray(opened(last.b64_json).convert("RGB"), dtype=int)
    away = [np.abs(np.asarray(opened(event.b64_json).convert("RGB")) - complete).mean() for event in early]
    assert away == sorted(away, reverse=True)
    assert not away or away[-1] > 0
    assert last.usage.output_tokens == 196 + 100 * partials
    plain = engine.client.images.generate(model="gpt-image-2", prompt="a meadow", quality="low").data
    assert plain
    assert plain[0].b64_json == last.b64_json


def test_a_stream_of_several(engine: Engine) -> None:
    """One completed event for each image; what went in counts once."""
    events = list(engine.client.images.generate(model="gpt-image-2", prompt="owls", stream=True, n=3, quality="low"))
    completed = [event for event in events if isinstance(event, ImageGenCompletedEvent)]
    assert len(completed) == len(events) == 3
    assert len({event.b64_json for event in completed}) == 3
    assert [event.usage.input_tokens > 0 for event in completed] == [True, False, False]


def test_links_for_dall_e(engine: Engine) -> None:
    """dall-e answers with links on the engine's own port, unless data is requested."""
    answer = engine.client.images.generate(model="dall-e-2", prompt="a train", n=2, size="256x256")
    assert answer.data is not None
    for entry in answer.data:
        raw = engine.raw(entry.url or "")
        assert raw.body.startswith(b"\x89PNG")
        assert (entry.url or "").startswith(engine.base_url.removesuffix("/v1"))
    data = engine.client.images.generate(model="dall-e-2", prompt="a train", size="256x256", response_format="b64_json")
    assert data.data is not None
    assert opened(data.data[0].b64_json).size == (256, 256)
    assert engine.raw(f"{engine.base_url.removesuffix('/v1')}/links/img-none.png").status == 404


def test_who_it_is_for_comes_back(engine: Engine) -> None:
    """safety_identifier goes before user; either is reported in the answer."""
    answer = engine.client.images.generate(model=NEW, prompt="a gem", user="older", safety_identifier="newer")
    assert answer.safety_identifier == "newer"
    assert engine.client.images.generate(model=NEW, prompt="a gem", user="older").safety_identifier == "older"


def test_quality_and_complexity_change_the_same_image(engine: Engine) -> None:
    """More of either gives more to see, hence larger files, and style natural is paler than vivid."""

    def size_of(**asked: Any) -> int:
        answer = engine.client.images.generate(prompt="a forest at night", size="1024x1024", **{"model": NEW, **asked})
        assert answer.data is not None
        return len(answer.data[0].b64_json or "")

    assert size_of(output_format="svg", quality="low") < size_of(output_format="svg", quality="high")
    assert size_of(output_format="svg", complexity="low") < size_of(output_format="svg", complexity="high")
    vivid, natural = (
        engine.client.images.generate(
            model="dall-e-3",
            prompt="a red balloon",
            style=style,  # type: ignore[arg-type]
            response_format="b64_json",
        ).data
        for style in ("vivid", "natural")
    )
    assert vivid
    assert natural
    saturation = [
        sum(opened(data[0].b64_json).convert("HSV").getchannel("S").resize((1, 1)).tobytes())
        for data in (vivid, natural)
    ]
    assert saturation[0] > saturation[1]


@pytest.mark.parametrize("format", ["png", "svg"])
def test_any_text_is_taken(engine: Engine, format: str) -> None:
    """Lines, markup and turned writing break neither image nor answer."""
    raw = engine.raw(
        "/images/generations", {"model": NEW, "prompt": 'a cat\n\t<&> "<b>\u202e\U0001f98a"', "output_format": format}
    )
    assert raw.status == 200
    data = base64.b64decode(raw.json()["data"][0]["b64_json"])
    assert format == "png" or ElementTree.fromstring(data).tag.endswith("svg")


def test_broken_text_is_named(engine: Engine) -> None:
    """Half a surrogate pair is refused at the prompt, and elsewhere told back as it came."""
    raw = engine.raw("/images/generations", b'{"model": "%s", "prompt": "a \\ud800 cat"}' % NEW.encode())
    assert (raw.status, raw.json()["error"]["param"]) == (400, "prompt")
    talk = b'{"model": "gpt-4o", "input": "\\ud800?", "metadata": {"a": "\\ud800"}}'
    assert engine.raw("/responses", talk).json()["metadata"] == {"a": "\ud800"}


def test_a_flat_background_in_the_color_of_the_prompt(engine: Engine) -> None:
    """A prompt that asks for one gets it, whatever else it says; the rest of the prompt is drawn."""
    prompt = "a robot, on a completely flat solid blue (#0000ff) background that fills the whole image"
    answer = engine.client.images.generate(model="dall-e-3", prompt=prompt, response_format="b64_json")
    assert answer.data is not None
    image = opened(answer.data[0].b64_json).convert("RGB")
    edge = image.crop((0, 0, image.width, 8))
    assert edge.getcolors() == [(image.width * 8, (0, 0, 255))]
    assert image.getpixel((image.width // 2, image.height // 2)) != (0, 0, 255)
