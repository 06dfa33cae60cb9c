"""Forms in a real browser: what a field shows is what is sent, or nothing is sent."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.app_server import AppServer
from tests.browser.driver import open_page, wait_idle
from tests.browser.pages.test_generate import fill_prompt, wait_done


def press_and_see_refused(page: Page, button: str, words: str) -> None:
    """Press the button; nothing goes out, and the field says why."""
    page.get_by_role("button", name=button).last.click()
    expect(page.get_by_text(words).first).to_be_visible()
    expect(page.get_by_text("Not sent:")).to_be_visible()
    assert "run=" not in page.url


def model_box(page: Page) -> Locator:
    """Open the line that names connection and model, and return the field of the model."""
    page.get_by_text("· change").click()
    return page.get_by_role("combobox", name="Model")


def test_a_page_opens_with_the_prompt_ready_and_the_button_in_sight(
    new_page: Callable[..., Page], base_url: str
) -> None:
    """What is typed right away is the prompt, on the next page too; nothing takes the focus from another field."""
    page = new_page(viewport={"width": 1366, "height": 768})
    open_page(page, base_url)
    page.keyboard.type("A boat")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("A boat")
    page.get_by_label("Prompt", exact=True).blur()
    wait_idle(page)
    for path, button in (("generate", "Generate"), ("edit", "Edit"), ("analyze", "Analyze")):
        if path != "generate":
            page.get_by_role("link", name=button).click()
            wait_idle(page)
            expect(page.locator("textarea").first).to_be_focused()
        expect(page.get_by_role("button", name=button).last).to_be_in_viewport(ratio=1)
    page.get_by_role("link", name="Generate").click()
    wait_idle(page)
    number = page.get_by_label("Number of images", exact=True)
    number.fill("2")
    number.press("Enter")
    wait_idle(page)
    expect(number).to_be_focused()


@pytest.mark.parametrize(("path", "label"), [("/", "Prompt"), ("/edit", "Prompt"), ("/analyze", "Text input")])
def test_no_hint_lies_over_what_is_typed(page: Page, base_url: str, path: str, label: str) -> None:
    """Streamlit's own hint, which it shows at the first letter, is hidden in the field that has one beneath it."""
    open_page(page, base_url, path)
    page.get_by_label(label, exact=True).focus()
    hint = page.evaluate(
        """async label => {
          document.execCommand("insertText", false, "A boat")
          const field = document.querySelector(`textarea[aria-label="${label}"]`).closest('[data-testid="stTextArea"]')
          const end = performance.now() + 20000
          while (performance.now() < end) {
            const hint = field.querySelector('[data-testid="InputInstructions"]')
            if (hint) return getComputedStyle(hint).display
            await new Promise(requestAnimationFrame)
          }
          return "never there"
        }""",
        label,
    )
    assert hint == "none"


def test_a_page_is_idle_only_when_its_answer_is_there(page: Page, base_url: str) -> None:
    """The tests' own wait: a request that leaves late on a busy machine is waited for, not taken for no request."""
    open_page(page, base_url, "/?prompt=A+boat")
    price = page.get_by_text("At OpenAI:").first
    before = price.inner_text()
    page.evaluate(
        "() => { const own = Object.getPrototypeOf(WebSocket.prototype), send = own.send;"
        "own.send = function (data) { setTimeout(() => send.call(this, data), 1500) } }"
    )
    number = page.get_by_label("Number of images", exact=True)
    number.fill("2")
    number.press("Enter")
    wait_idle(page)
    assert price.inner_text() != before


@pytest.mark.parametrize(
    ("path", "label", "numbers"),
    [
        ("/?prompt=A+boat", "Number of images", ("20", "0")),
        ("/?prompt=A+boat&output_format=jpeg", "Output compression", ("300",)),
        ("/?prompt=A+boat&output_format=gif", "Frames", ("99",)),
        ("/?prompt=A+boat&output_format=gif", "Frame duration (ms)", ("15",)),
        ("/?prompt=A+boat", "Partial images", ("4",)),
        ("/edit?prompt=A+boat", "Number of images", ("20",)),
        ("/analyze", "Length of description (max tokens)", ("0", "15", "1000000")),
    ],
)
def test_a_number_beyond_its_limits_is_refused(
    page: Page, base_url: str, path: str, label: str, numbers: tuple[str, ...]
) -> None:
    """The number stays in its field, with the limits beside it, and no other number is sent in its place."""
    open_page(page, base_url, path)
    field = page.get_by_label(label, exact=True)
    if not field.is_visible():
        page.get_by_text("More options").click()
    for number in numbers:
        field.fill(number)
        press_and_see_refused(
            page,
            {"/edit": "Edit", "/analyz": "Analyze"}.get(path[:7].partition("?")[0], "Generate"),
            f'"{number}" is not',
        )
        expect(field).to_have_value(number)


# A text of an input method that has not ended: the field hands it in when it loses the focus, and not after a pause.
COMPOSE = """(field, text) => {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, text)
  field.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }))
}"""


