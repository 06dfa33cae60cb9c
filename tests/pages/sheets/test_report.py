"""The report of a sheet as its route sends it: true, escaped, whole in one file, and blind for those who still vote."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser
from itertools import combinations

import httpx

from components.checks import FAIL, PASS, Verdict
from components.library.annotations import rate, reject, star
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.checks import add_check, checks_of, store_result
from components.library.sheets.sheet_store import change_sheet, claim_cell
from components.library.sheets.votes import Vote, add_votes, end_voting
from components.library.trash import move_to_trash
from components.parameters.sheets import SheetTemplate
from components.ui.process.workbench import Workbench
from tests.pages.routes.test_routes import browsing
from tests.unit.library.library_fixtures import begin
from tests.unit.library.sheet_fixtures import filled_sheet

HOSTILE = '</style><script>alert(1)</script><img src=x onerror=alert(2)>" onload="alert(3)'


class Page(HTMLParser):
    """The tags and attributes of a page, as a browser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))

    def values(self, tag: str, attribute: str) -> list[str]:
        """Every value of an attribute of a tag."""
        return [str(found[attribute]) for name, found in self.tags if name == tag and attribute in found]


def report(sheet_id: str, *, person: str = "", more: str = "") -> httpx.Response:
    """What the route answers to somebody with this name."""
    answers = []

    async def use(client: httpx.AsyncClient) -> None:
        if person:
            client.cookies.set("image_workbench_owner", person)
        answers.append(await client.get(f"/report?sheet={sheet_id}{more}"))

    browsing(use)
    return answers[0]


