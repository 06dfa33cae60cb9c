"""What a person keeps for themselves: by the switch, at every page and route, and whoever asks for it by its link."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest
import streamlit as st
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.library import NotAllowed
from components.library.sheets.sheet_store import new_sheet
from components.library.team.audit import AuditFilter, audit_page
from components.library.team.privacy import set_private
from components.parameters.sheets import make_plan
from components.runs.view import queued_view
from components.team.people import Person, Role
from components.ui.access.header_deadline import HeaderDeadlines
from components.ui.process.upload_quota import UploadQuota
from components.ui.process.visible.visible_runner import PRIVATE
from components.ui.process.workbench import Workbench, close_workbench
from components.ui.process.workbench import workbench as current_workbench
from components.ui.results.stage.run_viewer import whose_run
from components.ui.routes.app_routes import middleware, routes
from components.ui.session.personal.visibility import COOKIE, VisibilityState
from tests.pages.forms.test_generate import labeled, texts
from tests.pages.states import state_of
from tests.support.await_run import wait_for_ends
from tests.support.private_runs import private_among
from tests.support.signing_in import at_pages, sign_in_by, someone
from tests.unit.library.library_fixtures import add, an_input, ask
from tests.unit.library.sheet_fixtures import TEMPLATE
from tests.unit.runs.fake_client import png

ADA, BEN = someone(Role.MEMBER, "member@example.com"), someone(Role.MEMBER, "other@example.com")
ADMIN = someone(Role.ADMIN, "admin@example.com")
SECRET = "ocelotplan"
CONNECTIONS = "../../pages/connections.py"
UNKNOWN = "0" * 21


def at_script(person: Person) -> AbstractContextManager[object]:
    """Let this person be the one who asks, as in a request of theirs."""
    return patch("components.ui.process.workbench.current_person", return_value=person)


def generate(app: AppTest, workbench: Workbench, prompt: str = SECRET) -> str:
    """Run a prompt on the page, and return the run's id."""
    app.text_area(key="generate.prompt").set_value(prompt)
    app.button(key="generate.submit").click().run()
    newest = workbench.full_library.recent()[0].id
    wait_for_ends(workbench.full_runner, newest)
    return newest


def test_only_me_keeps_runs_from_everyone_else(app: AppTest, workbench: Workbench) -> None:
    """The switch holds for what is run next; a link to it shows others what a link to nothing shows."""
    with at_pages(ADA):
        app.run()
        app.toggle(key="generate.only-me").set_value(True).run()
        hidden = generate(app, workbench)
        app.toggle(key="generate.only-me").set_value(False).run()
        shown = generate(app, workbench, "a fox")
    assert private_among(workbench.full_library, [hidden, shown]) == {hidden}
    shown_to: dict[str, str] = {}
    for person in (ADA, BEN, ADMIN):
        with at_pages(person):
            for kind, run_id in (("hidden", hidden), ("unknown", UNKNOWN)):
                page = AppTest.from_file(app._script_path, default_timeout=120)
                page.query_params["output"] = f"{run_id}-0"
                page.run().switch_page("../../pages/library.py").run()
                assert not page.exception
                shown_to[f"{person.id} {kind}"] = f"{texts(page)} {[one.value for one in page.get('code')]}"
    assert ADA.id.partition("@")[0] in shown_to[f"{ADA.id} hidden"]  # who made it
    for person in (BEN, ADMIN):
        assert shown_to[f"{person.id} hidden"] == shown_to[f"{person.id} unknown"]
        assert SECRET not in str(shown_to[f"{person.id} hidden"])


def test_a_run_is_kept_or_shared_afterwards(app: AppTest, workbench: Workbench) -> None:
    """On its image's page, by its owner; the audit trail has it."""
    with at_pages(ADA):
        run_id = generate(app.run(), workbench)
        app.query_params["output"] = f"{run_id}-0"
        app.switch_page("../../pages/library.py").run()
        app.toggle(key=f"only-me.{run_id}").set_value(True).run()
        assert private_among(workbench.full_library, [run_id])
        app.toggle(key=f"only-me.{run_id}").set_value(False).run()
    assert not private_among(workbench.full_library, [run_id])
    changes = audit_page(workbench.full_library, AuditFilter(action="visibility.changed")).entries
    assert [(entry.person, entry.detail["private"]) for entry in changes] == [(ADA.id, False), (ADA.id, True)]
    with at_pages(BEN):
        other = AppTest.from_file(app._script_path, default_timeout=120)
        other.query_params["output"] = f"{run_id}-0"
        other.run().switch_page("../../pages/library.py").run()
        assert not [one for one in other.toggle if str(one.key).startswith("only-me")]
        assert other.button(key=f"marks.{run_id}-0.trash").disabled
        assert other.text_input(key=f"marks.{run_id}-0.title").disabled
        assert not other.multiselect(key=f"marks.{run_id}-0.tags").disabled