def test_a_press_counts_although_the_button_moves(page: Page, base_url: str) -> None:
    """The message of the field that loses the focus pushes the button away from the pointer before it is released."""
    open_page(page, base_url, "/?prompt=A+boat")
    page.set_viewport_size({"width": 1366, "height": 1600})  # the button stands in the form, not at the edge
    number = page.get_by_label("Number of images", exact=True)
    number.click()
    number.evaluate(COMPOSE, "99")
    button = page.get_by_role("button", name="Generate").last
    button.hover()
    before = button.bounding_box()
    assert button.evaluate("one => one.matches(':hover')")
    page.mouse.down()
    expect(page.get_by_text('"99" is not').first).to_be_visible()
    after = button.bounding_box()
    assert before is not None
    assert after is not None
    assert after["y"] > before["y"] + before["height"] / 2, "the button did not move, so this shows nothing"
    page.mouse.up()
    expect(page.get_by_text("Not sent:")).to_be_visible()
    page.get_by_label("Number of images", exact=True).fill("1")
    wait_idle(page)
    button.hover()
    page.mouse.down()
    page.mouse.move(100, 100, steps=3)
    page.mouse.up()
    wait_idle(page)
    assert "run=" not in page.url, "a press that is taken back sends nothing"


def test_the_model_box_finds_before_it_makes(page: Page, base_url: str) -> None:
    """ "mini" and Enter finds the model of that name; a whole id is not offered as a new one; any other is taken."""
    open_page(page, base_url)
    box = model_box(page)
    box.fill("mini")
    expect(page.get_by_role("option").first).to_contain_text("gpt-image-1-mini")
    page.keyboard.press("Enter")
    wait_idle(page)
    expect(box).to_have_value("gpt-image-1-mini")
    box.fill("gpt-image-2")
    expect(page.get_by_role("option").first).to_have_text("gpt-image-2")
    expect(page.get_by_role("option", name="Use “gpt-image-2”")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(box).to_have_value("gpt-image-1-mini")
    # What is typed and not confirmed is not turned back in silence, nor is another model used.
    fill_prompt(page, "A boat")
    box.fill("flare")
    press_and_see_refused(page, "Generate", "“flare” is not chosen yet")
    expect(box).to_have_value("flare")
    box.fill("house-model-7")
    page.keyboard.press("Enter")
    wait_idle(page)
    expect(box).to_have_value("house-model-7")
    page.get_by_text("More options").click()
    expect(page.get_by_label("Style", exact=True)).to_be_visible()


def test_another_model_runs_with_the_values_that_show(page: Page, base_url: str) -> None:
    """Four images and a wide size wait while dall-e-3 is chosen: one run, with one image of the size that shows."""
    open_page(page, base_url, "/?prompt=A+boat&model=gpt-image-1&n=4&size=1536x1024")
    box = model_box(page)
    box.fill("dall-e-3")
    page.keyboard.press("Enter")
    wait_idle(page)
    number, size = page.get_by_label("Number of images", exact=True), page.get_by_role("combobox", name="Size")
    expect(number).to_have_value("1")
    expect(size).to_have_value("1024x1024")
    expect(page.get_by_text("It is kept for models that accept it").first).to_be_visible()
    page.get_by_role("button", name="Generate").last.click()
    wait_done(page, 1)
    box.fill("gpt-image-1")
    page.keyboard.press("Enter")
    expect(number).to_have_value("4")
    expect(size).to_have_value("1536x1024")


def test_control_enter_runs_from_every_field(page: Page, base_url: str, server: AppServer) -> None:
    """From a toggle, from a number that was just typed, from a box: the run begins, with what stands in the field."""
    open_page(page, base_url, "/?prompt=A+small+boat&quality=low")
    page.get_by_text("More options").click()
    page.get_by_role("switch", name="Stream").or_(page.get_by_label("Stream", exact=True)).first.focus()
    page.keyboard.press("Control+Enter")
    wait_done(page, 1)
    number = page.get_by_label("Number of images", exact=True)
    number.fill("2")
    page.keyboard.press("Control+Enter")
    wait_done(page, 2)
    size = page.get_by_role("combobox", name="Size")
    size.fill("1536x864")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("table").get_by_text("1536x864").first).to_be_attached()
    wait_done(page, 2)
    expect(size).to_have_value("1536x864")
    # Another page and back again: the result is still there.
    address = page.url
    page.get_by_role("link", name="Library").click()
    wait_idle(page)
    page.get_by_role("link", name="Generate").click()
    wait_done(page, 2)
    assert page.url == address


