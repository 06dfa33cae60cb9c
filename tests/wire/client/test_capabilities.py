"""What a refusal teaches of a server, and that learning ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.client import errors
from tests.wire.client_fixtures import ask, request
from tests.wire.loopback import Loopback, error_answer


@pytest.mark.parametrize(
    ("message", "count"),
    [
        ("Unknown parameter: 'response_format'.", 1),
        ("Invalid or missing parameter: 'response_format'. It is required, and it is not supported.", 2),
    ],
    ids=["whatever is sent", "a contradiction"],
)
@pytest.mark.parametrize("model", ["gpt-image-2", "dall-e-3"])
def test_a_server_that_contradicts_itself_is_asked_a_few_times(
    tmp_path: Path, message: str, count: int, model: str
) -> None:
    """Each capability is adapted once a run at most, and the refusal is shown then."""
    with Loopback() as server:
        refusal = error_answer(400, message=message, param="response_format")
        server.answer(lambda _: refusal if len(server.requests) < 6 else error_answer(401))
        result = ask(server.base_url, request("generate", model, prompt="a boat"), tmp_path / "out")
    assert isinstance(result.failed, errors.RequestRefused)
    assert len(server.requests) <= 2
    if model == "gpt-image-2":  # it sends no response_format by itself
        assert len(server.requests) == count
