"""The Library page: what was run is found by words and by filters."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from components.parameters import Request, resolve
from components.ui.workbench import Workbench

PAGE = "../../pages/library.py"


def run(workbench: Workbench, prompt: str) -> str:
    """Run something on the built-in engine and wait for its end."""
    request = resolve("generate", "gpt-image-2", {"prompt": prompt, "quality": "low"})
    assert isinstance(request, Request)
    run_id = workbench.runner.submit(workbench.built_in(), request)

    async def follow() -> None:
        async for _ in workbench.runner.subscribe(run_id):
            pass

    workbench.ask(follow(), 60)
    return run_id


def prompts(app: AppTest) -> list[str]:
    """The prompts of the runs in the grid, in their order."""
    grids = [one for one in app.get("bidi_component") if "items" in str(one.proto)]
    if not grids:
        return []
    data: dict[str, Any] = json.loads(grids[0].proto.json)
    return [item["prompt"] for item in data["items"]]


def test_an_empty_library_says_what_will_be_here(app: AppTest) -> None:
    """Before anything was run, the page says so."""
    app.run().switch_page(PAGE).run()
    assert not app.exception
    assert "Nothing was made yet" in app.info[0].value


def test_runs_are_found_by_words_and_by_state(app: AppTest, workbench: Workbench) -> None:
    """The newest run stands first; a word, or a state, leaves only those that fit."""
    for prompt in ("a red boat", "a blue boat", "[moderation] a house"):
        run(workbench, prompt)
    app.run().switch_page(PAGE).run()
    assert not app.exception
    assert prompts(app) == ["[moderation] a house", "a blue boat", "a red boat"]
    app.text_input(key="library.words").set_value("boat").run()
    assert prompts(app) == ["a blue boat", "a red boat"]
    app.text_input(key="library.words").set_value("").run()
    app.selectbox(key="library.state").set_value("failed").run()
    assert prompts(app) == ["[moderation] a house"]
    app.text_input(key="library.words").set_value("nowhere").run()
    assert "Nothing fits" in app.info[0].value
