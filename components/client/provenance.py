"""Ask a server where an image comes from: `POST /content_provenance_checks`.

Source of the shapes: the types of the openai package (``ContentProvenanceCheck``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.client import errors
from components.client.api import Client
from components.client.bodies import FilePart, FormBody
from components.client.capabilities import lacks_endpoint
from components.client.connections.connection import Connection
from components.client.errors import Money, RequestRefused
from components.client.masking import scrub
from components.client.wire import ApiCall
from components.parameters import InputImage

TYPES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
MOST = 10  # signals of one answer; the API has two
_LONGEST = 200


@dataclass(frozen=True)
class ProvenanceSignal:
    """One kind of sign that a server looked for.

    `type` is "c2pa" or "synthid", `outcome` "detected" or "not_detected"; `validation_state` of C2PA is "trusted",
    "valid", "invalid" or "not_present". What the server left out is "".
    """

    type: str
    outcome: str
    issuer: str = ""
    model: str = ""
    generated_at: str = ""
    validation_state: str = ""


class NoProvenanceCheck(Exception):
    """The server does not have the endpoint."""


async def check_provenance(client: Client, connection: Connection, image: InputImage) -> tuple[ProvenanceSignal, ...]:
    """Send an image's exact bytes and return what the server found. Raise ApiError, NoProvenanceCheck."""
    part = FilePart("file", image.path, image.name, image.content_type)
    try:
        answer = await client.json(connection, ApiCall("POST", "/content_provenance_checks", FormBody({}, [part])))
    except RequestRefused as refusal:
        if lacks_endpoint(refusal):
            raise NoProvenanceCheck from None
        raise
    results = answer.get("results") if isinstance(answer, Mapping) else None
    if not isinstance(results, list):
        raise errors.NotJsonResponse("It is JSON, but it has no list of results.", money=Money.MAY_BE_BILLED)
    return tuple(_signal(one, connection) for one in results[:MOST] if isinstance(one, Mapping))


def _signal(one: Mapping[str, Any], connection: Connection) -> ProvenanceSignal:
    found = {name: one.get(name) for name in ProvenanceSignal.__dataclass_fields__}
    return ProvenanceSignal(
        **{
            name: scrub(value, connection.secrets)[:_LONGEST] if isinstance(value, str) else ""
            for name, value in found.items()
        }
    )