def test_control_enter_in_other_text_areas_sends_nothing(page: Page, base_url: str) -> None:
    """Skip rules, a saved list and a style only take their text; a pasted request fills in the form."""
    open_page(page, base_url, "/?prompt=A+{red|blue}+boat")
    expect(page.get_by_role("button", name="Run 2")).to_be_enabled()

    def press_in(label: str, text: str) -> None:
        area = page.get_by_label(label, exact=True)
        area.fill(text)
        area.press("Control+Enter")
        wait_idle(page)
        assert not {"run=", "sheet="} & set(re.findall(r"\w+=", page.url)), f"“{label}” sent something"

    page.get_by_text("Cells and limits").click()
    press_in("Skip rules", "red")
    expect(page.get_by_text("is not read").or_(page.get_by_text("“red”")).first).to_be_visible()  # it was handed in
    press_in("Skip rules", "")
    page.get_by_role("button", name=re.compile("Saved lists")).click()
    press_in("Values, one a line", "ash\noak")
    page.get_by_label("Name", exact=True).last.fill("trees of spring")
    page.keyboard.press("Control+Enter")  # in a field of a popover that has one line, too
    wait_idle(page)
    assert "sheet=" not in page.url
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Styles").click()
    wait_idle(page)
    press_in("Text", "loose watercolor")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Paste a request").click()
    wait_idle(page)
    press_in("Request", '{"model": "gpt-image-1", "prompt": "A pasted kite", "quality": "low"}')
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("A pasted kite")
    expect(page.get_by_label("Request", exact=True)).to_be_hidden()
    assert "run=" not in page.url


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
def test_a_number_left_by_tab_is_what_is_sent(page: Page, base_url: str, key: str) -> None:
    """Tab leads from a field to its help icon; the field hands in its value all the same."""
    open_page(page, base_url, "/?prompt=A+boat")
    page.get_by_label("Number of images", exact=True).fill("2")
    page.keyboard.press(key)
    expect(page.get_by_text("for 2 images").first).to_be_visible()


def test_captions_and_bar_show_how_far_each_image_is(page: Page, base_url: str) -> None:
    """Of two images with partial images, placeholders count those that have come, and the bar never goes back."""
    open_page(page, base_url, "/?prompt=%5Bslow+1%5D+two+boats&n=2&partial_images=2&quality=low")
    page.evaluate(
        """() => {
          window.seen = { captions: [], widths: [] }
          const note = () => {
            const roots = [...document.querySelectorAll("*")].map(one => one.shadowRoot)
            const root = roots.find(one => one?.querySelector(".run-viewer"))
            for (const { textContent } of root?.querySelectorAll("figcaption .soft") ?? [])
              if (!window.seen.captions.includes(textContent)) window.seen.captions.push(textContent)
            const width = parseFloat(root?.querySelector(".fill")?.style.width || 0)
            if (width !== window.seen.widths.at(-1)) window.seen.widths.push(width)
            requestAnimationFrame(note)
          }
          note()
        }"""
    )
    page.get_by_role("button", name="Generate").last.click()
    wait_done(page, 2)
    seen = page.evaluate("window.seen")
    assert {"in progress, no preview yet", "preview 1 of 2"} <= set(seen["captions"]), seen
    assert seen["widths"] == sorted(seen["widths"]), seen
    assert seen["widths"][-1] == 100
    assert len(seen["widths"]) >= 4, "the bar moves with previews, not only with whole images"


def test_count_and_price_follow_what_is_typed(page: Page, base_url: str) -> None:
    """Nobody leaves the prompt: runs, images and dollars follow each pause, and caret and text stay as they are."""
    open_page(page, base_url)
    prompt, bar = page.get_by_label("Prompt", exact=True), page.locator(".st-key-workspace-run")
    prompt.focus()
    page.keyboard.type("a {red|blue} kite")
    expect(bar).to_contain_text("2 runs, 2 images. Free here. At OpenAI: ")
    price = bar.inner_text()
    for _ in range(len("} kite")):
        page.keyboard.press("ArrowLeft")
    page.keyboard.type("|gr")
    page.wait_for_function("() => window.owed")  # the page of this pause comes while the rest is typed
    page.keyboard.type("een")
    expect(bar).to_contain_text("3 runs, 3 images")
    assert bar.inner_text() != price
    wait_idle(page)
    expect(prompt).to_be_focused()
    assert prompt.evaluate("area => [area.value, area.selectionStart, area.selectionEnd]") == [
        "a {red|blue|green} kite",
        *[len("a {red|blue|green")] * 2,
    ]
    # A cell that is left out by the keyboard stays out, whatever is written around the braces.
    page.get_by_text("Cells and limits").click()
    page.get_by_test_id("data-grid-canvas").focus()
    for key in ("ArrowDown", "ArrowLeft", "Space"):
        page.keyboard.press(key)
    expect(bar).to_contain_text("2 runs, 2 images")
    prompt.focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type(" at sea {broken")
    expect(page.get_by_text("A brace opens at “{broken” and does not close.")).to_be_visible()
    expect(bar.get_by_role("button", name="Nothing to run")).to_be_disabled()
    for _ in "{broken":
        page.keyboard.press("Backspace")
    expect(bar).to_contain_text("2 runs, 2 images")
    expect(bar).to_contain_text("1 left out")
    page.keyboard.type("{broken")
    page.get_by_text("Send the braces as they are").click()
    expect(bar.get_by_role("button", name="Generate")).to_be_enabled()
    expect(prompt).to_have_value("a {red|blue|green} kite at sea {broken")
