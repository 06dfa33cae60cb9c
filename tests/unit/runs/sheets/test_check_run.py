"""Checks run as the cells of a sheet come, and once for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from components.checks import ERROR, PASS, measure
from components.library import Library
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.checks import add_check, results_of
from components.runs import CheckRunner, SheetRunner
from tests.unit.library.sheet_fixtures import filled_sheet
from tests.unit.runs.fake_client import SECONDS, SERVER, RunnerHarness
from tests.unit.runs.sheets.test_sheet_run import WORKS, stored


@pytest.fixture
def checks(library: Library) -> Iterator[CheckRunner]:
    """A runner of checks, stopped at the end."""
    runner = CheckRunner(library, 1_000_000)
    yield runner
    runner.stop()


def test_cells_are_checked_as_they_come(harness: Callable[..., RunnerHarness], checks: CheckRunner) -> None:
    """A check that was there first has a result for each of the six cells when the sheet has ended."""
    app = harness(WORKS)
    sheet_id = stored(app.library)
    add_check(app.library, sheet_id, "format", {})
    sheets = SheetRunner(app.library, app.runner, checks.catch_up)
    sheets.start(sheet_id, SERVER, range(6))
    sheets.join(SECONDS)
    checks.join()
    results = results_of(app.library, sheet_id)
    covers = [cell.cover.id for cell in cells_of(app.library, sheet_id) if cell.cover]
    assert {key: [one.status for one in found] for key, found in results.items()} == {key: [PASS] for key in covers}
    assert len(covers) == 6


def test_a_later_check_measures_what_is_there_once(
    library: Library, checks: CheckRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many calls at once, and one more later, measure each image once; a fault of one check leaves the others."""
    sheet_id, images = filled_sheet(library)
    measured = []
    real = measure.MEASURES["format"]

    def counted(subject: measure.Subject, settings: measure.Settings) -> measure.Verdict:
        measured.append(subject.path.stem)
        if len(measured) == 2:
            raise RuntimeError("a decoder's fault")
        return real(subject, settings)

    monkeypatch.setitem(measure.MEASURES, "format", counted)  # type: ignore[arg-type]
    add_check(library, sheet_id, "format", {})
    for _ in range(50):
        checks.catch_up(sheet_id)
    checks.join()
    checks.catch_up(sheet_id)
    checks.join()
    assert len(measured) == len(set(measured)) == 6
    assert [results_of(library, sheet_id)[one][0].status for one in images] == [PASS, ERROR, *[PASS] * 4]
    assert not checks.is_active(sheet_id)


def test_what_a_stop_left_is_made_up_later(library: Library, checks: CheckRunner) -> None:
    """A stopped runner begins nothing; the next one, of the next start, measures it."""
    sheet_id, images = filled_sheet(library)
    add_check(library, sheet_id, "format", {})
    stopped = CheckRunner(library, 1_000_000)
    stopped.stop()
    stopped.catch_up(sheet_id)
    assert results_of(library, sheet_id) == {}
    checks.catch_up(sheet_id)
    checks.join()
    assert set(results_of(library, sheet_id)) == set(images)
