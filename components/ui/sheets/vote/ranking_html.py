"""The ranking of a sheet as HTML without scripts, for the page and for the report. Every text is escaped here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from html import escape

from components.library.records import SheetCell, StoredOutput, StoredSheet
from components.ranking import PositionBias, Ranking, Standing
from components.settings import BUILT_IN_ID
from components.ui.base.formatting.money import dollars
from components.ui.sheets.vote.results import SheetRanking

MOST_ROWS = 50
SCORE = "Score: the share of wins to expect against an average one (Bradley-Terry; a tie is half a win)."

# Returns the address of an output's small image; "" for none.
ImageSource = Callable[[StoredOutput], str]


def ranking_html(sheet: StoredSheet, cells: Sequence[SheetCell], found: SheetRanking, source: ImageSource) -> str:
    """Return what the votes say: their count, verdict and position bias, then a table of cells and one of each axis."""
    by_position = {str(cell.position): cell for cell in cells}
    names = {position: cell_name(sheet, cell) for position, cell in by_position.items()}
    parts = [f'<p class="votes">{escape(votes_text(found))}</p>']
    parts += [f"<p>{escape(text)}</p>" for text in (verdict(found.cells, names), bias_text(found.bias)) if text]

    def cell_row(one: Standing) -> tuple[str, str, str]:
        cell = by_position[one.name]
        image = source(cell.cover) if cell.cover is not None else ""
        return names[one.name], price_text([cell], sheet), image

    parts.append(_table("Cells", "cost", found.cells, cell_row, SCORE))
    for place, ranking in found.axes:
        axis = sheet.axes[place]

        def value_row(one: Standing, place: int = place) -> tuple[str, str, str]:
            of_value = [cell for cell in cells if cell.places[place] == int(one.name)]
            return str(sheet.axes[place]["values"][int(one.name)]["text"]), price_text(of_value, sheet), ""

        texts = {str(number): str(value["text"]) for number, value in enumerate(axis["values"])}
        parts.append(_table(str(axis["label"]), "cost each", ranking, value_row, verdict(ranking, texts)))
    return f'<div class="ranking">{"".join(parts)}</div>'


def cell_name(sheet: StoredSheet, cell: SheetCell) -> str:
    """Return the texts of a cell's values."""
    texts = (axis["values"][place]["text"] for axis, place in zip(sheet.axes, cell.places, strict=True))
    return ", ".join(map(str, texts)) or sheet.name


def price_text(cells: Sequence[SheetCell], sheet: StoredSheet) -> str:
    """Return what the newest runs of cells cost on average."""
    known = [cell.cost for cell in cells if cell.cost is not None]
    if not known:
        return "free" if sheet.connection_id == BUILT_IN_ID else "not known"
    return dollars(sum(known, Decimal(0)) / len(known))


def votes_text(found: SheetRanking) -> str:
    """Return how many votes there are, of whom and of which kind."""
    people = len(found.people) + found.nameless
    voters = [_count(people, "person", "people")] if people or not found.models else []
    if found.people:
        voters[0] += f" ({', '.join(found.people)}{f' and {found.nameless} without a name' if found.nameless else ''})"
    if found.models:
        voters.append(f"{_count(len(found.models), 'model')} ({', '.join(found.models)})")
    text = f"{_count(found.votes, 'vote')} by {' and '.join(voters)}"
    text += f": {_count(found.choices['tie'], 'tie')}, {found.choices['bad']} both bad."
    if found.former:
        text += f" {_count(found.former, 'vote')} on images that are no longer in the sheet left out."
    return text


def verdict(ranking: Ranking, names: dict[str, str]) -> str:
    """Return whether the first is ahead of the second beyond chance, and else how many votes would tell."""
    if len(ranking.standings) < 2:
        return "Too few votes to tell." if ranking.standings else "Nobody has voted yet."
    first, second = (f"“{names[one.name]}”" for one in ranking.standings[:2])
    if ranking.more == 0:
        return f"{first} is ahead of {second} beyond chance."
    if ranking.more is None:
        return f"Too few votes to tell {first} and {second} apart, or they are equally good."
    more = f"About {_rounded(ranking.more)} more votes would separate it from {second}."
    return f"Chance can explain the lead of {first}. {more}"


def bias_text(bias: PositionBias) -> str:
    """Return the share of votes for the left image, and whether that is beyond chance; "" without decided votes."""
    if bias.share is None:
        return ""
    text = f"Position bias: {bias.share:.0%} of {_count(bias.left + bias.right, 'decided vote')} chose the left image"
    side = "left" if bias.left > bias.right else "right"
    return f"{text}, which is beyond chance: people lean to the {side}." if bias.is_beyond_chance else f"{text}."


def _rounded(votes: int) -> int:
    """Return an estimate without digits that it does not know."""
    step = 1 if votes < 20 else 10 if votes < 200 else 50
    return -(-votes // step) * step


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _table(
    title: str,
    cost: str,
    ranking: Ranking,
    row: Callable[[Standing], tuple[str, str, str]],
    note: str = "",
) -> str:
    def rows() -> Iterator[str]:
        for number, one in enumerate(ranking.standings[:MOST_ROWS], 1):
            label, price, image = row(one)
            thumbnail = f'<img src="{escape(image)}" alt="" loading="lazy">' if image else ""
            yield (
                f'<tr><td class="place">{number}</td><th scope="row"><div class="named">{thumbnail}'
                f"<span>{escape(label)}</span></div></th><td>{_bar(one)}</td>"
                f"<td>{one.wins}</td><td>{one.ties}</td><td>{one.losses}</td><td>{one.both_bad}</td>"
                f"<td>{escape(price)}</td></tr>"
            )

    if not ranking.standings:
        return ""
    heads = ("", title, "score (95% interval)", "won", "tied", "lost", "both bad", cost)
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    rest = len(ranking.standings) - MOST_ROWS
    notes = [note] * bool(note) + [f"{rest} more are not shown."] * (rest > 0)
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows())}</tbody></table></div>'
        + "".join(f'<p class="note">{escape(text)}</p>' for text in notes)
    )


def _bar(one: Standing) -> str:
    score, low, high = (round(100 * value, 1) for value in (one.score, one.low, one.high))
    text = f"{score:.0f}% ({low:.0f} to {high:.0f})"
    return (
        f'<div class="score"><div class="scale"><i class="span" style="left:{low}%;width:{high - low:.1f}%"></i>'
        f'<i class="dot" style="left:{score}%"></i></div><span>{text}</span></div>'
    )
