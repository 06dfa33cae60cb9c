"""What is private is not there for others, whichever query asks for it, and costs nothing without a sign-in."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from components.checks.verdict import Verdict
from components.library import Library, annotations, open_library, output_texts, trash
from components.library import queries as query_modules
from components.library.archive.exporter import export_zip
from components.library.db.schema import metadata
from components.library.errors import NotAllowed
from components.library.prompts import presets, prompt_checks, prompt_store
from components.library.queries.pages import Filter, page
from components.library.queries.sheet_cells import cells_of
from components.library.sheets import checks, sheet_batches, sheet_inputs, sheet_store, votes
from components.library.sheets.sheet_store import find_sheet
from components.library.team import privacy
from components.library.team.privacy import set_private, set_sheet_private
from components.library.visible.visibility import VISIBLE
from components.library.visible.visible_library import VisibleLibrary
from components.parameters.recipes.recipe import recipe
from components.parameters.sheets import SheetTemplate, make_plan
from components.team.people import Person, Role
from tests.support.private_runs import private_among
from tests.unit.library.library_fixtures import add, an_input, answered, ask
from tests.unit.runs.fake_client import png

ADA = Person("ada@example.com", "Ada", Role.MEMBER, is_verified=True)
BEN = Person("ben@example.com", "Ben", Role.MEMBER, is_verified=True)
VIEWER = Person("vic@example.com", "Vic", Role.VIEWER, is_verified=True)
ADMIN = Person("root@example.com", "Root", Role.ADMIN, is_verified=True)
NOBODY = Person("", "", Role.VIEWER)
OTHERS = [BEN, VIEWER, ADMIN, NOBODY]
SECRET = "ocelotplan"

# Tables whose rows are everybody's and name nothing that is private.
SHARED = {
    "access_rules",
    "audit_entries",  # for admins, see `audit_routes`
    "budget_counters",
    "budget_rule",
    "budgets",
    "charges",  # of money alone, shown as sums
    "people",
    "role_limits",
    "collections",
    "preset_defaults",
    "presets",
    "prompt_checks",
    "prompt_labels",
    "prompt_tags",
    "prompt_versions",
    "prompts",
    "server_capabilities",
    "word_lists",
}


@dataclass(frozen=True)
class Planted:
    """A private run with an image, an edit of it, an answer and a sheet of Ada's, each with `SECRET` in its words."""

    run_id: str
    output_id: str
    answer_id: str
    sheet_id: str
    prompt_id: str
    sha256: str
    input_sha256: str
    check_id: str


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = open_library(tmp_path / "library")
    yield opened
    opened.close()


@pytest.fixture
def planted(library: Library, tmp_path: Path) -> Planted:
    """Ada's private things, and a run of Ben's that everybody sees."""
    ada = {"connection_id": f"{SECRET}-c", "connection_name": f"{SECRET} server", "owner": ADA.id}
    source, mask = an_input(tmp_path, f"{SECRET}.png", 70), an_input(tmp_path, "mask.png", 71)
    library.begin_run("hidden1", ask(prompt=SECRET), **ada, is_private=True)
    output = add(library, "hidden1", 0, png(1))
    library.begin_run("hidden2", ask(prompt=SECRET, images=(source,), mask=mask), **ada, parent_output=output.id)
    add(library, "hidden2", 0, png(2))
    answered(library, "hidden3", tmp_path, f"It is {SECRET}.")
    with library.engine.begin() as connection:
        connection.execute(text("UPDATE runs SET owner = :ada WHERE id = 'hidden3'"), {"ada": ADA.id})
    set_private(library, True, run_ids=["hidden3"])
    annotations.rename(library, output.id, f"{SECRET} title")
    annotations.add_tags(library, [output.id], [SECRET])
    kept = annotations.new_collection(library, "shared")
    annotations.add_to_collection(library, kept.id, [output.id])
    output_texts.store_text(library, output.sha256, SECRET)
    template = SheetTemplate("generate", "gpt-image-2", {"prompt": f"{SECRET} {{a|b}}"}, {})
    sheet_id = sheet_store.new_sheet(
        library, template, make_plan(template), name=SECRET, cap=Decimal(9), is_private=True, **ada
    )
    for cell in cells_of(library, sheet_id):
        run_id = f"hiddencell{cell.position}"
        sheet_store.claim_cell(library, sheet_id, cell.position, before=None, run_id=run_id)
        library.begin_run(run_id, ask(prompt=SECRET), **ada, extra={"sheet": {"id": sheet_id, "position": 0}})
        add(library, run_id, 0, png(30 + cell.position))
        library.update_run(run_id, state="done", cost=Decimal(1))
    votes.add_votes(library, sheet_id, "ada", [votes.Vote("hiddencell0-0", "hiddencell1-0", "left")])
    checks.add_check(library, sheet_id, "size", {})
    (check,) = checks.checks_of(library, sheet_id)
    checks.store_result(library, check.id, "hiddencell0-0", Verdict("fail", SECRET))
    prompt_id = prompt_store.add_prompt(library, recipe(ask(prompt="a shared prompt")), name="shared")
    prompt_store.note_prompt_run(library, "hidden1", prompt_id, 1)
    prompt_store.note_prompt_sheet(library, sheet_id, prompt_id, 1)
    library.begin_run("seen1", ask(prompt="a fox"), connection_id="c", connection_name="C", owner=BEN.id)
    add(library, "seen1", 0, png(9))
    trash.move_to_trash(library, ["hiddencell1-0"])
    return Planted("hidden1", output.id, "hidden3-text", sheet_id, prompt_id, output.sha256, source.sha256, check.id)


