"""Pages that one test hands on to the next, emptied: the app loads in them with half the work of a fresh one.

What is kept is the browser's cache and the compiled code; what a person leaves behind is cleared.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser import driver
from tests.browser.driver import CONTEXT, PageLog

# Options of a context that a page of another context can take on.
CHANGEABLE = {"viewport", "color_scheme"}
LEFT_BEHIND = "cookies,file_systems,indexeddb,local_storage,service_workers,cache_storage"


class PagePool:
    """Hands out pages, each in a context of its own, and takes back those that can be used again."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: list[tuple[Page, PageLog]] = []
        self._with_own_options: set[Page] = set()

    def take(self, **options: Any) -> tuple[Page, PageLog]:
        """Return a page as of a person who comes for the first time; `options` are Playwright's of a context."""
        changeable = options.keys() <= CHANGEABLE
        if not (self._free and changeable):
            page, log = driver.new_page(self._browser, **options)
            if not changeable:
                self._with_own_options.add(page)
            return page, log
        page, log = self._free.pop()
        wanted = {**CONTEXT, **options}
        page.set_viewport_size(wanted["viewport"])
        page.emulate_media(color_scheme=wanted["color_scheme"])
        return page, log

    def give_back(self, page: Page, log: PageLog, *, failed: bool) -> None:
        """Keep the page for the next test, or close it if something of this test could stay in it."""
        own = page in self._with_own_options
        self._with_own_options.discard(page)
        at_one_origin = len(log.origins) == 1 and page.url.startswith(tuple(log.origins))
        if failed or own or page.is_closed() or len(page.context.pages) > 1 or not at_one_origin:
            page.context.close()
            return
        page.evaluate("sessionStorage.clear()")
        page.goto("about:blank")
        page.mouse.move(0, 0)
        session = page.context.new_cdp_session(page)
        for origin in log.origins:
            session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": LEFT_BEHIND})
        session.detach()
        page.context.clear_cookies()
        page.context.clear_permissions()
        log.clear()
        self._free.append((page, log))
