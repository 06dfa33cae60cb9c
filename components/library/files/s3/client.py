"""The connection to S3-compatible storage, and its errors as sentences.

Endpoint, region, keys and path style come from the usual AWS_* variables, which obstore reads. No key reaches a message
or the log.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from components.library.errors import StorageError
from components.settings import SettingError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

log = logging.getLogger(__name__)

SCHEME = "s3://"

# An operation ends within this time unless bytes keep arriving; what is sent is bounded by `timeout` below.
RETRIES: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}
CLIENT: ClientConfig = {"connect_timeout": "3s", "read_timeout": "20s", "timeout": "300s"}

_SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_SIGNED = re.compile(r"(X-Amz-\w+=)[^&\s]+|(://)[^/@\s]+@", re.IGNORECASE)
_LOGGED_CHARACTERS = 300


def connect(url: str) -> S3Store:
    """Return a connection to `s3://bucket/prefix`; nothing is sent yet. Raise SettingError for another address."""
    bucket, _, prefix = url.removeprefix(SCHEME).partition("/")
    if not url.startswith(SCHEME) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}", bucket):
        raise SettingError(f"The files must be on s3://BUCKET/PREFIX, not on {_without_secrets(url)!r}.")
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    client: ClientConfig = {**CLIENT, "allow_http": urlsplit(endpoint).scheme == "http"}
    config: S3Config = {}
    if endpoint:
        config["endpoint"] = endpoint
    if "AWS_CHECKSUM_ALGORITHM" not in os.environ:
        config["checksum_algorithm"] = "SHA256"
    return S3Store(bucket, prefix=prefix.strip("/") or None, config=config, client_options=client, retry_config=RETRIES)


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raise obstore's errors as StorageError, and leave FileNotFoundError as it is."""
    try:
        yield
    except (PermissionDeniedError, UnauthenticatedError) as error:
        _log(error)
        raise StorageError(
            "The storage of the library's files refuses access.",
            "Ask the operator of the app to check its keys and the permissions of the bucket.",
        ) from None
    except BaseError as error:
        _log(error)
        if "NoSuchBucket" in str(error):
            raise no_bucket() from None
        raise StorageError(
            "The storage of the library's files cannot be reached.", "Try again in a moment; nothing stored is lost."
        ) from None


def no_bucket() -> StorageError:
    """Return the error for a write that found no bucket."""
    return StorageError(
        "The bucket of the library's files does not exist.",
        "Ask the operator of the app to create it, or to correct IMAGE_WORKBENCH_FILES.",
    )


def _log(error: BaseError) -> None:
    text = next(iter(str(error).splitlines()), "")
    log.warning("The storage failed: %s: %s", type(error).__name__, _without_secrets(text)[:_LOGGED_CHARACTERS])


def _without_secrets(text: str) -> str:
    for name in _SECRETS:
        if secret := os.environ.get(name):
            text = text.replace(secret, "…")
    return _SIGNED.sub(lambda found: f"{found[1]}…" if found[1] else f"{found[2]}…@", text)
