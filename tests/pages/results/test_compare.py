"""The Compare page: images beside each other, and only what differs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from components.library import Library
from components.ui.compare.picker import PAGE_SIZE, WORDS
from components.ui.forms.form_state import FormState
from components.ui.process.workbench import Workbench
from tests.pages.forms.test_generate import texts
from tests.pages.library.test_library import run
from tests.pages.states import state_of
from tests.unit.library.library_fixtures import add, answered, ask, begin
from tests.unit.runs.fake_client import png

PAGE = "../../pages/compare.py"


def compare(app: AppTest, *outputs: str) -> list[dict[str, Any]]:
    """Open the page with these outputs; return the images that it shows."""
    app.run().switch_page(PAGE)
    app.query_params["outputs"] = ",".join(outputs)
    app.run()
    assert not app.exception
    found = [json.loads(one.proto.json) for one in app.get("bidi_component") if '"images"' in str(one.proto.json)]
    return found[0]["images"] if found else []


def drawn(library: Library, prompt: str, place: int) -> str:
    """An image of this prompt in the library; return its id."""
    run_id = begin(library, f"r{place:02}", ask(prompt=prompt))
    library.update_run(run_id, state="done")
    return add(library, run_id, 0, png(place)).id


def offered(app: AppTest) -> list[dict[str, Any]]:
    """The images that can be added."""
    strips = [json.loads(one.proto.json) for one in app.get("bidi_component") if '"many"' in str(one.proto.json)]
    return [one for strip in strips for one in strip["runs"]]


def test_what_differs_is_shown_and_nothing_else(app: AppTest, workbench: Workbench) -> None:
    """The prompt's other word is marked, other values stand in a table; what is the same is left out."""
    first = run(workbench, "a red boat at sea")
    second = run(workbench, "a blue boat at sea", size="1536x1024", owner="Anna")
    shown = compare(app, f"{first}-0", f"{second}-0")
    assert [(one["width"], one["height"]) for one in shown] == [(1024, 1024), (1536, 1024)]
    marked = " ".join(one.value for one in app.markdown)
    assert ":red[~~red~~] :green[**blue**]" in marked
    table = app.dataframe[0].value
    assert list(table.iloc[:, 0]) == ["Size", "Format", "By"]
    assert list(table.iloc[0]) == ["Size", "auto", "1536x1024"]


def test_one_alone_and_what_is_not_there(app: AppTest, workbench: Workbench) -> None:
    """Fewer than two are said to be too few; an id that names nothing is left out; others are offered."""
    first = run(workbench, "a red boat")
    run(workbench, "a blue boat")
    assert len(compare(app, f"{first}-0", "nothing-0")) == 1
    assert "Choose 2 to 16 images" in texts(app)
    app.button(key="compare.away.0").click().run()
    assert compare(app) == []


def test_change_and_run_from_a_comparison(app: AppTest, workbench: Workbench) -> None:
    """The winner gets its star right there, and is carried on into the form."""
    first = run(workbench, "a red boat")
    second = run(workbench, "a blue boat", n=2)
    compare(app, f"{first}-0", f"{second}-0")
    app.button(key="compare.star.1").click().run()
    assert app.button(key="compare.star.1").label == "★ Starred"
    assert [one.starred for one in workbench.library.outputs(second)] == [True, False]
    app.button(key="compare.change.1").click().run()
    assert not app.exception
    assert state_of(app, FormState, "generate").values["prompt"] == "a blue boat"


def test_prompts_that_differ_are_said_to_differ(app: AppTest, workbench: Workbench) -> None:
    """The sentence about what differs is true of the prompts too, and of the connection's name."""
    first, other = run(workbench, "a red boat at sea"), run(workbench, "a portrait of an owl in a hat")
    again = run(workbench, "a red boat at sea")
    compare(app, f"{first}-0", f"{other}-0")
    assert "The prompts differ, see above. Everything else is the same." in texts(app)
    assert "All requests are the same" not in texts(app)
    compare(app, f"{first}-0", f"{again}-0")
    assert "All requests are the same: prompt" in texts(app)


def test_the_picker_finds_any_image_by_its_words_and_no_answer(
    app: AppTest, workbench: Workbench, tmp_path: Path
) -> None:
    """What is older than those offered first is found by words; each is named by its prompt; answers are left out."""
    library = workbench.library
    old = drawn(library, "a walrus with a lamp", 0)
    for place in range(1, PAGE_SIZE + 3):
        drawn(library, f"boat number {place}", place)
    answered(library, "zz", tmp_path, "A walrus, I think.")
    compare(app)
    assert old not in {one["id"] for one in offered(app)}
    app.text_input(key=WORDS).set_value("walrus").run()
    assert [(one["id"], one["label"]) for one in offered(app)] == [(old, "a walrus with a lamp")]
    app.text_input(key=WORDS).set_value("").run()
    app.button(key="compare.more").click().run()
    assert old in {one["id"] for one in offered(app)}
    assert len(offered(app)) == PAGE_SIZE + 3


def test_the_picker_offers_what_is_not_compared_yet(app: AppTest, workbench: Workbench) -> None:
    """Where the newest images are all in the comparison, it goes on to older ones."""
    ids = [drawn(workbench.library, f"boat number {place}", place) for place in range(PAGE_SIZE + 2)]
    compare(app, *ids[2:])
    assert [one["id"] for one in offered(app)] == ids[1::-1]


def test_sixteen_images_each_with_what_only_it_has(app: AppTest, workbench: Workbench) -> None:
    """An address with more shows the first 16, each with its words; images can be collected on other pages too."""
    ids = [drawn(workbench.library, f"boat number {place} at sea", place) for place in range(18)]
    shown = compare(app, *ids)
    assert len(shown) == 16
    assert [one["label"]["name"] for one in shown] == [str(place) for place in range(1, 17)]
    assert [one["label"]["words"][1]["text"] for one in shown] == [str(place) for place in range(16)]
    assert app.session_state["state.StageState"].compared == ids[:16]
    app.button(key="compare.away.15").click().run()
    app.switch_page("../../pages/generate.py").run()
    app.session_state["state.StageState"].compare(ids[17], True)
    app.switch_page(PAGE).run()
    assert ",".join([*ids[:15], ids[17]]) in app.query_params["outputs"]


def test_an_address_with_more_images_than_are_compared_says_so(app: AppTest) -> None:
    """Those beyond the most are counted apart from those that are not there."""
    app.run()
    app.switch_page("../../pages/compare.py")
    app.query_params["outputs"] = ",".join(f"o{number}" for number in range(20))
    app.run()
    said = " ".join(one.value for one in app.caption)
    assert "This address has 4 more; at most 16 are compared" in said
    assert "16 images of this address are not shown" in said
