"""Parse a model's answer, which is Markdown, into a small tree that the browser shows.

The parser is markdown-it-py, whose work grows with the length of the text alone. An answer that is too long or too
deeply nested is shown as plain text, so hostile text costs neither the server nor the browser more than a bounded
amount of work. The browser (analyze/answer_markdown.js) creates only the elements that it knows, and reads no HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

# A node is a text, or a list: the tag, its attributes, then its children.
Node = str | list[Any]

MAX_LENGTH = 40_000  # characters that are formatted; a longer answer is shown as plain text
MAX_DEPTH = 12  # levels of elements; a list takes two
MAX_TOKENS = 20_000  # of the parser, each about one element or text
MAX_ADDRESS = 2_000  # characters of a link

# Beyond its own limit the parser leaves text out, so ours comes first.
_PARSER = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_DEPTH + 4}).enable(["table", "strikethrough"])

# The elements that the parser's names for its openings become; `s` is struck text.
_TAGS = {"s": "del"} | {f"h{level}": f"h{min(6, level + 2)}" for level in range(1, 7)}  # below the page's headings

# An object or a list in JSON: a structured answer.
_JSON = re.compile(r"\s*[{[]\s*[\"{[\]}]")
_ADDRESS = re.compile(rf"https?://[^\s<>\"')\]]{{1,{MAX_ADDRESS}}}")


class _TooMuch(Exception):
    """The answer is nested too deeply or has too many parts to be formatted."""


@lru_cache(maxsize=256)
def markdown_blocks(text: str) -> list[Node]:
    """Return the blocks of an answer: each `[tag, attributes, *children]`, where a child is a node or a text.

    Several viewers ask for the same text, so the last results are kept; do not change them.
    """
    if not text.strip():
        return []
    if _JSON.match(text):
        return [_code(_indented(text))]
    if len(text) <= MAX_LENGTH:
        try:
            return _tree(_PARSER.parse(text))
        except _TooMuch:
            pass
    return [["div", {"class": "plain-text"}, text]]


def _code(text: str) -> Node:
    return ["pre", {}, ["code", {}, text]]


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):  # not complete yet, or never valid
        return text


def _flat(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type == "inline":
            yield from token.children or ()
        else:
            yield token


def _tree(tokens: list[Token]) -> list[Node]:
    """Return the tree of a flat list of tokens. Raise _TooMuch where it would be too deep or too large."""
    root: list[Any] = ["root", {}]
    path = [root]
    for count, token in enumerate(_flat(tokens)):
        if len(path) > MAX_DEPTH or count > MAX_TOKENS:
            raise _TooMuch
        if token.hidden:  # the paragraph of a tight list's item
            continue
        if token.nesting > 0:
            node = _opened(token)
            path[-1].append(node)
            path.append(node)
        elif token.nesting < 0:
            path.pop()
        else:
            path[-1].extend(_leaf(token, in_link=any(node[0] == "a" for node in path)))
    return root[2:]


def _opened(token: Token) -> list[Any]:
    if token.type == "link_open":
        address = str(token.attrs.get("href", ""))
        is_web = re.match("https?://", address, re.IGNORECASE) and len(address) <= MAX_ADDRESS
        return ["a", {"href": address}] if is_web else ["span", {}]
    if token.type == "ordered_list_open":
        return ["ol", {"start": int(token.attrs.get("start", 1))}]
    return [_TAGS.get(token.tag, token.tag), {}]


def _leaf(token: Token, *, in_link: bool) -> Iterator[Node]:
    if token.type in ("softbreak", "hardbreak"):
        yield "\n"
    elif token.type in ("fence", "code_block"):
        yield _code(token.content.removesuffix("\n"))
    elif token.type == "code_inline":
        yield ["code", {}, token.content]
    elif token.type == "hr":
        yield ["hr", {}]
    elif token.type == "image":
        # Nothing is loaded from anywhere: an image becomes its description.
        yield ["span", {"class": "muted"}, f"[image: {token.content}]" if token.content else "[image]"]
    elif in_link:
        yield token.content
    else:
        yield from _linked(token.content)


def _linked(text: str) -> Iterator[Node]:
    """Turn addresses in plain text into links."""
    end = 0
    for match in _ADDRESS.finditer(text):
        if match.start() > end:
            yield text[end : match.start()]
        end = match.end()
        yield ["a", {"href": match[0]}, match[0]]
    if end < len(text):
        yield text[end:]
