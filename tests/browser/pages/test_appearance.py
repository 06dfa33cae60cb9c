"""How the pages look and are used by keyboard: contrast, names, sizes, and what stays in sight in every window."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.canvas_page import add_image, canvas_box, photograph
from tests.browser.driver import open_page, wait_idle
from tests.browser.furnished import PROMPT, REPORT, furnished_app

EMPTY = {"empty Generate": "/", "empty Edit": "/edit", "empty Analyze": "/analyze"}
# WCAG 2.2's smallest target, 24 px, is not among axe-core's usual rules.
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# What a theme can change of it.
COLORS = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Streamlit follows the system's theme while the page is open. The text's color is the last to come: it fades.
THEMED = """theme => {
  const lightness = color => color.match(/[0-9.]+/g).slice(0, 3).reduce((sum, one) => sum + Number(one), 0) / 3
  const style = getComputedStyle(document.querySelector('[data-testid="stApp"]'))
  const [back, text] = [lightness(style.backgroundColor), lightness(style.color)]
  const fading = document.getAnimations().some(one => one.playState === "running")
  return !fading && (theme === "dark" ? back < 60 && text > 180 : back > 200 && text < 60)
}"""
PHONE, TABLET, LAPTOP, WIDE = (390, 844), (768, 1024), (1366, 768), (2200, 1200)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AppServer, dict[str, str]]]:
    """The app with one result of each kind, and where they are."""
    with furnished_app(tmp_path_factory.mktemp("furnished")) as found:
        yield found


def box(page: Page, selector: str) -> dict[str, float]:
    """Where something is in the window, in CSS pixels."""
    found: dict[str, float] = page.locator(selector).first.evaluate("one => one.getBoundingClientRect().toJSON()")
    return found


def findings(page: Page, theme: Literal["light", "dark"]) -> list[str]:
    """What axe-core finds to be serious or critical: everything in the light theme, colors in the dark one."""
    options = RULES if theme == "light" else COLORS
    found: list[dict[str, Any]] = Axe().run(page, options=options).response["violations"]
    return [
        f"{one['id']}: {node['html'][:150]} {node['any'][0]['message'] if node['any'] else ''}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def in_both_themes(page: Page, name: str) -> dict[str, list[str]]:
    """What axe-core finds on the page in the light theme, then in the dark one; the page is light again after it."""
    found = {}
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        page.wait_for_function(THEMED, arg=theme)
        found[f"{name}, {theme}"] = findings(page, theme)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(THEMED, arg="light")
    return found


def test_axe_finds_nothing_serious(new_page: Callable[..., Page], furnished: tuple[AppServer, dict[str, str]]) -> None:
    """Every page, empty and with results, has enough contrast, names for everything, and targets of 24 px."""
    server, addresses = furnished
    # So tall that nothing lies below the run button, which axe-core would take for too small a target.
    page = new_page(viewport={"width": 1366, "height": 2600})
    wrong = {}
    for name, address in {**EMPTY, **addresses}.items():
        if name == REPORT:
            continue
        open_page(page, server.base_url, address)
        wrong |= in_both_themes(page, name)
        if name == "vote":
            page.get_by_role("button", name="Show the ranking").click()
            page.get_by_role("button", name="End my voting").click()
            page.locator(".ranking .votes").wait_for()
            wait_idle(page)
            wrong |= in_both_themes(page, "ranking")
        if name == "empty Edit":
            add_image(page, photograph(600, 400))
            wrong |= in_both_themes(page, "canvas")
    page.goto(server.base_url + addresses[REPORT])
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        wrong[f"{REPORT}, {theme}"] = findings(page, theme)
    assert not {name: found for name, found in wrong.items() if found}


def test_controls_of_one_row_stand_at_one_height(
    new_page: Callable[..., Page], furnished: tuple[AppServer, dict[str, str]]
) -> None:
    """Neither help beside a label nor a button among fields moves a control up or down."""
    server, addresses = furnished
    page = new_page(viewport={"width": 1366, "height": 768})
    open_page(page, server.base_url)
    size, number = (page.get_by_label(name, exact=True).bounding_box() for name in ("Size", "Number of images"))
    assert size
    assert number
    assert abs(size["y"] + size["height"] / 2 - number["y"] - number["height"] / 2) < 1
    for address, button, field in (
        (addresses["library"], "Filters", "Sort"),
        (addresses["prompts"], "New prompt", "Tag"),
    ):
        open_page(page, server.base_url, address)
        low, high = page.get_by_role("button", name=button).bounding_box(), page.get_by_label(field).bounding_box()
        assert low
        assert high
        assert abs(low["y"] + low["height"] / 2 - high["y"] - high["height"] / 2) < 1, address


def test_an_images_actions_are_few_rows_of_buttons(
    new_page: Callable[..., Page], furnished: tuple[AppServer, dict[str, str]]
) -> None:
    """Marks and actions have a border and one row each, small images too; the empty cards stand below their strips."""
    server, addresses = furnished
    page = new_page(viewport=dict(zip(("width", "height"), LAPTOP, strict=True)))
    for name in ("generate", "edit"):
        open_page(page, server.base_url, addresses[name])
        for row in page.locator("figcaption .tools").all():
            tops = row.evaluate("row => [...row.children].map(one => Math.round(one.getBoundingClientRect().top))")
            assert max(tops) - min(tops) <= 3, (name, row.inner_text())
        assert page.locator(".tools .tool").first.evaluate("one => getComputedStyle(one).borderTopWidth") == "1px"
    gaps = {}
    for name, card in (("Generate", "Your images will appear here"), ("Edit", "Add an image to begin")):
        open_page(page, server.base_url, EMPTY[f"empty {name}"])
        under, strip = box(page, f"text={card}"), box(page, f".st-key-strip-{name.lower()}")
        gaps[name] = round(under["top"] - strip["bottom"])
    assert len(set(gaps.values())) == 1, gaps


def test_a_phone_is_shown_the_sheet_of_a_link(
    new_page: Callable[..., Page], furnished: tuple[AppServer, dict[str, str]]
) -> None:
    """The sheet is far below the form there, and comes into sight by itself."""
    server, addresses = furnished
    page = new_page(viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True)
    open_page(page, server.base_url, addresses["sheet"])
    expect(page.locator(".sheet .status")).to_be_in_viewport()


@pytest.mark.parametrize("size", [PHONE, TABLET, LAPTOP, WIDE], ids=lambda size: str(size[0]))
def test_what_stays_in_sight(
    new_page: Callable[..., Page], furnished: tuple[AppServer, dict[str, str]], size: tuple[int, int]
) -> None:
    """Run button and price are in the window on every operation; below 900 px form and result are one column."""
    server, addresses = furnished
    width, height = size
    page = new_page(viewport={"width": width, "height": height})
    for operation in ("generate", "edit", "analyze"):
        price = page.locator(".st-key-workspace-run").get_by_text("At OpenAI: ")
        if size != WIDE:
            open_page(page, server.base_url, EMPTY[f"empty {operation.title()}"])
            expect(price).to_be_in_viewport(ratio=1)
        open_page(page, server.base_url, addresses[operation])
        expect(price).to_be_in_viewport(ratio=1)
        button = box(page, f".st-key-{operation}-submit button")
        assert button["top"] >= 0
        assert button["bottom"] <= height
        form, result = box(page, ".st-key-workspace-form"), box(page, ".st-key-workspace-result")
        assert (result["left"] >= form["right"]) == (width >= 900)
        assert form["width"] <= 800
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if size == WIDE:
        open_page(page, server.base_url, addresses["generate"])
        assert box(page, ".st-key-workspace-form")["width"] <= 450
        tiles = page.locator(".tile").evaluate_all("all => all.map(one => one.getBoundingClientRect().bottom)")
        assert len(tiles) == 4
        assert max(tiles) <= height


def test_the_tree_of_runs_has_its_place(
    new_page: Callable[..., Page], furnished: tuple[AppServer, dict[str, str]]
) -> None:
    """Beside the result in a wide window, below the strip on a phone; a run of another page opens there and says so."""
    server, addresses = furnished
    page = new_page(viewport=dict(zip(("width", "height"), PHONE, strict=True)))
    open_page(page, server.base_url, addresses["edit"])
    toggle, tree = page.get_by_role("button", name="Branches 2"), page.get_by_role("region", name="Branches")
    expect(tree).to_be_hidden()
    toggle.click()
    strip, panel, status = (box(page, one) for one in (".strip.low", ".branches .panel", ".run-viewer .status"))
    assert strip["bottom"] <= panel["top"]
    assert panel["bottom"] <= status["top"]
    assert panel["right"] <= PHONE[0]
    toggle.click()
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    toggle.click()
    panel, viewer = box(page, ".branches .panel"), box(page, ".run-viewer")
    assert viewer["right"] <= panel["left"]
    assert panel["right"] <= WIDE[0]
    tree.get_by_role("button").first.click()
    expect(page.get_by_text("This run belongs to the Generate page, which is open now.")).to_be_visible()
    wait_idle(page)
    assert page.url == server.base_url + addresses["generate"]
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(PROMPT)
    expect(tree.locator("[aria-current]")).to_contain_text(PROMPT)


def test_on_a_phone_the_canvas_comes_first_and_fits(new_page: Callable[..., Page], base_url: str) -> None:
    """A tall image is seen whole with its tools, above the form."""
    page = new_page(viewport=dict(zip(("width", "height"), PHONE, strict=True)))
    open_page(page, base_url, "/edit")
    add_image(page, photograph(400, 1600))
    assert canvas_box(page)["height"] <= PHONE[1] - 260
    assert box(page, ".st-key-workspace-result")["top"] < box(page, ".st-key-workspace-form")["top"]


def test_the_wheel_zooms_where_the_pointer_is(new_page: Callable[..., Page], base_url: str) -> None:
    """One turn shows the next zoom, and the spot under the pointer stays under it."""
    page = new_page(viewport=dict(zip(("width", "height"), LAPTOP, strict=True)))
    open_page(page, base_url, "/edit")
    add_image(page, photograph(3000, 2000))
    before = canvas_box(page)
    at = (before["x"] + before["width"] * 0.8, before["y"] + before["height"] * 0.3)
    page.mouse.move(*at)
    page.mouse.wheel(0, -100)
    page.wait_for_function(
        "before => [...document.querySelectorAll('*')].some(one => one.shadowRoot?.querySelector('.upper-canvas')"
        "?.getBoundingClientRect().width > before + 1)",
        arg=before["width"],
    )
    wait_idle(page)
    spot = (
        "one => { const box = one.getBoundingClientRect(); return [box.x + box.width * 0.8, box.y + box.height * 0.3] }"
    )
    deadline = time.monotonic() + 60
    while page.locator(".upper-canvas").evaluate(spot) != pytest.approx(at, abs=3):  # scrolls nothing
        assert time.monotonic() < deadline, (page.locator(".upper-canvas").evaluate(spot), at)
        page.evaluate("() => new Promise(requestAnimationFrame)")


def test_help_comes_after_its_field_by_the_keyboard(page: Page, base_url: str) -> None:
    """From the prompt, Tab leads to the prompt's help, not from another field's help to the prompt."""
    open_page(page, base_url, "/")
    page.get_by_label("Prompt", exact=True).focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.ariaLabel") == "Help for Prompt"
    ring = page.evaluate(
        "(({ outlineStyle, outlineWidth }) => [outlineStyle, outlineWidth])(getComputedStyle(document.activeElement))"
    )
    assert ring == ["solid", "2px"]
    reaches_out = page.evaluate(
        """() => {
          const { outlineWidth, outlineOffset } = getComputedStyle(document.activeElement)
          const edge = document.activeElement.getBoundingClientRect()
          const frame = document.activeElement.closest('[data-testid="stElementContainer"]').getBoundingClientRect()
          const by = parseFloat(outlineWidth) + parseFloat(outlineOffset)
          return [edge.right + by - frame.right, frame.top - edge.top + by].filter(beyond => beyond > 0.5)
        }"""
    )
    assert not reaches_out, "the field's frame cuts the ring off"
