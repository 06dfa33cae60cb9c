"""What people say of an answer, on its page and in the library: star, title, note, the trash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from components.library.trash import empty_trash, move_to_trash
from components.ui.analyze.page_state import AnalyzeState
from components.ui.analyze.separate.rows import rows_of_group
from components.ui.library.page_state import GridState
from components.ui.process.workbench import Workbench
from tests.pages.analyze.test_analyze import add, page, press, remote
from tests.pages.forms.test_generate import components, labeled, texts
from tests.pages.library.test_library import items, library
from tests.pages.states import state_of
from tests.setup.environment import ROOT
from tests.support.await_run import wait_for_ends
from tests.unit.library.library_fixtures import answered

__all__ = ["page", "remote"]  # the fixtures


def test_an_answer_is_starred_and_found_in_the_library(page: AppTest, workbench: Workbench) -> None:
    """Star, title and note below an answer are kept; Starred and a word of its title find it; it is trashed there."""
    add(page, "red")
    view = press(page, workbench)
    output = f"{view.id}-text"
    page.button(key="answer.star").click().run()
    page.session_state[f"answer.marks.{output}"] = True
    page.run()
    page.text_input(key=f"marks.{output}.title").set_value("Sloop").run()
    page.text_area(key=f"marks.{output}.note").set_value("for the book").run()
    assert page.button(key="answer.star").label == "★ Starred"
    assert "Sloop · for the book" in texts(page)
    page.session_state["library.starred"] = True
    page.session_state["library.words"] = "sloop"
    library(page)
    (tile,) = items(page)
    assert (tile["id"], tile["prompt"], tile["text"], tile["marks"]["star"]) == (output, "Sloop", "A boat.", True)
    assert tile["thumb"].startswith("/previews/"), "what it is about is seen"
    assert "view" not in tile, "there is no image to look at"
    state_of(page, GridState, "library").selected = [output]
    page.run()
    assert [page.button(key=f"act.{name}").disabled for name in ("star", "compare", "trash")] == [False, True, False]
    page.button(key="act.trash").click().run()
    assert items(page) == []
    assert "1 answer is in the trash" in texts(page)
    page.button(key="act.undo").click().run()
    assert len(items(page)) == 1


def test_an_answer_is_deleted_and_taken_back_on_its_page(page: AppTest, workbench: Workbench) -> None:
    """Delete puts an answer into the trash; its page says so, with Undo; meanwhile it is not a last question."""
    add(page, "red")
    view = press(page, workbench)
    output = f"{view.id}-text"
    page.session_state[f"answer.marks.{output}"] = True
    page.run()
    page.button(key=f"marks.{output}.trash").click().run()
    assert "In the trash, deleted for good in 30 days" in texts(page)
    assert "answer.star" not in [one.key for one in page.button]
    page.button(key=f"marks.{output}.unbin").click().run()
    assert "In the trash" not in texts(page)
    answer = workbench.library.answer(view.id)
    assert answer is not None
    assert answer.deleted_at is None


def test_who_came_by_a_link_marks_no_answer_before_they_continue(page: AppTest, workbench: Workbench) -> None:
    """Its star, tags, collections, title and note are seen, and nothing of them changes until "Continue from here"."""
    add(page, "red")
    view = press(page, workbench)
    assert shown_read_only(page) == "", "this session asked it"
    ben = linked(view.id)
    assert "you opened a link" in shown_read_only(ben)
    star, *fields = marks_of(ben, f"{view.id}-text")
    assert "you opened a link" in star.help
    assert all(one.disabled for one in (star, *fields))
    labeled(ben, "Continue from here").click().run()
    assert shown_read_only(ben) == ""
    assert not any(one.disabled for one in marks_of(ben, f"{view.id}-text"))


def test_the_other_answers_behind_a_link_are_read_only_too(page: AppTest, workbench: Workbench) -> None:
    """A link to one answer of a question group shows them all; the table too has "Continue from here"."""
    labeled(page, "Images").set_value("Each separately").run()
    add(page, "red", "blue")
    one = press(page, workbench)
    other = next(row.view.id for row in rows_of_group(one) if row.view.id != one.id)
    wait_for_ends(workbench.runner, other)
    ben = linked(one.id)
    state_of(ben, AnalyzeState).single_answer = ben.query_params["run"] = other
    ben.run()
    assert all(mark.disabled for mark in marks_of(ben, f"{other}-text"))
    ben.button(key="analyze.back").click().run()
    labeled(ben, "Continue from here").click().run()
    state_of(ben, AnalyzeState).single_answer = other
    ben.run()
    assert not any(mark.disabled for mark in marks_of(ben, f"{other}-text"))


def linked(run_id: str) -> AppTest:
    """The Analyze page as somebody sees it who opened a run's link."""
    ben = AppTest.from_file(ROOT / "components" / "ui" / "shell.py", default_timeout=120)
    ben.query_params["run"] = run_id
    ben.switch_page("../../pages/analyze.py").run()
    assert not ben.exception
    return ben


def shown_read_only(page: AppTest) -> str:
    """What the answer's head says of why its marks are only read."""
    (shown,) = components(page, "turns")
    return str(shown["readOnly"])


def marks_of(page: AppTest, output: str) -> list[Any]:
    """The controls below an answer, the star first."""
    page.session_state[f"answer.marks.{output}"] = True
    page.run()
    assert not page.exception
    key = f"marks.{output}"
    fields = [page.multiselect(key=f"{key}.{name}") for name in ("tags", "collections")]
    texts = [page.text_input(key=f"{key}.title"), page.text_area(key=f"{key}.note")]
    return [page.button(key="answer.star"), *fields, *texts, page.button(key=f"{key}.trash")]


def test_a_deleted_answer_says_so(page: AppTest, workbench: Workbench, tmp_path: Path) -> None:
    """Of an answer that was deleted for good its address tells that, and not that the server sent nothing."""
    move_to_trash(workbench.library, [answered(workbench.library, "old", tmp_path)])
    empty_trash(workbench.library)
    page.query_params["run"] = "old"
    page.run()
    assert not page.exception
    assert "This answer was deleted for good" in texts(page)
    assert "empty answer" not in texts(page)
