"""Answers whose status says no: the API's own errors, gateways' pages, redirects, and what is tried again."""

from __future__ import annotations

import gzip
import json
import zlib

from tests.wire.faults.cells import Cell, Make, good, section
from tests.wire.loopback import Answer, Break, error_answer, json_answer, plain_answer

_OPENAI = (
    (400, "moderation_blocked"),
    (400, "content_policy_violation"),
    (400, "billing_hard_limit_reached"),
    (400, "invalid_request"),
    (401, "invalid_api_key"),
    (403, "model_not_allowed"),
    (403, "country_not_supported"),
    (404, "model_not_found"),
    (404, "unknown_url"),
    (405, "method_not_allowed"),
    (408, "timeout"),
    (409, "conflict"),
    (413, "too_large"),
    (415, "unsupported_file_mimetype"),
    (418, "teapot"),
    (422, "invalid"),
    (429, "insufficient_quota"),
    (429, "credit_balance_exhausted"),
    (429, "project_spend_limit_exceeded"),
    (429, "organization_usage_limit_exceeded"),
    (429, "rate_limit_exceeded"),
    (429, "slow_down"),
    (451, "unavailable"),
    (500, "server_error"),
    (501, "not_implemented"),
    (502, "bad_gateway"),
    (503, "overloaded"),
    (504, "timeout"),
    (529, "overloaded"),
)
_SHAPES: dict[str, Answer] = {
    "400 with a parameter": error_answer(400, "invalid_value", param="size", message="Bad size"),
    "403, the organization must be verified": error_answer(403, message="Your organization must be verified"),
    "404, no such model, in words": error_answer(404, message="The model 'x' does not exist"),
    "400, an error without keys": json_answer({"error": {}}, status=400),
    "400, an error as text": json_answer({"error": "boom"}, status=400),
    "400, a list": json_answer([1], status=400),
    "400, keys of wrong types": json_answer({"error": {"message": 5, "code": {}, "param": [1]}}, status=400),
    "422 of FastAPI": json_answer({"detail": [{"loc": ["body", "size"], "msg": "bad size"}]}, status=422),
    "404 of FastAPI": json_answer({"detail": "Not Found"}, status=404),
    "500 with a flat error": json_answer({"message": "boom", "code": "internal"}, status=500),
    "401 that quotes the key": error_answer(401, "invalid_api_key", message="Wrong key sk-test-0123456789abcdefghij"),
}


def _page(status: int) -> Answer:
    page = f"<html><head><title>{status} Gateway</title></head><body>nginx</body></html>"
    return plain_answer(page, status=status, content_type="text/html")


_PAGES = (400, 401, 403, 404, 408, 413, 429, 500, 502, 503, 504, 520, 522, 524)
_TEXTS = (429, 500, 502, 503, 504)
_EMPTY = (400, 403, 404, 429, 500, 502, 503, 504)

_ERROR = json.dumps({"error": {"message": "Bad size", "param": "size", "code": "invalid_value"}}).encode()
_RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)
_RAW_ERROR = _RAW.compress(_ERROR) + _RAW.flush()


def _packed(body: bytes, encoding: str = "identity", **more: str) -> Answer:
    headers = {"content-encoding": encoding, **more}
    return plain_answer(body, status=400, headers=headers, content_type="application/json")


def _long(length: int) -> bytes:
    return _ERROR[:-2] + b', "request": "' + b"x" * length + b'"}}'


_PACKED: dict[str, Answer] = {
    "gzip": _packed(gzip.compress(_ERROR), "gzip"),
    "deflate": _packed(zlib.compress(_ERROR), "deflate"),
    "deflate without its header": _packed(_RAW_ERROR, "deflate"),
    "Brotli": _packed(b"\x8b\x05\x80", "br"),
    "called gzip and is none": _packed(_ERROR, "gzip"),
    "gzip that is cut off": _packed(gzip.compress(_long(5000), 0)[:200], "gzip"),
    "gzip that blows up": _packed(gzip.compress(_long(20_000_000)), "gzip"),
    "longer than 64 kB": _packed(_long(100_000)),
    "longer than 1 MB": _packed(_long(2_000_000)),
    "breaks off": [*_packed(_ERROR + b" " * 90)[:1], _ERROR, Break()],
    "JSON cut in its middle": _packed(_ERROR[:-12]),
    "not UTF-8": _packed(b'{"error": {"message": "\xff\xfe"}}'),
    "a message of 5,000 letters": json_answer({"error": {"message": "x" * 5000}}, status=400),
}


def _then_good(*answers: Answer) -> Make:
    def make(cell: Cell) -> list[Answer]:
        return [*answers, good(cell)]

    return make  # type: ignore[return-value]


def _busy(status: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_answer(status, "slow_down" if status == 429 else None, headers=named)


_RETRIED: dict[str, Answer | Make] = {
    "429 once": _then_good(_busy(429)),
    "429 twice": _then_good(_busy(429), _busy(429)),
    "503 once": _then_good(_busy(503)),
    "503 of a gateway once": _then_good(_page(503)),
    "500 once": _then_good(_busy(500)),
    "429, retry-after 7": _busy(429, retry_after="7"),
    "429, retry-after an hour": _busy(429, retry_after="3600"),
    "429, retry-after 2 days": _busy(429, retry_after="172800"),
    "429, retry-after nonsense": _busy(429, retry_after="soon"),
    "503, retry-after 10 minutes": _busy(503, retry_after="600"),
    "429, x-should-retry false": _busy(429, x_should_retry="false"),
    "500, x-should-retry true": _busy(500, x_should_retry="true"),
}
_REDIRECTS = {
    f"{status}{'' if to else ' without an address'}": plain_answer("", status=status, headers=to)
    for status in (301, 302, 303, 307, 308)
    for to in ({"location": "https://elsewhere.invalid/v1"}, {})
    if to or status in (302, 307)
}

REFUSALS = (
    section("Errors of the API", {f"{status} {code}": error_answer(status, code) for status, code in _OPENAI}),
    section("Errors in other shapes", _SHAPES),
    section(
        "Answers of gateways",
        {f"{status}, a page": _page(status) for status in _PAGES}
        | {f"{status}, a text": plain_answer("upstream error", status=status) for status in _TEXTS}
        | {f"{status}, nothing": plain_answer("", status=status, content_type=None) for status in _EMPTY},
    ),
    section("Bodies of a 400", _PACKED),
    section("What is tried again", _RETRIED),
    section("Redirects", _REDIRECTS),
)
