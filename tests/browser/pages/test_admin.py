"""The Admin page in windows of every size, and the panel of finals, which stays beside the form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from components.library import Library, open_library
from components.library.annotations import star
from components.library.db.schema import sheets
from components.library.team.audit import record
from components.library.team.budget_store import save_budget
from components.library.team.people_store import note_person
from components.parameters.sheets import SheetTemplate
from components.settings import BUILT_IN_ID
from components.team.budgets import Budget, Period, Scope
from components.team.people import Person
from tests.browser.app_server import AppServer
from tests.browser.driver import open_page, wait_idle
from tests.browser.pages.test_appearance import LAPTOP, PHONE, box, in_both_themes
from tests.unit.library.sheet_fixtures import filled_sheet
from tests.unit.runs.fake_client import ask

ANN = Person("maximiliane.von-und-zu-hohenstein@research.example.com", "Maximiliane")
TABS = ("Usage", "Queue", "Limits", "Budgets", "People", "Audit")
LOW = SheetTemplate("generate", "gpt-image-2", {"prompt": "A {red|blue} fox", "size": "1024x1024", "quality": "low"})


def fill(library: Library) -> str:
    """Let somebody with a long name spend and do something; return a starred sheet of low quality."""
    note_person(library, ANN)
    library.begin_run("r1", ask(), connection_id="team:x", connection_name="X", owner=ANN.id)
    library.update_run("r1", state="done", cost=Decimal(2))
    save_budget(library, Budget(Scope.PERSON, ANN.id, Period.DAY, 1_000_000, 5_000_000))
    for number in range(30):
        record(library, ANN, "exported", f"r{number}", {"count": number})
    sheet_id, images = filled_sheet(library, LOW)
    star(library, images)
    with library.engine.begin() as connection:
        connection.execute(update(sheets).values(connection_id=BUILT_IN_ID))
    return sheet_id


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AppServer, str]]:
    """The app with the Admin page, and the id of its sheet."""
    server = AppServer(tmp_path_factory.mktemp("admin"), environment={"IMAGE_WORKBENCH_ADMIN_PAGE": "show"})
    library = open_library(server.data)
    sheet_id = fill(library)
    library.close()
    with server:
        yield server, sheet_id


def open_tab(page: Page, tab: str) -> None:
    """Choose a tab of the Admin page."""
    page.locator(".st-key-admin-view").get_by_text(tab, exact=True).click()
    wait_idle(page)


def middle(page: Page, selector: str) -> float:
    """The height of something's middle in the window."""
    found = box(page, selector)
    return (found["top"] + found["bottom"]) / 2


def test_every_tab_of_admin_can_be_read_and_pressed(
    new_page: Callable[..., Page], furnished: tuple[AppServer, str]
) -> None:
    """Contrast, names, targets in both themes; on a phone every choice is in the window, a button beside its text."""
    server, _ = furnished
    page = new_page(viewport={"width": 1366, "height": 1600})
    open_page(page, server.base_url, "/admin")
    wrong = {}
    for tab in TABS:
        open_tab(page, tab)
        wrong |= in_both_themes(page, tab)
    assert not {name: found for name, found in wrong.items() if found}
    tops = [page.get_by_text(name, exact=True).first.bounding_box() for name in ("Who", "What", "Last")]
    assert len({round(one["y"]) for one in tops if one}) == 1
    assert box(page, '[data-testid="stDataFrame"]')["height"] > 700, "the page scrolls, not a window in it"

    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    open_tab(page, "Usage")
    last = page.locator(".st-key-admin-usage-period").get_by_text("365 days").bounding_box()
    assert last
    assert last["x"] + last["width"] < PHONE[0]
    open_tab(page, "Budgets")
    card = ".st-key-admin-budget-person-" + "".join(one if one.isalnum() else "-" for one in ANN.id) + "-day-row"
    text = box(page, f"{card} [data-testid=stMarkdown]")
    assert text["top"] < middle(page, f"{card} button") < text["bottom"]


def test_the_panel_of_finals_leaves_the_form_in_sight(
    new_page: Callable[..., Page], furnished: tuple[AppServer, str]
) -> None:
    """Its sentences wrap instead of making it as wide as the stage."""
    server, sheet_id = furnished
    page = new_page(viewport=dict(zip(("width", "height"), LAPTOP, strict=True)))
    open_page(page, server.base_url, f"/?sheet={sheet_id}")
    page.get_by_role("button", name="Finals of 2 starred").click()
    expect(page.get_by_role("button", name="Tonight")).to_be_visible()
    wait_idle(page)
    panel, prompt = box(page, '[data-testid="stPopoverBody"]'), page.get_by_label("Prompt", exact=True).bounding_box()
    assert prompt
    assert panel["left"] > prompt["x"] + prompt["width"]
