"""The Analyze page without a browser: what it shows, refuses, keeps and sends."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.runs import RunView
from components.ui.forms.form_state import FormState
from components.ui.process.workbench import Workbench
from components.ui.session.connections import ConnectionsState
from tests.browser.vision_server import asked, cut, data, image_places, models, said
from tests.pages.forms.test_generate import combobox, labeled, labels, texts, wait_for_end
from tests.pages.interruptions import interrupt
from tests.pages.states import state_of
from tests.support.await_run import wait_for_ends
from tests.wire.loopback import Loopback, error_answer


@pytest.fixture
def remote() -> Iterator[Loopback]:
    """A server that sees, as far as the test tells it to."""
    with Loopback() as server:
        server.answer(models, path="/v1/models")
        server.answer(said("A boat."), path="/v1/responses")
        yield server


@pytest.fixture
def page(app: AppTest, remote: Loopback) -> AppTest:
    """The Analyze page, with a connection of the person's own to that server."""
    state_of(app, ConnectionsState).own = [Connection("own:eye", "Eye", remote.base_url, api_key="sk-test-eye")]
    app.run()
    app.switch_page("../../pages/analyze.py").run()
    assert not app.exception
    return app


def png(color: str, size: tuple[int, int] = (64, 48)) -> bytes:
    """An image in one color."""
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()


def add(page: AppTest, *colors: str) -> None:
    """Add images as files."""
    files = [(f"{color}.png", png(color), "image/png") for color in colors]
    page.get("file_uploader")[0].set_value(files).run()
    assert not page.exception


def press(page: AppTest, workbench: Workbench) -> RunView:
    """Press the button and wait for the end of the run that is shown."""
    labeled(page, "Analyze").click().run()
    assert not page.exception
    return ended(page, workbench)


def ended(page: AppTest, workbench: Workbench) -> RunView:
    """The run in the address when it has ended, with the page drawn again."""
    view = workbench.runner.view(wait_for_end(page, workbench))
    assert view is not None
    page.run()
    assert not page.exception
    return view


def urls(page: AppTest, text: str) -> None:
    """Give images by their addresses."""
    labeled(page, "Input type").set_value("urls").run()
    labeled(page, "Image URL(s)").set_value(text).run()


def test_the_form_is_the_seeds(page: AppTest) -> None:
    """Every option of the seed is there, with its default."""
    wanted = {"Model", "Text input", "Input type", "Detail", "Length of description (max tokens)", "Simplify output"}
    assert wanted <= labels(page)
    assert labeled(page, "Text input").value == "What's in this image?"
    assert labeled(page, "Length of description (max tokens)").value == "300"
    assert labeled(page, "Simplify output").value is True
    assert labeled(page, "Reasoning effort").value == "none"
    assert page.get("file_uploader")[0].label == "Image(s)"


def test_the_models_are_the_connections_own(page: AppTest) -> None:
    """Models known to see come first, makers of images are left out, and any other stays."""
    page.run()
    assert [one["id"] for one in combobox(page, "Model")["options"]][:2] == ["gpt-6.1-terra", "house-eye"]
    state_of(page, FormState, "analyze").values = {"model": "my-own-eye"}
    page.run()
    assert not page.exception
    assert "does not list my-own-eye" in texts(page)


def test_an_answer_with_its_facts(page: AppTest, workbench: Workbench, remote: Loopback) -> None:
    """The answer is kept with what it cost; the run stands in the address."""
    add(page, "red")
    view = press(page, workbench)
    assert (view.state, view.text, view.request_id) == ("done", "A boat.", "req_seen")
    assert "64 out, 812 in" in texts(page)
    assert "$0.001" in texts(page)
    assert "request req_seen" in texts(page)
    assert [one["sha256"] for one in view.recipe["inputs"]] == [
        image.sha256 for image in workbench.library.inputs(view.id)["image"]
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Add an image to look at first."),
        ("ftp://example.com/a.png", "does not begin with http"),
        ("file:///etc/passwd", "does not begin with http"),
        ("data:text/html,hi", "but not of an image"),
        (",".join(f"https://example.com/{place}.png" for place in range(21)), "at most 20 are allowed"),
    ],
)
def test_bad_addresses_are_named(page: AppTest, remote: Loopback, text: str, words: str) -> None:
    """Each bad address ends in one clear message at its field, and nothing is sent."""
    urls(page, text)
    labeled(page, "Analyze").click().run()
    assert not page.exception
    assert words in texts(page)
    assert asked(remote) == []


