"""What the cells of a sheet come to, by value and in all: added up by the database, the same on each."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import update

from components.checks import ERROR, FAIL, NOT_JUDGED, PASS, Verdict
from components.library import Library
from components.library.db.schema import runs
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.checks import add_check, checks_of, store_result
from components.library.sheets.sheet_totals import WHOLE, CellTotal, totals_of
from components.library.visible.visible_library import VisibleLibrary
from components.team.people import Person
from tests.unit.library.sheet_fixtures import filled_sheet

QUESTION = {"question": "How red?", "connection": "c1", "model": "m"}


def test_the_totals_of_each_value_and_of_all(library: Library) -> None:
    """Means of cost and seconds; what was not judged does not count, and only scores of models are averaged."""
    sheet_id, images = filled_sheet(library)
    other_id, _ = filled_sheet(library, first_seed=20)
    add_check(library, other_id, "format", {})
    for kind, settings in (("distance", {"most": 5.0}), ("score", {**QUESTION, "least": 4.0})):
        add_check(library, sheet_id, kind, settings)
    distance, score = checks_of(library, sheet_id)
    store_result(library, distance.id, images[0], Verdict(PASS, "", 0.02))
    store_result(library, score.id, images[0], Verdict(FAIL, "", 3.0))
    store_result(library, score.id, images[1], Verdict(PASS, "", 4.5))
    store_result(library, distance.id, images[2], Verdict(NOT_JUDGED, ""))
    store_result(library, score.id, images[2], Verdict(ERROR, "", 1.0))
    (foreign,) = checks_of(library, other_id)
    store_result(library, foreign.id, images[3], Verdict(PASS, ""))
    for place, cell in enumerate(cells_of(library, sheet_id)[:3]):
        library.update_run(str(cell.run_id), started=10.0, ended=12.0 + place)
    library.update_run(str(cells_of(library, sheet_id)[5].run_id), state="running")
    totals = totals_of(library, sheet_id, 2, with_checks=True)
    assert set(totals) == {WHOLE, (0, 0), (0, 1), (0, 2), (1, 0), (1, 1)}
    assert totals[0, 0] == CellTotal(Decimal("0.015"), 2.5, passed=2, judged=3, score=3.75)
    assert totals[0, 1] == CellTotal(Decimal("0.035"), 4.0, passed=0, judged=0, score=None)
    assert totals[0, 2] == CellTotal(Decimal("0.05"), None, passed=0, judged=0, score=None)
    assert totals[1, 1] == CellTotal(Decimal("0.03"), 3.0, passed=1, judged=1, score=4.5)
    assert totals[WHOLE] == CellTotal(Decimal("0.03"), 3.0, passed=2, judged=3, score=3.75)
    plain = totals_of(library, sheet_id, 2, with_checks=False)
    assert plain[WHOLE] == CellTotal(Decimal("0.03"), 3.0, passed=0, judged=0, score=None)


def test_the_total_of_a_sheet_without_axes_or_ended_cells(library: Library) -> None:
    """Nothing known is None; a sheet without axes has one total."""
    sheet_id, _ = filled_sheet(library)
    assert totals_of(library, sheet_id, 0, with_checks=True)[WHOLE].cost == Decimal("0.035")
    with library.engine.begin() as connection:
        connection.execute(update(runs).values(state="running"))
    assert totals_of(library, sheet_id, 2, with_checks=True) == {}
    assert totals_of(library, sheet_id, 0, with_checks=False)[WHOLE] == CellTotal(None, None, 0, 0, None)


def test_private_runs_of_others_are_not_counted(library: Library) -> None:
    """The totals are of what the person sees."""
    sheet_id, images = filled_sheet(library)
    add_check(library, sheet_id, "format", {})
    (check,) = checks_of(library, sheet_id)
    for image in images:
        store_result(library, check.id, image, Verdict(PASS, ""))
    with library.engine.begin() as connection:
        hidden = str(cells_of(library, sheet_id)[5].run_id)
        connection.execute(update(runs).where(runs.c.id == hidden).values(is_private=True, owner="ben"))
    assert totals_of(library, sheet_id, 2, with_checks=True)[WHOLE].judged == 6
    seen = VisibleLibrary(library, Person("anna", "Anna"))
    for with_checks in (True, False):
        total = totals_of(seen, sheet_id, 2, with_checks=with_checks)[WHOLE]
        assert (total.cost, total.judged) == (Decimal("0.03"), 5 * with_checks)
