"""Errors of getting a request to the server and its response back."""

from __future__ import annotations

from components.client.errors.base import LOOK_FIRST, ApiError
from components.client.errors.money import Money


class InvalidConnection(ApiError):
    kind = "NotUsable"
    title = "This connection cannot be used"
    usual_money = Money.NOTHING_SPENT
    usual_next_step = "Correct the connection."


class ForbiddenServer(InvalidConnection):
    title = "This connection's address is not allowed"
    usual_next_step = (
        "Use a server on the public internet, or ask the operator of this app to set the server up for the team."
    )


class InputMissing(ApiError):
    title = "An input image is missing"
    usual_money = Money.NOTHING_SPENT
    usual_next_step = "Add the image again."


class Unreachable(ApiError):
    title = "The server cannot be reached"
    usual_money = Money.NOTHING_SPENT
    usual_next_step = "Check the base URL and the network, then try again."


class ResponseTimeout(ApiError):
    kind = "NoAnswerInTime"
    title = "No response in time"
    usual_next_step = LOOK_FIRST


class ConnectionLost(ApiError):
    title = "The connection broke off"
    usual_next_step = LOOK_FIRST


class Cancelled(ApiError):
    title = "Cancelled"
    usual_next_step = "Run it again whenever you like."
