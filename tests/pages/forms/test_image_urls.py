"""What the pages show of image URLs, and of a server that sends fewer images than were requested."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.ui.process.workbench import Workbench
from tests.support.await_run import wait_for_ends
from tests.unit.runs.fake_client import png
from tests.wire.client_fixtures import KEY, b64, request
from tests.wire.loopback import Loopback, json_answer, plain_answer


def show(app: AppTest, workbench: Workbench, data: list[dict[str, Any]], server: Loopback, **raw: Any) -> str:
    """The Generate page with a run that was answered with this data; return the run's id."""
    server.answer(json_answer({"created": 1, "data": data}), path="/v1/images/generations")
    server.answer(plain_answer(png(1), content_type="image/png"), path="/cat.png")
    asked = request(model="dall-e-2", n=2, **raw)
    run_id = workbench.runner.submit(Connection("c1", "Server", server.base_url, KEY), asked)
    wait_for_ends(workbench.runner, run_id)
    app.query_params["run"] = run_id
    app.run()
    assert not app.exception
    return run_id


def test_urls_are_shown_beside_the_files(app: AppTest, workbench: Workbench) -> None:
    """The URLs that the server answered with stand in result, JSON and details; the files are kept."""
    with Loopback() as server:
        urls = [f"{server.origin}/cat.png?n={number}" for number in range(2)]
        server.answer(plain_answer(png(1), content_type="image/png"), path="/cat.png")
        run_id = show(app, workbench, [{"url": url} for url in urls], server, response_url=True)
    view = workbench.runner.view(run_id)
    assert view is not None
    assert (len(view.images), view.image_urls) == (2, tuple(urls))
    shown = [code.value for code in app.code]
    assert "\n".join(urls) in shown
    assert any(f'"url": "{urls[1]}"' in code for code in shown)
    rows = [one.proto.json for one in app.get("bidi_component") if "2 URLs" in one.proto.json]
    assert len(rows) == 1


@pytest.mark.parametrize(("came", "words"), [(1, "The server sent 1 of the 2 requested images"), (2, None)])
def test_too_few_images_are_reported(app: AppTest, workbench: Workbench, came: int, words: str | None) -> None:
    """A run that is done with fewer images than were requested says so."""
    with Loopback() as server:
        show(app, workbench, [{"b64_json": b64(png(number))} for number in range(came)], server)
    reported = " ".join(info.value for info in app.info)
    assert (words or "") in reported
    assert bool(reported) is bool(words)
