"""A viewer sees what is the team's and changes nothing, whatever they press; the page says so in one line."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from components.library.annotations import new_collection
from components.library.db.schema import metadata, outputs
from components.library.db.tables.prompt_tables import prompts
from components.library.errors import NotAllowed
from components.library.team.audit import record
from components.library.trash import move_to_trash
from components.team.people import Role
from components.ui.access.sign_in.gate import VIEWER
from components.ui.library.viewer_role import LINE
from components.ui.process import page_rights
from components.ui.process.workbench import Workbench
from components.ui.prompts.prompt_list import SAVED
from components.ui.session.owner import ROLES
from tests.support.signing_in import at_pages, someone
from tests.unit.library.library_fixtures import add, begin
from tests.unit.runs.fake_client import png

PAGES = ("generate", "edit", "analyze", "library", "prompts", "compare", "connections", "vote")


@pytest.fixture
def furnished(workbench: Workbench) -> Workbench:
    """A library with images, one of them in the trash, and a collection."""
    library = workbench.library
    for name in ("r1", "r2"):
        add(library, begin(library, name), 0, png(1))
        library.update_run(name, state="done")
    new_collection(library, "Ours", "ada")
    return workbench


def rows(workbench: Workbench) -> dict[str, list[tuple[object, ...]]]:
    """Everything that the database holds, but for what the app notes itself."""
    with workbench.library.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]
            for table in metadata.sorted_tables
            if table.name not in page_rights.NOTED
        }


def shown(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in (*app.markdown, *app.caption, *app.info, *app.error))


def visit(app: AppTest, name: str, **query: str) -> AppTest:
    app.query_params.clear()
    for key, value in query.items():
        app.query_params[key] = value
    return app.switch_page(f"../../pages/{name}.py").run()


def test_nothing_that_a_viewer_presses_changes_anything(app: AppTest, furnished: Workbench) -> None:
    """Each button of each page, one after the other; the line above says why there are few."""
    library = furnished.library
    with library.engine.connect() as connection:
        first, second = connection.execute(select(outputs.c.id).order_by(outputs.c.id)).scalars()
    move_to_trash(library, [second])
    visits = [
        *((name, {}) for name in PAGES),
        ("library", {"output": first}),
        ("library", {"output": second}),
        ("prompts", {SAVED: a_prompt(furnished)}),
        ("compare", {"outputs": f"{first},{second}"}),
        ("generate", {"run": "r1"}),
        ("generate", {"sheet": "x1"}),
    ]
    before = rows(furnished)
    with at_pages(someone(Role.VIEWER)):
        app.run()
        pressed: set[str] = set()
        for name, query in visits:
            visit(app, name, **query)
            assert not app.exception, (name, app.exception)
            assert LINE in shown(app), name
            assert "cannot be used now" not in shown(app), name
            for label in {button.label for button in app.button if not button.disabled} - pressed:
                visit(app, name, **query)
                next(button for button in app.button if button.label == label).click().run()
                assert not app.exception, (name, label, app.exception)
                pressed.add(label)
            assert rows(furnished) == before, name
    assert pressed >= {"Back to the library", "All prompts"}


def a_prompt(workbench: Workbench) -> str:
    with workbench.library.engine.connect() as connection:
        return str(connection.execute(select(prompts.c.id).limit(1)).scalar_one())


@pytest.mark.parametrize("text", [LINE, VIEWER, NotAllowed().what, ROLES[Role.VIEWER], ROLES[Role.ADMIN]])
def test_no_text_promises_what_is_private_to_others(text: str) -> None:
    """A viewer sees what is the team's or their own, and an admin changes nothing that is private to another."""
    assert "everything" not in text
    assert "or to you" in text or "not private" in text


def test_a_viewers_page_offers_nothing_to_run(app: AppTest, furnished: Workbench) -> None:
    """The library in place of a form, and the result of a link to a run."""
    with at_pages(someone(Role.VIEWER)):
        app.run()
        visit(app, "generate", run="r1")
        assert [one.label for one in app.button if one.label in ("Generate", "Run again", "Delete")] == []
        assert not app.text_area or all(one.disabled for one in app.text_area)
    with at_pages(someone(Role.MEMBER)):
        visit(app, "library")
        assert LINE not in shown(app)


def test_the_database_takes_nothing_from_a_viewers_script(furnished: Workbench) -> None:
    """Behind what is drawn: whatever writes, from whichever function, and only from a viewer's page."""

    def script() -> None:
        import streamlit as st

        from components.library import NotAllowed
        from components.ui.process.workbench import workbench
        from tests.unit.library.library_fixtures import begin

        try:
            begin(workbench().library, "r9")
        except NotAllowed as refusal:
            st.write(f"refused: {refusal}")

    before = rows(furnished)
    with at_pages(someone(Role.VIEWER)):
        assert "You are a viewer" in shown(AppTest.from_function(script).run())
        assert rows(furnished) == before
        # The app itself goes on: what runs outside of pages, and what it notes of them.
        furnished.library.update_run("r1", text="")
        record(furnished.library, someone(Role.VIEWER), "exported")
    with at_pages(someone(Role.MEMBER)):
        assert "refused" not in shown(AppTest.from_function(script).run())
    assert rows(furnished) != before


@pytest.mark.parametrize("name", ["prompts", "compare", "connections", "admin"])
def test_whoever_is_signed_in_sees_as_whom(name: str, app: AppTest) -> None:
    """Pages that are about nobody's runs have the menu with "Sign out" too."""
    app.session_state["page.owner"] = True  # the popover is open
    with at_pages(someone(Role.ADMIN)):
        visit(app.run(), name)
        assert not app.exception
        assert "Signed in as" in shown(app)
