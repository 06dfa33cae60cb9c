"""The first screen's code is fetched with the page, not when a widget is to be drawn."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, Response

from tests.browser.driver import open_page


def test_no_module_is_fetched_for_a_widget_of_the_first_screen(new_page: Callable[..., Page], base_url: str) -> None:
    """Each script that the page loads is named by its HTML or its `Link` header; what the header names is used."""
    page, answers = new_page(), list[Response]()
    page.on("response", lambda one: answers.append(one))
    open_page(page, base_url)
    document = next(one for one in answers if one.url.rstrip("/") == base_url)
    link = document.header_value("link") or ""
    named = set(re.findall(r"static/(js/[\w.-]+\.js)", link + document.text()))
    fetched = {one.url.partition("/static/")[2] for one in answers if one.url.endswith(".js") and "/static/" in one.url}
    assert fetched - named == set()
    assert set(re.findall(r"static/(js/[\w.-]+\.js)", link)) <= fetched
