"""`POST /content_provenance_checks`: sent as the ``openai`` package sends it; the engine answers it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from components.client import ApiError, Client, Connection
from components.client.provenance import NoProvenanceCheck, ProvenanceSignal, check_provenance
from components.images.metadata import with_recipe
from components.images.provenance import provenance
from components.settings import Settings
from tests.unit.images.signed_images import SIGNER, signed
from tests.wire.client_fixtures import KEY, PNG, input_image
from tests.wire.engine_fixtures import running
from tests.wire.loopback import Loopback, error_answer, json_answer, plain_answer

FOUND = {"type": "synthid", "outcome": "detected", "model": "gpt-image-2", "generated_at": "2026-11-01T10:00:00Z"}


def answered(*results: Any) -> Any:
    return json_answer({"object": "content_provenance_check", "created_at": 1, "results": list(results)})


def ask(base_url: str, folder: Path, data: bytes = PNG) -> tuple[ProvenanceSignal, ...]:
    """Ask about an image, with a client of its own."""

    async def main() -> tuple[ProvenanceSignal, ...]:
        client = Client(Settings())
        try:
            connection = Connection("test", "Test", base_url, api_key=KEY)
            return await check_provenance(client, connection, input_image(folder, "cat.png", data))
        finally:
            await client.aclose()

    return asyncio.run(main())


def test_the_request_is_that_of_the_official_client(tmp_path: Path) -> None:
    """The same path and the same one part: its field, name, type and bytes."""
    with Loopback() as server:
        server.answer(answered(FOUND))
        ask(server.base_url, tmp_path)
        with OpenAI(base_url=server.base_url, api_key=KEY, max_retries=0) as official:
            official.content_provenance_checks.create(file=("cat.png", PNG, "image/png"))
        ours, theirs = server.requests
        assert (ours.method, ours.target, ours.form()) == (theirs.method, theirs.target, theirs.form())
        assert ours.headers["authorization"] == theirs.headers["authorization"]


def test_the_answer_is_read_leniently_and_without_the_key(tmp_path: Path) -> None:
    """What a server leaves out or writes otherwise is empty, and a key that it repeats is not shown."""
    with Loopback() as server:
        server.answer(answered(FOUND, {"type": "c2pa", "outcome": "not_detected", "issuer": f"I {KEY}", "model": 7}, 3))
        first, second = ask(server.base_url, tmp_path)
    assert first == ProvenanceSignal("synthid", "detected", "", "gpt-image-2", "2026-11-01T10:00:00Z")
    assert (second.type, second.outcome, second.model, second.validation_state) == ("c2pa", "not_detected", "", "")
    assert KEY not in second.issuer


@pytest.mark.parametrize("answer", [plain_answer("", status=404), error_answer(400, message="Unknown endpoint url.")])
def test_a_server_without_it_is_no_error(tmp_path: Path, answer: Any) -> None:
    """It says so in a way of its own, which the page words."""
    with Loopback() as server:
        server.answer(answer)
        with pytest.raises(NoProvenanceCheck):
            ask(server.base_url, tmp_path)


def test_another_refusal_is_one(tmp_path: Path) -> None:
    """With the server's own words."""
    with Loopback() as server:
        server.answer(error_answer(400, message="The file is too large."))
        with pytest.raises(ApiError, match="too large"):
            ask(server.base_url, tmp_path)


def test_the_engine_answers_and_never_detects(tmp_path: Path) -> None:
    """It reads a signature where it can, as the official types have it; it claims no signal of OpenAI's."""
    with running() as engine:
        made = engine.client.content_provenance_checks.create(file=("cat.png", PNG, "image/png"))
        assert [one.outcome for one in made.results] == ["not_detected", "not_detected"]
        assert made.results[0].type == "c2pa"
        assert made.results[0].validation_state == "not_present"
        for part in (("cat.txt", b"x", "text/plain"), ("cat.png", b"no image", "image/png")):
            with pytest.raises(Exception, match=r"Invalid (image )?file"):
                engine.client.content_provenance_checks.create(file=part)
        assert engine.raw("/content_provenance_checks", {}).status == 400
        if provenance.is_installed():
            state, _ = ask(engine.base_url, tmp_path, signed())
            assert (state.outcome, state.validation_state, state.issuer) == ("not_detected", "valid", SIGNER)
            original = tmp_path / "signed.png"
            original.write_bytes(signed())
            changed = b"".join(with_recipe(original, "png", {"image_workbench": 1}))
            state, _ = ask(engine.base_url, tmp_path, changed)
            assert state.validation_state == "invalid"
