"""The Generate page without a browser: what it shows, checks, keeps and sends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.parameters import CATALOGUE, Group, applicable
from components.ui.forms.combobox import ComboboxState
from components.ui.process.workbench import Workbench
from components.ui.session.connections import ConnectionsState
from tests.pages.states import state_of
from tests.pages.team_worker import team_worker
from tests.support.await_run import wait_for_ends
from tests.wire.loopback import Loopback, error_answer, json_answer


def plain(label: str) -> str:
    """A label as it is read: names of files are escaped in it."""
    return label.replace("\\", "")


def labeled(app: AppTest, label: str) -> Any:
    """The one widget with this label."""
    kinds = ("selectbox", "text_area", "text_input", "number_input", "toggle", "segmented_control", "button")
    found = [one for kind in kinds for one in app.get(kind) if plain(one.label) == label]
    assert len(found) == 1, f"{len(found)} widgets are labeled {label!r}"
    return found[0]


def labels(app: AppTest) -> set[str]:
    """The labels of all widgets of the page."""
    kinds = ("selectbox", "text_area", "text_input", "number_input", "toggle", "segmented_control", "button")
    return {plain(one.label) for kind in kinds for one in app.get(kind)} | {
        one["label"] for one in components(app, "free")
    }


def texts(app: AppTest) -> str:
    """Every word that the page shows in Markdown."""
    return "\n".join(one.value.replace("\\", "") for one in (*app.markdown, *app.caption))


def components(app: AppTest, mark: str) -> list[Any]:
    """What those of the app's own components are given that have `mark` among their names."""
    given = [json.loads(one.proto.json) for one in app.get("bidi_component") if one.proto.json]
    return [one for one in given if mark in one]


def combobox(app: AppTest, label: str) -> Any:
    """What the combobox with this label is given: its value, its options, whether it is free."""
    found = [one for one in components(app, "free") if one["label"] == label]
    assert len(found) == 1, f"{len(found)} comboboxes are labeled {label!r}"
    return found[0]


def choose(app: AppTest, key: str, value: str, *, open: bool = False) -> None:
    """Choose a value in the combobox of this key, or leave it `open` as typed, as its browser's part would report."""
    typed = state_of(app, ComboboxState).known[key]
    typed.count += 1
    if open:
        typed.open = value
    else:
        typed.value, typed.open = value, None
    app.run()
    assert not app.exception


def wait_for_end(app: AppTest, workbench: Workbench) -> str:
    """Wait until the run in the address has ended; return its id."""
    named = app.query_params["run"]
    run_id = named if isinstance(named, str) else named[0]
    wait_for_ends(workbench.runner, run_id)
    return run_id


@pytest.mark.parametrize("model", [one for one in CATALOGUE if "generate" in CATALOGUE[one].operations])
def test_only_what_the_model_takes_is_shown(app: AppTest, model: str) -> None:
    """The form shows the parameters of the chosen model that apply, and no others."""
    app.query_params["model"] = model
    app.run()
    assert not app.exception
    wanted = {one.label for one in applicable("generate", model, {}) if one.group in Group}
    shown = labels(app) - {"Connection", "Generate", "Your name", "Request", "Fill in the form", "Save"}
    shown.discard("Transparent background, cut out here")  # no parameter: what this app does with the result
    assert wanted <= shown
    extra = {label for label in shown - wanted if not label.startswith(("A ", "The "))}
    assert not extra


def test_a_run_is_stored_and_shown(app: AppTest, workbench: Workbench) -> None:
    """Generate writes a run, puts it into the address, and shows what was asked and what came."""
    app.run()
    labeled(app, "Prompt").set_value("A small red house")
    labeled(app, "Number of images").set_value("2")
    app.run()
    labeled(app, "Generate").click().run()
    assert not app.exception
    view = workbench.runner.view(wait_for_end(app, workbench))
    assert view is not None
    assert (view.state, len(view.images)) == ("done", 2)
    app.run()
    assert "Run again" in labels(app)
    (viewer,) = components(app, "status_only")
    assert (viewer["run"]["prompt"], viewer["run"]["settings"]) == (
        "A small red house",
        f"{view.model} · Number of images 2",
    )
    (facts,) = components(app, "requested")
    sizes = [row["returned"] for row in facts["requested"] if row["label"] == "Size"]
    assert sizes == ["1024x1024"]


