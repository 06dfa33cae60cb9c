"""Every way in which a server can say no or answer nonsense, as its own error with its meaning for money."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from components.client import errors
from components.client.errors import ApiError, Money
from components.client.events import ImageArrived
from components.client.failures.error_details import read_error_body
from components.settings import Settings
from tests.support.work import within_lines
from tests.wire.client_fixtures import PNG, ask, b64, left_over, request
from tests.wire.loopback import Answer, Break, Loopback, Reset, error_answer, json_answer, plain_answer

NOTHING, MAYBE, BILLED = Money.NOTHING_SPENT, Money.MAY_BE_BILLED, Money.BILLED
VERIFY = "Your organization must be verified to use the model `gpt-image-2`."
WHOLE = json.dumps({"data": [{"b64_json": b64(PNG[:9000])}]})
PROXY_PAGE = "<html><head><title>502 Bad\n Gateway</title></head><body>nginx</body></html>"

# The rows of the reference's error table, and their close relatives on compatible servers
REFUSALS: dict[str, tuple[Answer, type[ApiError], Money]] = {
    "moderation": (
        error_answer(400, "moderation_blocked", type="image_generation_user_error"),
        errors.ModerationBlocked,
        MAYBE,
    ),
    "moderation, older": (error_answer(400, "content_policy_violation"), errors.ModerationBlocked, MAYBE),
    "parameter": (error_answer(400, "invalid_value", param="size"), errors.InvalidParameter, NOTHING),
    "parameter, without code": (error_answer(400, param="n"), errors.InvalidParameter, NOTHING),
    "request": (error_answer(400, "bad"), errors.RequestRefused, NOTHING),
    "billing limit": (error_answer(400, "billing_hard_limit_reached"), errors.BillingLimitReached, NOTHING),
    "key": (error_answer(401, "invalid_api_key"), errors.InvalidApiKey, NOTHING),
    "key, without code": (error_answer(401), errors.InvalidApiKey, NOTHING),
    "verification": (error_answer(403, message=VERIFY), errors.OrganizationNotVerified, NOTHING),
    "model not allowed": (error_answer(403, "model_not_allowed"), errors.PermissionDenied, NOTHING),
    "model": (error_answer(404, "model_not_found"), errors.ModelNotFound, NOTHING),
    "model, by words": (error_answer(404, message="The model 'x' does not exist"), errors.ModelNotFound, NOTHING),
    "endpoint": (error_answer(404, message="Invalid URL (POST /v1/x)"), errors.EndpointNotFound, NOTHING),
    "endpoint, empty body": (plain_answer("", status=404, content_type=None), errors.EndpointNotFound, NOTHING),
    "method": (plain_answer("no", status=405), errors.EndpointNotFound, NOTHING),
    "too large": (plain_answer("<h1>413</h1>", status=413, content_type="text/html"), errors.RequestTooLarge, NOTHING),
    "rate limit": (error_answer(429, "rate_limit_exceeded"), errors.RateLimited, NOTHING),
    "slow down": (error_answer(429, "slow_down"), errors.RateLimited, NOTHING),
    "429 without words": (plain_answer("", status=429), errors.RateLimited, NOTHING),
    "quota": (error_answer(429, "insufficient_quota"), errors.QuotaExceeded, NOTHING),
    "quota as type": (error_answer(429, type="insufficient_quota"), errors.QuotaExceeded, NOTHING),
    "credit": (error_answer(429, "credit_balance_exhausted"), errors.QuotaExceeded, NOTHING),
    "spend limit": (error_answer(429, "project_spend_limit_exceeded"), errors.QuotaExceeded, NOTHING),
    "usage limit": (error_answer(429, "organization_usage_limit_exceeded"), errors.QuotaExceeded, NOTHING),
    "500": (error_answer(500), errors.ServerError, MAYBE),
    "502, a page": (plain_answer(PROXY_PAGE, status=502, content_type="text/html"), errors.ServerError, MAYBE),
    "503": (error_answer(503), errors.ServerBusy, NOTHING),
    "504": (error_answer(504), errors.ServerError, MAYBE),
    "504, nothing": (plain_answer("", status=504, content_type=None), errors.GatewayTimeout, MAYBE),
    "LiteLLM, stopped waiting": (
        error_answer(408, "408", message="litellm.Timeout: late"),
        errors.GatewayTimeout,
        MAYBE,
    ),
    "LiteLLM, older note": (
        error_answer(
            400,
            "400",
            message="litellm.BadRequestError: OpenAIException - Billing hard limit has been reached."
            " Received Model Group=gpt-image-2\nAvailable Model Group Fallbacks=None",
        ),
        errors.BillingLimitReached,
        NOTHING,
    ),
    "LiteLLM, a key without the model": (
        error_answer(401, "401", type="key_model_access_denied"),
        errors.PermissionDenied,
        NOTHING,
    ),
    "LiteLLM, over its budget": (error_answer(429, "429", type="budget_exceeded"), errors.QuotaExceeded, NOTHING),
    "520": (plain_answer("cloud", status=520), errors.ServerError, MAYBE),
    "408": (error_answer(408), errors.ServerError, MAYBE),
    "409": (error_answer(409), errors.ServerError, MAYBE),
    "302": (plain_answer("", status=302, headers={"location": "https://x.invalid/"}), errors.Redirected, NOTHING),
    "307": (plain_answer("", status=307), errors.Redirected, NOTHING),
    "error without keys": (json_answer({"error": {}}, status=400), errors.RequestRefused, NOTHING),
    "error as text": (json_answer({"error": "boom"}, status=400), errors.RequestRefused, NOTHING),
    "error as list": (json_answer([1], status=400), errors.RequestRefused, NOTHING),
    "error of wrong types": (
        json_answer({"error": {"message": 5, "code": {}, "param": [1], "type": 7}}, status=400),
        errors.RequestRefused,
        NOTHING,
    ),
    "FastAPI's 422": (
        json_answer({"detail": [{"loc": ["body", "size"], "msg": "bad size"}]}, status=422),
        errors.InvalidParameter,
        NOTHING,
    ),
    "FastAPI's 404": (json_answer({"detail": "Not Found"}, status=404), errors.EndpointNotFound, NOTHING),
    "half an error": (plain_answer('{"error": {"mess', status=400), errors.RequestRefused, NOTHING),
    "418": (plain_answer("short and stout", status=418), errors.RequestRefused, NOTHING),
}


@pytest.mark.parametrize("row", REFUSALS)
def test_a_refusal_is_its_own_error(row: str, tmp_path: Path) -> None:
    """Each row of the table is raised as its class, says what it means for money, and can be stored."""
    answer, kind, money = REFUSALS[row]
    with Loopback() as server:
        server.answer(answer)
        error = ask(server.base_url, request(), tmp_path).failed
    assert (type(error), error.money) == (kind, money)
    assert error.what.strip()[-1] in ".!?…)"
    stored = json.loads(json.dumps(error.as_dict(), allow_nan=False))
    assert stored["money"] == money.value
    assert all(stored[name] for name in ("title", "what", "next", "money_sentence", "kind", "status"))


def test_what_a_refusal_says() -> None:
    """The server's words, the parameter, the code and the request id are kept."""
    answer = error_answer(
        400,
        "invalid_value",
        message="Bad size",
        param="size",
        type="invalid_request_error",
        headers={"x-request-id": "req_7"},
    )
    with Loopback() as server:
        server.answer(answer)
        stored = ask(server.base_url, request(), Path("unused")).failed.as_dict()
    assert stored == {
        "kind": "WrongParameter",
        "title": "A parameter is wrong",
        "what": "Bad size.",
        "money": "nothing_spent",
        "money_sentence": "Nothing was spent.",
        "next": "Correct it at its field.",
        "status": 400,
        "code": "invalid_value",
        "param": "size",
        "type": "invalid_request_error",
        "request_id": "req_7",
        "retry_after": None,
    }


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (REFUSALS["502, a page"][0], "502 Bad Gateway"),
        (REFUSALS["418"][0], "short and stout"),
        (REFUSALS["302"][0], "https://x.invalid/"),
        (REFUSALS["504, nothing"][0], "HTTP 504"),
        (REFUSALS["FastAPI's 422"][0], "bad size"),
        (plain_answer("x" * 200_000, status=500), "x" * 100),
    ],
)
def test_whatever_the_server_says_is_reported_shortly(answer: Answer, words: str, tmp_path: Path) -> None:
    """Pages, plain text and nothing at all become a short sentence."""
    with Loopback() as server:
        server.answer(answer)
        what = ask(server.base_url, request(), tmp_path).failed.what
    assert words in what
    assert len(what) < 700


