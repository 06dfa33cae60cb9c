"""Export a sheet as one script for the openai package: what all cells share once, then a loop over what differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.parameters.export.python import arguments_of, client_lines, literal
from components.parameters.export.request_parts import CALLS, variables_note
from components.parameters.request import Request
from components.parameters.server import OPENAI_SERVER, Server

_IMPORTS = """import base64
import os
from pathlib import Path

from openai import AzureOpenAI, OpenAI, OpenAIError
"""

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
        return "# No cell of this sheet can be sent.\n"
    bodies = {name: arguments_of(one.named(server.name_of(one.model))) for name, one in requests.items()}
    first: Mapping[str, Any] = next(iter(bodies.values()))
    shared = {
        name: value
        for name, value in first.items()
        if all(name in body and body[name] == value and type(body[name]) is type(value) for body in bodies.values())
    }
    cells = {name: {one: value for one, value in body.items() if one not in shared} for name, body in bodies.items()}
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