@pytest.mark.parametrize("default", ["team", "private"])
def test_the_default_is_the_operators(app: AppTest, workbench: Workbench, monkeypatch, default: str) -> None:
    """The switch begins where the setting says; without a sign-in there is none, and everything is the team's."""
    close_workbench()
    monkeypatch.setenv("IMAGE_WORKBENCH_DEFAULT_VISIBILITY", default)
    app.run()
    assert not [one for one in app.toggle if one.label == "Only me"]
    with at_pages(ADA):
        page = AppTest.from_file(app._script_path, default_timeout=120).run()
        assert page.toggle(key="generate.only-me").value == (default == "private")


@pytest.fixture
def planted(workbench: Workbench, tmp_path: Path) -> dict[str, str]:
    """Ada's private run with an image and an input, and her private sheet; names to their ids."""
    library, ada = workbench.full_library, {"connection_id": "c", "connection_name": "C", "owner": ADA.id}
    source = an_input(tmp_path, "in.png", 70)
    library.begin_run("hidden1", ask(prompt=SECRET, images=(source,)), **ada, is_private=True)
    output = add(library, "hidden1", 0, png(1))
    sheet = new_sheet(library, TEMPLATE, make_plan(TEMPLATE), name=SECRET, is_private=True, **ada)
    return {"run": "hidden1", "output": output.id, "sha256": output.sha256, "input": source.sha256, "sheet": sheet}


def addresses(ids: dict[str, str]) -> Iterator[str]:
    """Every address of a route that names something of the library."""
    for route in routes:
        path: str = route.path  # type: ignore[attr-defined]
        for name, here in (
            ("{name}", "{sha256}.png"),
            ("{run_id}", "{run}"),
            ("{output_id}", "{output}"),
            ("{sheet_id}", "{sheet}"),
            ("{token}", "x" * 16),
        ):
            path = path.replace(name, here)
        for kind in ("originals", "thumbnails", "inputs") if "{kind}" in path else ("",):
            for content in ("sha256", "input"):
                filled = path.replace("{kind}", kind).replace("{sha256}", f"{{{content}}}")
                yield re.sub(r"\{(\w+)\}", lambda part: ids[part[1]], filled)
    yield f"/report?sheet={ids['sheet']}"
    yield f"/sheets/{ids['sheet']}.webp?axis=0"
    yield f"/previews/{ids['input']}?w=224"


