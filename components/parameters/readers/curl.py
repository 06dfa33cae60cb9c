"""Read a curl command, of any tool or of this app's export, into values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from typing import Any

from components.parameters.export.request_parts import PATHS
from components.parameters.kinds import Invalid, shorten
from components.parameters.readers.body import operation_of_url, read_body
from components.parameters.readers.keys import credentials_have_key, header_has_key, is_secret, url_has_key
from components.parameters.readers.reading import OpenedFile, Reading, read_json
from components.parameters.readers.shell import Operator, shell_words
from components.parameters.server import OPENAI_BASE_URL

_DATA = frozenset({"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"})
_FORM = frozenset({"-F", "--form", "--form-string"})
# Options with a value that say nothing about the request's body.
_IGNORED = frozenset(
    [
        "-H",
        "--header",
        "-u",
        "--user",
        "-b",
        "--cookie",
        "-X",
        "--request",
        "-o",
        "--output",
        "-A",
        "--user-agent",
        "-e",
        "--referer",
        "-m",
        "--max-time",
        "-w",
        "--write-out",
        "--connect-timeout",
        "--retry",
        "--oauth2-bearer",
        "-E",
        "--cert",
        "--key",
        "--cacert",
        "-U",
        "--proxy-user",
        "-x",
        "--proxy",
        "--pass",
        "--proxy-header",
        "--url-query",
    ]
)
# Options whose value is a key, if this says so.
_OF_KEYS: Mapping[str, Callable[[str], bool]] = {
    **dict.fromkeys(("-H", "--header", "--proxy-header"), header_has_key),
    **dict.fromkeys(("-u", "--user", "-U", "--proxy-user", "-E", "--cert"), credentials_have_key),
    **dict.fromkeys(("-x", "--proxy"), url_has_key),
    **dict.fromkeys(("--oauth2-bearer", "--pass"), is_secret),
    **dict.fromkeys(("-b", "--cookie"), lambda value: "=" in value and is_secret(value.partition("=")[2])),
    "--url-query": lambda value: url_has_key(f"?{value}"),
}
# How commands begin; "cat" and "set" are words of prompts too.
_COMMAND = re.compile(
    r"(?:\$ |\./|~/|/)\w|(?:sudo|wget|https?|rm|bash|sh|zsh|ssh|git|docker|pip3?|npm|npx|Invoke-\w{1,40})[ \t]+\S"
)
_CURL = re.compile(r"(?:^|[;|&({/\\])[ \t]{0,20}(?:\$ )?curl(?:\.exe)?(?:\s|$)", re.MULTILINE)
_WITH_VALUE = _DATA | _FORM | _IGNORED | {"--url"}


@dataclass
class _Command:
    urls: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    form: list[tuple[str, str]] = field(default_factory=list)
    had_key: bool = False


def _options(words: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Yield each option with its value, and each other word as the value of "--url"."""
    for word in words:
        if not word.startswith("-") or word == "-":
            yield "--url", word
            continue
        if word.startswith("--"):
            name, attached, value = word.partition("=")
        else:
            letters = word[1:]
            place = next((i for i, letter in enumerate(letters) if f"-{letter}" in _WITH_VALUE), None)
            if place is None:
                continue  # flags alone
            name, value = f"-{letters[place]}", letters[place + 1 :]
            attached = value
        if name in _WITH_VALUE:
            yield name, value if attached else next(words, "")


def _parse(words: list[str]) -> _Command:
    command = _Command()
    for name, value in _options(iter(words)):
        if name == "--url":
            command.urls.append(value)
            command.had_key |= url_has_key(value)
        elif name in _DATA:
            command.data.append(value)
        elif name in _FORM:
            command.form.append((name, value))
        elif name in _OF_KEYS:
            command.had_key |= _OF_KEYS[name](value)
    return command


def _piped(words: list[str]) -> list[str]:
    """Return the pieces of JSON that this app's export prints into the pipe, with the files' names between them."""
    pieces: list[str] = []
    for place, word in enumerate(words):
        if word == "printf" and words[place + 1 : place + 2] == ["%s"]:
            pieces += words[place + 2 : place + 3]
    return pieces


def _form_body(command: _Command) -> dict[str, Any]:
    """Return the fields of a form as a nested body: svg[model]=x is {"svg": {"model": "x"}}."""
    body: dict[str, Any] = {}
    for option, field_ in command.form:
        name, _, value = field_.partition("=")
        if option != "--form-string" and value[:1] in {"@", "<"}:
            body.setdefault(name, []).append(OpenedFile(_file_name(value[1:])))
            continue
        if option != "--form-string":
            value = re.sub(r";type=[^;]*$", "", value)
        put_field(body, name, value)
    return body


def put_field(body: dict[str, Any], name: str, value: Any) -> None:
    """Put a form's field such as svg[reasoning][effort] into a nested body."""
    steps = re.findall(r"[^\[\]]+", name)[:5] or [name]
    target = body
    for step in steps[:-1]:
        inner = target.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        target = inner
    target[steps[-1]] = value


def _file_name(text: str) -> str:
    """Return a file's own name from curl's @name;type=..., which may be quoted."""
    quoted = re.match(r'"((?:[^"\\]|\\.)*)"', text, re.DOTALL)
    name = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text.split(";")[0]
    return _last_step(name)


def _last_step(path: str) -> str:
    return re.split(r"[/\\]", path)[-1]


def looks_like_command(text: str) -> bool:
    """Return whether a text is meant for a shell: it names curl, or begins as another command does."""
    return _COMMAND.match(text) is not None or _CURL.search(text) is not None


def read_curl(text: str) -> Reading:
    """Return the values of a curl command. Raise Invalid for any other command and for one that sends nothing."""
    words = shell_words(text.removeprefix("$ "))
    start = next((place for place, word in enumerate(words) if re.search(r"(^|[/\\])curl(\.exe)?$", word)), None)
    if start is None or (start and not isinstance(words[0], Operator)):
        raise Invalid("This shell command is not a curl command. Nothing was run.")
    arguments = list(takewhile(lambda word: not isinstance(word, Operator), words[start + 1 :]))
    command = _parse(arguments)
    if not command.urls:
        raise Invalid("This curl command has no URL.")
    url = command.urls[0]
    operation = operation_of_url(url)
    pieces = _piped(words[:start])
    names = [word for before, word in pairwise(words[:start]) if before == "<"]
    if command.form:
        reading = read_body(operation, _form_body(command))
    elif command.data:
        data = "".join(pieces) if pieces and command.data == ["@-"] else "&".join(command.data)
        if data.startswith("@"):
            raise Invalid(
                f"The body of this command is in the file {shorten(data[1:])}. Paste that file's JSON instead."
            )
        body = read_json(data, "The body of this curl command")
        if not isinstance(body, dict):
            raise Invalid("The body of this curl command is not a JSON object.")
        reading = read_body(operation, body)
        for place, name in enumerate(names[: len(reading.files)]):
            reading.files[place] = (reading.files[place][0], _last_step(name))
    else:
        raise Invalid("This curl command sends no body.")
    note_server(reading, url)
    reading.had_key |= command.had_key
    if start + 1 + len(arguments) < len(words):
        reading.unread.append("what follows the curl command")
    return reading


def note_server(reading: Reading, url: str) -> None:
    """Name a server other than OpenAI's, because a form keeps its connection."""
    base = url.split("?")[0].rstrip("/").removesuffix(PATHS[reading.operation])
    if base != OPENAI_BASE_URL and not base.startswith("$"):
        reading.unread.append(f"the server {shorten(base)}")
