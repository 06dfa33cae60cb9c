"""Errors of the client, as one short tree.

ApiError
├── InvalidConnection         the connection cannot be used; nothing was sent
│   └── ForbiddenServer       it leads where connections may not lead
├── InputMissing              an input image cannot be read any more; nothing was sent
├── Unreachable               refused, unknown name, TLS, no connection in time; nothing was sent
├── ResponseTimeout           silence for longer than the read timeout
├── ConnectionLost            broken off after the request was on its way
├── Cancelled                 a person stopped it
├── RequestRefused            the server refused
│   ├── ModerationBlocked
│   ├── InvalidParameter      ``param`` names it
│   ├── BillingLimitReached
│   ├── QuotaExceeded
│   ├── InvalidApiKey
│   ├── PermissionDenied
│   │   └── OrganizationNotVerified
│   ├── ModelNotFound
│   ├── EndpointNotFound
│   ├── RequestTooLarge
│   └── RateLimited           retried
├── Redirected
├── ServerError
│   ├── GatewayTimeout        a proxy or gateway on the way stopped waiting
│   ├── StreamNotRelayed      a gateway that passes on images, but no streams of them
│   └── ServerBusy            retried
├── InvalidResponse           a response arrived that cannot be used
│   ├── HtmlResponse
│   ├── NotJsonResponse
│   ├── EmptyResponse
│   │   └── EmptyImage        beside other images, or alone
│   ├── TruncatedResponse
│   ├── InvalidBase64
│   ├── InvalidImage          raised by ``runs``, which opens the images
│   ├── ResponseTooLarge
│   └── LinkFailed
│       └── ForbiddenLink
└── NotSaved                  it arrived, but the disk did not take it

The tables in ``client.failures.classify`` map statuses and codes to classes; ``http.retry`` says what is retried. The
rules come from the error table of the API reference.
"""

from components.client.errors.base import LOOK_FIRST, ApiError
from components.client.errors.delivery import (
    Cancelled,
    ConnectionLost,
    ForbiddenServer,
    InputMissing,
    InvalidConnection,
    ResponseTimeout,
    Unreachable,
)
from components.client.errors.money import Money
from components.client.errors.refusals import (
    BillingLimitReached,
    EndpointNotFound,
    GatewayTimeout,
    InvalidApiKey,
    InvalidParameter,
    ModelNotFound,
    ModerationBlocked,
    OrganizationNotVerified,
    PermissionDenied,
    QuotaExceeded,
    RateLimited,
    Redirected,
    RequestRefused,
    RequestTooLarge,
    ServerBusy,
    ServerError,
    StreamNotRelayed,
)
from components.client.errors.responses import (
    EmptyImage,
    EmptyResponse,
    ForbiddenLink,
    HtmlResponse,
    InvalidBase64,
    InvalidImage,
    InvalidResponse,
    LinkFailed,
    NotJsonResponse,
    NotSaved,
    ResponseTooLarge,
    TruncatedResponse,
)

__all__ = [
    "LOOK_FIRST",
    "ApiError",
    "BillingLimitReached",
    "Cancelled",
    "ConnectionLost",
    "EmptyImage",
    "EmptyResponse",
    "EndpointNotFound",
    "ForbiddenLink",
    "ForbiddenServer",
    "GatewayTimeout",
    "HtmlResponse",
    "InputMissing",
    "InvalidApiKey",
    "InvalidBase64",
    "InvalidConnection",
    "InvalidImage",
    "InvalidParameter",
    "InvalidResponse",
    "LinkFailed",
    "ModelNotFound",
    "ModerationBlocked",
    "Money",
    "NotJsonResponse",
    "NotSaved",
    "OrganizationNotVerified",
    "PermissionDenied",
    "QuotaExceeded",
    "RateLimited",
    "Redirected",
    "RequestRefused",
    "RequestTooLarge",
    "ResponseTimeout",
    "ResponseTooLarge",
    "ServerBusy",
    "ServerError",
    "StreamNotRelayed",
    "TruncatedResponse",
    "Unreachable",
]
