"""LiteLLM's proxy, set up as the README says, before the engine: all operations, and the errors that it rewords."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.client import Client, Connection, errors
from components.client.errors import ApiError, Money
from components.client.events import Completed, ImageArrived
from components.library import open_library
from components.runs import Runner
from components.settings import Settings
from tests.support.await_run import until
from tests.wire.client_fixtures import ask, input_image, question, request
from tests.wire.engine_fixtures import KEY, mask_for, photo, png, running
from tests.wire.layers.servers import GATEWAY_KEY, litellm

SMALL = {"size": "1024x1024", "quality": "low", "output_format": "jpeg", "output_compression": 20}
# Beside the README's models: one whose key the provider refuses, and one that the gateway soon gives up.
MORE_MODELS = """\
  - model_name: gpt-image-1
    litellm_params: {{model: openai/gpt-image-2, api_base: "{upstream}", api_key: sk-wrong}}
  - model_name: gpt-image-1-mini
    litellm_params: {{model: openai/gpt-image-2, api_base: "{upstream}", api_key: {key}, timeout: 0.4}}
"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a proxy that is started once for all tests of this file."""
    with running(key=KEY) as engine:
        more = MORE_MODELS.format(upstream=engine.base_url, key=KEY)
        with litellm(tmp_path_factory.mktemp("litellm"), engine.base_url, KEY, more) as base_url:
            yield base_url


def images(folder: Path, *names: str) -> Any:
    """Input images that differ by their names alone."""
    return tuple(input_image(folder, name, png(photo()), size=photo().size) for name in names)


def test_an_edit_with_several_images_and_a_mask_is_saved_like_any_other(
    gateway: str, data_folder: Path, tmp_path: Path
) -> None:
    """A run through the gateway: the engine got all images and the mask, and the output, its cost and id are stored."""
    mask = input_image(tmp_path, "mask.png", png(mask_for(photo(), (40, 30, 120, 100))), size=photo().size, alpha=True)
    edit = request("edit", images=images(tmp_path, "a.png", "b.png", "c.png"), mask=mask, quality="low", size="auto")
    library = open_library(data_folder)
    runner = Runner(library, Client(Settings()), Settings())
    runner.start()
    try:
        run_id = runner.submit(Connection("c1", "LiteLLM", gateway, GATEWAY_KEY), edit)
        view = until(runner, run_id, lambda view: view.is_final, 60)
    finally:
        runner.stop()
    assert (view.state, view.error, len(view.images)) == ("done", None, 1)
    assert view.images[0].facts["changed_outside"] == 0, "the engine changes only what the mask opens"
    assert view.usage["input_tokens_details"]["image_tokens"] == 3 * 24
    assert view.cost is not None
    assert view.request_id


def test_the_other_operations_pass_as_they_are(gateway: str, tmp_path: Path) -> None:
    """Two images with their format, answers plain and streamed, and the list of models."""
    made = ask(gateway, request(n=2, **SMALL), tmp_path, key=GATEWAY_KEY)
    assert [event.path.read_bytes()[:2] for event in made.of(ImageArrived)] == [b"\xff\xd8"] * 2
    for stream in (False, True):
        asked = question(input_type="files", image_urls="", images=images(tmp_path, "a.png"), stream=stream)
        reported = ask(gateway, asked, tmp_path, key=GATEWAY_KEY)
        assert reported.names[-2:] == ["TextDone", "Completed"], reported.error
        assert ("TextDelta" in reported.names) is stream
        assert reported.of(Completed)[0].usage["output_tokens"] > 0

    async def listed() -> list[str]:
        client = Client(Settings())
        try:
            return [one.id for one in await client.models(Connection("c1", "LiteLLM", gateway, GATEWAY_KEY))]
        finally:
            await client.aclose()

    assert {"gpt-image-2", "gpt-6.1-terra"} <= set(asyncio.run(listed()))


