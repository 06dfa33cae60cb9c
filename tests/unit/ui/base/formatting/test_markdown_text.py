"""Words of others as plain text in Markdown: read as Streamlit's browser side reads them."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from components.ui.base.formatting.markdown_text import JOINER, escape, escape_label, escape_lines

# What Streamlit looks for in the texts that its parser has made; taken from its StreamlitMarkdown.
LOOKED_FOR = (
    re.compile(r"(https?://|www(?=\.))([-.\w]+)([^ \t\r\n]*)", re.IGNORECASE),
    re.compile(r"(?:^|(?<=\W))([-.\w+]+)@([-\w]+(?:\.[-\w]+)+)"),
    re.compile(r":material[/_](\w+):", re.ASCII),
    re.compile(r":\+1:|:-1:|:[\w-]+:", re.ASCII),
    re.compile(r"(^|\s)(<->|->|<-|--|>=|<=|~=)(\s|$)"),
)
HOSTILE = (
    "https://evil.example/a",
    "see WWW.evil.example",
    "me@evil.example",
    ":material/home:",
    "a:smile: :+1: :100:",
    "a -> b <- c -- d >= e <= f ~= g <-> h",
    "--",
    "**bold** _x_ `code` ~~s~~",
    "[a](https://evil.example)",
    "![a](//evil.example/x.png)",
    "<b>x</b> <https://evil.example>",
    "# title",
    "a\n===",
    "    code",
    "1. one\n2) two",
    "| a |\n|---|",
    "&copy; &#33;",
    ":red[x] :red-badge[y] :::note",
    "C:\\[x]\\*",
    "$a$ and $$b$$",
    "```\nx\n```",
    "[^1] ~x~ ^y^ ==z==",
)
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def shown(markdown: str) -> str:
    """The text of a single paragraph; anything but text and line breaks in it fails."""
    blocks = PARSER.parse(markdown)
    assert [token.type for token in blocks] == ["paragraph_open", "inline", "paragraph_close"]
    parts = blocks[1].children or []
    assert {token.type for token in parts} <= {"text", "text_special", "softbreak", "hardbreak"}, parts
    return "".join("\n" if token.type.endswith("break") else token.content for token in parts)


@pytest.mark.parametrize("text", ["art_style", "first-name 2", "Built-in", "Größe"])
def test_the_label_of_a_field_has_no_backslashes_where_none_is_needed(text: str) -> None:
    """Screen readers get a label as it is written, and it shows the same."""
    assert escape_label(text) == text
    assert shown(text) == text


@pytest.mark.parametrize("make", [escape, escape_label, escape_lines])
@pytest.mark.parametrize("text", HOSTILE)
def test_words_of_others_show_as_they_are(text: str, make: object) -> None:
    """Nothing becomes a link, an icon, an emoji, an arrow or formatting, and no letter is lost."""
    assert callable(make)
    escaped = make(text)
    reported = shown(escaped)
    assert reported.replace(JOINER, "") == "\n".join(line.strip() for line in text.split("\n"))
    assert not [pattern.pattern for pattern in LOOKED_FOR if pattern.search(reported)]
    assert not re.search(r"(?<!\\)[$:]", escaped)


def test_ordinary_words_get_nothing_invisible() -> None:
    """Times, prices and sentences can be copied letter by letter."""
    text = "at 12:30, about $0.04: a red boat - high_quality (1024x1024)"
    assert JOINER not in escape(text)
    assert shown(escape(text)) == text


def test_blank_lines_end_no_paragraph_of_a_label() -> None:
    """In a colored or bold text a blank line would end the color; alone, it is kept."""
    assert shown(escape("a\n\n  b")) == "a\nb"
    assert shown(escape_lines("a\n\n  b")) == "a\n\u00a0\nb"
