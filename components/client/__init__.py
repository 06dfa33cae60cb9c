"""The only room that speaks HTTP. `api` has the client, `events` and `errors` what it yields and raises."""

from components.client.api import Client
from components.client.connections.connection import OPENAI, Connection
from components.client.connections.problems import MOST_PAIRS, ConnectionProblem
from components.client.connections.sources import connections_from_environment, connections_from_secrets
from components.client.errors import ApiError, Cancelled, InvalidImage, Money
from components.client.events import (
    Completed,
    Event,
    ImageArrived,
    PartialImage,
    ResponseMetadata,
    ResponseStarted,
    RetryDue,
    Retrying,
    Sent,
    TextDelta,
    TextDone,
)
from components.client.masking import mask_key, scrub
from components.client.models import RemoteModel
from components.client.turns import EarlierTurn

__all__ = [
    "MOST_PAIRS",
    "OPENAI",
    "ApiError",
    "Cancelled",
    "Client",
    "Completed",
    "Connection",
    "ConnectionProblem",
    "EarlierTurn",
    "Event",
    "ImageArrived",
    "InvalidImage",
    "Money",
    "PartialImage",
    "RemoteModel",
    "ResponseMetadata",
    "ResponseStarted",
    "RetryDue",
    "Retrying",
    "Sent",
    "TextDelta",
    "TextDone",
    "connections_from_environment",
    "connections_from_secrets",
    "mask_key",
    "scrub",
]
