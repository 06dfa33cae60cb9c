"""The Analyze page in a real browser: by addresses, by files, one by one, on and on, and from a checklist to Edit."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.driver import open_page, wait_idle
from tests.browser.vision_server import app_with_server, asked, cut, data, image_places, response_object, said
from tests.wire.loopback import Break, Loopback, Received, Wait, error_answer, event, plain_answer, stream_answer

ANSWER = "A **small boat** on a lake.\n\n- red hull\n- two oars\n\n![spy](http://elsewhere.invalid/x.png) <img src=x>"


def png(color: str, size: tuple[int, int] = (64, 48)) -> bytes:
    """An image in one color."""
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def app_and_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AppServer, Loopback]]:
    """The app and the server that sees for it."""
    with app_with_server(tmp_path_factory.mktemp("app_and_server")) as both:
        yield both


@pytest.fixture
def remote(app_and_server: tuple[AppServer, Loopback]) -> Loopback:
    """The server, with nothing asked yet."""
    server = app_and_server[1]
    server.requests.clear()
    server.answer(plain_answer(png("teal"), content_type="image/png"), path="/boat.png")
    return server


@pytest.fixture
def analyze(page: Page, app_and_server: tuple[AppServer, Loopback], remote: Loopback) -> Page:
    """The Analyze page, open."""
    return open_page(page, app_and_server[0].base_url, "/analyze")


def press(page: Page) -> None:
    """Press the button that runs."""
    page.get_by_role("button", name="Analyze", exact=False).last.click()


def fetched(remote: Loopback) -> list[str]:
    """The images that this machine's browser asked for at their own addresses."""
    return [one.path for one in remote.requests if one.path.endswith((".png", ".jpg"))]


def choose(page: Page, label: str, option: str) -> None:
    """Choose one of the buttons that stand side by side."""
    page.get_by_label(label, exact=True).get_by_text(option, exact=True).click()
    wait_idle(page)


def add_files(page: Page, *colors: str) -> None:
    """Add images as files."""
    files = [{"name": f"{color}.png", "mimeType": "image/png", "buffer": png(color)} for color in colors]
    page.locator('input[type="file"]').set_input_files(files)  # type: ignore[arg-type]
    expect(page.locator(".image-inputs li")).to_have_count(len(colors))
    wait_idle(page)


def test_by_addresses_word_by_word(analyze: Page, remote: Loopback) -> None:
    """Addresses are text until their images are asked for, in the form and with the answer, also after a reload; they
    are sent as they are; words are there before the answer ends; nothing foreign loads.
    """
    page, gate = analyze, threading.Event()
    remote.answer(said(ANSWER, Wait(gate)), path="/v1/responses")
    choose(page, "Input type", "Image URL(s)")
    area = page.get_by_label("Image URL(s)", exact=True).last
    area.fill(f"{remote.origin}/boat.png, {remote.origin}/gone.jpg")
    area.blur()
    wait_idle(page)
    expect(page.locator(".previews .fact").first).to_have_text(f"{remote.origin}/boat.png")
    assert fetched(remote) == []
    page.get_by_role("button", name="Show images").click()
    expect(page.locator(".previews .fact").first).to_have_text("64x48")
    expect(page.locator(".previews .placeholder")).to_have_count(1)
    expect(page.get_by_text("private address")).to_be_visible()
    page.get_by_label("Text input", exact=True).fill("What floats here?")
    press(page)
    expect(page.locator(".reply > .answer")).to_have_text("A")
    expect(page.locator(".status")).to_have_text("Answering")
    gate.set()
    expect(page.locator(".status")).to_have_text("Answered")
    wait_idle(page)
    answer = page.locator(".reply > .answer")
    expect(answer.locator("strong")).to_have_text("small boat")
    expect(answer.locator("li")).to_have_text(["red hull", "two oars"])
    assert answer.locator("img").count() == 0
    expect(answer).to_contain_text("[image: spy] <img src=x>")
    expect(page.get_by_text("64 out, 812 in")).to_be_visible()
    expect(page.get_by_text("request req_seen")).to_be_visible()
    (body,) = asked(remote)
    assert image_places(body) == [f"{remote.origin}/boat.png", f"{remote.origin}/gone.jpg"]
    assert body["max_output_tokens"] == 300
    with page.expect_download() as download:
        page.get_by_role("button", name="Download .md").click()
    assert Path(download.value.path()).read_text().startswith("A **small boat**")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download .json").click()
    assert json.loads(Path(download.value.path()).read_text())["id"] == "resp_1"
    assert "run=" in page.url
    remote.requests.clear()
    page.reload()
    wait_idle(page)
    expect(page.locator(".reply > .answer")).to_contain_text("small boat")
    expect(page.locator(".reply > .question")).to_have_text("What floats here?")
    expect(page.locator(".reply .images .placeholder").first).to_have_text(f"{remote.origin}/boat.png")
    assert fetched(remote) == []
    page.locator(".reply").get_by_role("button", name="Show images").click()
    framed = page.frame_locator(".reply .images iframe").first.locator("img")
    expect(framed).to_have_js_property("naturalWidth", 64)


