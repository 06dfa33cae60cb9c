"""docs/faults.md says what the app does: every fault is tried in one way to ask, and compared with its row."""

from __future__ import annotations

from tests.wire.fault_matrix import DOCUMENT, cases, outcomes, sampled, written


def test_the_document_is_current() -> None:
    """The document has a row for every fault in every way to ask, and what it says is what happens."""
    said = written(DOCUMENT.read_text(encoding="utf-8"))
    again = "Run `python -m tests.wire.fault_matrix --write` and look at what has changed."
    assert said.keys() == {(title, case.fault.name, case.cell) for title, case in cases()}, again
    chosen = list(sampled())
    assert len(chosen) > 200
    keys = [(title, case.fault.name, case.cell) for title, case in chosen]
    happened = dict(zip(keys, outcomes([case for _, case in chosen]), strict=True))
    assert {key: said[key] for key in keys if said[key] != happened[key]} == {}, again
