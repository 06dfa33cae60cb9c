"""What a page knows of a run from two sides, the channel and its own drawing, in a browser."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from components.ui.base import assets

FOLLOW = Path(assets.__file__).parent / "browser" / "follow.js"
SHOWN = """() => {
  const follower = new Follower({ told() {}, lost() {}, isAwaited: () => true, forgotten() {} })
  const shown = []
  const take = (id, version, state) => shown.push(follower.newest({ id, version, state }).state)
  take("one", 9, "done")
  take("two", 3, "running")
  take("two", 7, "done")
  take("one", 9, "done again")
  take("two", 0, "queued")
  for (let number = 0; number < 20; number += 1) take(`more${number}`, 1, "running")
  take("two", 0, "queued")
  return [...shown.slice(0, 5), shown.at(-1), follower.known.size]
}"""


def test_the_later_view_of_a_run_is_shown_whichever_comes_first(page: Page) -> None:
    """A page drawn late, for another run and then for one that has ended, does not go back to its beginning."""
    page.add_script_tag(content=f"{FOLLOW.read_text(encoding='utf-8')}\nwindow.Follower = Follower")
    shown = page.evaluate(SHOWN)
    assert shown == ["done", "running", "done", "done again", "done", "queued", 8]