@pytest.mark.parametrize(
    "url", ["http://192.168.1.4/a.png", "http://localhost/a.png", "http://[::1]/a.png", "http://nas.local/a.png"]
)
def test_a_private_address_is_pointed_out(page: AppTest, url: str) -> None:
    """A server out there cannot fetch it, so that is said; it is not forbidden, since ours may."""
    urls(page, url)
    assert "private address" in texts(page)


def test_no_image_and_no_question(page: AppTest, remote: Loopback) -> None:
    """Both are named at once, after the button."""
    labeled(page, "Text input").set_value("  ").run()
    labeled(page, "Analyze").click().run()
    assert "Write something here first." in texts(page)
    assert "Add an image to look at first." in texts(page)
    assert asked(remote) == []


def test_broken_files_and_too_many(page: AppTest, remote: Loopback) -> None:
    """A file that is no image is named; 21 images are too many."""
    page.get("file_uploader")[0].set_value([("broken.png", b"\x89PNG\r\n\x1a\nnothing", "image/png")]).run()
    assert not page.exception
    assert "broken.png" in texts(page)
    page.get("file_uploader")[0].set_value(
        [(f"{place}.png", png(f"#0000{place:02x}"), "image/png") for place in range(21)]
    ).run()
    labeled(page, "Analyze").click().run()
    assert "There are 21 images" in texts(page)
    assert asked(remote) == []


def test_the_whole_response(page: AppTest, workbench: Workbench) -> None:
    """Without simplifying, the server's whole JSON is shown."""
    add(page, "red")
    labeled(page, "Simplify output").set_value(False).run()
    press(page, workbench)
    assert json.loads(page.code[0].value)["id"] == "resp_1"


def test_cut_off_and_empty(page: AppTest, workbench: Workbench, remote: Loopback) -> None:
    """A cut-off answer offers to go on; one that reasoning ate says so."""
    remote.answer(cut("There is"), cut("", reasoning=300), path="/v1/responses")
    add(page, "red")
    press(page, workbench)
    assert "reached its limit of 300 tokens" in texts(page)
    assert "Continue with 1,200 more tokens" in labels(page)
    press(page, workbench)
    assert "reasoning used all tokens" in texts(page)
    assert {"Ask again with 1,200 tokens", "Ask again without reasoning"} <= labels(page)


def test_a_refused_image(page: AppTest, workbench: Workbench, remote: Loopback) -> None:
    """The server's refusal is reported in its words, with what it means for money."""
    remote.answer(error_answer(400, "invalid_image", message="Image 2 is broken."), path="/v1/responses")
    add(page, "red", "blue")
    view = press(page, workbench)
    assert view.state == "failed"
    assert "Image 2 is broken." in texts(page)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ("", "Enter at least one field"),
        ("price: color", 'Unknown type "color" of "price"'),
        ("a\na", "appears twice"),
        ("{broken", "not valid JSON"),
        ('{"type": "string"}', '"type": "object"'),
        ('{"type": "nothing"}', "not a JSON schema"),
    ],
)
def test_bad_fields_are_named(page: AppTest, remote: Loopback, fields: str, words: str) -> None:
    """A schema that cannot be is said at its field, and nothing is sent."""
    add(page, "red")
    labeled(page, "Answer").set_value("As data").run()
    labeled(page, "Fields or JSON schema").set_value(fields).run()
    labeled(page, "Analyze").click().run()
    assert not page.exception
    assert words in texts(page)
    assert asked(remote) == []


