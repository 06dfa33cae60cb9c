"""Export a sheet as one script for the openai package: what all cells share once, then a loop over what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from components.parameters.export.python import NO_RETRIES_COMMENT, arguments_of, client_lines, literal
from components.parameters.export.request_parts import CALLS, Code, variables_note
from components.parameters.export.sheet_targets import SheetTarget
from components.parameters.request import Request
from components.parameters.server import OPENAI_SERVER, Server

_IMPORTS = """import base64
import os
from pathlib import Path

from openai import AzureOpenAI, OpenAI, OpenAIError
"""

_EMPTY = "# No cell of this sheet can be sent.\n"

# A refusal leaves one cell, as in the app.
_LOOP = """
for name, cell in CELLS.items():
    arguments = {**SHARED, **cell}
    try:
        answer = client.CALL(**arguments)
    except OpenAIError as problem:
        print(f"{name}: {problem}")
        continue
    for place, image in enumerate(answer.data, 1):
        if image.b64_json:
            file = Path(f"{name}-{place}.{arguments.get('output_format', 'png')}")
            file.write_bytes(base64.b64decode(image.b64_json))
            print(file)
        else:
            print(name, image.url)
"""


def as_sheet_python(requests: Mapping[str, Request], server: Server = OPENAI_SERVER) -> str:
    """Return a script that sends requests of one operation, by the names that their files get.

    It needs openai 3.54 or newer, reads the key from the environment, and continues after a refusal.
    """
    if not requests:
        return _EMPTY
    shared, cells = _split({name: arguments_of(one.named(server.name_of(one.model))) for name, one in requests.items()})
    return "\n".join(
        [
            f'# pip install "openai>=3.54"; {variables_note(server)}',
            _IMPORTS,
            *client_lines(next(iter(requests.values())), server),
            "",
            "# Arguments of every cell, then those in which the cells differ, by the names of their files.",
            f"SHARED = {literal(shared, '')}",
            f"CELLS = {literal(cells, '')}",
            _LOOP.replace("CALL", CALLS[next(iter(requests.values())).operation]),
        ]
    )


def as_connections_python(
    requests: Mapping[str, Request], targets: Mapping[str, SheetTarget], notes: Iterable[str] = ()
) -> str:
    """Return such a script for cells that go to several connections, given by the cells' names.

    Each connection has a client of its own, whose keys come from environment variables of its name. `notes` say what
    is left out.
    """
    left_out = [f"# {note}" for note in notes]
    if not requests:
        return "\n".join([*left_out, _EMPTY])
    bodies = {name: arguments_of(one.named(targets[name].server.name_of(one.model))) for name, one in requests.items()}
    shared, cells = _split(bodies)
    used = {one.name: one for one in (targets[name] for name in requests)}
    clients = {name: Code(_client(one)) for name, one in used.items()}
    loop = _LOOP.replace("name, cell in", "name, (connection, cell) in").replace("client.", "CLIENTS[connection].")
    return "\n".join(
        [
            '# pip install "openai>=3.54"; keys and secret values come from the environment:',
            *(f"# {one.note}" for one in used.values()),
            *left_out,
            _IMPORTS,
            NO_RETRIES_COMMENT,
            f"CLIENTS = {literal(clients, '')}",
            "",
            "# Arguments of every cell, then its connection and those in which the cells differ, by the names of their",
            "# files.",
            f"SHARED = {literal(shared, '')}",
            f"CELLS = {literal({name: Code(_pair(targets[name].name, cell)) for name, cell in cells.items()}, '')}",
            loop.replace("CALL", CALLS[next(iter(requests.values())).operation]),
        ]
    )


def _split(bodies: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return what all bodies share, and the rest of each."""
    first: Mapping[str, Any] = next(iter(bodies.values()))
    shared = {
        name: value
        for name, value in first.items()
        if all(name in body and body[name] == value and type(body[name]) is type(value) for body in bodies.values())
    }
    return shared, {
        name: {one: value for one, value in body.items() if one not in shared} for name, body in bodies.items()
    }


def _pair(connection: str, cell: Mapping[str, Any]) -> str:
    return f"({connection!r}, {literal(cell)})"


def _client(target: SheetTarget) -> str:
    """Return the code that makes a connection's client."""
    server = target.server
    headers = {name: Code(f"os.environ[{variable!r}]") for name, _, variable in target.headers}
    key_header, _ = server.key_header
    # In any letters: two spellings of one header would both be sent.
    headers = {key_header if name.lower() == key_header.lower() else name: code for name, code in headers.items()}
    key = headers.get(key_header) or Code(f"os.environ[{server.key_variable + target.suffix!r}]")
    if server.key_variable + target.suffix in key and server.shape != "azure":
        headers.pop(key_header, None)  # the package sends it
    arguments: dict[str, Any] = {"base_url": server.root, "api_key": key, "max_retries": 0}
    query: dict[str, Any] = {name: Code(f"os.environ[{variable!r}]") for name, variable in target.query}
    if server.shape == "azure-deployments":
        del arguments["base_url"]
        arguments = {"azure_endpoint": server.root.removesuffix("/openai"), "api_version": server.version} | arguments
    elif server.shape == "azure":
        arguments["base_url"] = f"{server.root}/"
        query |= {"api-version": server.version} if server.version else {}
    arguments |= {"default_headers": headers} if headers else {}
    arguments |= {"default_query": query} if query else {}
    lines = [f"        {name}={literal(value, '        ')}," for name, value in arguments.items()]
    name = "AzureOpenAI" if server.shape == "azure-deployments" else "OpenAI"
    return "\n".join([f"{name}(", *lines, "    )"])