def test_a_refusal_of_the_built_in_engine_costs_nothing_and_offers_no_second_try(
    app: AppTest, workbench: Workbench
) -> None:
    """What the page says of the money is one thing only, and what would be refused again cannot be run again."""
    app.run()
    labeled(app, "Prompt").set_value("A boat [moderation]").run()
    labeled(app, "Generate").click().run()
    wait_for_end(app, workbench)
    app.run()
    assert "Blocked by the safety system" in texts(app)
    assert "Nothing was spent: the built-in engine is free." in texts(app)
    assert "billed" not in texts(app)
    (facts,) = components(app, "requested")
    assert [row["requested"] for row in facts["facts"] if row["label"] == "Cost"] == ["nothing, built-in engine"]
    assert "Load these settings" in labels(app)
    assert "Run again" not in labels(app)


def test_a_failed_run_tells_what_was_asked_alone(app: AppTest, workbench: Workbench) -> None:
    """Where nothing came there is no column for it."""
    app.run()
    labeled(app, "Prompt").set_value("A house [server error]").run()
    labeled(app, "Generate").click().run()
    wait_for_end(app, workbench)
    app.run()
    (facts,) = components(app, "requested")
    assert facts["head"] is None
    assert {"Size", "Model"} <= {row["label"] for row in facts["requested"]}


def test_the_first_result_of_the_built_in_engine_leads_to_the_connections(app: AppTest, workbench: Workbench) -> None:
    """The button stands beside the session's first result, and is gone from it once it was used."""
    hint = "Connect a real model"
    app.run()
    labeled(app, "Prompt").set_value("a lighthouse").run()
    assert hint not in labels(app)
    labeled(app, "Generate").click().run()
    run_id = wait_for_end(app, workbench)
    app.run()
    labeled(app, hint).click().run()
    assert "Available connections" in [one.value for one in app.subheader]
    app.switch_page("../../pages/generate.py")
    app.query_params["run"] = run_id
    app.run()
    assert "Load these settings" in labels(app)
    assert hint not in labels(app)


def test_an_empty_prompt_is_named_only_after_the_button(app: AppTest) -> None:
    """An untouched form complains about nothing; pressing the button names the empty field and sends nothing."""
    app.run()
    assert "Write something" not in texts(app)
    labeled(app, "Generate").click().run()
    assert "Write something here first." in texts(app)
    assert "run" not in app.query_params


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"n": "0"}, "whole number from 1 to 10"),
        ({"n": "11"}, "whole number from 1 to 10"),
        ({"n": "abc"}, "whole number from 1 to 10"),
        ({"model": "gpt-image-2", "size": "1000x1000"}, "multiples of 16"),
        ({"model": "gpt-image-2", "size": "4000x112"}, "3840"),
        ({"model": "gpt-image-2", "size": "big"}, "is not a size"),
        ({"output_format": "jpeg", "output_compression": "101"}, "from 0 to 100"),
        ({"quality": "ultra"}, "is not one of auto, low"),
        ({"partial_images": "4"}, "from 0 to 3"),
        ({"model": "two words"}, "contains a space"),
    ],
)
def test_bad_values_of_an_address_are_named_at_their_field(app: AppTest, query: dict[str, str], words: str) -> None:
    """What a link asks for goes through the same checks; each bad value ends in one clear message."""
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert words in texts(app)


def test_values_survive_a_change_of_model(app: AppTest) -> None:
    """What another model does not take waits, and is there again when a model takes it."""
    app.run()
    labeled(app, "Prompt").set_value("A prompt that stays").run()
    labeled(app, "Quality").set_value("xhigh").run()
    labeled(app, "Output format").set_value("svg").run()
    choose(app, "generate.model", "gpt-image-2")
    assert labeled(app, "Quality").value == "auto"
    assert labeled(app, "Prompt").value == "A prompt that stays"
    choose(app, "generate.model", "gpt-image-2.6-flare")
    assert labeled(app, "Quality").value == "xhigh"
    assert labeled(app, "Output format").value == "svg"