def arguments(library: Library, planted: Planted) -> dict[str, Any]:
    """A value for each name that a query's parameter has: what leads to Ada's private things."""
    run, sheet = library.run("hidden2"), find_sheet(library, planted.sheet_id)
    return {
        "batch_id": "b",
        "group_id": "b",
        "before": 1e12,
        "began": 0.0,
        "by": "owner",
        "connection_id": f"{SECRET}-c",
        "check_id": planted.check_id,
        "limit": 50,
        "most": 50,
        "number": 1,
        "operation": "generate",
        "output": library.output(planted.output_id),
        "output_id": planted.output_id,
        "output_ids": [planted.output_id, planted.answer_id],
        "owner": ADA.id,
        "people": ["ada"],
        "person": "ada",
        "prompt_id": planted.prompt_id,
        "recipe": recipe(ask(prompt="a shared prompt")),
        "run": run,
        "run_id": planted.run_id,
        "run_ids": ["hidden1", "hidden2"],
        "sheet": sheet,
        "sheet_id": planted.sheet_id,
        "since": 0.0,
        "states": ["done", "failed"],
        "extra": {"sheet": {"id": planted.sheet_id}},
        "kinds": ["size"],
        "kind": "original",
        "sha256": planted.sha256,
        "wanted": Filter(words=SECRET),
    }


# Not questions about rows: they change something, are asked by the app itself, or take no library.
CHANGES = (
    *("add_", "change_", "set_", "keep_", "new_", "extend_", "claim_", "note_", "save_", "rename", "delete_", "store_"),
    *("tag_prompt", "answer_result", "remove_", "forget_", "begin_", "end_", "take_", "move_to", "restore_"),
    *("empty_", "star", "rate", "reject", "annotate", "cancel_"),
)
MODULES = [annotations, checks, presets, privacy, prompt_checks, prompt_store, sheet_batches, sheet_inputs]
MODULES += [sheet_store, votes, trash, output_texts]
MODULES += [
    importlib.import_module(one.name)
    for one in pkgutil.walk_packages(query_modules.__path__, f"{query_modules.__name__}.")
]
# They say what they are given, which others do not get.
GIVEN = {"sheet_inputs.stored_template"}


def questions() -> dict[str, Callable[..., Any]]:
    """Every public function of the library that reads rows, and the library's own."""
    found: dict[str, Callable[..., Any]] = {}
    for module in MODULES:
        for name, one in inspect.getmembers(module, inspect.isfunction):
            takes_library = "library" in inspect.signature(one).parameters
            full_name = f"{module.__name__.rpartition('.')[2]}.{name}"
            is_question = takes_library and not name.startswith(("_", *CHANGES)) and full_name not in GIVEN
            if one.__module__ == module.__name__ and is_question:
                found[full_name] = one
    for name in ("run", "recent", "outputs", "output", "answer", "inputs", "input", "file", "known_content"):
        found[f"Library.{name}"] = getattr(Library, name)
    return found


