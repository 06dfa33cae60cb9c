"""What people say of an answer, on its page and in the library: star, title, note, the trash."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from components.library.trash import empty_trash, move_to_trash
from components.ui.library.page_state import GridState
from components.ui.process.workbench import Workbench
from tests.pages.analyze.test_analyze import add, page, press, remote
from tests.pages.forms.test_generate import texts
from tests.pages.library.test_library import items, library
from tests.pages.states import state_of
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


def test_a_deleted_answer_says_so(page: AppTest, workbench: Workbench, tmp_path: Path) -> None:
    """Of an answer that was deleted for good its address tells that, and not that the server sent nothing."""
    move_to_trash(workbench.library, [answered(workbench.library, "old", tmp_path)])
    empty_trash(workbench.library)
    page.query_params["run"] = "old"
    page.run()
    assert not page.exception
    assert "This answer was deleted for good" in texts(page)
    assert "empty answer" not in texts(page)
