"""The engine edits for the official client: one image and several, with a mask, with markup, streamed."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
import openai
import pytest
from openai.types import ImageEditCompletedEvent, ImageEditPartialImageEvent
from PIL import Image, ImageDraw

from components.parameters import CATALOGUE
from tests.wire.engine_fixtures import Engine, data_url, mask_for, noise, opened, photo, png

NEW = "gpt-image-2.6-sunburst"
ERROR_KEYS = {"message", "type", "param", "code"}


def _first(answer: Any) -> Image.Image:
    return opened(answer.data[0].b64_json)


def _part(data: bytes, name: str = "image.png", content_type: str = "image/png") -> tuple[str, bytes, str]:
    return name, data, content_type


def test_one_image(engine: Engine) -> None:
    """Without a mask the whole is changed; size auto is the image's own; it counts going in."""
    source = photo()
    answer = engine.client.images.edit(model=NEW, image=_part(png(source)), prompt="as a watercolor")
    result = _first(answer)
    assert (result.size, answer.size) == (source.size, "192x128")
    assert not np.array_equal(np.asarray(result), np.asarray(source))
    assert answer.usage is not None
    assert answer.usage.input_tokens_details.image_tokens == 6 * 4


def test_the_mask_says_where(engine: Engine) -> None:
    """Where the mask is opaque every pixel is the input's own; in the open area it is drawn anew."""
    source, box = photo(), (50, 30, 130, 100)
    mask = mask_for(source, box)
    answer = engine.client.images.edit(
        model=NEW, image=_part(png(source)), mask=_part(png(mask)), prompt="a red balloon"
    )
    before, after = np.asarray(source), np.asarray(_first(answer).convert("RGB"))
    kept = np.asarray(mask)[..., 3] == 255
    assert np.array_equal(after[kept], before[kept])
    assert (after[~kept] != before[~kept]).any(axis=1).mean() > 0.6


def test_a_mask_can_be_ignored_on_purpose(engine: Engine) -> None:
    """`[ignore mask]` changes pixels outside too, as models may."""
    source = photo()
    mask = mask_for(source, (50, 30, 130, 100))
    answer = engine.client.images.edit(
        model=NEW, image=_part(png(source)), mask=_part(png(mask)), prompt="a red balloon [ignore mask]"
    )
    kept = np.asarray(mask)[..., 3] == 255
    assert not np.array_equal(np.asarray(_first(answer))[kept], np.asarray(source)[kept])


def test_markup_is_followed(engine: Engine) -> None:
    """What is drawn around is drawn anew, the rest stays."""
    source = photo()
    markup = Image.new("RGBA", source.size, (0, 0, 0, 0))
    ImageDraw.Draw(markup).ellipse((120, 20, 180, 80), outline=(230, 30, 30, 255), width=4)
    answer = engine.client.images.edit(
        model=NEW, image=_part(png(source)), markup=_part(png(markup)), prompt="a flower"
    )
    before, after = np.asarray(source), np.asarray(_first(answer).convert("RGB"))
    assert np.array_equal(after[:, :90], before[:, :90])
    assert (after[35:65, 135:165] != before[35:65, 135:165]).any()


def test_several_images_are_combined(engine: Engine) -> None:
    """Further images are seen in the result: another one gives another result."""
    first, red, blue = photo(), Image.new("RGB", (80, 80), (220, 30, 30)), Image.new("RGB", (80, 80), (30, 30, 220))
    results = [
        np.asarray(
            _first(
                engine.client.images.edit(
                    model=NEW, image=[_part(png(first)), _part(png(other))], prompt="put these together"
                )
            )
        ).astype(int)
        for other in (red, blue)
    ]
    difference = results[0] - results[1]
    assert difference[..., 0].max() > 100
    assert difference[..., 2].min() < -100


def test_input_fidelity(engine: Engine) -> None:
    """High keeps more of the input than low."""
    source = photo()
    away = []
    for fidelity in ("low", "high"):
        answer = engine.client.images.edit(
            model="gpt-image-1",
            image=_part(png(source)),
            prompt="an oil painting at night",
            input_fidelity=fidelity,  # type: ignore[arg-type]
        )
        away.append(np.abs(np.asarray(_first(answer)).astype(int) - np.asarray(source).astype(int)).mean())
    assert away[1] < away[0] * 0.8


def test_size_background_and_number(engine: Engine) -> None:
    """A size is honored, a transparent background leaves the border empty, n gives as many."""
    subject = Image.new("RGB", (160, 160), (250, 250, 250))
    ImageDraw.Draw(subject).ellipse((50, 50, 110, 110), fill=(200, 30, 30))
    answer = engine.client.images.edit(
        model=NEW, image=_part(png(subject)), prompt="cut it out", background="transparent", size="1024x1024", n=2
    )
    assert answer.data is not None
    assert len(answer.data) == 2
    cut = _first(answer)
    assert (cut.mode, cut.size) == ("RGBA", (1024, 1024))
    assert cut.getchannel("A").getpixel((5, 5)) == 0
    assert cut.getchannel("A").getpixel((512, 512)) == 255


