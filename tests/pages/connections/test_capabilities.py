"""What is known of a server shows where it matters: on the Connections page and at the controls of the forms."""

from __future__ import annotations

import time

from streamlit.testing.v1 import AppTest

from components.parameters import CAPABILITIES, Finding
from components.runs.probing.plan import steps_for
from components.ui.process.workbench import Workbench
from tests.pages.connections.test_connections import opened
from tests.pages.edit.edit_page import open_edit
from tests.pages.edit.test_edit import add, paint, png, press, wish
from tests.pages.forms.test_generate import labeled, labels, texts

MODEL, VISION = "gpt-image-2.6-flare", "gpt-6.1-terra"
EDITOR = "gpt-image-2.6-sunburst"
NOVEMBER = 1_795_000_000.0


def learn(workbench: Workbench, capability: str, value: str, *, model: str = MODEL, note: str = "Not here.") -> None:
    """Let this be known of the built-in engine."""
    workbench.capabilities.learn(workbench.built_in(), model, capability, Finding(value, "probe", NOVEMBER, note))


def test_the_built_in_engine_passes_every_step(app: AppTest, workbench: Workbench) -> None:
    """The requests and that they are free are shown, then all are answered as the API promises it."""
    opened(app)
    labeled(app, "What can this server do?").click().run()
    names = steps_for(MODEL, VISION)
    assert f"{len(names)} requests. Free on the built-in engine" in texts(app)
    assert all(CAPABILITIES[name].probe in texts(app) for name in names)
    labeled(app, f"Send {len(names)} requests").click().run()
    assert "Cancel" in labels(app)
    end = time.monotonic() + 60
    while (view := workbench.probes.view(workbench.built_in())) is None or view.state == "running":
        assert time.monotonic() < end, view
        time.sleep(0.05)
    app.run()
    assert f"Done. {len(names)} requests, free" in texts(app)
    known = workbench.capabilities.known(workbench.built_in(), MODEL)
    known |= workbench.capabilities.known(workbench.built_in(), VISION)
    assert set(names) <= set(known)
    assert {name: finding.value for name, finding in known.items()} == {
        name: CAPABILITIES[name].usual for name in known
    }


def test_a_control_says_what_its_server_does_not_take(app: AppTest, workbench: Workbench) -> None:
    """It shows before and after it is chosen; the value is not sent, unless a person wants it to be."""
    learn(workbench, "several_images", "no", note="n > 1 is not supported.")
    learn(workbench, "output_webp", "no")
    app.run()
    why = "Built-in engine, no AI did not take it on 2026-11-18: “n > 1 is not supported.”"
    assert why in texts(app)
    assert "webp: Built-in engine" in texts(app)
    labeled(app, "Number of images").set_value("3").run()
    assert labeled(app, "Number of images").value == "1"
    assert f"{why} It is not sent." in texts(app)
    labeled(app, "Send it anyway").click().run()
    assert labeled(app, "Number of images").value == "3"
    assert why not in texts(app)
    assert workbench.capabilities.known(workbench.built_in(), MODEL)["several_images"].source == "person"


def test_an_operation_that_a_server_lacks_is_not_sent_without_a_word(app: AppTest, workbench: Workbench) -> None:
    """The button says why; one click makes it possible all the same."""
    learn(workbench, "generate", "no", note="No such endpoint.")
    app.run()
    labeled(app, "Prompt").set_value("a cat").run()
    assert "“No such endpoint.”" in texts(app)
    labeled(app, "Generate").click().run()
    assert workbench.library.recent() == []
    labeled(app, "Send it anyway").click().run()
    labeled(app, "Generate").click().run()
    assert len(workbench.runner.live_views()) + len(workbench.library.recent()) >= 1


def test_an_edit_keeps_what_a_server_ignores_the_mask_of(app: AppTest, workbench: Workbench) -> None:
    """The switch that puts the original back is on, and says why; a person may switch it off."""
    learn(workbench, "mask", "ignored", model=EDITOR, note="87% changed outside the mask.")
    page = open_edit(app)
    add(page, png())
    wish(page, prompt="a yellow balloon [ignore mask]", size="auto", model=EDITOR)
    paint(page)
    assert "87% changed outside the mask.” So the original is put back" in texts(page)
    assert labeled(page, "Keep outside the mask exactly").value
    view = press(page, workbench)
    assert [output.role for output in view.images] == ["image", "composite"]
    labeled(page, "Keep outside the mask exactly").set_value(False).run()
    assert not labeled(page, "Keep outside the mask exactly").value


def test_inputs_that_a_server_refuses_wait_for_a_word(app: AppTest, workbench: Workbench) -> None:
    """A mask that the server refuses is named at the canvas and nothing is sent before a person wants it."""
    learn(workbench, "mask", "refused", model=EDITOR, note="Unknown parameter: mask.")
    page = open_edit(app)
    add(page, png())
    wish(page, model=EDITOR)
    paint(page)
    assert "“Unknown parameter: mask.”" in texts(page)
    labeled(page, "Edit").click().run()
    assert workbench.library.recent() == []
    labeled(page, "Send it anyway").click().run()
    assert press(page, workbench).state == "done"