def answer_to(question: Callable[..., Any], library: Library, known: dict[str, Any]) -> str:
    """What a question is answered, as text."""
    if "self" in inspect.signature(question).parameters:
        question = getattr(type(library), question.__name__)
    given: list[Any] = []
    for name, parameter in inspect.signature(question).parameters.items():
        if name in ("library", "self"):
            given.append(library)
        elif parameter.default is inspect.Parameter.empty:
            assert name in known, f"{question.__qualname__} has a parameter {name} that `arguments` does not know"
            given.append(known[name])
    answer = question(*given)
    return repr(list(answer) if inspect.isgenerator(answer) else answer)


def names_of(planted: Planted) -> list[str]:
    return [SECRET, "hidden", ADA.id, planted.sha256, planted.input_sha256, planted.sheet_id]


def test_no_question_names_what_is_private(library: Library, planted: Planted) -> None:
    """Every query function is asked by others with the ids of private things; no answer mentions one of them."""
    known = arguments(library, planted)
    for person in OTHERS:
        seen = VisibleLibrary(library, person)
        for name, question in questions().items():
            answer = answer_to(question, seen, known)
            assert not [one for one in names_of(planted) if one in answer], (person.id, name, answer)


def test_the_owner_sees_what_the_library_has(library: Library, planted: Planted) -> None:
    """The same questions are answered to the owner as if nothing was private, and they do lead to it."""
    seen, known, telling = VisibleLibrary(library, ADA), arguments(library, planted), set()
    for name, question in questions().items():
        complete = answer_to(question, library, known)
        assert answer_to(question, seen, known) == complete, name
        if any(one in complete for one in names_of(planted)):
            telling.add(name)
    wanted = {"pages.page", "facets.choices", "run_tree.run_tree", "sheet_cells.cells_of", "spending.spend"}
    assert wanted | {"prompts.outputs_of_version", "Library.recent", "masks.recent_masks"} <= telling


def test_full_text_and_plain_search_hide_it_alike(library: Library, planted: Planted, monkeypatch) -> None:
    """Also where the database has no full-text index."""
    seen = VisibleLibrary(library, BEN)
    monkeypatch.setattr("components.library.queries.fulltext.has_index", lambda _: False)
    assert page(library, Filter(words=SECRET)).runs
    assert not page(seen, Filter(words=SECRET)).runs
    for order in ("newest", "cost", "stars"):
        assert [one.run.id for one in page(seen, Filter(), order=order).runs] == ["seen1"]


def test_an_export_leaves_it_out(library: Library, planted: Planted) -> None:
    """An id that somebody was told is unknown to their ZIP, like one that never was."""

    def exported(person: Person) -> bytes:
        return b"".join(export_zip(VisibleLibrary(library, person), [planted.output_id], run_ids=["hidden2"]))

    assert SECRET.encode() in exported(ADA)
    assert SECRET.encode() not in exported(BEN)


def test_files_are_those_of_what_a_person_sees(library: Library, planted: Planted, tmp_path: Path) -> None:
    """By their content; what two people have is both's, and what somebody added is theirs before any run has it."""
    ben = VisibleLibrary(library, BEN)
    assert ben.file("original", planted.sha256) is None
    assert ben.file("input", planted.input_sha256) is None
    assert VisibleLibrary(library, ADA).file("original", planted.sha256)
    added = an_input(tmp_path, "mine.png", 99)
    ben.keep_input(added)
    assert ben.file("input", added.sha256)
    assert VisibleLibrary(library, ADMIN).file("input", added.sha256) is None
    ben.keep_input(an_input(tmp_path, "same.png", 70))
    assert ben.file("input", planted.input_sha256)


def test_every_table_is_hidden_or_shared_on_purpose() -> None:
    """A table that is added has to be in one of the two lists."""
    assert set(metadata.tables) == set(VISIBLE) | SHARED