def test_by_files_and_a_follow_up(analyze: Page, remote: Loopback) -> None:
    """Files go as data URLs; a follow-up carries the conversation, both are shown after a reload; S stars its tile."""
    page = analyze
    remote.answer(said("Two fields of color."), said("The first is **red**."), path="/v1/responses")
    add_files(page, "red", "blue")
    press(page)
    expect(page.locator(".reply > .answer")).to_have_text("Two fields of color.")
    wait_idle(page)
    box = page.get_by_placeholder("Ask about the same images")
    box.fill("Which color is the first?")
    box.press("Enter")
    expect(page.locator(".reply > .answer")).to_have_text("The first is red.")
    wait_idle(page)
    first, second = asked(remote)
    assert all(place.startswith("data:image/png;base64,") for place in image_places(first))
    assert len(image_places(second)) == 2
    assert [one["role"] for one in second["input"]] == ["user", "assistant", "user"]
    assert second["input"][2]["content"] == "Which color is the first?"
    page.reload()
    wait_idle(page)
    expect(page.locator(".turns .answer")).to_have_text(["Two fields of color."])
    expect(page.locator(".reply > .question")).to_have_text("Which color is the first?")
    expect(page.locator(".images img")).to_have_count(2)
    address = page.url
    page.goto(f"{address.split('/analyze')[0]}/library")
    tile = page.locator(".gallery .tile").first
    tile.locator(".open").focus()
    page.keyboard.press("s")
    expect(tile.locator(".star.on")).to_have_count(1)
    wait_idle(page)
    tile.locator(".open").click()
    page.wait_for_url(address)
    expect(page.get_by_role("button", name="★ Starred")).to_be_visible()
    expect(page.get_by_role("button", name="Copy link")).to_be_visible()


def test_each_separately_one_failure_spoils_nothing(analyze: Page, remote: Loopback) -> None:
    """Each image is asked about alone; a refused one can be tried again; the table can be carried away."""
    page = analyze
    colors = {png("red"): "Red.", png("lime"): "Lime."}

    def answer(received: Received) -> list[object]:
        (place,) = image_places(received.json())
        color = colors.get(base64.b64decode(place.partition(",")[2]))
        return said(color) if color else error_answer(500, "server_error", message="This one is no good.")

    remote.answer(answer, path="/v1/responses")  # type: ignore[arg-type]
    add_files(page, "red", "lime", "black")
    choose(page, "Images", "Each separately")
    press(page)
    rows = page.locator(".row")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("Red.")
    expect(rows.nth(1)).to_contain_text("Lime.")
    expect(rows.nth(2)).to_contain_text("This one is no good")
    expect(page.get_by_text("2 of 3 answered")).to_be_visible()
    wait_idle(page)
    colors[png("black")] = "Black."
    rows.nth(2).get_by_role("button", name="Try again").click()
    expect(rows.nth(2)).to_contain_text("Black.")
    wait_idle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download .csv").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("image,answer,state")
    assert [line.split(",")[1] for line in lines[1:]] == ["Red.", "Lime.", "Black."]
    rows.nth(0).get_by_role("button", name="Open").click()
    expect(page.locator(".reply > .answer")).to_have_text("Red.")


