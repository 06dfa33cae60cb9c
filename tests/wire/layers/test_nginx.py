"""nginx before the engine: as the README sets it up everything passes; with its own limits the app says what to set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.client import errors
from components.client.errors import Money
from tests.wire.client_fixtures import ask, input_image, question, request
from tests.wire.engine_fixtures import Engine, mask_for, noise, photo, png, running
from tests.wire.layers.servers import from_readme, nginx

SMALL = {"size": "1024x1024", "quality": "low", "output_format": "jpeg", "output_compression": 20}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with running() as engine:
        yield engine


@pytest.fixture(scope="module")
def impatient(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An nginx with the limits that it has by itself, its 60 seconds cut down to one."""
    origin = engine.base_url.removesuffix("/v1")
    location = f"location /v1/ {{ proxy_pass {origin}; proxy_read_timeout 1s; }}"
    with nginx(tmp_path_factory.mktemp("impatient"), "", location) as base_url:
        yield base_url


def test_as_the_readme_sets_it_up_everything_passes(engine: Engine, tmp_path: Path) -> None:
    """A stream with its previews, an edit of 1.5 MB with its mask, and a streamed answer come through."""
    location = from_readme("nginx")
    assert "proxy_read_timeout 900s" in location
    original = photo()
    images = (
        input_image(tmp_path, "photo.png", png(original), size=original.size),
        input_image(tmp_path, "noise.png", png(noise(620, 620)), size=(620, 620)),
    )
    mask = png(mask_for(original, (40, 30, 120, 100)))
    mask_image = input_image(tmp_path, "mask.png", mask, size=original.size, alpha=True)
    with nginx(tmp_path, engine.base_url.removesuffix("/v1"), location) as base_url:
        made = ask(base_url, request(stream=True, partial_images=2, **SMALL), tmp_path)
        edited = ask(base_url, request("edit", images=images, mask=mask_image, **SMALL), tmp_path)
        reported = ask(base_url, question(stream=True, input_type="none", image_urls=""), tmp_path)
    assert made.names.count("PartialImage") == 2
    assert made.names[-2:] == ["ImageArrived", "Completed"]
    assert edited.names[-2:] == ["ImageArrived", "Completed"]
    assert reported.names.count("TextDelta") > 3


@pytest.mark.parametrize("stream", [False, True])
def test_who_stops_waiting_is_named_with_what_to_set(impatient: str, tmp_path: Path, *, stream: bool) -> None:
    """nginx's page after its timeout: after how long, that it may be billed, and the setting; it is not sent again."""
    result = ask(impatient, request(prompt="[slow 3] a cat", stream=stream, **SMALL), tmp_path)
    error = result.failed
    assert isinstance(error, errors.GatewayTimeout)
    assert error.what == "A proxy or gateway on the way gave up after 1 second: 504 Gateway Time-out."
    assert (error.status, error.money) == (504, Money.MAY_BE_BILLED)
    assert "usage before trying again" in error.next_step
    assert "proxy_read_timeout" in error.next_step
    assert result.names == ["Sent"]


def test_a_request_beyond_the_limit_says_its_size_and_the_setting(impatient: str, tmp_path: Path) -> None:
    """nginx takes 1 MB: nothing was made, and whoever runs the proxy learns how much to allow."""
    image = input_image(tmp_path, "noise.png", png(noise(620, 620)), size=(620, 620))
    error = ask(impatient, request("edit", images=(image,), **SMALL), tmp_path).failed
    assert isinstance(error, errors.RequestTooLarge)
    assert error.what == (
        "A server or proxy on the way does not take a request of 1.5 MB: 413 Request Entity Too Large."
    )
    assert error.money is Money.NOTHING_SPENT
    assert "client_max_body_size" in error.next_step