def test_data_that_breaks_its_schema_is_said(page: AppTest, workbench: Workbench, remote: Loopback) -> None:
    """A server may not keep to the schema; what it breaks is named, and the table is there all the same."""
    remote.answer(data({"count": "two"}), said("Two boats."), path="/v1/responses")
    add(page, "red")
    labeled(page, "Answer").set_value("As data").run()
    labeled(page, "Fields or JSON schema").set_value("count: integer").run()
    press(page, workbench)
    assert "is not of type 'integer'" in texts(page)
    assert len(page.dataframe) == 1
    press(page, workbench)
    assert "The answer is not JSON" in texts(page)


def test_change_and_run_brings_everything_back(page: AppTest, workbench: Workbench, remote: Loopback) -> None:
    """Question, options, images and the shape of the answer are in the form again."""
    remote.answer(data({"count": 1}), path="/v1/responses")
    add(page, "red")
    labeled(page, "Text input").set_value("How many?").run()
    labeled(page, "Detail").set_value("low").run()
    labeled(page, "Answer").set_value("As data").run()
    labeled(page, "Fields or JSON schema").set_value("count: integer").run()
    press(page, workbench)
    labeled(page, "Text input").set_value("Else").run()
    labeled(page, "Answer").set_value("In words").run()
    labeled(page, "Load these settings").click().run()
    assert labeled(page, "Text input").value == "How many?"
    assert labeled(page, "Detail").value == "low"
    assert labeled(page, "Fields or JSON schema").value == "count: integer"
    press(page, workbench)
    first, second = asked(remote)
    assert first == second


def test_follow_ups_carry_the_conversation(page: AppTest, workbench: Workbench, remote: Loopback) -> None:
    """A follow-up knows what was said; its run knows where it belongs."""
    remote.answer(said("A boat."), said("Red."), path="/v1/responses")
    add(page, "red")
    first = press(page, workbench)
    page.chat_input[0].set_value("Which color?").run()
    second = ended(page, workbench)
    assert second.id != first.id
    assert second.extra is not None
    assert (second.extra["parent"], second.extra["conversation"]) == (first.id, first.id)
    body = asked(remote)[1]
    assert [one["content"] for one in body["input"][1:]] == ["A boat.", "Which color?"]
    assert len(image_places(body)) == 1


def each(page: AppTest, workbench: Workbench) -> list[dict[str, Any]]:
    """The exported table once all runs have ended."""
    for view in workbench.runner.live_views():
        wait_for_ends(workbench.runner, view.id)
    page.run()
    assert not page.exception
    from components.ui.analyze.separate.export import export_json
    from components.ui.analyze.separate.rows import rows_of_group

    named = page.query_params["run"]
    view_now = workbench.runner.view(named if isinstance(named, str) else named[0])
    assert view_now is not None
    rows: list[dict[str, Any]] = json.loads(export_json(rows_of_group(view_now)))
    return rows


def test_each_separately(page: AppTest, workbench: Workbench, remote: Loopback) -> None:
    """One run for each image, one of them failing; the table has them all, in order."""
    remote.answer(said("One."), error_answer(400, message="no"), said("Three."), path="/v1/responses")
    labeled(page, "Images").set_value("Each separately").run()
    urls(page, "https://example.com/1.png https://example.com/2.png https://example.com/3.png")
    labeled(page, "Analyze").click().run()
    rows = each(page, workbench)
    assert [row["image"] for row in rows] == [f"https://example.com/{place}.png" for place in (1, 2, 3)]
    assert sorted(row["state"] for row in rows) == ["done", "done", "failed"]
    assert "2 of 3 answered" in texts(page)
    assert all(len(image_places(body)) == 1 for body in asked(remote))


