"""Limits and budgets where people meet them: on the Admin page, at a field, beside the price, and when they run."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.client.connections.secrets_file import operator_secrets
from components.library.team.audit import AuditFilter, audit_page
from components.library.team.budget_store import all_budgets, budget_settings, save_budget
from components.library.team.limit_store import add_access_rule, all_limits, save_role_limit
from components.library.team.people_store import note_person, seen_people
from components.library.team.rule_defaults import defaults_in, use_defaults
from components.settings import SettingError
from components.team.budgets import Budget, Period, Scope, Unknown, UnknownRule
from components.team.defaults import Defaults
from components.team.limits import AccessRule, RoleLimit
from components.team.people import Person, Role
from components.ui.admin.people import id_of
from components.ui.forms.form_state import FormState
from components.ui.process.workbench import workbench
from components.ui.session.state import state_key
from components.ui.session.team_rules import forget_rules
from tests.pages.admin.test_admin import admin, opened  # noqa: F401
from tests.pages.forms.test_generate import combobox, labeled, texts
from tests.unit.runs.fake_client import ask

SERVER = {"name": "Proxy", "base_url": "http://127.0.0.1:9/v1", "api_key": "sk-team-abcdefghijkl"}


def audited() -> list[tuple[str, str]]:
    """What the audit trail has, newest first."""
    return [(one.action, one.target) for one in audit_page(workbench().library, AuditFilter()).entries]


def test_an_admin_sets_a_budget_and_removes_it(admin: AppTest) -> None:  # noqa: F811
    """What is wrong is said at its field; what is right is stored, shown and in the audit trail."""
    opened(admin, "Budgets")
    labeled(admin, "Refuse above (dollars)").set_value("many")
    admin.button(key="admin.budget.save").click().run()
    assert "“many” is not an amount" in texts(admin)
    labeled(admin, "Refuse above (dollars)").set_value("2.50")
    labeled(admin, "Warn above (dollars)").set_value("3")
    admin.button(key="admin.budget.save").click().run()
    assert "would never be seen" in texts(admin)
    labeled(admin, "Warn above (dollars)").set_value("1")
    admin.button(key="admin.budget.save").click().run()
    assert not admin.exception
    budget = Budget(Scope.PERSON, "", Period.DAY, 1_000_000, 2_500_000)
    assert all_budgets(workbench().library) == [budget]
    assert "refuses above" in texts(admin)
    admin.button(key="admin-budget-person--day-remove").click().run()
    assert all_budgets(workbench().library) == []
    assert audited() == [("budget.changed", "person each a day")] * 2


def test_a_budget_for_each_shows_who_is_nearest_to_it(admin: AppTest) -> None:  # noqa: F811
    """The five who have used most of it, with how much; whoever has a budget of their own stands at that one."""
    library = workbench().library
    for number in range(8):
        library.begin_run(f"r{number}", ask(), connection_id="team:x", connection_name="X", owner=f"p{number}")
        library.update_run(f"r{number}", state="done", cost=number)
    note_person(library, Person("p7", "Pat", Role.MEMBER, True))
    save_budget(library, Budget(Scope.PERSON, "", Period.DAY, None, 10_000_000))
    save_budget(library, Budget(Scope.PERSON, "P7", Period.DAY, None, 20_000_000))
    save_budget(library, Budget(Scope.PERSON, "", Period.MONTH, None, 0))
    opened(admin, "Budgets")
    bars = [(one.proto.text.replace("\\", ""), one.proto.value) for one in admin.get("progress")]
    assert bars[:5] == [(f"p{number}: ${number}.00 used", number * 10) for number in (6, 5, 4, 3, 2)]
    assert [text for text, _ in bars[5:10]] == [f"p{number}: ${number}.00 used" for number in (7, 6, 5, 4, 3)]
    assert [text for text, _ in bars[10:]] == ["$7.00 used"]
    assert "Used most today:" in texts(admin)
    assert "Used most this month:" in texts(admin)


def test_a_budget_is_for_the_person_who_is_meant(admin: AppTest) -> None:  # noqa: F811
    """Whoever was seen is chosen from the list; typed in other letters it is still them, or nobody would have it."""
    note_person(workbench().library, Person("Bob@example.com", "Bob", Role.MEMBER, True))
    opened(admin, "Budgets")
    assert "Bob (Bob@example.com)" in labeled(admin, "Person").options
    labeled(admin, "Person").set_value("Bob@example.com")
    labeled(admin, "Refuse above (dollars)").set_value("2")
    admin.button(key="admin.budget.save").click().run()
    assert not admin.exception
    assert [one.target for one in all_budgets(workbench().library)] == ["Bob@example.com"]
    assert "Nobody with this name" not in texts(admin)
    save_budget(workbench().library, Budget(Scope.PERSON, "cy", Period.DAY, None, 1))
    admin.run()
    assert "Nobody with this name has used the app yet" in texts(admin)
    assert (id_of("bob@EXAMPLE.com"), id_of("cy")) == ("Bob@example.com", "cy")
    note_person(workbench().library, Person("CY", "Cy", Role.MEMBER, True))
    admin.run()
    assert "Nobody with this name" not in texts(admin)


def test_an_admin_sets_the_rule_for_unknown_prices(admin: AppTest) -> None:  # noqa: F811
    """A fixed amount, and whom to ask."""
    opened(admin, "Budgets")
    labeled(admin, "A run whose price is not known counts").set_value(UnknownRule.FIXED)
    labeled(admin, "Fixed amount (dollars)").set_value("0.25")
    labeled(admin, "Whom to ask for more").set_value("Dana")
    admin.button(key="admin.unknown.save").click().run()
    assert not admin.exception
    assert budget_settings(workbench().library) == (Unknown(UnknownRule.FIXED, 250_000), "Dana")


def test_an_admin_sets_limits_and_rules(admin: AppTest) -> None:  # noqa: F811
    """A role's limits, and who may use a connection."""
    admin.secrets["connections"] = {"proxy": SERVER}
    opened(admin, "Limits")
    admin.text_input(key="admin.limit.member.pixels").set_value("1,048,576")
    admin.text_input(key="admin.limit.member.n").set_value("0")
    admin.selectbox(key="admin.limit.member.quality").set_value("medium")
    admin.button(key="admin.limit.member.save").click().run()
    assert "whole number from 1" in texts(admin)
    admin.text_input(key="admin.limit.member.n").set_value("2")
    admin.button(key="admin.limit.member.save").click().run()
    admin.button(key="admin.access.add").click().run()
    assert "close the connection to everybody" in texts(admin)
    admin.text_input(key="admin.access.people").set_value("ann, ben,ann")
    admin.text_input(key="admin.access.models").set_value("gpt-image-*")
    admin.button(key="admin.access.add").click().run()
    assert not admin.exception
    found = all_limits(workbench().library)
    assert found.roles == {Role.MEMBER: RoleLimit(1_048_576, "medium", 2)}
    (rule,) = found.access
    assert (rule.connection_id, rule.who, rule.models) == (
        "team:proxy",
        ("person:ann", "person:ben"),
        ("gpt-image-*",),
    )
    assert "sk-team" not in texts(admin)
    admin.button(key=f"admin.access.remove.{rule.id}").click().run()
    assert all_limits(workbench().library).access == ()


