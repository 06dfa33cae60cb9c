"""Split a shell command into words without running any of it."""

from __future__ import annotations

import re

from components.parameters.kinds import Invalid

_PIECE = re.compile(
    r"""(?P<joined>\\\n)
    |(?P<space>\s+)
    |\$'(?P<ansi>(?:[^'\\]|\\.)*)'
    |'(?P<single>[^']*)'
    |"(?P<double>(?:[^"\\]|\\.)*)"
    |\\(?P<escaped>.)
    |(?P<plain>[^\s'"\\$]+|\$)""",
    re.VERBOSE | re.DOTALL,
)
# What begins a word, or ends a quoted one without a space.
_STOP = re.compile(r"\|\||&&|>>|[;|&<>()]")
_QUOTES = frozenset({"ansi", "single", "double"})
_VARIABLE = re.compile(r"\$\{\w+:-([^}]*)\}")
_ANSI = {"n": "\n", "t": "\t", "r": "\r"}
_ANSI_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)


class Operator(str):
    """A word that the shell acts on, such as | or ;."""

    __slots__ = ()


_OPERATORS = frozenset({"|", "||", "&", "&&", ";", "<", ">", ">>", "{", "}", "(", ")"})


def _ansi(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        return chr(int(code, 16)) if code else _ANSI.get(match[3], match[3])

    return _ANSI_ESCAPE.sub(character, text)


def shell_words(command: str) -> list[str]:
    """Return the words of a POSIX shell command; `${NAME:-default}` becomes its default, other variables stay.

    Raise Invalid for a quotation mark that is not closed.
    """
    words: list[str] = []
    word: str | None = None
    kind: str | None = None
    bare, at, command = True, 0, command.replace("\r\n", "\n")
    while at < len(command):
        if (word is None or kind in _QUOTES) and (stop := _STOP.match(command, at)):
            words += [*_ended(word, bare), Operator(stop[0])]
            word, kind, bare, at = None, None, True, stop.end()
            continue
        if word is None and command[at] == "#":
            end = command.find("\n", at)
            at = len(command) if end < 0 else end
            continue
        match = _PIECE.match(command, at)
        if match is None:
            raise Invalid("A quotation mark of this command is not closed. Copy the whole command.")
        at = match.end()
        kind, text = match.lastgroup, match[match.lastgroup or 0]
        if kind == "joined":
            continue
        if kind == "space":
            words += _ended(word, bare)
            word, bare = None, True
            continue
        if kind == "double":
            text = _VARIABLE.sub(r"\1", re.sub(r'\\(["\\$`])', r"\1", text.replace("\\\n", "")))
        word = (word or "") + (_ansi(text) if kind == "ansi" else text)
        bare = bare and kind == "plain"
    return words + _ended(word, bare)


def _ended(word: str | None, bare: bool) -> list[str]:
    """Return a word as a list; an operator as such, also one at the end of a word without quotation marks."""
    if word is None or not bare:
        return [] if word is None else [word]
    if word in _OPERATORS:
        return [Operator(word)]
    text = word.rstrip(";|&")
    return [text, Operator(word[len(text) :])] if text and word[len(text) :] in _OPERATORS else [word]
