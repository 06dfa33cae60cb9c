"""Take the screenshots of the README: the real app on its built-in engine.

    .venv-tests/bin/python -m docs.screenshots [NAME ...]

They go to docs/screenshots. Without names all are taken. Each one starts as a person who comes for the first
time; the library is shared, so that later ones find what earlier ones made.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import driver
from tests.browser.app_server import AppServer

FOLDER = Path(__file__).resolve().parent / "screenshots"
PROMPT = "A lighthouse on a cliff at dusk, warm light in the windows, a calm sea, watercolor"


@dataclass(frozen=True)
class Screenshot:
    """One image: which page, what a person did on it, and the window it is seen in."""

    name: str
    path: str
    prepare: Callable[[Page], None]
    scheme: str = "light"
    width: int = 1440
    height: int = 900


def generate_four(page: Page) -> None:
    """Ask for four images and wait until all of them are there."""
    page.get_by_label("Prompt", exact=True).fill(PROMPT)
    page.get_by_label("Number of images", exact=True).fill("4")
    page.keyboard.press("Tab")
    driver.wait_idle(page)
    page.get_by_role("button", name="Generate").last.click()
    expect(page.locator(".status")).to_have_text("4 images")
    page.wait_for_load_state("networkidle")
    page.mouse.move(0, 0)  # or the button is seen as hovered


def generate_and_scroll(page: Page) -> None:
    """The same on a phone, where the result follows below the form."""
    generate_four(page)
    page.locator(".status").scroll_into_view_if_needed()
    page.mouse.wheel(0, 500)


def paint_a_mask(page: Page) -> None:
    """Add two photographs, paint over a part of the first, and edit it."""
    samples = Path(__file__).resolve().parents[1] / "tests" / "samples"
    page.locator('input[type="file"]').first.set_input_files([samples / "chelsea.png", samples / "coffee.png"])
    canvas = page.locator(".upper-canvas")
    canvas.wait_for()
    driver.wait_idle(page)
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.30, box["y"] + box["height"] * 0.20)
    page.mouse.down()
    for x, y in ((0.40, 0.12), (0.52, 0.16), (0.62, 0.26)):
        page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y, steps=8)
    page.mouse.up()
    driver.wait_idle(page)
    page.get_by_label("Prompt", exact=True).fill(
        "Give the cat a tiny knitted hat in dark red wool; leave everything else"
    )
    page.get_by_label("Prompt", exact=True).blur()  # not by Tab, which would open the next field's help
    page.mouse.move(0, 0)
    driver.wait_idle(page)


def paint_and_edit(page: Page) -> None:
    """The same, run: the result with before and after."""
    paint_a_mask(page)
    page.get_by_label("Prompt", exact=True).press("Control+Enter")
    expect(page.locator(".status")).to_have_text("1 image")
    driver.wait_idle(page)
    page.locator(".compare").scroll_into_view_if_needed()


def ask_and_follow_up(page: Page) -> None:
    """Ask about two photographs, then ask on."""
    samples = Path(__file__).resolve().parents[1] / "tests" / "samples"
    page.locator('input[type="file"]').first.set_input_files([samples / "chelsea.png", samples / "coffee.png"])
    expect(page.locator(".image-inputs li")).to_have_count(2)
    driver.wait_idle(page)
    page.get_by_label("Text input", exact=True).press("Control+Enter")
    expect(page.locator(".status")).to_have_text("Answered")
    driver.wait_idle(page)
    box = page.get_by_placeholder("Ask about the same images")
    box.fill("How large is each?")
    box.press("Enter")
    expect(page.locator(".turns .answer")).to_have_count(1)
    expect(page.locator(".status")).to_have_text("Answered")
    driver.wait_idle(page)
    page.mouse.move(0, 0)


def open_output(page: Page) -> None:
    """Change a word, run, and look at what came, beside what it came from."""
    for time in ("morning", "night"):
        before = page.url
        page.get_by_label("Prompt", exact=True).fill(f"A fishing village in the {time}, low clouds, gouache")
        page.get_by_label("Prompt", exact=True).press("Control+Enter")
        page.wait_for_url(lambda address, before=before: address != before)
        expect(page.locator(".status")).to_have_text("1 image")
        driver.wait_idle(page)
    page.goto(page.url.split("?")[0].rstrip("/") + "/library")
    driver.wait_idle(page)
    page.locator(".gallery .tile .open").first.click()
    page.locator(".output .image img").wait_for()
    driver.wait_idle(page)
    page.mouse.move(0, 0)


def pin_and_change(page: Page) -> None:
    """Pin an image, change a word of its prompt, and run: the new image stands beside the pinned one."""
    prompt = page.get_by_label("Prompt", exact=True)
    prompt.fill("A fishing village in the morning, low clouds, gouache")
    prompt.press("Control+Enter")
    expect(page.locator(".status")).to_have_text("1 image")
    driver.wait_idle(page)
    page.get_by_role("button", name="Pin image 1").click()
    driver.wait_idle(page)
    before = page.url
    prompt.fill("A fishing village in the evening, low clouds, linocut")
    prompt.press("Control+Enter")
    page.wait_for_url(lambda address: address != before)
    expect(page.locator(".status")).to_have_text("1 image")
    expect(page.locator(".beside .pane")).to_have_count(2)
    page.wait_for_load_state("networkidle")
    page.mouse.move(0, 0)


def make_sheet(page: Page) -> None:
    """Make a sheet of six images from one prompt."""
    page.get_by_label("Prompt", exact=True).fill("A {fox|heron|whale} in the fog, {watercolor|linocut}")
    page.get_by_label("Prompt", exact=True).press("Tab")
    driver.wait_idle(page)
    page.get_by_role("button", name="Run 6").click()
    expect(page.locator(".sheet .status")).to_have_text("6 of 6 done")
    driver.wait_idle(page)


def check_a_sheet(page: Page) -> None:
    """Make a sheet and measure how far each of its images is from the first one."""
    make_sheet(page)
    page.get_by_role("button", name="Checks", exact=True).click()
    driver.wait_idle(page)
    page.get_by_label("New check", exact=True).click()
    page.get_by_role("option", name="Distance to a reference image").click()
    driver.wait_idle(page)
    page.get_by_role("button", name="Compare with this image of the sheet").first.click()
    driver.wait_idle(page)
    page.get_by_role("button", name="Add check").click()
    expect(page.locator(".sheet .verdict:is(.pass, .fail)")).to_have_count(6)
    driver.wait_idle(page)
    page.keyboard.press("Escape")
    driver.wait_idle(page)
    page.mouse.move(0, 0)


def vote_as_three(page: Page) -> None:
    """Make a sheet of six, vote on all pairs as three people who mostly agree, and see the ranking."""
    make_sheet(page)
    address = page.url.replace("/?", "/vote?")
    for turn, person in enumerate(("Anna", "Ben", "Chiara")):
        page.context.add_cookies([{"name": "image_workbench_owner", "value": person, "url": page.url}])
        page.goto(address)
        for pair in range(15):
            expect(page.locator(".ballot .status")).to_have_text(f"Pair {pair + 1} of 15")
            expect(page.locator(".ballot .choice.left")).to_be_enabled()
            left, right = (page.locator(".side img").nth(side).get_attribute("src") or "" for side in (0, 1))
            agrees = (pair * 7 + turn) % 5 > 0
            page.keyboard.press("t" if pair == 9 + turn else "ArrowLeft" if (left < right) == agrees else "ArrowRight")
        expect(page.locator(".ranking")).to_be_visible()
    driver.wait_idle(page)


def look(page: Page) -> None:
    """Leave the page as it is when one comes to it."""


SCREENSHOTS = (
    Screenshot("generate", "/", generate_four, height=1160),
    Screenshot("generate-dark", "/", generate_four, scheme="dark", height=1160),
    Screenshot("generate-phone", "/", generate_and_scroll, width=390, height=844),
    Screenshot("edit", "/edit", paint_a_mask, height=1100),
    Screenshot("edit-result", "/edit", paint_and_edit, height=1000),
    Screenshot("analyze", "/analyze", ask_and_follow_up, height=1160),
    Screenshot("output", "/", open_output, height=1160),
    Screenshot("library", "/library", look, height=900),
    Screenshot("pinned", "/", pin_and_change, height=900),
    Screenshot("sheet", "/", check_a_sheet, height=1000),
    Screenshot("ranking", "/", vote_as_three, height=900),
    Screenshot("prompts", "/prompts", look, height=900),
    Screenshot("connections", "/connections", look, height=700),
)


def take(names: list[str]) -> None:
    """Take the named screenshots, or all. Raises AssertionError where a page does not come to rest."""
    FOLDER.mkdir(exist_ok=True)
    wanted = [shot for shot in SCREENSHOTS if not names or shot.name in names]
    with (
        tempfile.TemporaryDirectory() as folder,
        AppServer(Path(folder)) as server,
        driver.launched() as browser,
    ):
        for shot in wanted:
            page, log = driver.new_page(
                browser,
                viewport={"width": shot.width, "height": shot.height},
                color_scheme=shot.scheme,
            )
            driver.open_page(page, server.base_url, shot.path)
            shot.prepare(page)
            driver.wait_idle(page)
            page.screenshot(path=FOLDER / f"{shot.name}.png")
            page.context.close()
            assert not log.errors, log
            print(f"docs/screenshots/{shot.name}.png")


if __name__ == "__main__":
    take(sys.argv[1:])