def test_each_is_asked_about_whatever_happens_meanwhile(
    page: AppTest, workbench: Workbench, remote: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody types while the runs of a question group begin: none of them is left out, and none begins twice."""
    begin = workbench.runner.submit

    def slow(*args: Any, **more: Any) -> str:
        interrupt()
        return begin(*args, **more)

    monkeypatch.setattr(workbench.runner, "submit", slow)
    labeled(page, "Images").set_value("Each separately").run()
    urls(page, "https://example.com/1.png https://example.com/2.png https://example.com/3.png")
    labeled(page, "Analyze").click().run()
    rows = each(page, workbench)
    assert [row["image"] for row in rows] == [f"https://example.com/{place}.png" for place in (1, 2, 3)]
    assert len(workbench.library.recent()) == 3


def test_a_longer_answer_is_offered_for_several_images(page: AppTest, workbench: Workbench, remote: Loopback) -> None:
    """300 tokens are for one image; for more, what they need is a press away before anything is sent."""
    add(page, "red")
    assert "Allow 600 tokens" not in labels(page)
    add(page, "blue")
    assert "One answer of at most 300 tokens for 2 images may be cut off." in texts(page)
    page.button(key="analyze.allow_more").click().run()
    assert "analyze.allow_more" not in {one.key for one in page.button}
    press(page, workbench)
    assert asked(remote)[0]["max_output_tokens"] == 600


def test_a_checklist(page: AppTest, workbench: Workbench, remote: Loopback) -> None:
    """Every point is asked about; one that the answer leaves out was not judged, so the image did not pass."""
    remote.answer(data({"results": [{"number": 1, "passed": True, "reason": "Yes."}]}), path="/v1/responses")
    add(page, "red")
    labeled(page, "Answer").set_value("Checklist").run()
    labeled(page, "Points to check").set_value("- Is it red?\n- Is there a logo?").run()
    labeled(page, "Analyze").click().run()
    (row,) = each(page, workbench)
    assert [(one["check"], one["passed"]) for one in row["checks"]] == [
        ("Is it red?", True),
        ("Is there a logo?", None),
    ]
    assert row["passed"] is None
    assert "2. Is there a logo?" in asked(remote)[0]["input"][0]["content"][0]["text"]
    assert "0 of 1 pass every point · 1 point not judged" in texts(page)


def test_the_built_in_engine_fetches_nothing(app: AppTest) -> None:
    """With the built-in engine the page says that addresses are of no use."""
    app.run()
    app.switch_page("../../pages/analyze.py").run()
    urls(app, "https://example.com/1.png")
    assert "does not fetch images" in texts(app)


def sent_size(body: Any) -> tuple[str, tuple[int, int]]:
    """The type and size of the one image that was sent."""
    (place,) = image_places(body)
    kind, _, data_part = place.partition(";base64,")
    with Image.open(io.BytesIO(base64.b64decode(data_part))) as image:
        return kind.removeprefix("data:"), image.size


@pytest.mark.parametrize(
    ("detail", "as_is", "size"),
    [
        ("auto", False, (1024, 768)),
        ("low", False, (512, 384)),
        ("high", False, (1024, 768)),
        ("original", False, (3000, 2250)),
        ("low", True, (3000, 2250)),
    ],
)
def test_images_go_no_larger_than_useful(
    page: AppTest, workbench: Workbench, remote: Loopback, detail: str, as_is: bool, size: tuple[int, int]
) -> None:
    """A large image is made smaller for its detail, and that is said; the switch sends its exact bytes."""
    noise = Image.merge("RGB", [Image.effect_noise((3000, 2250), 60) for _ in range(3)])
    buffer = io.BytesIO()
    noise.save(buffer, "JPEG", quality=95)
    page.get("file_uploader")[0].set_value([("large.jpg", buffer.getvalue(), "image/jpeg")]).run()
    labeled(page, "Detail").set_value(detail).run()
    if as_is:
        labeled(page, "Send as is").set_value(True).run()
    assert ("can use" in texts(page)) is (size[0] < 3000)
    view = press(page, workbench)
    (body,) = asked(remote)
    assert sent_size(body) == ("image/jpeg", size)
    assert ("was sent as" in texts(page)) is (size[0] < 3000)
    (stored,) = workbench.library.inputs(view.id)["image"]
    assert (stored.width, stored.height) == size
    if size[0] == 3000:
        assert stored.path.read_bytes() == buffer.getvalue()
