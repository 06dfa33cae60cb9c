"""The only room that speaks HTTP. `api` has the client, `events` and `errors` what it yields and raises."""

from components.client.api import Client
from components.client.connections.connection import Connection
from components.client.connections.fields import OPENAI
from components.client.connections.problems import MOST_PAIRS
from components.client.connections.sources import connections_from_environment, connections_from_secrets
from components.client.errors import ApiError, Cancelled, InvalidImage, Money
from components.client.events import Event
from components.client.masking import mask_key
from components.client.models import RemoteModel
from components.client.turns import EarlierTurn

__all__ = [
    "MOST_PAIRS",
    "OPENAI",
    "ApiError",
    "Cancelled",
    "Client",
    "Connection",
    "EarlierTurn",
    "Event",
    "InvalidImage",
    "Money",
    "RemoteModel",
    "connections_from_environment",
    "connections_from_secrets",
    "mask_key",
]