def test_people_are_noted_once_an_admin_can_see_them(admin: AppTest) -> None:  # noqa: F811
    """Who opens the app stands in the table; without the page nobody is noted."""
    opened(admin, "People")
    assert [one.id for one in seen_people(workbench().library)] == [""]
    assert list(admin.run().dataframe[0].value["Role"]) == ["admin"]


def test_nobody_is_noted_by_default(app: AppTest) -> None:
    """In the default mode nothing of it is written or shown."""
    app.run()
    assert seen_people(workbench().library) == []
    assert "left of" not in texts(app)


@pytest.fixture
def generate(app: AppTest) -> AppTest:
    """The Generate page with a connection of the team in use."""
    app.secrets["connections"] = {"proxy": SERVER}
    app.run()
    labeled(app, "Prompt").set_value("a fox")
    return app.run()


def test_a_refused_value_stands_at_its_field(generate: AppTest) -> None:
    """A limit of the role is said at once, and nothing is sent; the built-in engine has no limits."""
    save_role_limit(workbench().library, Role.ADMIN, RoleLimit(n=1, pixels=1024 * 1024))
    forget_rules()
    generate.button(key="generate.submit").click().run()
    assert "at most 1,048,576 pixels" in texts(generate)
    assert "Not sent" in texts(generate)
    assert workbench().library.recent() == []
    labeled(generate, "Connection").set_value("built-in").run()
    assert "at most 1,048,576 pixels" not in texts(generate)