def test_a_model_of_the_teams_own_can_be_typed(app: AppTest, workbench: Workbench) -> None:
    """A name that no catalogue has is accepted and gets every parameter."""
    app.query_params["model"] = "house-model-7"
    app.run()
    assert not app.exception
    assert combobox(app, "Model")["value"] == "house-model-7"
    assert {"Style", "Complexity", "Respond with image URL(s)"} <= labels(app)


def test_an_unknown_run_in_the_address_says_so(app: AppTest) -> None:
    """A link that was cut off gives a sentence, not an error."""
    app.query_params["run"] = "nothere"
    app.run()
    assert not app.exception
    assert "not in the library" in texts(app)


def test_change_and_run_fills_the_form(app: AppTest, workbench: Workbench) -> None:
    """A stored run puts everything it was asked back into the form."""
    app.query_params["model"] = "gpt-image-2"
    app.query_params["prompt"] = "A tin robot"
    app.query_params["size"] = "1536x1024"
    app.run()
    labeled(app, "Generate").click().run()
    wait_for_end(app, workbench)
    labeled(app, "Prompt").set_value("Something else").run()
    labeled(app, "Load these settings").click().run()
    assert labeled(app, "Prompt").value == "A tin robot"
    assert combobox(app, "Size")["value"] == "1536x1024"


def test_the_key_of_an_own_connection_is_nowhere_on_the_page(app: AppTest) -> None:
    """A key that was entered is masked on the card and in no element of any page afterwards."""
    key = "sk-test-0123456789abcdefSECRET"
    app.run()
    app.switch_page("../../pages/connections.py").run()
    labeled(app, "Name").set_value("Mine")
    labeled(app, "Base URL").set_value("http://127.0.0.1:9/v1")
    labeled(app, "API key").set_value(key)
    labeled(app, "Add").click().run()
    assert not app.exception
    assert "Mine" in texts(app)
    labeled_all = json.dumps([str(one) for one in app.main.children.values()], default=str)
    assert key not in labeled_all
    app.switch_page("../../pages/generate.py").run()
    assert key not in json.dumps([str(one) for one in app.main.children.values()], default=str)
    assert labeled(app, "Connection").value != "built-in"


@pytest.mark.parametrize(
    ("label", "given"),
    [("Number of images", ("20", "0", "-1", "", "4.5", "1e1", "ten")), ("Partial images", ("4", "-1", "99", ""))],
)
def test_a_number_beyond_its_limits_is_refused_at_its_field(
    app: AppTest, workbench: Workbench, label: str, given: tuple[str, ...]
) -> None:
    """What stands in the field is what would be sent: the run does not go out with the last good number instead."""
    app.run()
    labeled(app, "Prompt").set_value("A small red house").run()
    for number in given:
        labeled(app, label).set_value(number).run()
        assert labeled(app, label).value == number
        assert "is not a whole number from" in texts(app)
        labeled(app, "Generate").click().run()
        assert "Not sent: one thing above" in texts(app)
    assert workbench.library.recent() == []
    labeled(app, label).set_value("2").run()
    assert "is not a whole number from" not in texts(app)


