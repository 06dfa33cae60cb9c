"""Drafts as they are written to the library, and what a later version makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from components.client import Connection
from components.library import Library
from components.library.team.drafts import drafted_inputs, keep_draft, remove_drafts, stored_draft
from components.parameters import InputImage
from components.ui.edit.canvas.page_state import CanvasState
from components.ui.edit.canvas.state import CanvasDrawing, Step
from components.ui.forms.form_state import FormState
from components.ui.inputs.image_inputs import ImageEntry, InputsState
from components.ui.session.connections import ConnectionsState
from components.ui.session.drafts.draft_json import MOST_OF_STATE, from_json, to_json
from components.ui.session.drafts.restore import Drafts, DraftWriter
from components.ui.session.state import state_key

IMAGE = InputImage(Path("inputs/ab.png"), "ä.png", "image/png", 4, 3, 9, "ab" * 32, True)
STROKE = {"type": "Path", "path": [["M", 1.5, 2]], "stroke": "#ff0000ff"}


def drawing() -> CanvasDrawing:
    """A drawing of three steps."""
    made = CanvasDrawing()
    made.add(Step((STROKE,), 0.5), load=True)
    made.add(Step((STROKE, STROKE), 0.5, "cd" * 32), load=True)
    return made


def test_what_was_typed_added_and_drawn_comes_back_as_it_was() -> None:
    """Whatever its types; of a drawing the last state, without the steps before it."""
    states: dict[str, Any] = {
        "form": FormState(values={"prompt": "ein “Fuchs”\n", "n": 4}, touched={"n"}, typed=("m", {"prompt"})),
        "inputs": InputsState([ImageEntry(IMAGE, ("rotated",))]),
        "canvas": CanvasState({IMAGE.sha256: drawing()}),
        "analyze.checks": ["sharp?"],
    }
    read = from_json(to_json(states))
    assert read["form"] == states["form"]
    assert read["inputs"].entries == states["inputs"].entries
    assert read["analyze.checks"] == ["sharp?"]
    before, after = states["canvas"].drawings[IMAGE.sha256], read["canvas"].drawings[IMAGE.sha256]
    assert (after.now, after.loads, after.known) == (before.now, before.loads, before.known)
    assert (len(after.steps), after.can_undo) == (1, False)
    assert list(read["canvas"].held_inputs()) == ["cd" * 32]


def test_no_secret_is_written() -> None:
    """Neither the key nor the values of headers and parameters, also where a state holds a whole connection."""
    own = Connection(
        "own-1", "Mine", api_key="sk-planted-1", headers=(("X", "planted-2"),), query=(("q", "planted-3"),)
    )
    text = to_json({"connections": ConnectionsState([own], "own-1", {"own-1": own})})
    assert "planted" not in text
    assert from_json(text)["connections"].outlines["own-1"].name == "Mine"


def test_what_cannot_be_read_or_is_too_large_is_left_out() -> None:
    """A class or kind that is gone, code that is none of the app's, a state beyond the limit; the rest comes back."""
    kept = json.loads(to_json({"good": ["kept"], "large": "x" * MOST_OF_STATE}))
    assert list(kept) == ["good"]
    kept |= {
        "gone": {"class": "components.ui.nowhere:Gone", "of": {}},
        "foreign": {"class": "subprocess:Popen", "of": {"args": "true"}},
        "function": {"class": "components.ui.session.drafts.draft_json:to_json", "of": {}},
        "kind": {"other": 1},
        "fewer": {"class": "components.ui.forms.form_state:FormState", "of": {"values": {"dict": []}, "gone": 1}},
    }
    read = from_json(json.dumps(kept))
    assert read == {"good": ["kept"], "fewer": FormState()}


def test_a_draft_is_written_when_it_has_changed_and_read_by_its_person(library: Library, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """An untouched session writes nothing; the token alone does not open what another person drafted."""
    monkeypatch.setattr(
        "components.ui.session.drafts.restore.workbench", lambda: type("Bench", (), {"full_library": library})
    )
    drafts = Drafts()
    writer = DraftWriter(drafts)
    inputs = InputsState()
    drafts.note("token", {state_key(InputsState): inputs}, "ada")
    writer.flush()
    assert stored_draft(library, "token", "ada") is None
    inputs.entries.append(ImageEntry(IMAGE))
    drafts.note("token", {state_key(InputsState): inputs}, "ada")
    writer.flush()
    content = stored_draft(library, "token", "ada")
    assert content is not None
    assert from_json(content)[state_key(InputsState)].entries == [ImageEntry(IMAGE)]
    assert stored_draft(library, "token", "bo") is None
    assert drafts.take("token", "bo") == {}
    assert drafted_inputs(library) == {IMAGE.sha256}
    monkeypatch.setattr("components.ui.session.drafts.restore.keep_draft", None)
    writer.flush()
    drafts.note("token", {state_key(InputsState): inputs}, "ada")
    writer.flush()  # nothing has changed, so nothing is written


def test_old_drafts_are_removed(library: Library) -> None:
    """And counted only, where nothing is to be done."""
    keep_draft(library, "token", "", (), "{}")
    assert remove_drafts(library, 1.0) == 0
    assert remove_drafts(library, 1e12, dry_run=True) == 1
    assert remove_drafts(library, 1e12) == 1
    assert stored_draft(library, "token", "") is None
