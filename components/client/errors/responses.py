"""Errors of a response that arrived and cannot be used or kept."""

from __future__ import annotations

from components.client.errors.base import LOOK_FIRST, ApiError
from components.client.errors.money import Money


class InvalidResponse(ApiError):
    kind = "BadAnswer"
    title = "The response cannot be used"
    usual_next_step = f"Check that the base URL is that of an OpenAI-compatible API. {LOOK_FIRST}"


class HtmlResponse(InvalidResponse):
    kind = "HtmlAnswer"
    title = "The server sent a web page"
    usual_next_step = (
        f"The base URL is probably not that of an API (most end in /v1), or a proxy stands in between. {LOOK_FIRST}"
    )


class NotJsonResponse(InvalidResponse):
    kind = "NotJsonAnswer"
    title = "The response is not JSON"


class EmptyResponse(InvalidResponse):
    kind = "EmptyAnswer"
    title = "The response is empty"
    usual_next_step = f"{LOOK_FIRST} If it stays empty, the server does not support this request."


class EmptyImage(EmptyResponse):
    title = "An image is missing"
    usual_next_step = LOOK_FIRST


class TruncatedResponse(InvalidResponse):
    kind = "CutShort"
    title = "The response is incomplete"
    usual_next_step = LOOK_FIRST


class InvalidBase64(InvalidResponse):
    kind = "NotBase64"
    title = "An image arrived incomplete"
    usual_next_step = LOOK_FIRST


class InvalidImage(InvalidResponse):
    kind = "NotAnImageAnswer"
    title = "The response is not an image"
    usual_next_step = "The bytes are kept. Another output format or model may do better; that is a new request."


class ResponseTooLarge(InvalidResponse):
    kind = "AnswerTooLarge"
    title = "The response is too large"
    usual_next_step = f"Ask for fewer or smaller images, or raise IMAGE_WORKBENCH_MAX_RESPONSE_BYTES. {LOOK_FIRST}"


class LinkFailed(InvalidResponse):
    title = "An image's link could not be fetched"
    usual_money = Money.BILLED
    usual_next_step = "Open the link yourself; such links work for about an hour."


class ForbiddenLink(LinkFailed):
    title = "An image's link was not followed"
    usual_next_step = "Only http and https links to public servers are followed. Ask for the data instead of a link."


class NotSaved(ApiError):
    title = "The image could not be written to disk"
    usual_money = Money.BILLED
    usual_next_step = "Make room on the disk of the library. Running it again is billed again."