def test_a_connection_that_is_closed_is_not_offered(generate: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those whom a rule names have it in the choice."""
    assert "Proxy" in labeled(generate, "Connection").options
    add_access_rule(workbench().library, AccessRule("", "team:proxy", ("person:ann",)))
    forget_rules()
    assert "Proxy" in labeled(generate.run(), "Connection").options  # admins may use each of them
    monkeypatch.setattr("components.ui.session.team_rules.person", lambda: Person("bob", "Bob", Role.MEMBER))
    assert "Proxy" not in labeled(generate.run(), "Connection").options
    assert "sk-team" not in texts(generate)


def test_the_model_menu_leaves_out_what_is_closed(generate: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member sees the models of their rules and how many others there are; the first of them is chosen."""
    monkeypatch.setattr("components.ui.session.team_rules.person", lambda: Person("bob", "Bob", Role.MEMBER))
    state = page_state_of(generate)
    everything = [*state.models, *state.other_models]
    assert "gpt-image-1-mini" in everything
    add_access_rule(workbench().library, AccessRule("", "team:proxy", ("person:bob",), ("gpt-image-1-mini", "dall-*")))
    forget_rules()
    generate.run()
    state = page_state_of(generate)
    assert [*state.models, *state.other_models] == [
        one for one in everything if one == "gpt-image-1-mini" or one.startswith("dall-")
    ]
    left_out = len(everything) - len(state.models) - len(state.other_models)
    assert f"{left_out} other models are closed to you" in texts(generate)
    assert combobox(generate, "Model")["value"] == "gpt-image-1-mini"
    labeled(generate, "Connection").set_value("built-in").run()
    assert [*page_state_of(generate).models] == everything
    assert "closed to you" not in texts(generate)


def page_state_of(app: AppTest) -> FormState:
    """The state of the form on Generate."""
    found: FormState = app.session_state[state_key(FormState, "generate")]
    return found


def test_the_page_says_what_comes_from_the_file(admin: AppTest) -> None:  # noqa: F811
    """Limits and budgets of secrets.toml are named; what an admin sets in their place can be taken back."""
    budget = Budget(Scope.PERSON, "", Period.DAY, None, 2_500_000)
    workbench()  # reads the file that there is
    use_defaults(Defaults({Role.MEMBER: RoleLimit(n=3)}, (budget,)))
    try:
        opened(admin, "Limits")
        assert "From secrets.toml, until you set others" in texts(admin)
        assert admin.text_input(key="admin.limit.member.n").value == "3"
        admin.text_input(key="admin.limit.member.n").set_value("5")
        admin.button(key="admin.limit.member.save").click().run()
        assert "Set here, in place of secrets.toml" in texts(admin)
        assert all_limits(workbench().library).roles[Role.MEMBER].n == 5
        admin.button(key="admin.limit.member.reset").click().run()
        assert "From secrets.toml" in texts(admin)
        assert admin.text_input(key="admin.limit.member.n").value == "3"
        opened(admin, "Budgets")
        assert "from secrets.toml" in texts(admin)
        assert not [one for one in admin.button if str(one.key).endswith("-remove")]
        labeled(admin, "Refuse above (dollars)").set_value("9")
        admin.button(key="admin.budget.save").click().run()
        assert "in place of secrets.toml" in texts(admin)
        admin.button(key="admin-budget-person--day-remove").click().run()
        assert all_budgets(workbench().library) == [budget]
    finally:
        use_defaults(Defaults())


def test_a_file_that_cannot_be_used_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A budget with a typing error would be no budget; other tables of the file are left alone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".streamlit").mkdir()
    secrets = tmp_path / ".streamlit" / "secrets.toml"
    secrets.write_text('[limits.member]\nn = 2\n[connections.a]\napi_key = "sk-x"\n')
    assert defaults_in(operator_secrets()) == Defaults({Role.MEMBER: RoleLimit(n=2)})
    for text, words in (("[limits.member]\nm = 2", "nothing else"), ("[limits", "cannot be read")):
        secrets.write_text(text)
        with pytest.raises(SettingError, match=words):
            defaults_in(operator_secrets())
    secrets.write_bytes("[limits.member]\nn = 2  # größte".encode("latin-1"))
    with pytest.raises(SettingError, match="not UTF-8 text"):
        operator_secrets()


def test_what_is_left_is_beside_the_price_and_a_hard_budget_refuses(generate: AppTest) -> None:
    """A warning from the soft amount on; above the hard one a sentence with the reset, and nothing is sent."""
    labeled(generate, "Quality").set_value("high")
    save_budget(workbench().library, Budget(Scope.PERSON, "", Period.DAY, 10_000, 1_000_000))
    forget_rules()
    assert "More than $0.01 of your daily budget" in texts(generate.run())
    save_budget(workbench().library, Budget(Scope.PERSON, "", Period.DAY, None, 1_000_000))
    forget_rules()
    assert "$1.00 left of your daily budget" in texts(generate.run())
    save_budget(workbench().library, Budget(Scope.PERSON, "", Period.DAY, None, 20_000))
    forget_rules()
    generate.button(key="generate.submit").click().run()
    shown = texts(generate)
    assert "too little for this" in shown
    assert "$0.02 is left of your budget of $0.02 a day" in shown
    assert "A new one begins on" in shown
    assert "Nothing was sent" in shown
    assert workbench().library.recent() == []


def test_the_spending_view_has_ones_own_budgets(app: AppTest) -> None:
    """How much is used and left, and until when."""
    save_budget(workbench().library, Budget(Scope.TEAM, "", Period.MONTH, None, 5_000_000))
    app.session_state["library.view"] = "Spending"
    app.run().switch_page("../../pages/library.py").run()
    assert not app.exception
    assert "The team's monthly budget: $0.00 of $5.00 used, $5.00 left." in app.get("progress")[0].proto.text.replace(
        "\\", ""
    )
