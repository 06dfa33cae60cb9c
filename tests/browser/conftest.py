"""The real app and a real Chromium for the browser tests. Without a Chromium they fail; none is skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import driver
from tests.browser.app_server import AppServer
from tests.browser.driver import PageLog
from tests.browser.page_pool import PagePool

REPORTS = pytest.StashKey[dict[str, pytest.TestReport]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Let the fixtures know, when they clean up, whether the test failed."""
    report = yield
    item.stash.setdefault(REPORTS, {})[report.when] = report
    return report


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The running app, one for all tests, with a library of its own and no key."""
    with AppServer(tmp_path_factory.mktemp("app")) as server:
        yield server


@pytest.fixture(scope="session")
def base_url(server: AppServer) -> str:
    """Where the running app is: `http://127.0.0.1:PORT`."""
    return server.base_url


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, closed after this folder's tests: while it is open, `asyncio.run` is impossible."""
    with driver.launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def page_pool(browser: Browser) -> PagePool:
    """The pages that tests hand on to each other."""
    return PagePool(browser)


@pytest.fixture
def new_page(page_pool: PagePool, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Makes pages, each of a person of their own; takes Playwright's options of a context.

    A test fails if one of its pages has an uncaught error or asks another machine for something. If a test
    fails, images of its pages and what they said are left in test-results/.
    """
    pages: list[tuple[Page, PageLog]] = []

    def make(**options: Any) -> Page:
        pages.append(page_pool.take(**options))
        return pages[-1][0]

    yield make
    wrong = [line for _, log in pages for line in (*log.errors, *log.outside)]
    call = request.node.stash.get(REPORTS, {}).get("call")
    failed = bool(wrong) or call is None or call.failed
    for place, (page, log) in enumerate(pages):
        if failed:
            _keep(page, log, f"{request.node.name}-{place}" if place else request.node.name)
        page_pool.give_back(page, log, failed=failed)
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page of a person who comes for the first time, 1280 by 900 pixels, light."""
    return new_page()


@pytest.fixture(autouse=True)
def no_traceback_in_the_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test during which the shared app logged an exception that nothing handled."""
    if "server" not in request.fixturenames:
        yield
        return
    server: AppServer = request.getfixturevalue("server")
    before = len(server.log_text())
    yield
    said = server.log_text()[before:]
    assert "Traceback (most recent call last)" not in said, said


def _keep(page: Page, log: PageLog, name: str) -> None:
    if not page.is_closed():
        driver.screenshot(page, name)
    driver.result_path(f"{name}.log").write_text(f"{page.url}\n{log}\n", encoding="utf-8")