def test_as_data(analyze: Page, remote: Loopback) -> None:
    """Named fields become a schema; the answer is checked against it and shown as a table."""
    page = analyze
    remote.answer(data({"subject": "boat", "count": 2}), path="/v1/responses")
    add_files(page, "green")
    choose(page, "Answer", "As data")
    page.get_by_label("Fields or JSON schema", exact=True).fill("subject\ncount: integer")
    press(page)
    expect(page.get_by_text("Matches the requested fields.")).to_be_visible()
    wait_idle(page)
    (body,) = asked(remote)
    assert body["text"]["format"]["schema"]["properties"]["count"] == {"type": ["integer", "null"]}


def test_a_checklist_leads_to_edit(analyze: Page, remote: Loopback) -> None:
    """Points pass or fail with a reason; one click takes the image and what failed to the Edit page."""
    page = analyze
    results = [
        {"number": 1, "passed": False, "reason": "It says Harbuor."},
        {"number": 2, "passed": True, "reason": "At the top left."},
    ]
    remote.answer(data({"results": results}), path="/v1/responses")
    add_files(page, "navy")
    choose(page, "Answer", "Checklist")
    page.get_by_label("Points to check", exact=True).fill("Is the text spelled right?\nIs the logo there?")
    press(page)
    expect(page.locator(".verdict.fail")).to_contain_text("It says Harbuor.")
    expect(page.locator(".verdict.pass")).to_have_count(1)
    wait_idle(page)
    page.get_by_role("button", name="Fix on Edit").click()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(
        "Correct only the following and leave everything else exactly as it is:\n"
        "- Is the text spelled right: It says Harbuor."
    )
    expect(page.locator(".image-inputs li")).to_have_count(1)
    assert "/edit" in page.url


def test_cut_off_goes_on(analyze: Page, remote: Loopback) -> None:
    """A cut-off answer says so and goes on with more tokens, as one text."""
    page = analyze
    remote.answer(cut("There is a boat and"), said("a bridge."), path="/v1/responses")
    add_files(page, "gold")
    press(page)
    expect(page.get_by_text("reached its limit of 300 tokens")).to_be_visible()
    wait_idle(page)
    page.get_by_role("button", name="Continue with 1,200 more tokens").click()
    expect(page.locator(".reply > .answer")).to_have_text("There is a boat and a bridge.")
    wait_idle(page)
    assert asked(remote)[1]["max_output_tokens"] == 1200
    expect(page.locator(".turns .answer")).to_have_count(0)


def test_reasoning_that_used_up_the_tokens_is_named(analyze: Page, remote: Loopback) -> None:
    """An empty answer because of reasoning says exactly that, and what to do."""
    page = analyze
    remote.answer(cut("", reasoning=300), said("A boat."), path="/v1/responses")
    add_files(page, "olive")
    press(page)
    expect(page.get_by_text("reasoning used all tokens")).to_be_visible()
    wait_idle(page)
    page.get_by_role("button", name="Ask again with 1,200 tokens").click()
    expect(page.locator(".reply > .answer")).to_have_text("A boat.")


def test_a_stream_that_breaks_off_keeps_its_words(analyze: Page, remote: Loopback) -> None:
    """What arrived stays and is marked; the failure is reported."""
    page = analyze
    words = [event({"type": "response.output_text.delta", "delta": text}) for text in ("A boat", " with")]
    remote.answer(stream_answer([*words, Break()], end=False), path="/v1/responses")
    add_files(page, "pink")
    press(page)
    expect(page.locator(".status")).to_have_text("Incomplete")
    wait_idle(page)
    expect(page.locator(".reply > .answer")).to_have_text("A boat with")
    expect(page.get_by_text("The text that arrived is shown above")).to_be_visible()


def test_an_answer_becomes_a_prompt(analyze: Page, remote: Loopback) -> None:
    """A description is requested and sent to the Generate page's prompt."""
    page = analyze
    remote.answer(said("A boat."), said("A red boat, oil on canvas."), path="/v1/responses")
    add_files(page, "tan")
    press(page)
    expect(page.locator(".reply > .answer")).to_have_text("A boat.")
    wait_idle(page)
    page.get_by_role("button", name="Describe as prompt").click()
    expect(page.locator(".reply > .answer")).to_have_text("A red boat, oil on canvas.")
    wait_idle(page)
    page.get_by_role("button", name="Use as prompt").click()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("A red boat, oil on canvas.")