REFUSED: dict[str, tuple[dict[str, Any], type[ApiError], Money, str, str]] = {
    "moderation": (
        {"prompt": "[moderation] a cat"},
        errors.ModerationBlocked,
        Money.MAY_BE_BILLED,
        "Your request was rejected by the safety system.",
        "Reword the prompt",
    ),
    "billing limit": (
        {"prompt": "[billing limit] a cat"},
        errors.BillingLimitReached,
        Money.NOTHING_SPENT,
        "Billing hard limit has been reached.",
        "Raise the limit",
    ),
    "no money": (
        {"prompt": "[no money] a cat"},
        errors.QuotaExceeded,
        Money.NOTHING_SPENT,
        "You exceeded your current quota",
        "Add credit",
    ),
    "not verified": (
        {"prompt": "[not verified] a cat"},
        errors.OrganizationNotVerified,
        Money.NOTHING_SPENT,
        "Your organization must be verified",
        "verify it",
    ),
    "it fails": (
        {"prompt": "[server error] a cat"},
        errors.ServerError,
        Money.MAY_BE_BILLED,
        "The server had an error",
        "usage before trying again",
    ),
    "the provider's key": (
        {"model": "gpt-image-1"},
        errors.InvalidApiKey,
        Money.NOTHING_SPENT,
        "Incorrect API key",
        "Tell the gateway's operator",
    ),
    "it stops waiting": (
        {"model": "gpt-image-1-mini", "prompt": "[slow 3] a cat"},
        errors.GatewayTimeout,
        Money.MAY_BE_BILLED,
        "A proxy or gateway on the way gave up",
        "request_timeout",
    ),
    "an unknown model": (
        {"model": "gpt-image-1.5"},
        errors.ModelNotFound,
        Money.NOTHING_SPENT,
        "gpt-image-1.5",
        "Choose a model",
    ),
    "a stream": (
        {"stream": True, "partial_images": 1},
        errors.StreamNotRelayed,
        Money.MAY_BE_BILLED,
        "Without a stream it passes images on.",
        "From now on",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("operation", ["generate", "edit"])
def test_a_reworded_error_is_what_the_provider_said(gateway: str, tmp_path: Path, operation: str, case: str) -> None:
    """Class, money, sentence and next step are those of the same error without a gateway; nothing is sent again."""
    more, kind, money, said, next_step = REFUSED[case]
    given = images(tmp_path, "a.png") if operation == "edit" else ()
    result = ask(gateway, request(operation, images=given, **{**SMALL, **more}), tmp_path, key=GATEWAY_KEY)
    error = result.failed
    assert (type(error), error.money) == (kind, money), error
    assert said in error.what
    assert "litellm.bad" not in error.what.lower()
    assert next_step in error.next_step
    assert ("more than once" in str(error)) is isinstance(error, errors.ServerError)
    assert result.names == ["Sent"]
    assert error.request_id


def test_after_a_lost_stream_the_next_run_does_without(gateway: str, tmp_path: Path) -> None:
    """The first run may be billed, so it is not sent again; the same request then passes, without a stream."""

    asked = request(stream=True, partial_images=1, **SMALL)
    names = []

    async def twice() -> None:
        client = Client(Settings())
        try:
            for _ in range(2):
                with contextlib.suppress(errors.StreamNotRelayed):
                    async for event in client.run(Connection("c1", "LiteLLM", gateway, GATEWAY_KEY), asked, tmp_path):
                        names.append(type(event).__name__)  # noqa: PERF401 - the first run ends in an error
        finally:
            await client.aclose()

    asyncio.run(twice())
    assert names == ["Sent", "Sent", "ResponseStarted", "ImageArrived", "Completed"]


@pytest.mark.parametrize("operation", ["generate", "edit"])
def test_a_wrong_parameter_is_still_named(gateway: str, tmp_path: Path, operation: str) -> None:
    """An edit's parameter stands inside the gateway's sentence, as JSON."""
    asked = request(operation, images=images(tmp_path, "a.png") if operation == "edit" else (), **SMALL)
    wrong = replace(asked, values={**asked.values, "size": "17x3"})
    error = ask(gateway, wrong, tmp_path, key=GATEWAY_KEY).failed
    assert (type(error), error.param) == (errors.InvalidParameter, "size")
    assert error.what.startswith("Invalid size '17x3'.")


@pytest.mark.parametrize("operation", ["generate", "edit", "analyze"])
def test_a_wrong_key_is_recognized(gateway: str, tmp_path: Path, operation: str) -> None:
    """LiteLLM without a database answers 400 "No connected db." to a key that is not its own."""
    given = images(tmp_path, "a.png") if operation == "edit" else ()
    asked = question() if operation == "analyze" else request(operation, images=given, **SMALL)
    error = ask(gateway, asked, tmp_path, key=KEY).failed
    assert (type(error), error.status) == (errors.InvalidApiKey, 400)
    assert error.what.startswith("The gateway does not know this key")
    assert error.next_step == "Check the key of the connection."


@pytest.mark.parametrize("mark", ["[rate limit]", "[overloaded]"])
def test_what_cost_nothing_is_sent_again(gateway: str, tmp_path: Path, mark: str) -> None:
    """An edit by the app, after a wait of its own since `retry-after` is lost; a generation by the gateway."""
    prompt = f"{mark} a cat"
    edited = ask(
        gateway, request("edit", prompt=prompt, images=images(tmp_path, "a.png"), **SMALL), tmp_path, key=GATEWAY_KEY
    )
    assert edited.names[:4] == ["Sent", "Retrying", "RetryDue", "Sent"], edited.error
    assert (edited.names[-1], edited.waits) == ("Completed", [0.5])
    made = ask(gateway, request(prompt=prompt, **SMALL), tmp_path, key=GATEWAY_KEY)
    assert made.names == ["Sent", "ResponseStarted", "ImageArrived", "Completed"]


def test_an_answer_is_refused_like_an_image(gateway: str, tmp_path: Path) -> None:
    """The Responses API's errors stand inside the gateway's sentence, as JSON."""
    asked = question(text="[moderation]", input_type="files", image_urls="", images=images(tmp_path, "a.png"))
    error = ask(gateway, asked, tmp_path, key=GATEWAY_KEY).failed
    assert (type(error), error.code) == (errors.ModerationBlocked, "moderation_blocked")
