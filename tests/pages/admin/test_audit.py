"""What people do by pages and routes stands in the audit trail, without what they wrote."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from components.library.prompts.presets import add_preset, add_style
from components.library.prompts.prompt_checks import keep_checks
from components.library.prompts.prompt_store import add_prompt
from components.library.team.audit import AuditFilter, audit_page, record
from components.team.people import Person, Role
from components.ui.admin.audit_tab import PER_PAGE
from components.ui.process.workbench import Workbench
from components.ui.routes import audit_routes
from tests.pages.routes.test_routes import browsing
from tests.support.await_run import wait_for_ends
from tests.support.signing_in import at_pages, someone
from tests.unit.library.archive.archives import exported
from tests.unit.library.library_fixtures import add, begin
from tests.unit.runs.fake_client import png

ADMIN = someone(Role.ADMIN, "admin@example.com")
PROMPT = "a secret plan of a fox"


def entries(workbench: Workbench, action: str) -> list[tuple[str, str, dict[str, object]]]:
    found = audit_page(workbench.library, AuditFilter(action=action)).entries
    return [(entry.person, entry.target, dict(entry.detail)) for entry in found]


def test_a_run_and_its_deletion_are_recorded(app: AppTest, workbench: Workbench) -> None:
    """The run with its model and connection, the deletion with the ids; the prompt is nowhere."""
    app.run()
    app.text_area(key="generate.prompt").set_value(PROMPT)
    app.button(key="generate.submit").click().run()
    (run_id,) = [run.id for run in workbench.library.recent()]
    wait_for_ends(workbench.runner, run_id)
    ((person, target, detail),) = entries(workbench, "run.submitted")
    assert (person, target) == ("", run_id)
    assert detail["operation"] == "generate"
    assert detail["ids"] == [run_id]
    (output,) = workbench.library.outputs(run_id)
    app.query_params["output"] = output.id
    app.switch_page("../../pages/library.py").run()
    app.button(key=f"marks.{output.id}.trash").click().run()
    assert entries(workbench, "output.deleted") == [("", output.id, {})]
    app.button(key=f"marks.{output.id}.unbin").click().run()
    assert entries(workbench, "output.restored") == [("", output.id, {})]
    assert PROMPT not in repr(audit_page(workbench.library, AuditFilter()))


def test_exports_and_imports_are_recorded_with_who_asked(workbench: Workbench, tmp_path: Path) -> None:
    """A CSV and a ZIP that came in, by the name of the browser that asked."""
    begin(workbench.library, "run1")
    add(workbench.library, "run1", 0, png(1))
    archive = exported(workbench.library, tmp_path / "a.zip")

    async def use(client: httpx.AsyncClient) -> None:
        client.cookies.set("image_workbench_owner", quote("Ada"))
        assert (await client.get("/spending.csv")).status_code == 200
        answer = await client.post("/imports", content=archive.read_bytes(), headers={"x-image-workbench": "1"})
        assert "imported" in answer.json()
        assert (await client.get("/audit.csv?since=x")).status_code == 400
        listed = await client.get("/audit.csv", params={"action": "imported"})
        assert "imported" in listed.text
        assert "spending" not in listed.text

    browsing(use)
    assert [entry[:2] for entry in entries(workbench, "exported")] == [("Ada", "audit.csv"), ("Ada", "spending.csv")]
    assert entries(workbench, "imported")[0][0] == "Ada"


def test_each_saved_image_is_recorded_once(workbench: Workbench) -> None:
    """With its recipe or as it came; neither what a page shows, nor a look at the headers, nor further parts."""
    stored = add(workbench.library, begin(workbench.library, "r1"), 0, png(1))
    original, with_recipe = f"/files/originals/{stored.sha256}.png", f"/outputs/{stored.id}/download"

    async def use(client: httpx.AsyncClient) -> None:
        client.cookies.set("image_workbench_owner", quote("Ada"))
        for address in (f"{original}?download=a.png", with_recipe):
            assert (await client.get(address)).status_code == 200
            assert (await client.head(address)).status_code == 200
        assert (await client.get(original)).status_code == 200
        assert (await client.get(f"{original}?download=a.png", headers={"range": "bytes=1-"})).status_code == 206
        assert (await client.get(f"/files/originals/{'0' * 64}.png?download=a.png")).status_code == 404

    browsing(use)
    assert entries(workbench, "exported") == [
        ("Ada", stored.id, {}),
        ("Ada", f"{stored.sha256}.png", {"kind": "originals"}),
    ]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_only_admins_export_the_trail(workbench: Workbench, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    """Everybody else is refused before anything is read."""
    monkeypatch.setattr(audit_routes, "person_of", lambda _: Person("ben@example.com", "Ben", role, is_verified=True))

    async def use(client: httpx.AsyncClient) -> None:
        answer = await client.get("/audit.csv")
        assert (answer.status_code, answer.text) == (403, "Only admins can read the audit trail.")

    browsing(use)
    assert not entries(workbench, "exported")


def test_admins_turn_the_pages_of_the_trail(app: AppTest, workbench: Workbench) -> None:
    """By person and action; older pages follow, and a filter begins at the first again."""
    for number in range(PER_PAGE + 10):
        record(workbench.library, ADMIN if number % 2 else None, "exported", f"file {number}")
    detail = {"count": 1, "ids": ["r1"], "operation": "edit", "pixels": None}
    record(workbench.library, ADMIN, "run.submitted", "r1", detail)
    record(workbench.library, ADMIN, "imported", "", {"runs": 2})
    with at_pages(ADMIN):
        app.session_state["admin.view"] = "Audit"
        app.run().switch_page("../../pages/admin.py").run()
        assert not app.exception
        shown = app.dataframe[0].value
        assert (len(shown), shown["What"][0], shown["More"][0]) == (PER_PAGE, "Imported", "runs 2")
        assert shown["More"][1] == "operation edit", "without what the other columns say, and what is empty"
        app.button(key="admin.audit.older").click().run()
        assert list(app.dataframe[0].value["Of what"])[-1] == "file 0"
        app.selectbox(key="admin.audit.what").set_value("Imported").run()
        assert len(app.dataframe[0].value) == 1
        app.selectbox(key="admin.audit.what").set_value("Anything").run()
        app.selectbox(key="admin.audit.who").set_value(ADMIN.id).run()
        assert set(app.dataframe[0].value["Who"]) == {ADMIN.id}
    with at_pages(someone(Role.MEMBER)):
        app.run()
        assert not app.dataframe


def test_what_the_team_shares_leaves_a_line_when_somebody_changes_it(app: AppTest, workbench: Workbench) -> None:
    """Presets, styles, defaults, lists and saved prompts: who, which and what of it, but not the text of a prompt."""
    library = workbench.library
    style, mine = add_style(library, "Ink", PROMPT), add_style(library, "Own", PROMPT, owner=ADMIN.id)
    preset = add_preset(library, "generate", "Wide", {"size": "1536x1024"})
    recipe = {"operation": "generate", "model": "gpt-image-2", "values": {"prompt": PROMPT}}
    prompt_id = add_prompt(library, recipe, name="Fox", owner="somebody@example.com")
    keep_checks(library, prompt_id, [("format", {})])
    with at_pages(ADMIN):
        app.session_state["generate.styles"] = app.session_state["generate.presets"] = True
        app.run()
        for one in (style, mine):
            app.button(key=f"generate.styles.delete.{one}").click().run()
        key = next(one.key for one in app.selectbox if str(one.key).startswith("generate.presets.default."))
        app.selectbox(key=key).set_value(preset).run()
        app.button(key=f"generate.presets.delete.{preset}").click().run()
        app.text_area(key="generate.prompt").set_value("A fox by {lenses}").run()
        for words in ("35 mm\n85 mm", ""):
            app.text_input(key="generate.list.name").set_value("lenses").run()
            app.text_area(key="generate.list.words.lenses").set_value(words).run()
            app.button(key="generate.list.save").click().run()
        app.query_params["saved"] = prompt_id
        app.switch_page("../../pages/prompts.py").run()
        app.text_input(key=f"prompt.name.{prompt_id}").set_value("Vixen").run()
        app.multiselect(key=f"prompt.tags.{prompt_id}").set_value(["animal"]).run()
        app.selectbox(key=f"prompt.label.{prompt_id}").set_value("production").run()
        app.button(key=f"prompt.label.{prompt_id}.False").click().run()
        app.button(key=f"prompt.checks.remove.{prompt_id}.0").click().run()
        app.text_area(key=f"prompt.text.{prompt_id}.1").set_value(f"{PROMPT}, at night").run()
        app.button(key=f"prompt.save.{prompt_id}").click().run()
        app.button(key=f"prompt.delete.{prompt_id}").click().run()
    assert not app.exception
    assert entries(workbench, "preset.deleted") == [
        (ADMIN.id, preset, {"kind": "generate", "name": "Wide"}),
        (ADMIN.id, style, {"kind": "style", "name": "Ink"}),
    ]
    ((_, _, detail),) = entries(workbench, "preset.default")
    assert detail == {"operation": "generate", "preset": preset}
    assert entries(workbench, "list.changed") == [(ADMIN.id, "lenses", {"values": 2})]
    assert entries(workbench, "list.deleted") == [(ADMIN.id, "lenses", {})]
    changed = entries(workbench, "prompt.changed")
    assert {one[:2] for one in changed} == {(ADMIN.id, prompt_id)}
    assert [one[2]["what"] for one in changed] == ["version", "checks", "label", "tags", "name"]
    assert entries(workbench, "prompt.deleted") == [(ADMIN.id, prompt_id, {})]
    assert PROMPT not in repr(audit_page(library, AuditFilter()))
