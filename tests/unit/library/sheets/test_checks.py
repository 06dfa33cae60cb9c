"""Checks in the library: one result for each check and image, and none left behind by a deleted image."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from components.checks import FAIL, KINDS, PASS, Verdict
from components.library import Library, check_library
from components.library.db.schema import check_results
from components.library.sheets.checks import (
    MOST_CHECKS,
    add_check,
    checks_of,
    remove_check,
    results_of,
    store_result,
    unchecked,
)
from components.library.trash import empty_trash, move_to_trash
from tests.unit.library.sheet_fixtures import filled_sheet


def test_twenty_threads_store_one_result(library: Library) -> None:
    """Whoever comes first has measured it; the others are told so."""
    sheet_id, (image, *_) = filled_sheet(library)
    assert add_check(library, sheet_id, "size", {})
    (check,) = checks_of(library, sheet_id)
    with ThreadPoolExecutor(20) as pool:
        new = list(pool.map(lambda n: store_result(library, check.id, image, Verdict(PASS, f"{n}")), range(20)))
    assert new.count(True) == 1
    assert [one.status for one in results_of(library, sheet_id)[image]] == [PASS]


def test_a_check_is_added_once_and_bounded(library: Library) -> None:
    """The same kind with the same settings is one check; a sheet takes MOST_CHECKS of them."""
    sheet_id, _ = filled_sheet(library)
    settings = [{"most": float(one)} for one in range(MOST_CHECKS + 1)]
    assert [add_check(library, sheet_id, "outside", one) for one in settings] == [True] * MOST_CHECKS + [False]
    assert not add_check(library, sheet_id, "outside", settings[0])
    assert len(checks_of(library, sheet_id)) == MOST_CHECKS


def test_what_is_missing_shrinks_and_goes_with_check_and_image(library: Library) -> None:
    """Results are stored where check and image still are; a deleted image and a removed check leave nothing."""
    sheet_id, images = filled_sheet(library)
    filled_sheet(library, first_seed=20)
    add_check(library, sheet_id, "size", {})
    add_check(library, sheet_id, "format", {})
    size, form = checks_of(library, sheet_id)
    missing = unchecked(library, sheet_id, KINDS, 99)
    assert [(one.output.id, one.check.kind) for one in missing] == [(i, k) for i in images for k in ("size", "format")]
    assert missing[0].model == "gpt-image-2"
    for one in missing:
        assert store_result(library, one.check.id, one.output.id, Verdict(FAIL, "no"))
    assert unchecked(library, sheet_id, KINDS, 99) == []
    move_to_trash(library, images[:1])
    empty_trash(library)
    assert images[0] not in results_of(library, sheet_id)
    assert not store_result(library, size.id, images[0], Verdict(PASS, "too late"))
    remove_check(library, form.id)
    assert not store_result(library, form.id, images[1], Verdict(PASS, "too late"))
    with library.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(check_results)).scalar() == 5
    assert check_library(library, thorough=True).is_clean
