"""What runs cost, by whom and when, and the lists of what there is to choose from."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update

from components.library import Library, open_library
from components.library.annotations import add_tags
from components.library.db.schema import runs
from components.library.queries.facets import Choices, choices
from components.library.queries.totals.spending import COLUMNS, DayShare, Share, csv_lines, spend, spent
from components.library.trash import empty_trash, move_to_trash
from components.parameters import Estimate
from components.settings import BUILT_IN_ID
from tests.servers import stores
from tests.unit.library.library_fixtures import add, an_input, ask
from tests.unit.runs.fake_client import png

NOON = datetime(2026, 11, 20, 12).timestamp()
DAY = 86_400


def run(library: Library, run_id: str, **changes: Any) -> None:
    """A finished run; `changes` to what it usually is, costs in dollars as text."""
    values: dict[str, Any] = {"state": "done", "connection": "c1", "owner": "Ada", "created": NOON, "cost": None}
    values |= changes
    span = values.get("estimate")
    library.begin_run(
        run_id,
        values.get("request") or ask(),
        connection_id=values["connection"],
        connection_name=values.get("named", values["connection"].upper()),
        owner=values["owner"],
        created=values["created"],
        estimate=Estimate(Decimal(span[0]), Decimal(span[1])) if span else None,
    )
    cost = values["cost"]
    library.update_run(
        run_id, state=values["state"], cost=Decimal(cost) if cost else None, error=values.get("error"), ended=NOON + 9
    )


@pytest.fixture
def library(data_folder: Path, tmp_path: Path) -> Iterator[Library]:
    """A few days of two people."""
    opened = open_library(data_folder)
    image = an_input(tmp_path, "a.png", 1)
    run(opened, "a", cost="0.10", estimate=("0.05", "0.20"))
    run(opened, "b", cost="0.000001", owner="Bo", created=NOON + 60)
    run(opened, "c", cost="0.25", owner="", estimate=("0.3", "0.4"), created=NOON + DAY, request=ask(images=(image,)))
    run(opened, "d", connection=BUILT_IN_ID, estimate=("9", "9"), owner="=Eve", created=NOON + DAY + 1)
    run(opened, "e", created=NOON + DAY + 2, connection="c2", named="Old name")
    run(opened, "f", created=NOON + DAY + 3, connection="c2", named="New name", state="failed", error=MAYBE)
    run(opened, "g", created=NOON + DAY + 4, state="failed", error={"money": "not_billed"})
    for place, run_id in enumerate("aacd"):
        add(opened, run_id, place, png(place))
    yield opened
    opened.close()


MAYBE = {"money": "may_be_billed"}


def test_sums(library: Library) -> None:
    """Money is exact to a millionth; of unknown cost is only what may have been billed."""
    found = spend(library, 0.0)
    assert found.total == Decimal("0.350001")
    assert (found.runs, found.unknown) == (7, 2)  # e and f
    assert (found.estimated_low, found.estimated_high) == (Decimal("0.35"), Decimal("0.6"))
    assert found.real_of_estimated == Decimal("0.35")


def test_spent_since(library: Library) -> None:
    """The sum counts the known costs since a time, and nothing before."""
    assert spent(library, NOON + DAY) == Decimal("0.25")
    assert spent(library, NOON) == spend(library, NOON).total
    assert spent(library, NOON + 30 * DAY) == 0


def test_shares(library: Library) -> None:
    """The highest cost comes first; every dimension adds up to the total."""
    found = spend(library, 0.0)
    assert found.by["owner"] == [
        Share("", Decimal("0.25"), 1, 1),
        Share("Ada", Decimal("0.1"), 4, 2),
        Share("Bo", Decimal("0.000001"), 1, 0),
        Share("=Eve", Decimal(0), 1, 1),
    ]
    assert found.by["operation"] == [
        Share("edit", Decimal("0.25"), 1, 1),
        Share("generate", Decimal("0.100001"), 6, 3),
    ]
    assert {share.name for share in found.by["connection_name"]} == {"C1", "Old name", "New name", BUILT_IN_ID.upper()}
    for shares in found.by.values():
        assert sum(share.cost for share in shares) == found.total
        assert sum(share.runs for share in shares) == found.runs


def test_days(library: Library) -> None:
    """Each day by the server's clock, by operation."""
    assert spend(library, 0.0).days == [
        DayShare("2026-11-20", "generate", Decimal("0.100001"), 2),
        DayShare("2026-11-21", "edit", Decimal("0.25"), 1),
        DayShare("2026-11-21", "generate", Decimal(0), 4),
    ]


def test_days_by_person(library: Library) -> None:
    """The same days split by who spent it."""
    assert spend(library, NOON + DAY, split="owner").days == [
        DayShare("2026-11-21", "", Decimal("0.25"), 1),
        DayShare("2026-11-21", "=Eve", Decimal(0), 1),
        DayShare("2026-11-21", "Ada", Decimal(0), 3),
    ]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns"])
