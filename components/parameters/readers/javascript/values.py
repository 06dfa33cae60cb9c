"""Read literals from JavaScript source: objects, arrays, strings, numbers. Nothing is executed.

An expression is followed only where it is a name that the source declares as a `const`, or `JSON.stringify(…)`.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from components.parameters.kinds import Invalid
from components.parameters.readers.reading import MAX_DEPTH, MAX_VALUES, OpenedFile, Unreadable

# A string or comment that does not end goes to the end of its line or of the text: searching stays linear.
_COMMENT = r"//[^\n]*|/\*.*?(?:\*/|\Z)"
_SKIPPED = re.compile(rf"(?:\s|{_COMMENT})*", re.DOTALL)
_STRING = re.compile(
    r"'(?:[^'\\\n]|\\.)*(?:'|(?=\n)|\Z)|\"(?:[^\"\\\n]|\\.)*(?:\"|(?=\n)|\Z)|`(?:[^`\\]|\\.)*(?:`|\Z)", re.DOTALL
)
_HIDDEN = re.compile(rf"{_STRING.pattern}|{_COMMENT}", re.DOTALL)
_STOPS = re.compile(r"[(\[{,;)\]}]")
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_URL = re.compile(r"https?://[^\s'\"`$]+")
_BASE_URL = re.compile(r"\bbaseURL\s*:")
_CONSTANTS = {"true": True, "false": False, "null": None, "undefined": None}
_OPENS_FILE = re.compile(r"\b(?:readFile|readFileSync|createReadStream|toFile|Blob|File|openAsBlob|dataUrl)\s*\(")


class Source:
    """JavaScript source. `code` is the text with the content of strings and comments blanked out."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.code = _HIDDEN.sub(lambda found: " " * len(found[0]), text)
        declared = re.finditer(r"\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=(?!=)", self.code)
        self.declared = {found[1]: found.end() for found in declared}
        self._read = 0

    def value(self, start: int, depth: int = 0) -> tuple[Any, int]:
        """Return the value that starts at an index, and the index after it. Raise Invalid if it is nested too deep."""
        if depth > MAX_DEPTH:
            raise Invalid(f"This call is nested more than {MAX_DEPTH} levels deep. Paste only the request.")
        self._read += 1  # a name that is used twice is read twice
        if self._read > MAX_VALUES:
            raise Invalid(f"This call has more than {MAX_VALUES:,} values. Paste only the request.")
        start = self._skip(start)
        read = self._literal(start, depth)
        if read is not None and self._ends_value(read[1]):
            return read
        end = self._end_of_expression(start)
        return self._expression(start, end, depth), end

    def _skip(self, index: int) -> int:
        found = _SKIPPED.match(self.text, index)
        return found.end() if found else index

    def _ends_value(self, index: int) -> bool:
        index = self._skip(index)
        return index >= len(self.text) or self.text[index] in ",;)]}" or "\n" in self.text[index - 1 : index]

    def _literal(self, start: int, depth: int) -> tuple[Any, int] | None:
        first = self.text[start : start + 1]
        if first == "{":
            return self._object(start, depth)
        if first == "[":
            return self._array(start, depth)
        if string := _STRING.match(self.text, start):
            if len(string[0]) < 2 or string[0][-1] != first:
                raise Invalid("A quotation mark of this call is not closed. Copy the whole call.")
            has_code = first == "`" and "${" in string[0]
            return Unreadable("a template") if has_code else unescape(string[0][1:-1]), string.end()
        if number := _NUMBER.match(self.text, start):
            text = number[0]
            return (int(text) if re.fullmatch(r"-?\d{1,18}", text) else float(text)), number.end()
        if (name := _NAME.match(self.text, start)) and name[0] in _CONSTANTS:
            return _CONSTANTS[name[0]], name.end()
        return None

    def _array(self, start: int, depth: int) -> tuple[list[Any], int]:
        values: list[Any] = []
        index = self._skip(start + 1)
        while index < len(self.text) and self.text[index] != "]":
            value, index = self.value(index, depth + 1)
            values.append(value)
            index = self._after_comma(index)
        return values, index + 1

    def _object(self, start: int, depth: int) -> tuple[dict[str, Any], int]:
        values: dict[str, Any] = {}
        index = self._skip(start + 1)
        while index < len(self.text) and self.text[index] != "}":
            key, index = self._key(index, depth)
            index = self._skip(index)
            if self.text[index : index + 1] == ":":
                values[key], index = self.value(index + 1, depth + 1)
            elif self.text[index : index + 1] in {",", "}"} and key != "...":
                values[key] = self._named(key, depth)
            else:  # a spread, a method
                end = self._end_of_expression(index)
                values[key], index = Unreadable("an expression"), end
            index = self._after_comma(index)
        return values, index + 1

    def _key(self, index: int, depth: int) -> tuple[str, int]:
        if self.text[index] == "[":
            value, index = self.value(index + 1, depth + 1)
            return (value if isinstance(value, str) else "[…]"), self._skip(index) + 1
        if string := _STRING.match(self.text, index):
            return unescape(string[0][1:-1]), string.end()
        if name := _NAME.match(self.text, index) or _NUMBER.match(self.text, index):
            return name[0], name.end()
        if self.text.startswith("...", index):
            return "...", index + 3
        raise Invalid("This is not JavaScript that can be read. Copy the whole call.")

    def _after_comma(self, index: int) -> int:
        index = self._skip(index)
        return self._skip(index + 1) if self.text[index : index + 1] == "," else index

    def _end_of_expression(self, start: int) -> int:
        """Return where the expression ends: at a comma, semicolon or closing bracket outside of its own brackets."""
        open_brackets = 0
        for found in _STOPS.finditer(self.code, start):
            if found[0] in "([{":
                open_brackets += 1
            elif open_brackets == 0:
                return found.start()
            elif found[0] in ")]}":
                open_brackets -= 1
        return len(self.text)

    def _expression(self, start: int, end: int, depth: int) -> Any:
        code = self.code[start:end].strip()
        if found := re.match(r"JSON\.stringify\s*\(", self.code[start:end]):
            return self.value(start + found.end(), depth + 1)[0]
        if _NAME.fullmatch(code):
            return self._named(code, depth)
        if _OPENS_FILE.search(self.code, start, end):
            return OpenedFile(self.first_text(start, end).rpartition("/")[2])
        return Unreadable("an expression")

    def _named(self, name: str, depth: int) -> Any:
        if name not in self.declared:
            return Unreadable(f"the variable {name}")
        return self.value(self.declared[name], depth + 1)[0]

    def expression_text(self, start: int, end: int) -> str:
        """Return the text of an expression; of a name that the source declares, the text of what it stands for."""
        begin = self.declared.get(self.code[start:end].strip())
        return self.text[start:end] if begin is None else self.text[begin : self.value(begin)[1]]

    def address_in(self, text: str) -> str:
        """Return the URL in an expression's text, in a name's value there, or given as `baseURL`; "" without one."""
        if found := _URL.search(text):
            return found[0]
        starts = [self.declared[name] for name in _NAME.findall(text)[:MAX_DEPTH] if name in self.declared]
        starts += [found.end() for found in islice(_BASE_URL.finditer(self.code), 1)]
        values = (self.value(start)[0] for start in starts)
        return next((one for one in values if isinstance(one, str) and _URL.match(one)), "")

    def first_text(self, start: int, end: int) -> str:
        """Return the first string between two indexes, or ""."""
        found = _STRING.search(self.text, start, end)
        return unescape(found[0][1:-1]) if found else ""


def unescape(text: str) -> str:
    """Return the content of a JavaScript string literal."""

    def character(found: re.Match[str]) -> str:
        if code := found[1] or found[2] or found[3]:
            return chr(min(int(code, 16), 0x10FFFF))
        return _ESCAPED.get(found[4], found[4])

    plain = _ESCAPE.sub(character, text)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")  # joins pairs of surrogates
