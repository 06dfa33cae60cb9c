"""An answer's Markdown as a tree: what it becomes, what it never becomes, and that hostile text costs little."""

from __future__ import annotations

from typing import Any

import pytest

from components.ui.base.formatting.answer_markdown import MAX_DEPTH, MAX_LENGTH, Node, markdown_blocks
from tests.support.work import within_lines

LINES = 1_500  # for each character; the most that any of these takes is 800

HOSTILE = {
    "unclosed links": "[a](",
    "images": "![",
    "brackets": "[",
    "emphasis": "*a_ ",
    "strong": "a**b",
    "struck": "~~a",
    "tags": "<a ",
    "quotes": "> ",
    "lazy quotes": ">" * 50 + "a\na\n",
    "rows": "|a|b|\n|-|-|\n" + "|a\n" * 400,
    "definitions": "[a]: <b ",
    "backslashes": "\\",
    "entities": "&amp",
    "lists": "- ",
    "json": '{"',
}


def _texts(nodes: list[Node]) -> str:
    return "".join(node if isinstance(node, str) else _texts(node[2:]) for node in nodes)


def _deepest(nodes: list[Any]) -> int:
    return max((1 + _deepest(node[2:]) for node in nodes if not isinstance(node, str)), default=0)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("a **b** *c* ~~d~~", [["p", {}, "a ", ["strong", {}, "b"], " ", ["em", {}, "c"], " ", ["del", {}, "d"]]]),
        ("# T\n\n---", [["h3", {}, "T"], ["hr", {}]]),
        ("3. a\n   - b", [["ol", {"start": 3}, ["li", {}, "a", ["ul", {}, ["li", {}, "b"]]]]]),
        ("```html\n<b>\n```", [["pre", {}, ["code", {}, "<b>"]]]),
        ("a\nb", [["p", {}, "a", "\n", "b"]]),
        ('{"b": [1]}', [["pre", {}, ["code", {}, '{\n  "b": [\n    1\n  ]\n}']]]),
        ("see https://a.b/c.", [["p", {}, "see ", ["a", {"href": "https://a.b/c."}, "https://a.b/c."]]]),
        ("![s](https://x/y.png)", [["p", {}, ["span", {"class": "muted"}, "[image: s]"]]]),
        ("", []),
    ],
)
def test_what_markdown_becomes(text: str, blocks: list[Node]) -> None:
    """Each construct becomes the element that it stands for; an image becomes words."""
    assert markdown_blocks(text) == blocks


@pytest.mark.parametrize("text", ["<script>x</script>", "<img src=x onerror=y>", "a <b>c</b>", "[j](javascript:x)"])
def test_html_and_scripts_stay_text(text: str) -> None:
    """HTML is shown as it was written, and so is a link to anything but the web."""
    assert markdown_blocks(text) == [["p", {}, text]]


def test_a_link_to_a_file_or_by_data_has_no_address() -> None:
    """What the parser itself would take as an address is not one for us."""
    assert markdown_blocks("[a](file-x)") == [["p", {}, ["span", {}, "a"]]]


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_costs_little_and_is_shown(piece: str) -> None:
    """The longest text that is formatted takes bounded steps, stays shallow, and keeps its letters."""
    text = (piece * (MAX_LENGTH // len(piece) + 1))[:MAX_LENGTH]
    blocks = within_lines(LINES * len(text), lambda: markdown_blocks(text))
    assert _deepest(blocks) <= MAX_DEPTH + 2
    if "a" in piece:
        assert "a" in _texts(blocks)


@pytest.mark.parametrize(
    "text", ["a " * MAX_LENGTH, "- " * 30 + "deep", "> " * 30 + "deep", "*" * 90 + "deep" + "*" * 90], ids=len
)
def test_too_long_or_too_deep_is_plain_text(text: str) -> None:
    """Nothing is left out where formatting would cost too much."""
    assert markdown_blocks(text) == [["div", {"class": "plain-text"}, text]]