def said(answer: httpx.Response) -> str:
    """The text of a page without its tags and style."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]*>", " ", answer.text, flags=re.DOTALL)))


def voted(workbench: Workbench) -> tuple[str, list[str]]:
    """A sheet on which Ben chose the earlier image of all pairs."""
    sheet_id, images = filled_sheet(workbench.library)
    add_votes(workbench.library, sheet_id, "Ben", [Vote(*pair, "left") for pair in combinations(images, 2)])
    return sheet_id, images


def test_winner_ranking_and_prices_are_on_it(workbench: Workbench) -> None:
    """The first by votes with its whole prompt, the tables of the ranking, and what the runs cost."""
    sheet_id, _ = voted(workbench)
    answer = report(sheet_id, person="Ben")
    text = said(answer)
    for part in (
        "Sheet by anna",
        "Report for Ben",
        "The prompt that leads so far A red fox red, low Best by votes",
        "15 votes by 1 person (Ben)",
        "A {red|blue|green} fox",
        "The newest runs of 6 cells cost $0.210, $0.035 for each cell with an image.",
    ):
        assert part in text, part
    assert answer.text.count("<table") >= 5
    assert "script" not in {tag for tag, _ in Page(answer.text).tags}
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_votes_are_hidden_from_those_who_can_still_vote(workbench: Workbench) -> None:
    """Anna and a stranger see neither scores nor who won; Anna does when she has ended, in the file as well."""
    sheet_id, _ = voted(workbench)
    for person in ("Anna", ""):
        for more in ("", "&download=1"):
            text = said(report(sheet_id, person=person, more=more))
            assert "Votes are shown to those who have ended voting." in text
            for word in ("Ben", "score", "The prompt that"):
                assert word not in text
    end_voting(workbench.library, sheet_id, "Anna")
    assert "15 votes by 1 person (Ben)" in said(report(sheet_id, person="Anna", more="&download=1"))


def test_without_votes_stars_and_ratings_decide(workbench: Workbench) -> None:
    """The best rated one won, and nothing is said of votes."""
    sheet_id, images = filled_sheet(workbench.library)
    star(workbench.library, [images[1]])
    rate(workbench.library, [images[4]], 4)
    text = said(report(sheet_id))
    assert "The prompt that won A green fox green, low Best by rating and star: rated 4 of 5." in text
    assert "red, high ★ starred, $0.020" in text
    assert "vote" not in text.lower()


def test_without_votes_and_marks_checks_decide(workbench: Workbench) -> None:
    """Most checks passed, then the highest mean score; rejected images and a draw of all win nothing."""
    library = workbench.library
    sheet_id, images = filled_sheet(library)
    add_check(library, sheet_id, "format", {})
    add_check(
        library, sheet_id, "score", {"question": "How sharp is it?", "connection": "c1", "model": "eye", "least": 3}
    )
    one, other = checks_of(library, sheet_id)
    for image in images:
        store_result(library, one.id, image, Verdict(PASS, ""))
    assert "Best by" not in said(report(sheet_id)), "all did the same"
    for place, image in enumerate(images):
        store_result(library, other.id, image, Verdict(PASS if place > 2 else FAIL, "", float(place)))
    reject(library, images[5:])
    text = said(report(sheet_id))
    assert (
        "The prompt that won A green fox green, low Best by checks: 2 of 2 checks passed, mean score 4.0 of 5." in text
    )
    assert "Next best blue, high 2 of 2 checks passed, mean score 3.0 of 5, $0.040" in text
    add_votes(library, sheet_id, "Ben", [Vote(images[0], images[1], "left")])
    assert "Best by checks" not in said(report(sheet_id, person="Anna")), "she may still vote"


def test_failures_and_missing_prices_are_reported(workbench: Workbench) -> None:
    """How many cells failed and why, which image was deleted, and that a price is not known."""
    sheet_id, images = filled_sheet(workbench.library)
    cell = cells_of(workbench.library, sheet_id)[5]
    assert claim_cell(workbench.library, sheet_id, 5, before=cell.run_id, run_id="again")
    begin(workbench.library, "again")
    refusal = {"what": "Rejected by the safety system.", "title": "Refused"}
    workbench.library.update_run("again", state="failed", error=refusal)
    workbench.library.update_run(str(cells_of(workbench.library, sheet_id)[4].run_id), cost=Decimal("1.5"))
    move_to_trash(workbench.library, [images[0]])
    text = said(report(sheet_id))
    assert "State Cells done 5 failed 1" in text
    assert "Why a cell has no image Cells Rejected by the safety system. 1" in text
    assert "The newest runs of 5 cells cost $1.60, $0.400 for each cell with an image." in text
    assert "What 1 others cost is not known" in text


def test_the_file_needs_nothing_else(workbench: Workbench) -> None:
    """Every image is in it, no link leads into the app, and it is saved as a file."""
    sheet_id, _ = voted(workbench)
    answer = report(sheet_id, person="Ben", more="&download=1")
    page = Page(answer.text)
    assert len(page.values("img", "src")) == 6 + 6 + 6
    assert all(source.startswith("data:image/") for source in page.values("img", "src"))
    assert page.values("a", "href") == []
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="report-{sheet_id[-6:]}.html"')
    linked = Page(report(sheet_id, person="Ben").text)
    assert all(source.startswith("/files/") for source in linked.values("img", "src"))


def test_what_others_wrote_is_text(workbench: Workbench) -> None:
    """Names, prompts, values and errors with HTML in them add no tag and no attribute."""
    template = SheetTemplate(
        "generate", "gpt-image-2", {"prompt": f"{{fox|owl}} {HOSTILE}"}, {"quality": ("low", "high")}
    )
    sheet_id, images = filled_sheet(workbench.library, template, name=HOSTILE)
    change_sheet(workbench.library, sheet_id, name=HOSTILE)
    add_votes(workbench.library, sheet_id, HOSTILE[:50], [Vote(*images[:2], "left")])
    run_id = str(cells_of(workbench.library, sheet_id)[3].run_id)
    move_to_trash(workbench.library, [images[3]])
    workbench.library.update_run(run_id, state="failed", error={"what": HOSTILE})
    end_voting(workbench.library, sheet_id, "Anna")
    plain = Page(report(voted(workbench)[0], person="Ben").text)
    for more in ("", "&download=1"):
        page = Page(report(sheet_id, person="Anna", more=more).text)
        assert {tag for tag, _ in page.tags} <= {tag for tag, _ in plain.tags}
        assert {name for _, found in page.tags for name in found if name.startswith("on")} == set()
        assert "x" not in page.values("img", "src")


def test_a_sheet_that_is_not_there(workbench: Workbench) -> None:
    """The route says so."""
    answer = report("nothing")
    assert (answer.status_code, answer.text) == (404, "This sheet is not in the library.")


def test_checks_have_a_section(workbench: Workbench) -> None:
    """How many images passed each check, escaped, and what each value comes to; without checks nothing."""
    library = workbench.library
    sheet_id, images = filled_sheet(library)
    assert "<h2>Checks</h2>" not in report(sheet_id).text
    add_check(library, sheet_id, "text", {"text": HOSTILE})
    (check,) = checks_of(library, sheet_id)
    for image in images:
        store_result(library, check.id, image, Verdict(PASS if image == images[0] else FAIL, HOSTILE))
    answer = report(sheet_id)
    assert f"Contains “{HOSTILE}”" in unescape(answer.text)
    assert not Page(answer.text).values("img", "onerror")
    assert "1 of 6 passed" in said(answer)
    assert "Quality: low 33% pass · $0.030 each" in said(answer)
