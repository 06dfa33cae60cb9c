"""The sections of a report, each a function from its data to HTML, "" where there is nothing to say.

Whatever people and servers wrote goes through `escape`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from html import escape

from components.checks import BEST_SCORE
from components.library.records import SheetCell, StoredOutput
from components.parameters import applicable
from components.settings import BUILT_IN_ID
from components.ui.access.base_path import app_address
from components.ui.base.formatting.money import dollars
from components.ui.base.formatting.time_format import full_text
from components.ui.base.request_summary import NOT_SHOWN, value_text
from components.ui.sheets.report.data import ReportData
from components.ui.sheets.sheet_json import reason_of
from components.ui.sheets.vote.ranking_html import cell_name, price_text, ranking_html, verdict

MOST_BEST = 6
MOST_IN_GRID = 300
MOST_REASONS = 12

Section = Callable[[ReportData], str]


def head(data: ReportData) -> str:
    """Return title, author, and who made the report when."""
    sheet = data.sheet
    whose = f" by {sheet.owner}" if sheet.owner else ""
    reader = f" for {data.person}" if data.person else ""
    lines = (
        f"Sheet{whose}, {full_text(sheet.created)}, {sheet.connection_name}.",
        f"Report{reader}, {full_text(data.made)}.",
    )
    return f"<header><h1>{escape(sheet.name)}</h1><p>{escape(' '.join(lines))}</p></header>"


def winner(data: ReportData) -> str:
    """Return the cell that won by votes, else by stars and ratings, else by checks, with its whole prompt."""
    if not (best := _best(data)):
        return ""
    cell = best[0]
    is_open = data.ranking is not None and data.scores and data.ranking.cells.more != 0
    by = "votes" if data.scores else "rating and star" if _marked(data) else "checks"
    title = "The prompt that leads so far" if is_open else "The prompt that won"
    why = f"Best by {by}: {_marks(data, cell)}."
    if by == "checks" and (alike := sum(data.by_cell[one.position] == data.by_cell[cell.position] for one in best) - 1):
        why += f" {alike} other cell{' did' if alike == 1 else 's did'} as well."
    if data.ranking is not None and data.scores:
        names = {str(one.position): cell_name(data.sheet, one) for one in data.cells}
        why += f" {verdict(data.ranking.cells, names)}"
    prompt = str((cell.recipe or {}).get("values", {}).get("prompt") or "")
    return (
        f'<section class="winner"><h2>{title}</h2>{_image(data, cell.cover, large=True)}<div>'
        f"<blockquote>{escape(prompt)}</blockquote><p>{escape(cell_name(data.sheet, cell))}</p>"
        f"<p>{escape(why)}</p></div></section>"
    )


def best_images(data: ReportData) -> str:
    """Return the best cells after the first."""
    cards = [
        f"<figure>{_image(data, cell.cover)}<figcaption><b>{escape(cell_name(data.sheet, cell))}</b>"
        f"<br>{escape(_marks(data, cell))}, {escape(price_text([cell], data.sheet))}</figcaption></figure>"
        for cell in _best(data)[1:MOST_BEST]
    ]
    return _section("Next best", f'<div class="cards">{"".join(cards)}</div>') if cards else ""


def request(data: ReportData) -> str:
    """Return the prompt as it was written, what varied, and the other values that differ from their defaults."""
    template = data.sheet.template
    values = dict(template.get("values", {}))
    operation, model = str(template.get("operation")), str(template.get("model"))
    rows = [(str(axis["label"]), ", ".join(str(one["text"]) for one in axis["values"])) for axis in data.sheet.axes]
    varied = {axis["name"] for axis in data.sheet.axes}
    if "model" not in varied:
        rows.append(("Model", model))
    rows += [
        (one.label, value_text(values[one.name]))
        for one in applicable(operation, model, values)
        if one.name not in NOT_SHOWN | varied and values.get(one.name) not in (None, one.default)
    ]
    table = _table((), [(label, text) for label, text in rows])
    return _section("Prompt and values", f"<blockquote>{escape(str(values.get('prompt', '')))}</blockquote>{table}")


def grid(data: ReportData) -> str:
    """Return the cells as the sheet shows them at first: the last axis across, all others down."""
    shown = list(data.cells[:MOST_IN_GRID])
    *down, across = [[str(one["text"]) for one in axis["values"]] for axis in data.sheet.axes] or [[""]]
    columns = range(len(across))
    found = {cell.places: cell for cell in shown}
    rows = []
    for place in dict.fromkeys(cell.places[:-1] for cell in shown):
        label = " · ".join(values[at] for values, at in zip(down, place, strict=True))
        cells = [found.get((*place, column) if data.sheet.axes else ()) for column in columns]
        rows.append(f'<tr><th scope="row">{escape(label)}</th>{"".join(_grid_cell(data, cell) for cell in cells)}</tr>')
    heads = "".join(f'<th scope="col">{escape(text)}</th>' for text in across)
    rest = len(data.cells) - len(shown)
    note = f"<p>{rest:,} more cells are not shown here.</p>" if rest else ""
    table = f"<table><thead><tr><th></th>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return _section("All cells", f'<div class="scroll">{table}</div>{note}', "grid")


def _grid_cell(data: ReportData, cell: SheetCell | None) -> str:
    if cell is None:
        return "<td></td>"
    if cell.cover is None:
        return f'<td class="empty">{escape(cell.state)}<br>{escape(reason_of(cell)[:200])}</td>'
    return f"<td>{_image(data, cell.cover)}{escape(_marks(data, cell))}</td>"


def votes(data: ReportData) -> str:
    """Return the ranking, or why it is not shown."""
    if data.hides_votes:
        ask = "Votes are shown to those who have ended voting."
        vote = app_address(f"/vote?sheet={escape(data.sheet.id)}&amp;ranking=1")
        link = f'<a href="{vote}">Vote, or see the ranking</a>'
        return _section("Votes", f"<p>{ask} {'' if data.is_file else link}</p>")
    if data.ranking is None:
        return ""
    return _section(
        "Votes", ranking_html(data.sheet, data.cells, data.ranking, lambda output: data.image(output, False))
    )


def checks(data: ReportData) -> str:
    """Return how many images passed each check; by value, also the mean score, cost and time of a cell."""
    if not data.checks:
        return ""
    values = [
        (f"{axis['label']}: {value['text']}", total)
        for axis, totals in zip(data.sheet.axes, data.totals, strict=True)
        for value, total in zip(axis["values"], totals, strict=True)
        if total
    ]
    by_value = _table(("Value", "Passed, mean score, cost and time of a cell"), values) if values else ""
    return _section("Checks", _table(("Check", "Images"), data.checks) + by_value)


def runs(data: ReportData) -> str:
    """Return how the newest runs of all cells ended, why some have no image, and what they cost."""
    states = Counter(cell.state for cell in data.cells)
    table = _table(("State", "Cells"), [(state, str(count)) for state, count in states.most_common()])
    reasons = Counter(reason for cell in data.cells if (reason := reason_of(cell)))
    if reasons:
        shown = [(reason[:300], str(count)) for reason, count in reasons.most_common(MOST_REASONS)]
        table += _table(("Why a cell has no image", "Cells"), shown)
        if (rest := len(reasons) - len(shown)) > 0:
            table += f"<p>{rest} more reasons are not shown.</p>"
    return _section("Runs and prices", f"<p>{escape(_cost_text(data))}</p>{table}")


def _cost_text(data: ReportData) -> str:
    if data.sheet.connection_id == BUILT_IN_ID:
        return "The built-in engine made these images, free."
    sent = [cell for cell in data.cells if cell.run_id is not None]
    known = [cell.cost for cell in sent if cell.cost is not None]
    images = sum(cell.cover is not None and not cell.shows_former for cell in sent)
    total = sum(known, Decimal(0))
    text = f"The newest runs of {len(known)} cells cost {dollars(total)}" if known else "No cost is known"
    text += f", {dollars(total / images)} for each cell with an image." if known and images else "."
    if unknown := len(sent) - len(known):
        text += f" What {unknown} others cost is not known; a failed run may have cost nothing."
    return text


# In the order of the page. A further section is one more function here.
SECTIONS: tuple[Section, ...] = (head, winner, best_images, grid, votes, checks, request, runs)


def _best(data: ReportData) -> Sequence[SheetCell]:
    """Return the cells with images that were voted on, else those with a star or a rating, best first.

    Without either, those that checks judged and nobody rejected, unless all did the same or somebody may still vote.
    """
    with_image = [cell for cell in data.cells if cell.cover is not None]
    if scores := data.scores:
        return sorted((cell for cell in with_image if cell.position in scores), key=lambda one: -scores[one.position])
    if marked := _marked(data):
        return marked
    kept = [one for one in with_image if one.position in data.by_cell and one.cover and not one.cover.rejected]
    orders = {one.position: data.by_cell[one.position].order for one in kept}
    is_decided = len(set(orders.values())) > 1 and not data.hides_votes
    return sorted(kept, key=lambda one: orders[one.position]) if is_decided else ()


def _marked(data: ReportData) -> Sequence[SheetCell]:
    marked = [(cell, cell.cover) for cell in data.cells if cell.cover and (cell.cover.starred or cell.cover.rating)]
    return [cell for cell, image in sorted(marked, key=lambda one: (-one[1].rating, not one[1].starred))]


def _marks(data: ReportData, cell: SheetCell) -> str:
    marks = []
    if (score := data.scores.get(cell.position)) is not None:
        marks.append(f"score {score:.0%}")
    if (image := cell.cover) is not None:
        marks += [f"rated {image.rating} of 5"] * bool(image.rating) + ["★ starred"] * image.starred
        marks += ["rejected"] * image.rejected
    if (found := data.by_cell.get(cell.position)) is not None:
        checks = "check" if found.judged == 1 else "checks"
        marks += [f"{found.passed} of {found.judged} {checks} passed"] * bool(found.judged)
        marks += [f"mean score {found.score:.1f} of {BEST_SCORE}"] if found.score is not None else []
    return ", ".join(marks)


def _image(data: ReportData, output: StoredOutput | None, *, large: bool = False) -> str:
    address = data.image(output, large) if output is not None else ""
    return f'<img src="{escape(address)}" alt="">' if address else '<span class="none">no small image</span>'


def _section(title: str, content: str, name: str = "") -> str:
    return f'<section class="{name}"><h2>{escape(title)}</h2>{content}</section>'


def _table(heads: Sequence[str], rows: Iterable[tuple[str, str]]) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(f'<tr><th scope="row">{escape(one)}</th><td>{escape(other)}</td></tr>' for one, other in rows)
    return f'<table class="facts">{f"<thead><tr>{head}</tr></thead>" if heads else ""}<tbody>{body}</tbody></table>'
