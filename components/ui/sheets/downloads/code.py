"""A sheet as code: a Python script, and a configuration for promptfoo."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from components.checks import title
from components.library.queries.sheet_cells import LEFT_OUT
from components.library.records import SheetCell, StoredSheet
from components.library.sheets.checks import StoredCheck
from components.library.sheets.sheet_inputs import InputsByContent
from components.parameters import (
    InputImage,
    Request,
    Server,
    SheetTarget,
    as_connections_python,
    as_sheet_promptfoo,
    as_sheet_python,
    targets_of,
)
from components.parameters.kinds import shorten
from components.parameters.sheets import CONNECTION
from components.runs.sheets.cell_request import connection_value, request_of_cell
from components.settings import BUILT_IN_ID

Servers = Server | Mapping[str, Server]


def sheet_python(sheet: StoredSheet, cells: Sequence[SheetCell], servers: Servers, inputs: InputsByContent) -> str:
    """Return a script that sends the cells which can be run; their files are named by their values.

    It reads input images by their names; of several with the same name, later ones begin with a number. `servers` is
    the sheet's server, or the servers by connection where these vary.
    """
    named: dict[tuple[str, str], InputImage] = {}
    for key, image in inputs.items():
        alike = 1 + sum(other.name == image.name for other in list(inputs.values())[: len(named)])
        named[key] = replace(image, name=f"{alike}-{image.name}") if alike > 1 else image
    found = _cells_by_name(sheet, cells, named)
    if isinstance(servers, Server):
        return as_sheet_python({name: request for name, (request, _) in found.items()}, servers)
    return as_connections_python(*_by_connection(sheet, found, servers))


def sheet_promptfoo(
    sheet: StoredSheet, cells: Sequence[SheetCell], checks: Iterable[StoredCheck], servers: Servers
) -> str:
    """Return a configuration for promptfoo that sends the cells which can be run, with the sheet's checks."""
    titles, found = [(one.kind, title(one.kind, one.settings)) for one in checks], _cells_by_name(sheet, cells)
    if isinstance(servers, Server):
        return as_sheet_promptfoo({name: request for name, (request, _) in found.items()}, titles, servers)
    requests, targets, left_out = _by_connection(sheet, found, servers)
    return as_sheet_promptfoo(requests, titles, targets=targets, left_out=left_out)


def _by_connection(
    sheet: StoredSheet, found: Mapping[str, tuple[Request, str]], servers: Mapping[str, Server]
) -> tuple[dict[str, Request], dict[str, SheetTarget], list[str]]:
    """Return the requests whose connection is there, its target by the cells' names, and notes on the others."""
    names = {
        str(one["value"]): str(one["text"])
        for axis in sheet.axes
        if axis["name"] == CONNECTION
        for one in axis["values"]
    }
    targets = targets_of({key: (name, servers[key]) for key, name in names.items() if key in servers})
    requests = {name: request for name, (request, key) in found.items() if key in targets}
    notes = []
    for key, name in names.items():
        if count := sum(one == key for _, one in found.values()) if key not in targets else 0:
            why = "answers only in the app" if key == BUILT_IN_ID else "is not there now"
            notes.append(f"Left out, because {shorten(name)} {why}: {count} of {len(found)} cells")
    return requests, {name: targets[found[name][1]] for name in requests}, notes


def _cells_by_name(
    sheet: StoredSheet, cells: Sequence[SheetCell], inputs: InputsByContent = MappingProxyType({})
) -> dict[str, tuple[Request, str]]:
    """Return the requests of the cells by the names of their files, each with the id of its connection."""
    found: dict[str, tuple[Request, str]] = {}
    for cell in cells:
        is_left_out = cell.skipped == LEFT_OUT
        if not is_left_out and (request := request_of_cell(cell, inputs=inputs)) is not None:
            texts = (axis["values"][place]["text"] for axis, place in zip(sheet.axes, cell.places, strict=True))
            words = re.sub(r"[^\w.-]+", "-", " ".join(map(str, texts))).strip("-.")[:60]
            connection = connection_value(sheet, cell)
            key = str(connection["value"]) if connection else sheet.connection_id
            found[f"{cell.position + 1:03}-{words}".rstrip("-")] = (request, key)
    return found
