"""The client room: the only one that speaks HTTP. See ``api`` for what it does, ``events`` and ``errors`` for
what comes back.
"""

from components.client.api import Client
from components.client.connection import (
    OPENAI,
    Connection,
    connection_from_environment,
    connections_from_secrets,
)
from components.client.errors import ApiError, Cancelled, Money, NotAnImageAnswer
from components.client.events import (
    AnswerFacts,
    AnswerStarted,
    Completed,
    Event,
    ImageArrived,
    PartialImage,
    Retrying,
    Sent,
    TextDelta,
    TextDone,
)
from components.client.masking import mask_key, scrub
from components.client.models import RemoteModel

__all__ = [
    "OPENAI",
    "AnswerFacts",
    "AnswerStarted",
    "ApiError",
    "Cancelled",
    "Client",
    "Completed",
    "Connection",
    "Event",
    "ImageArrived",
    "Money",
    "NotAnImageAnswer",
    "PartialImage",
    "RemoteModel",
    "Retrying",
    "Sent",
    "TextDelta",
    "TextDone",
    "connection_from_environment",
    "connections_from_secrets",
    "mask_key",
    "scrub",
]
