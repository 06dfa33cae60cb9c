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
    bare, at, command = True, 0, command.replace("\r\n", "\n")
    while at < len(command):
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
            if word is not None:
                words.append(Operator(word) if bare and word in _OPERATORS else word)
            word, bare = None, True
            continue
        if kind == "double":
            text = _VARIABLE.sub(r"\1", re.sub(r'\\(["\\$`])', r"\1", text.replace("\\\n", "")))
        word = (word or "") + (_ansi(text) if kind == "ansi" else text)
        bare = bare and kind == "plain"
    if word is not None:
        words.append(Operator(word) if bare and word in _OPERATORS else word)
    return words
