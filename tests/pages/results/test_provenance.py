"""“Where does it come from?”: what a file says of itself, what a server says of it, and what a download does to it."""

from __future__ import annotations

from concurrent.futures import wait

import pytest
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.images.provenance import provenance
from components.ui.base.run_json import is_signed
from components.ui.inputs import provenance as panel
from components.ui.inputs.provenance import ProvenanceState
from components.ui.process.workbench import Workbench
from components.ui.session.connections import ConnectionsState
from tests.browser.vision_server import models
from tests.pages.edit.edit_page import open_edit
from tests.pages.edit.test_edit import add as add_inputs
from tests.pages.edit.test_edit import png
from tests.pages.forms.test_generate import labeled, labels, texts
from tests.pages.library.test_library import library
from tests.pages.states import state_of
from tests.unit.images.signed_images import signed
from tests.unit.library.library_fixtures import add, begin
from tests.wire.client.test_provenance import FOUND, answered
from tests.wire.loopback import Loopback, plain_answer

CHECK = "/v1/content_provenance_checks"


def opened(app: AppTest, key: str) -> str:
    """Open the panel, wait until the file was read, and return what the page says."""
    app.session_state[f"{key}.origin"] = True
    app.run()
    wait(panel._read.values(), 20)
    app.run()
    assert not app.exception, app.exception
    return texts(app)


def output(workbench: Workbench, data: bytes) -> str:
    """Store an image as the output of an ended run."""
    stored = add(workbench.library, begin(workbench.library, "r1"), 0, data)
    workbench.library.update_run("r1", state="done")
    return stored.id


@pytest.mark.skipif(not provenance.is_installed(), reason="c2pa-python is not installed")
def test_a_signed_output_says_who_made_it_and_is_sent_only_on_the_press(app: AppTest, workbench: Workbench) -> None:
    """The name is text, not HTML; the server is asked once, after the press; a download says what it breaks."""
    made = output(workbench, signed())
    stored = workbench.library.output(made)
    assert stored is not None
    assert is_signed(stored.sha256)
    with Loopback() as server:
        server.answer(models, path="/v1/models")
        server.answer(answered(FOUND, {"type": "c2pa", "outcome": "not_detected"}), path=CHECK)
        mine = Connection("own:eye", "Eye", server.base_url, api_key="sk-test-eye")
        state_of(app, ConnectionsState).own = [mine]
        library(app, output=made)
        said = opened(app, "output")
        assert "Signed, and unchanged since" in said
        assert any(r"Test Studio \<b\>" in one.value for one in app.markdown)
        assert "gpt" in said
        assert "cannot say whether the name is true" in said
        assert f"[Original file](/files/originals/{stored.sha256}.png?download=" in said
        assert CHECK not in [one.path for one in server.requests]
        labeled(app, "Send it to Eye").click().run()
        wait(state_of(app, ProvenanceState).asked.values(), 20)
        app.run()
        assert not app.exception
        assert "Watermark (SynthID): :green[detected]" in texts(app)
        assert "“Not detected” proves nothing" in texts(app)
        assert "Send it to Eye" not in labels(app)
        (sent,) = [one for one in server.requests if one.path == CHECK]
        assert sent.form()[0].data == signed()


def test_an_input_without_a_signature_proves_nothing(app: AppTest, workbench: Workbench) -> None:
    """It says so; a server without the check is named as such; the built-in engine says what it cannot."""
    open_edit(app)
    add_inputs(app, png((64, 48)))
    said = opened(app, "inputs.edit")
    assert ("This proves nothing" if provenance.is_installed() else "pip install c2pa-python") in said
    assert "the built-in engine on this machine" in said
    labeled(app, "Send it to Built-in engine, no AI").click().run()
    wait(state_of(app, ProvenanceState).asked.values(), 20)
    app.run()
    assert not app.exception
    assert "it never says “detected”" in texts(app)
    with Loopback() as server:
        server.answer(models, path="/v1/models")
        server.answer(plain_answer("", status=404), path=CHECK)
        state_of(app, ConnectionsState).own = [Connection("own:old", "Old", server.base_url, api_key="sk-test-old")]
        state_of(app, ConnectionsState).chosen = "own:old"
        app.run()
        labeled(app, "Send it to Old").click().run()
        wait(state_of(app, ProvenanceState).asked.values(), 20)
        app.run()
        assert not app.exception
        assert "This server has no such check" in texts(app)


def test_a_failed_question_can_be_asked_again(app: AppTest) -> None:
    """As after a wrong key was corrected: the answer of the second press replaces the first one's."""
    with Loopback() as server:
        server.answer(models, path="/v1/models")
        server.answer(plain_answer("no", status=401), answered(FOUND), path=CHECK)
        state_of(app, ConnectionsState).own = [Connection("own:eye", "Eye", server.base_url, api_key="sk-test-eye")]
        open_edit(app)
        add_inputs(app, png())
        opened(app, "inputs.edit")
        for said in (":red[:material/error:", ":green[detected]"):
            labeled(app, "Send it to Eye").click().run()
            wait(state_of(app, ProvenanceState).asked.values(), 20)
            app.run()
            assert said in texts(app)
        assert "Send it to Eye" not in labels(app)
        assert [one.path for one in server.requests].count(CHECK) == 2