def test_midnight_of_any_clock(data_folder: Path, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run just before midnight is of that day and one at midnight of the next, wherever the server stands."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        library = open_library(data_folder)
        midnight = datetime(2026, 3, 2).timestamp()
        run(library, "a", created=midnight - 0.5, cost="1")
        run(library, "b", created=midnight, cost="2")
        assert [(share.day, share.cost) for share in spend(library, 0.0).days] == [("2026-03-01", 1), ("2026-03-02", 2)]
        library.close()
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_span(library: Library) -> None:
    """The first second counts, the last does not; a time without runs is all zeros."""
    assert spend(library, NOON, NOON + DAY).runs == 2
    assert spend(library, NOON + 1, NOON + DAY + 0.5).total == Decimal("0.250001")
    nothing = spend(library, NOON + 9 * DAY)
    assert (nothing.total, nothing.runs, nothing.days, nothing.by["owner"]) == (0, 0, [], [])


def test_deleted_images_were_paid_for(library: Library) -> None:
    """Images in the trash and deleted images still count."""
    move_to_trash(library, ["a-0"])
    assert spend(library, 0.0).by["owner"][1].outputs == 2
    empty_trash(library)
    assert spend(library, 0.0).by["owner"][1].outputs == 2


def test_csv(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line a run, oldest first, harmless to a spreadsheet; pieces of any size give the same."""
    library.update_run("b", prompt='a, "b"\n' + "long " * 100)
    library.update_run("c", prompt="=HYPERLINK(1)")
    complete = "".join(csv_lines(library, 0.0))
    rows = list(csv.DictReader(io.StringIO(complete, newline="")))
    assert [row["run"] for row in rows] == list("abcdefg")
    assert list(rows[0]) == list(COLUMNS)
    assert rows[0]["cost_dollars"] == "0.100000"
    assert (rows[0]["estimated_low_dollars"], rows[0]["estimated_high_dollars"]) == ("0.050000", "0.200000")
    assert (rows[0]["images"], rows[1]["images"]) == ("2", "0")
    assert datetime.fromisoformat(rows[0]["when"]).timestamp() == NOON
    assert rows[1]["prompt"].startswith('a, "b" long long')
    assert rows[1]["prompt"].endswith("…")
    assert (rows[1]["cost_dollars"], rows[3]["cost_dollars"]) == ("0.000001", "")
    assert rows[2]["prompt"] == "'=HYPERLINK(1)"
    assert rows[3]["person"] == "'=Eve"
    monkeypatch.setattr("components.library.queries.totals.spending.AT_ONCE", 2)
    assert "".join(csv_lines(library, 0.0)) == complete
    assert "".join(csv_lines(library, NOON + 60, NOON + DAY)).count("\r\n") == 2


def test_choices(library: Library) -> None:
    """Every value once, in order; a connection has the name that it had last."""
    add_tags(library, ["a-0", "c-2"], ["zebra", "logo"])
    assert choices(library) == Choices(
        models=("gpt-image-2",),
        owners=("", "=Eve", "Ada", "Bo"),
        connections=((BUILT_IN_ID, BUILT_IN_ID.upper()), ("c1", "C1"), ("c2", "New name")),
        sizes=((40, 30),),
        tags=("logo", "zebra"),
    )
    for place, size in enumerate(((40, 20), (41, 30), (30, 40))):
        add(library, "a", 10 + place, png(50 + place, size=size))
    assert choices(library).sizes == ((30, 40), (40, 20), (40, 30), (41, 30))


def test_choices_of_nothing(data_folder: Path) -> None:
    """An empty library offers nothing."""
    library = open_library(data_folder)
    assert choices(library) == Choices((), (), (), ())
    library.close()


@pytest.mark.sqlite  # `test_postgres_plans` reads the plans of PostgreSQL
def test_choices_read_no_table(library: Library) -> None:
    """Every value is found by a search in an index; nothing reads all runs or outputs."""
    asked: list[tuple[str, Any]] = []
    event.listen(library.engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    choices(library)
    statements = [(text, values) for text, values in asked if text.startswith("WITH")]
    assert len(statements) == 5
    with library.engine.connect() as connection:
        for text, values in statements:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)]
            assert [step for step in plan if step.startswith("SCAN") and "found" not in step] == []


def test_imported_runs_and_impossible_amounts_are_not_counted(library: Library) -> None:
    """An archive's word on money is no spending of ours; sums that a database cannot hold never come about."""
    before = spend(library, 0)
    for number in range(3):
        run(library, f"forged{number}", cost="1000", owner="Ada")
    with library.engine.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == "forged0").values(imported_at=NOON))
        purged = 2**31 - 1 if stores.ON_POSTGRES else 2**63 - 1  # the most that the column takes
        huge = {"cost_micros": 2**63 - 1, "estimate_high_micros": 2**63 - 1, "purged_count": purged}
        connection.execute(update(runs).where(runs.c.id.in_(("forged1", "forged2"))).values(**huge))
        connection.execute(update(runs).where(runs.c.id == "forged2").values(created=1e300))
    after = spend(library, 0)
    assert (after.total, after.runs, after.unknown) == (before.total, before.runs + 1, before.unknown + 1)
    assert spent(library, 0) == before.total
    assert "forged0" not in "".join(csv_lines(library, 0))
