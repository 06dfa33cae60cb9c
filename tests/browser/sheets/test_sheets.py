"""A sheet in a real browser: three styles by two qualities, one refusal, a retry, a new column, and the way back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.driver import open_page, wait_idle


def pick(page: Page, label: str, option: str) -> None:
    """Choose an option of a field that takes several, and close its list."""
    page.get_by_label(label, exact=True).last.click()
    page.get_by_role("option", name=option, exact=True).click()
    page.keyboard.press("Escape")
    wait_idle(page)


def done(page: Page, text: str) -> None:
    """Wait until the sheet says so."""
    expect(page.locator(".sheet .status")).to_have_text(text, timeout=60_000)
    wait_idle(page)


def test_a_cell_is_rated_rejected_compared_and_edited_by_touch(new_page: Callable[..., Page], base_url: str) -> None:
    """The menu of a cell has what the keys do. It stays open for marks, moves to another cell, and Escape closes it."""
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    open_page(page, base_url, "/?prompt=A+{red|blue}+boat")
    page.get_by_role("button", name="Run 2").click()
    done(page, "2 of 2 done")
    cells, menu = page.locator(".sheet td.cell"), page.locator(".sheet .menu")
    for name, act, mark in (("red", "Reject", "rejected"), ("blue", "Compare", "in comparison")):
        page.get_by_role("button", name=f"More: {name}").tap()
        menu.get_by_role("button", name=f"Rate {name} 4 of 5").tap()
        menu.get_by_role("button", name=f"{act} {name}").tap()
        expect(cells.filter(has_text=mark).locator(".marks")).to_have_text(f"4 of 5 · {mark}")
        expect(menu).to_be_visible()
        wait_idle(page)
    box = menu.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.reload()
    wait_idle(page)
    expect(cells.nth(0).locator(".marks")).to_have_text("4 of 5 · rejected")
    page.get_by_role("button", name="More: blue").tap()
    menu.get_by_role("button", name="Edit blue").tap()
    page.wait_for_url("**/edit**")


def test_a_sheet_fills_loses_a_cell_gets_it_back_and_grows(new_page: Callable[..., Page], base_url: str) -> None:
    """3x2 from one prompt; a refused cell is run again alone, a column added later and finals run what is missing."""
    page = open_page(new_page(), base_url)
    area = page.get_by_label("Prompt", exact=True)
    area.fill("A {cat|naked fox|dog} at sea")
    area.press("Tab")
    pick(page, "Vary", "Quality")
    for quality in ("low", "medium"):
        page.get_by_label("Quality: values").get_by_text(quality, exact=True).click()
        wait_idle(page)
    expect(page.get_by_text("6 runs, 6 images. Free here.")).to_be_visible()
    # A cell is left out of the table, and comes back.
    page.get_by_text("Cells and limits").click()
    table = page.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    for label in ("Run 5", "Run 6"):
        box = table.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 42, box["y"] + 47)  # the first check mark, which is drawn on a canvas
        expect(page.get_by_role("button", name=label)).to_be_visible()
        wait_idle(page)
    page.get_by_role("button", name="Run 6").click()
    done(page, "6 of 6 done, 2 failed")
    assert "sheet=" in page.url
    cells = page.locator(".sheet td.cell")
    expect(cells).to_have_count(6)
    expect(page.locator(".sheet .percent")).not_to_have_text("100%")  # as large as there is room for
    all_in_sight = "e => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight"
    assert page.locator(".sheet .scroll").evaluate(all_in_sight)
    page.locator(".sheet .bar").get_by_role("button", name="Copy link").click()
    expect(page.locator(".sheet .bar").get_by_role("button", name="Copied")).to_be_visible()
    expect(page.locator(".sheet td.failed")).to_have_count(2)
    expect(page.locator(".sheet td.failed .why").first).to_contain_text("rejected by the safety system")

    # One cell again, alone: it is refused once more, and the others keep their runs.
    before = page.request.get(f"{base_url}/sheets/{page.url.split('sheet=')[1]}.json").json()["cells"]
    page.locator(".sheet td.failed .retry").first.click()
    page.evaluate(
        """async ([address, old]) => {
          const end = performance.now() + 60000
          while (performance.now() < end) {
            const sheet = await (await fetch(address)).json()
            if (!sheet.active && sheet.cells.some(cell => !old.includes(cell.run))) return
          }
          throw new Error('No new run of a cell has ended within 60 s.')
        }""",
        [f"/sheets/{page.url.split('sheet=')[1]}.json", [cell["run"] for cell in before]],
    )
    after = page.request.get(f"{base_url}/sheets/{page.url.split('sheet=')[1]}.json").json()["cells"]
    assert sum(one["run"] != other["run"] for one, other in zip(before, after, strict=True)) == 1
    wait_idle(page)

    page.get_by_role("button", name="Add values").click()
    wait_idle(page)
    page.get_by_label("Of", exact=True).click()
    page.get_by_role("option", name="Quality", exact=True).click()
    wait_idle(page)
    pick(page, "New values", "high")
    page.get_by_role("button", name="Run 3 more").click()
    done(page, "9 of 9 done, 3 failed")

    # Keys act on the cell that has the focus, and what they do is stored.
    page.keyboard.press("Escape")
    cells.first.focus()
    for key in ("s", "4", "c", "ArrowRight", "x", "c", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page.locator('.sheet button.star[aria-pressed="true"]')).to_have_count(1)
    expect(cells.first.locator(".marks")).to_have_text("4 of 5 · in comparison")
    expect(cells.nth(1)).to_have_class(re.compile("rejected"))
    expect(page.get_by_role("button", name="Compare 2 images")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys").locator("dt")).to_have_count(12)
    page.get_by_role("dialog", name="Keys").get_by_role("button", name="Close").click()
    wait_idle(page)
    page.reload()
    wait_idle(page)
    expect(cells.first.locator(".marks")).to_have_text("4 of 5 · in comparison")
    # By keys into the cells: from the prompt, which has the focus at first, and from anywhere beside a field.
    expect(page.get_by_label("Prompt", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(cells.first).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.locator(".sheet .status").click()
    page.keyboard.press("ArrowDown")
    expect(cells.nth(1)).to_be_focused()
    # The refused row is alike, so it is hidden; so is a row whose images look alike.
    page.get_by_label("Show", exact=True).select_option("differing")
    expect(page.locator(".sheet td.failed")).to_have_count(0)
    page.get_by_label("Show", exact=True).select_option("starred")
    expect(cells).to_have_count(3)

    sheet_id = page.url.split("sheet=")[1]
    image = page.request.get(f"{base_url}/sheets/{sheet_id}.png")
    assert Image.open(io.BytesIO(image.body())).width > 3 * 256
    rows = list(
        csv.DictReader(io.StringIO(page.request.get(f"{base_url}/sheets/{sheet_id}.csv").text().lstrip("\ufeff")))
    )
    assert [row["state"] for row in rows].count("done") == 6
    assert sum(row["starred"] == "yes" for row in rows) == 1

    # Draft, then final: the starred cell alone at the highest quality, with the difference in price before.
    page.get_by_label("Show", exact=True).select_option("all")
    expect(cells).to_have_count(9)
    page.get_by_role("button", name="Finals of 1 starred").click()
    wait_idle(page)
    page.get_by_label("Quality", exact=True).last.click()
    page.get_by_role("option", name="max", exact=True).click()
    wait_idle(page)
    expect(page.get_by_text(re.compile(r"Free here\. At OpenAI: .* for 1 image\.$"))).to_be_visible()
    run = page.get_by_role("button", name="Run 1 at max")
    run.click()
    done(page, "10 of 10 done, 3 failed")
    expect(run).to_be_hidden()  # the panel would cover the result
    finals = page.locator('.sheet td.done[aria-label$=", max"]')
    expect(finals).to_have_count(1)
    expect(finals.locator("img")).to_be_visible()
    expect(page.locator(".sheet td.skipped")).to_have_count(2)

    # The same at a time, which the sheet shows until somebody starts it at once.
    page.get_by_role("button", name="Finals of 1 starred").click()
    wait_idle(page)
    page.get_by_label("Quality", exact=True).last.click()
    page.get_by_role("option", name="xhigh", exact=True).click()
    wait_idle(page)
    page.get_by_role("button", name="Tonight").click()
    wait_idle(page)
    page.get_by_role("button", name=re.compile("Run 1 (today|tomorrow) at 02:00")).click()
    expect(page.get_by_text(re.compile(r"1 run starts (today|tomorrow) at 02:00 \(UTC\)"))).to_be_visible()
    expect(page.locator(".sheet td.waiting .why")).to_have_text(re.compile("starts .*02:00"))
    page.get_by_role("button", name="Start now").click()
    done(page, "11 of 11 done, 3 failed")
    expect(page.get_by_text("1 run starts")).to_be_hidden()

    # Rows become a slider, and back; cells are zoomed from 50 to 200 %.
    page.get_by_label("Show", exact=True).select_option("all")
    page.get_by_label("Rows", exact=True).select_option("—")
    expect(cells).to_have_count(5)
    slider = page.locator(".sheet .sliders input")
    expect(cells.first).to_have_attribute("aria-label", re.compile("^cat, "))
    slider.press("End")
    expect(cells.first).to_have_attribute("aria-label", re.compile("^dog, "))
    page.get_by_label("Rows", exact=True).select_option("Prompt")
    expect(cells).to_have_count(15)
    zoom, widths = page.get_by_label("Zoom"), []
    for key in ("Home", "End"):
        zoom.press(key)
        widths.append(cells.first.bounding_box()["width"])
    assert widths[1] == pytest.approx(4 * widths[0], abs=12)
    expect(page.locator(".sheet .percent")).to_have_text("200%")

    # B fills the form with the request of the cell that has the focus.
    cells.first.focus()
    page.keyboard.press("b")
    expect(page.get_by_text("The next run is its child")).to_be_visible()
    expect(area).to_have_value("A cat at sea")
    wait_idle(page)
    page.locator(".sheet .cell.done button.open").first.click()
    expect(page.locator(".run-viewer")).to_be_visible()
    page.get_by_role("button", name="Sheet: A {cat|naked fox|dog} at sea").click()
    done(page, "11 of 11 done, 3 failed")
    cells.first.focus()
    page.keyboard.press("e")
    expect(page.locator(".upper-canvas")).to_be_visible()
    assert urlsplit(page.url).path == "/edit"