def test_every_route_answers_others_as_if_it_was_not_there(
    workbench: Workbench, planted: dict[str, str], tmp_path: Path
) -> None:
    """The same status and text as for what never was, for members and admins; the owner gets it."""
    unknown = {"run": "hidden9", "output": "hidden9-0", "sha256": "0" * 64, "input": "1" * 64, "sheet": UNKNOWN}
    kept = [one for one in middleware if one.cls not in (HeaderDeadlines, UploadQuota)]

    async def ask_all() -> None:
        transport = httpx.ASGITransport(app=Starlette(routes=routes, middleware=kept), client=("127.0.0.1", 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            found = 0
            for here, nowhere in zip(addresses(planted), addresses(unknown), strict=True):
                mine = await client.get(here, headers={"X-Forwarded-User": ADA.id})
                found += here != nowhere and mine.status_code == 200
                for person in (BEN, ADMIN):
                    by = {"X-Forwarded-User": person.id}
                    answer, missing = await client.get(here, headers=by), await client.get(nowhere, headers=by)
                    assert SECRET not in answer.text
                    if here != nowhere and answer.status_code != 405:
                        assert (answer.status_code, answer.text) == (missing.status_code, missing.text), here
            assert found >= 9, found

    with sign_in_by("header", tmp_path):
        asyncio.run(ask_all())


def test_runs_under_way_are_hidden_and_cancelled_by_owner_or_admin(
    workbench: Workbench, planted: dict[str, str]
) -> None:
    """Their view, queue, events and files; an admin's queue has them without their content."""
    full = workbench.full_library
    full.begin_run("seen1", ask(prompt="a fox"), connection_id="c", connection_name="C", owner=ADA.id)

    async def followed(run_id: str) -> int:
        return len([view async for view in workbench.runner.subscribe(run_id)])

    full.update_run("hidden1", state="done")
    workbench.housekeeper.stop()
    with at_script(BEN):
        assert workbench.runner.view("hidden1") is None
        assert workbench.runner.view("seen1") is not None
        assert asyncio.run(followed("hidden1")) == 0
        assert workbench.runner.unsaved("hidden1", "x") is None
        workbench.runner.cancel("hidden1")  # as with a run that never was
        with pytest.raises(NotAllowed, match="somebody else"):
            workbench.runner.cancel("seen1")
    with at_script(ADA):
        assert workbench.runner.view("hidden1").prompt == SECRET
        assert asyncio.run(followed("hidden1")) == 1


def test_an_admins_queue_names_no_content(workbench: Workbench, planted: dict[str, str], monkeypatch) -> None:
    """Whose it is, at which connection, since when; and cancelling it is recorded."""
    monkeypatch.setattr(workbench.full_runner, "live_views", lambda: [workbench.full_runner.view("hidden1")])
    with at_script(ADMIN):
        assert workbench.runner.live_views() == []
        (view,) = workbench.queue()
        assert (view.prompt, view.owner) == (PRIVATE, ADA.id)
        assert SECRET not in repr(view)
        workbench.runner.cancel("hidden1")
    (entry,) = audit_page(workbench.full_library, AuditFilter(action="run.cancelled")).entries
    assert (entry.person, entry.target) == (ADMIN.id, "hidden1")
    with at_script(ADA):
        set_private(workbench.library, False, run_ids=["hidden1"])
    with at_script(BEN):
        assert [view.prompt for view in workbench.runner.live_views()] == [SECRET]


def test_a_connection_is_kept_for_its_person_alone(app: AppTest, workbench: Workbench, monkeypatch) -> None:
    """In their next session, not in another's; under another secret the page says that it cannot be read."""

    def connections_of(person: Person) -> AppTest:
        with at_pages(person):
            return AppTest.from_file(app._script_path, default_timeout=120).run().switch_page(CONNECTIONS).run()

    close_workbench()
    monkeypatch.setenv("IMAGE_WORKBENCH_PRIVATE_CONNECTIONS", "allow")
    monkeypatch.setenv("IMAGE_WORKBENCH_KEY_ENCRYPTION_SECRET", "s" * 32)
    with at_pages(ADA):
        app.run().switch_page(CONNECTIONS).run()
        labeled(app, "Name").set_value("My own server")
        labeled(app, "Base URL").set_value("http://127.0.0.1:9/v1")
        labeled(app, "API key").set_value("sk-own-0123456789")
        next(one for one in app.checkbox if one.label == "Keep for me").check()
        labeled(app, "Add").click().run()
        assert not app.exception
        assert "kept encrypted" in texts(app)
    assert "My own server" in texts(connections_of(ADA))
    assert "kept encrypted" in texts(connections_of(ADA))
    assert "My own server" not in texts(connections_of(BEN))
    assert "sk-own" not in repr(audit_page(current_workbench().full_library, AuditFilter()))
    close_workbench()
    monkeypatch.setenv("IMAGE_WORKBENCH_KEY_ENCRYPTION_SECRET", "t" * 32)
    changed = texts(connections_of(ADA))
    assert "cannot be read" in changed
    assert "My own server" not in changed


@pytest.mark.parametrize(
    ("cookie", "is_private"),
    [("ada.private", True), ("ada.team", False), ("ben.private", False), ("ada.maybe", False), ("", False)],
)
def test_a_new_session_begins_with_what_the_browser_remembers(app: AppTest, cookie: str, is_private: bool) -> None:
    """As a link and a new tab do; what another person chose in this browser, and nonsense, are nothing."""
    names = {"ada": ADA.id, "ben": BEN.id}
    whose, _, chosen = cookie.partition(".")
    remembered = {COOKIE: f"{sha256(names.get(whose, '').encode()).hexdigest()[:16]}.{chosen}"}
    with at_pages(ADA), patch.object(type(st.context), "cookies", remembered):
        app.query_params["prompt"] = "a wolf"
        app.run()
        assert app.toggle(key="generate.only-me").value is is_private
        app.toggle(key="generate.only-me").set_value(not is_private).run()
        assert app.toggle(key="generate.only-me").value is not is_private


def test_the_switch_shows_what_a_run_would_be(app: AppTest, workbench: Workbench) -> None:
    """A draft brings the choice back when the switch has been drawn already; then it must not say otherwise."""
    with at_pages(ADA):
        app.run()
        assert app.toggle(key="generate.only-me").value is False
        state_of(app, VisibilityState).only_me = True
        app.run()
        assert app.toggle(key="generate.only-me").value is True
        hidden = generate(app, workbench)
    assert private_among(workbench.full_library, [hidden]) == {hidden}


@pytest.mark.parametrize(("who", "owner", "may_cancel"), [(ADA, "", True), (BEN, ADA.id, False), (ADMIN, ADA.id, True)])
def test_a_run_on_show_says_whose_it_is(who: Person, owner: str, may_cancel: bool) -> None:
    """Others than its owner and admins get no button that the app would refuse."""
    server = Connection("team:x", "X", "http://127.0.0.1:9/v1", "")
    view = queued_view("r1", ask(), server, 0.0, ADA.id, None, None)
    here = "components.ui.results.stage.run_viewer"
    with patch(f"{here}.is_mine", return_value=who is ADA), patch(f"{here}.person", return_value=who):
        assert whose_run(view) == {"id": "r1", "owner": owner, "mayCancel": may_cancel}