@pytest.mark.parametrize("partials", [0, 2])
def test_streamed(engine: Engine, partials: int) -> None:
    """Events of an edit have names of their own."""
    events = list(
        engine.client.images.edit(
            model=NEW, image=_part(png(photo())), prompt="at night", stream=True, partial_images=partials
        )
    )
    assert [type(event) for event in events] == [ImageEditPartialImageEvent] * partials + [ImageEditCompletedEvent]
    last = events[-1]
    assert isinstance(last, ImageEditCompletedEvent)
    assert opened(last.b64_json).size == (192, 128)


@pytest.mark.parametrize("format", ["jpeg", "webp", "gif", "svg"])
def test_formats(engine: Engine, format: Any) -> None:
    """An edit can be had in every format; as SVG it is traced."""
    answer = engine.client.images.edit(
        model=NEW, image=_part(png(photo(96, 64))), prompt="in the snow", output_format=format
    )
    assert answer.data is not None
    assert answer.output_format == format
    if format != "svg":
        assert _first(answer).format == format.upper()


@pytest.mark.parametrize("model", [model.id for model in CATALOGUE.values() if "edit" in model.operations])
def test_every_model_edits(engine: Engine, model: str) -> None:
    """A square PNG is what all of them take."""
    answer = engine.client.images.edit(model=model, image=_part(png(photo(96, 96))), prompt="in blue")
    assert answer.data


def test_json_with_data_urls(engine: Engine) -> None:
    """The same as JSON; addresses elsewhere are refused, since the engine fetches nothing."""
    source = photo()
    mask = mask_for(source, (50, 30, 130, 100))
    body = {
        "model": NEW,
        "prompt": "a red balloon",
        "images": [{"image_url": data_url(png(source))}],
        "mask": {"image_url": data_url(png(mask))},
    }
    raw = engine.raw("/images/edits", body)
    assert raw.status == 200
    form = engine.client.images.edit(model=NEW, image=_part(png(source)), mask=_part(png(mask)), prompt="a red balloon")
    assert form.data is not None
    assert raw.json()["data"][0]["b64_json"] == form.data[0].b64_json
    other_host = engine.raw("/images/edits", {**body, "images": [{"image_url": "http://192.0.2.1/a.png"}]})
    assert (other_host.status, other_host.json()["error"]["param"]) == (400, "images[0].image_url")
    assert engine.raw("/images/edits", {**body, "images": [{"image_url": "data:image/png;base64,%%"}]}).status == 400
    assert engine.raw("/images/edits", {**body, "images": {}}).json()["error"]["code"] == "invalid_type"


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def test_images_are_taken_upright(engine: Engine) -> None:
    """EXIF orientation is applied before sizes are compared."""
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    photo(64, 32).save(out, "JPEG", exif=exif)
    answer = engine.client.images.edit(model=NEW, image=_part(out.getvalue(), "a.jpg", "image/jpeg"), prompt="at night")
    assert answer.size == "32x64"


@cache
def _wrong() -> dict[str, tuple[dict[str, Any], str | None, str]]:
    source = photo(64, 64)
    good = _part(png(source))
    opaque, small = Image.new("RGB", (64, 64)), mask_for(photo(32, 32), (4, 4, 20, 20))
    mask = _part(png(mask_for(source, (10, 10, 40, 40))))
    return {
        "a mask of another size": ({"mask": _part(png(small))}, "mask", "invalid_mask_image_format"),
        "a mask without alpha": ({"mask": _part(png(opaque))}, "mask", "invalid_mask_image_format"),
        "a mask over 4 MB": ({"mask": _part(png(noise(1100, 1000)))}, "mask", "image_file_too_large"),
        "a mask that is a JPEG": (
            {"mask": _part(_jpeg(opaque), "m.jpg", "image/jpeg")},
            "mask",
            "unsupported_file_mimetype",
        ),
        "17 images": ({"image": [good] * 17}, "image", "array_above_max_length"),
        "an image of no type": (
            {"image": ("a.png", png(source), "application/octet-stream")},
            "image",
            "unsupported_file_mimetype",
        ),
        "a GIF": ({"image": ("a.gif", png(source), "image/gif")}, "image", "unsupported_file_mimetype"),
        "not an image": ({"image": _part(b"nothing at all")}, "image", "invalid_image_file"),
        "half an image": ({"image": _part(png(photo())[:2000])}, "image", "invalid_image_file"),
        "markup that covers everything": (
            {"markup": _part(png(Image.new("RGBA", (64, 64), (9, 9, 9, 255))))},
            "markup",
            "invalid_markup_image_format",
        ),
        "a bomb": ({"image": _part(png(Image.new("1", (13_000, 13_000))))}, "image", "image_too_large"),
        "mask and markup": ({"mask": mask, "markup": mask}, "markup", "invalid_value"),
        "markup for gpt-image-2": ({"model": "gpt-image-2", "markup": mask}, "markup", "unknown_parameter"),
        "fidelity for gpt-image-2": (
            {"model": "gpt-image-2", "input_fidelity": "high"},
            "input_fidelity",
            "unknown_parameter",
        ),
        "high fidelity for mini": (
            {"model": "gpt-image-1-mini", "input_fidelity": "high"},
            "input_fidelity",
            "invalid_value",
        ),
        "a mask with gif": ({"mask": mask, "output_format": "gif"}, "mask", "invalid_value"),
        "an oblong for dall-e-2": (
            {"model": "dall-e-2", "image": _part(png(photo()))},
            "image",
            "invalid_image_file",
        ),
        "two for dall-e-2": ({"model": "dall-e-2", "image": [good, good]}, "image", "array_above_max_length"),
        "a JPEG for dall-e-2": (
            {"model": "dall-e-2", "image": _part(_jpeg(source), "a.jpg", "image/jpeg")},
            "image",
            "invalid_image_file",
        ),
        "over 4 MB for dall-e-2": (
            {"model": "dall-e-2", "image": _part(png(noise(1100, 1100)))},
            "image",
            "image_file_too_large",
        ),
        "dall-e-3": ({"model": "dall-e-3"}, "model", "invalid_value"),
        "moderation": ({"extra_body": {"moderation": "low"}}, "moderation", "unknown_parameter"),
        "n = 11": ({"n": 11}, "n", "integer_above_max_value"),
        "no prompt": ({"prompt": ""}, "prompt", "missing_required_parameter"),
        "a listed word": ({"prompt": "gore"}, None, "moderation_blocked"),
    }


