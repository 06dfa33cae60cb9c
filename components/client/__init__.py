"""The only room that speaks HTTP. `api` has the client, `events` and `errors` what it yields and raises."""

from components.client.api import Client
from components.client.connection import (
    OPENAI,
    Connection,
    connection_from_environment,
    connections_from_secrets,
)
from components.client.errors import ApiError, Cancelled, InvalidImage, Money
from components.client.events import (
    Completed,
    Event,
    ImageArrived,
    PartialImage,
    ResponseMetadata,
    ResponseStarted,
    Retrying,
    Sent,
    TextDelta,
    TextDone,
)
from components.client.masking import mask_key, scrub
from components.client.models import RemoteModel

__all__ = [
    "OPENAI",
    "ApiError",
    "Cancelled",
    "Client",
    "Completed",
    "Connection",
    "Event",
    "ImageArrived",
    "InvalidImage",
    "Money",
    "PartialImage",
    "RemoteModel",
    "ResponseMetadata",
    "ResponseStarted",
    "Retrying",
    "Sent",
    "TextDelta",
    "TextDone",
    "connection_from_environment",
    "connections_from_secrets",
    "mask_key",
    "scrub",
]