def test_changes_by_others_change_nothing(library: Library, planted: Planted) -> None:
    """Stars, tags and the rest on what one cannot see reach nothing."""
    ben, before = VisibleLibrary(library, BEN), library.output(planted.output_id)
    annotations.star(ben, [planted.output_id])
    annotations.rate(ben, [planted.output_id], 5)
    annotations.rename(ben, planted.output_id, "mine now")
    annotations.remove_tag(ben, [planted.output_id], SECRET)
    annotations.add_tags(ben, [planted.output_id], ["more"])
    trash.move_to_trash(ben, [planted.output_id], run_ids=["hidden1"])
    set_private(ben, False, run_ids=["hidden1"])
    set_sheet_private(ben, planted.sheet_id, False)
    assert library.output(planted.output_id) == before
    assert annotations.tags_of(library, [planted.output_id]) == {planted.output_id: (SECRET,)}
    assert private_among(library, ["hidden1"]) == {"hidden1"}


def test_what_is_anothers_needs_an_admin(library: Library, planted: Planted) -> None:
    """Marks and tags are everybody's; deleting, titles and privacy are the owner's and the admins'."""
    ada, admin = VisibleLibrary(library, ADA), VisibleLibrary(library, ADMIN)
    annotations.star(ada, ["seen1-0"])
    annotations.add_tags(ada, ["seen1-0"], ["fox"])
    assert library.output("seen1-0").starred
    for act in (
        lambda one: annotations.rename(one, "seen1-0", "x"),
        lambda one: annotations.annotate(one, "seen1-0", "x"),
        lambda one: set_private(one, False, run_ids=["seen1"]),
        lambda one: trash.move_to_trash(one, ["seen1-0"]),
        lambda one: trash.restore_from_trash(one, ["seen1-0"]),
        lambda one: prompt_store.rename_prompt(one, planted.prompt_id, "x"),
        lambda one: prompt_store.delete_prompt(one, planted.prompt_id),
    ):
        with pytest.raises(NotAllowed, match="belongs to somebody else"):
            act(ada)
        act(admin)


def test_emptying_the_trash_is_limited_to_what_is_ones_own(library: Library, planted: Planted) -> None:
    """Ben's trash is not Ada's. A file that somebody else's hidden run has too stays."""
    library.begin_run("same", ask(), connection_id="c", connection_name="C", owner=BEN.id)
    add(library, "same", 0, png(1))  # the content of Ada's private image
    trash.move_to_trash(library, ["same-0", "seen1-0"])
    assert trash.count_trash(VisibleLibrary(library, BEN)) == 2
    assert trash.empty_trash(VisibleLibrary(library, ADA)) == 1
    assert trash.empty_trash(VisibleLibrary(library, BEN)) == 2
    assert library.file("original", planted.sha256)


def test_what_follows_something_private_is_private(library: Library, planted: Planted) -> None:
    """A sheet's cells, its checks' questions and an edit of a private image; others' runs are theirs to decide."""
    ada = {"connection_id": "c", "connection_name": "C", "owner": ADA.id}
    library.begin_run("check1", ask(), **ada, extra={"check": planted.sheet_id})
    library.begin_run("plain1", ask(), **ada)
    library.begin_run("ben1", ask(), **{**ada, "owner": BEN.id}, parent_output=planted.output_id)
    ids = ["hidden2", "hiddencell0", "check1", "plain1", "ben1"]
    assert private_among(library, ids) == {"hidden2", "hiddencell0", "check1"}
    set_sheet_private(VisibleLibrary(library, ADA), planted.sheet_id, False)
    assert private_among(library, ids) == {"hidden2", "hiddencell0", "check1"}


def test_a_run_without_an_owner_stays_the_teams(library: Library) -> None:
    """Nobody would see it."""
    library.begin_run("none1", ask(), connection_id="c", connection_name="C")
    set_private(library, True, run_ids=["none1"])
    assert not private_among(library, ["none1"])


def test_without_a_sign_in_the_statements_are_those_of_before(library: Library, planted: Planted) -> None:
    """Nothing is added where nobody signs in."""
    statements: list[str] = []
    event.listen(library.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    page(library, Filter())
    assert statements
    assert not any("is_private AND" in one or one.startswith("WITH") for one in statements)
    statements.clear()
    page(VisibleLibrary(library, BEN), Filter())
    assert all(one.startswith("WITH") for one in statements)