@pytest.mark.parametrize("what", _wrong())
def test_what_is_wrong_is_named(engine: Engine, what: str) -> None:
    """OpenAI's codes for everything that cannot be edited."""
    change, param, code = _wrong()[what]
    asked = {"model": NEW, "image": _part(png(photo(64, 64))), "prompt": "a cat", **change}
    with pytest.raises(openai.BadRequestError) as raised:
        engine.client.images.edit(**asked)
    assert (raised.value.param, raised.value.code) == (param, code), raised.value.message
    assert isinstance(raised.value.body, dict)
    assert set(raised.value.body) == ERROR_KEYS


def _form(*parts: tuple[str, str | None, str | None, bytes]) -> tuple[bytes, str]:
    """A form by hand: names, file names, content types, bytes."""
    body = b""
    for name, filename, content_type, data in parts:
        file = f'; filename="{filename}"' if filename is not None else ""
        kind = f"Content-Type: {content_type}\r\n" if content_type else ""
        body += f'--b\r\nContent-Disposition: form-data; name="{name}"{file}\r\n{kind}\r\n'.encode() + data + b"\r\n"
    return body + b"--b--\r\n", "multipart/form-data; boundary=b"


TEXTS: tuple[tuple[str, None, None, bytes], ...] = (
    ("prompt", None, None, b"a cat"),
    ("model", None, None, NEW.encode()),
)
BAD_FORMS: dict[str, tuple[list[tuple[str, str | None, str | None]], str | None, str | None]] = {
    "image twice": ([("image", "a.png", "image/png")] * 2, "image", "duplicate_parameter"),
    "no content type": ([("image", "a.png", None)], "image", "unsupported_file_mimetype"),
    "no file name": ([("image", None, "image/png")], "image", "invalid_type"),
    "no image": ([], "image", "missing_required_parameter"),
    "a file of another name": ([("image", "a.png", "image/png"), ("extra", "b.png", "image/png")], "extra",
                               "unknown_parameter"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_FORMS)
def test_forms_that_are_easy_to_get_wrong(engine: Engine, what: str) -> None:
    """A repeated `image`, a file without type or name: refused with what OpenAI says."""
    files, param, code = BAD_FORMS[what]
    body, content_type = _form(*TEXTS, *((*file, png(photo(32, 32))) for file in files))
    raw = engine.raw("/images/edits", body, **{"Content-Type": content_type})
    assert (raw.status, raw.json()["error"]["param"], raw.json()["error"]["code"]) == (400, param, code)


def test_files_may_come_before_texts(engine: Engine) -> None:
    """The engine takes parts in any order, and numbers as text."""
    body, content_type = _form(
        ("image", "a.png", "image/png", png(photo(32, 32))),
        *TEXTS,
        ("n", None, None, b"2"),
        ("stream", None, None, b"false"),
    )
    raw = engine.raw("/images/edits", body, **{"Content-Type": content_type})
    assert len(raw.json()["data"]) == 2


def test_a_form_that_is_none(engine: Engine) -> None:
    """Broken multipart is a 400, not a crash."""
    raw = engine.raw("/images/edits", b"--b\r\nnonsense", **{"Content-Type": "multipart/form-data; boundary=b"})
    assert raw.status == 400
    raw = engine.raw("/images/edits", b"x", **{"Content-Type": "multipart/form-data"})
    assert raw.status == 400