EVIL = """# A title <script>window.evil = 1</script>

<img src=x onerror="window.evil = 2"> <iframe src="https://elsewhere.invalid/"></iframe>

![a](http://elsewhere.invalid/a.png) [![b](http://elsewhere.invalid/b.png)](http://elsewhere.invalid/)

[run](javascript:window.evil=3) [data](data:text/html,<script>window.evil=4</script>) [fine](https://example.com/)

| a | b |
|---|---|
| <b onclick=evil()>c</b> | `d` |

- one
  - two
1. three

```html
<script>window.evil = 5</script>
```
> quoted **bold"""


def test_an_answer_can_run_and_load_nothing(analyze: Page, remote: Loopback) -> None:
    """HTML stays text, images become words, only web addresses become links."""
    page = analyze
    remote.answer(said(EVIL), path="/v1/responses")
    add_files(page, "gray")
    press(page)
    expect(page.locator(".status")).to_have_text("Answered")
    wait_idle(page)
    answer = page.locator(".reply > .answer")
    assert answer.locator("img, script, iframe, object, b, style, form").count() == 0
    expect(answer).to_contain_text("<script>window.evil = 1</script>")
    links = answer.locator("a").evaluate_all("links => links.map(a => a.href)")
    assert links[-1] == "https://example.com/"
    assert all(link.startswith(("http://", "https://")) for link in links)
    assert answer.locator("a").last.get_attribute("rel") == "noopener noreferrer nofollow"
    expect(answer.locator("table td")).to_have_text(["<b onclick=evil()>c</b>", "d"])
    expect(answer.locator("li li")).to_have_text(["two"])
    assert page.evaluate("window.evil") is None


@pytest.mark.parametrize(
    "text", ["[a](" * 1500 + "`" * 2400, "|a|b|\n|-|-|\n" + "|*a*|\n" * 6000], ids=["links", "rows"]
)
def test_a_hostile_answer_does_not_freeze_the_page(analyze: Page, remote: Loopback, text: str) -> None:
    """Unclosed links and backticks, and a table of 6,000 rows, are drawn while the page goes on answering."""
    page = analyze
    remote.answer(
        stream_answer([event({"type": "response.completed", "response": response_object(text)})]), path="/v1/responses"
    )
    add_files(page, "gray")
    press(page)
    expect(page.locator(".status")).to_have_text("Answered")
    wait_idle(page)


def test_with_no_key_the_built_in_engine_measures(page: Page, base_url: str) -> None:
    """Out of the box an image is measured, and it is said that nothing is understood."""
    open_page(page, base_url, "/analyze")
    add_files(page, "red")
    press(page)
    expect(page.locator(".reply > .answer")).to_contain_text("does not understand")
    expect(page.locator(".reply > .answer")).to_contain_text("64 x 48")
    expect(page.get_by_text("free, built-in engine")).to_be_visible()
    wait_idle(page)
    box = page.get_by_placeholder("Ask about the same images")
    box.fill("How large is it?")
    box.press("Enter")
    expect(page.locator(".turns .answer")).to_have_count(1)
    expect(page.locator(".status")).to_have_text("Answered")


def test_an_image_of_an_earlier_run_on_a_phone(new_page: Callable[..., Page], base_url: str) -> None:
    """At 390 pixels a generated image is taken from the library and asked about; the answer scrolls into sight."""
    page = new_page(viewport={"width": 390, "height": 844})
    open_page(page, base_url, "/?prompt=A+red+kite")
    page.get_by_role("button", name="Generate", exact=False).last.click()
    expect(page.locator(".image img")).to_have_count(1)
    wait_idle(page)
    open_page(page, base_url, "/analyze")
    page.get_by_role("button", name="From earlier runs").click()
    page.locator(".strip button").first.click()
    expect(page.locator(".image-inputs li")).to_have_count(1)
    wait_idle(page)
    page.keyboard.press("Escape")
    press(page)
    expect(page.locator(".status")).to_have_text("Answered")
    expect(page.locator(".status")).to_be_in_viewport()
    wait_idle(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    other = new_page(viewport={"width": 390, "height": 844})
    other.goto(page.url)
    expect(other.locator(".status")).to_be_in_viewport()