def test_a_wish_waits_while_another_model_is_chosen(
    app: AppTest, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The field shows what is used, says what waits, and shows it again with a model that takes it."""
    monkeypatch.setattr("components.ui.session.widget_sync.BEHIND", 0.0)  # this person is as quick as the browser
    app.query_params.update({"model": "gpt-image-1", "prompt": "A boat", "n": "4", "size": "1536x1024"})
    app.run()
    choose(app, "generate.model", "dall-e-3")
    assert labeled(app, "Number of images").value == "1"
    assert combobox(app, "Size")["value"] == "1024x1024"
    assert '"4" is not 1, the only number that this model takes. It is kept for models that accept it.' in texts(app)
    labeled(app, "Generate").click().run()
    view = workbench.runner.view(wait_for_end(app, workbench))
    assert view is not None
    assert (view.state, len(view.images), view.images[0].width) == ("done", 1, 1024)
    choose(app, "generate.model", "gpt-image-1")
    assert labeled(app, "Number of images").value == "4"
    assert combobox(app, "Size")["value"] == "1536x1024"
    assert "kept for models" not in texts(app)
    # What is typed for this very model is no wish of another one.
    choose(app, "generate.model", "dall-e-3")
    labeled(app, "Number of images").set_value("4").run()
    assert labeled(app, "Number of images").value == "4"
    labeled(app, "Generate").click().run()
    assert "Not sent: one thing above" in texts(app)


def test_a_text_that_is_no_choice_yet_is_not_sent(app: AppTest, workbench: Workbench) -> None:
    """What was typed into the model's box and not confirmed stays there; the model before it is not used in silence."""
    app.run()
    labeled(app, "Prompt").set_value("A small red house").run()
    choose(app, "generate.model", "mini", open=True)
    assert combobox(app, "Model")["value"] == "mini"
    assert "“mini” is not chosen yet." in texts(app)
    labeled(app, "Generate").click().run()
    assert workbench.library.recent() == []
    choose(app, "generate.model", "gpt-image-1-mini")
    assert "not chosen yet" not in texts(app)
    assert not app.exception


def test_the_servers_own_models_come_first_and_the_default_is_one_of_them(app: AppTest) -> None:
    """On every page the menu is the connection's, and a default that its server lacks is not proposed."""
    listed = ["text-embedding-3-small", "gpt-image-1-mini", "house-model", "gpt-4o"]
    with Loopback() as server:
        server.answer(json_answer({"data": [{"id": name} for name in listed]}), path="/v1/models")
        state_of(app, ConnectionsState).own = [Connection("own:1", "Office", server.base_url, api_key="sk-test-1")]
        app.run()
        for page, offered in {
            "generate": ["gpt-image-1-mini", "house-model"],
            "edit": ["gpt-image-1-mini", "house-model"],
            "analyze": ["gpt-4o", "house-model"],
        }.items():
            app.switch_page(f"../../pages/{page}.py").run()
            box = combobox(app, "Model")
            first, others = box["options"][: len(offered)], box["options"][len(offered) :]
            assert [one["id"] for one in first] == offered
            assert box["value"] == offered[0]
            assert others
            assert all("not listed" in one["note"] for one in others)


def test_a_deployment_is_chosen_as_the_model_that_it_stands_for(app: AppTest, workbench: Workbench) -> None:
    """Only what was deployed comes first, parameters are the model's, and the deployment's name goes on the wire."""
    with Loopback() as server:
        server.answer(error_answer(400, "bad"))
        given = {"shape": "azure-deployments", "api_version": "1", "api_key": "k", "base_url": server.origin}
        names = {"my-images": "gpt-image-1-mini", "my-eyes": "gpt-4o"}
        app.secrets["connections"] = {"azure": {**given, "models": names}}
        app.run()
        box = combobox(app, "Model")
        assert (box["value"], box["options"][0]["id"]) == ("gpt-image-1-mini", "gpt-image-1-mini")
        assert "my-images" in box["options"][0]["note"]
        assert "not listed" in box["options"][1]["note"]
        labeled(app, "Prompt").set_value("A boat").run()
        labeled(app, "Generate").click().run()
        assert not app.exception
        (run,) = workbench.library.recent()
        with team_worker(app, workbench):
            wait_for_ends(workbench.runner, run.id)
        sent = next(one for one in server.requests if one.method == "POST")
    assert sent.target == "/openai/deployments/my-images/images/generations?api-version=1"
    assert sent.json()["model"] == "my-images"
    assert run.model == "gpt-image-1-mini"


def test_a_panel_never_opened_is_not_drawn_and_names_its_problems(app: AppTest) -> None:
    """Its values count all the same; a mark in the title leads to a bad one."""
    for panel in ("options", "automation"):
        app.session_state[f"generate.{panel}.panel"] = False
    app.query_params.update({"prompt": "A boat", "user": "team-7", "partial_images": "9"})
    app.run()
    labeled(app, "Generate").click().run()
    assert not [one for one in app.text_input if one.key in ("generate.user", "generate.partial_images")]
    titles = [one.label for one in app.expander]
    assert any(title.startswith("More options :red[") for title in titles)
    assert any(title.startswith("For automation  :gray[") for title in titles)
    for panel in ("options", "automation"):
        app.session_state[f"generate.{panel}.panel"] = True
    app.run()
    assert app.text_input(key="generate.user").value == "team-7"
    assert app.text_input(key="generate.partial_images").value == "9"