def test_a_hostile_sentence_costs_little_to_read() -> None:
    """What looks like a gateway's sentence is read in steps that grow with its length alone."""
    for message in ("litellm.X: " + " " * 900_000, "litellm." + "a" * 900_000, "litellm.X: " + "Exception - " * 70_000):
        body = json.dumps({"error": {"message": message}}).encode()
        assert within_lines(100_000, lambda body=body: read_error_body(body, "application/json")).by_api


# Answers with a good status, or none, that are of no use
BAD_ANSWERS: dict[str, tuple[Answer, type[ApiError], Money]] = {
    "a page": (plain_answer("<!doctype html><p>hello", content_type="text/html"), errors.HtmlResponse, MAYBE),
    "a page called JSON": (plain_answer("\n <html>", content_type="application/json"), errors.HtmlResponse, MAYBE),
    "a page called a stream": (plain_answer("<html>", content_type="text/event-stream"), errors.HtmlResponse, MAYBE),
    "text": (plain_answer("hello there"), errors.NotJsonResponse, MAYBE),
    "one letter": (plain_answer("x"), errors.NotJsonResponse, MAYBE),
    "null": (plain_answer("null", content_type="application/json"), errors.NotJsonResponse, MAYBE),
    "nothing": (plain_answer(""), errors.EmptyResponse, MAYBE),
    "blanks": (plain_answer(" \r\n "), errors.EmptyResponse, MAYBE),
    "204": ([b"HTTP/1.1 204 No Content\r\n\r\n"], errors.EmptyResponse, MAYBE),
    "half a JSON": (plain_answer(WHOLE[: len(WHOLE) // 2]), errors.TruncatedResponse, MAYBE),
    "all but the last": (plain_answer(WHOLE[:-1]), errors.TruncatedResponse, MAYBE),
    "no data": (json_answer({"created": 1, "error": None}), errors.EmptyResponse, MAYBE),
    "an empty list": (json_answer({"data": []}), errors.EmptyResponse, MAYBE),
    "data without images": (json_answer({"data": [{"revised_prompt": "x"}, 5, None]}), errors.EmptyImage, MAYBE),
    "data of another kind": (json_answer({"data": "x"}), errors.EmptyResponse, MAYBE),
    "an empty image": (json_answer({"data": [{"b64_json": ""}]}), errors.EmptyImage, MAYBE),
    "not base64": (json_answer({"data": [{"b64_json": "not base64!"}]}), errors.InvalidBase64, MAYBE),
    "half base64": (json_answer({"data": [{"b64_json": b64(PNG[:9000])[:-3]}]}), errors.InvalidBase64, MAYBE),
    "an error inside": (
        json_answer({"error": {"message": "no", "code": "moderation_blocked"}}),
        errors.ModerationBlocked,
        MAYBE,
    ),
    "too large": (plain_answer('{"a":"' + "x" * 300_000 + '"}'), errors.ResponseTooLarge, MAYBE),
    "compressed unasked": (plain_answer("x", headers={"content-encoding": "br"}), errors.InvalidResponse, MAYBE),
    "not compressed": (plain_answer("not gzip", headers={"content-encoding": "gzip"}), errors.InvalidResponse, MAYBE),
    "broken off": (
        [*plain_answer(WHOLE[:90], headers={"content-length": "999"})[:2], Break()],
        errors.ConnectionLost,
        MAYBE,
    ),
    "reset": ([*plain_answer(WHOLE[:90], headers={"content-length": "999"}), Reset()], errors.ConnectionLost, MAYBE),
    "no answer": ([Break()], errors.ConnectionLost, MAYBE),
    "no HTTP": ([b"SSH-2.0-OpenSSH\r\n", Break()], errors.ConnectionLost, MAYBE),
}


@pytest.mark.parametrize("row", BAD_ANSWERS)
def test_a_useless_answer_is_its_own_error(row: str, tmp_path: Path) -> None:
    """Whatever else comes back ends in one clear error, is never asked for again, and leaves only what came whole."""
    answer, kind, money = BAD_ANSWERS[row]
    with Loopback() as server:
        server.answer(answer)
        result = ask(server.base_url, request(), tmp_path, settings=Settings(max_response_bytes=300_000))
        assert len(server.requests) == 1
    assert (type(result.failed), result.failed.money) == (kind, money), result.failed
    assert left_over(tmp_path) == [event.path.name for event in result.of(ImageArrived)]


def test_every_error_says_something() -> None:
    """Each class of the tree has a title of its own and a next step, and stands in the outline."""
    kinds, waiting = [], [ApiError]
    while waiting:
        kind = waiting.pop()
        # Other rooms may have kinds of their own, which their own outlines tell of.
        if kind.__module__.startswith("components.client"):
            kinds.append(kind)
        waiting += kind.__subclasses__()
    assert errors.__doc__ is not None
    for kind in kinds:
        assert kind.__name__ in errors.__doc__
        assert kind.usual_next_step.endswith(".")
    assert len({kind.title for kind in kinds}) == len(kinds)
