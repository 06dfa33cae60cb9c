"""How a file is an object of the storage: its key, what is stored beside it, its bytes in part, a link to it."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

import obstore
from obstore.store import S3Store

from components.library.errors import FileChanged
from components.library.files.content_store import KINDS
from components.library.files.file_store import StoredPart
from components.library.files.s3.client import storage_errors
from components.settings import SettingError

_TYPES = {"jpg": "image/jpeg", "svg": "image/svg+xml", "bin": "application/octet-stream"}

_SECRET = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 - the name of its variable
_SIGNATURE = "X-Amz-Signature"
_PIECE_BYTES = 1 << 20

# As long as Signature Version 4 lets a link hold: a week.
MOST_SECONDS = 604_800


def key_of(kind: str, sha256: str) -> str:
    """Return the key of a file's object, below the prefix."""
    return f"{KINDS[kind]}/{sha256[:2]}/{sha256}"


def attributes_of(suffix: str) -> dict[str, str]:
    """Return what is stored beside an object's bytes: its content type, and its file's extension."""
    return {"Content-Type": _TYPES.get(suffix, f"image/{suffix}"), "suffix": suffix}


def require_intact(kind: str, sha256: str, found: str) -> None:
    """Raise FileChanged unless bytes have the SHA-256 of their name. A thumbnail is named by its image's."""
    if kind != "thumbnail" and found != sha256:
        raise FileChanged(
            f"The file {sha256[:12]}… has changed on its way to or from the storage.", "Check the disk, then try again."
        )


def open_part(store: S3Store, key: str, first: int, last: int) -> StoredPart:
    """Ask for the bytes of an object from `first` to `last`, both included. Raises FileNotFoundError, StorageError."""
    with storage_errors():
        answer = obstore.get(store, key, options={"range": (first, last + 1)})

    def pieces() -> Iterator[bytes]:
        with storage_errors():
            for piece in answer.stream(min_chunk_size=_PIECE_BYTES):
                yield bytes(piece)

    return StoredPart(str(answer.attributes.get("suffix", "bin")), pieces())


def require_signing(seconds: int) -> None:
    """Raise SettingError unless links can be signed that hold for so many seconds."""
    if seconds > MOST_SECONDS:
        raise SettingError(f"IMAGE_WORKBENCH_SIGNED_LINK_SECONDS is {seconds}; it must be {MOST_SECONDS} or less.")
    if not os.environ.get(_SECRET):
        raise SettingError(
            f"IMAGE_WORKBENCH_SIGNED_LINK_SECONDS needs {_SECRET}: a machine's role cannot sign links with file names."
        )


def signed_link(store: S3Store, key: str, seconds: int, headers: Mapping[str, str]) -> str:
    """Return an address from which an object can be read for so many seconds, answered with these headers.

    obstore signs none with further parameters, so its link is signed again with them, by Signature Version 4:
    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    """
    with storage_errors():
        link = obstore.sign(store, "GET", key, timedelta(seconds=seconds))
    wanted = {f"response-{name.lower()}": value for name, value in headers.items()}
    return with_parameters(link, wanted, os.environ[_SECRET])


def with_parameters(link: str, parameters: Mapping[str, str], secret: str) -> str:
    """Return a link that was signed by Signature Version 4 with further parameters, signed anew."""
    scheme, host, path, query, _ = urlsplit(link)
    values = {name: value for name, value in parse_qsl(query, keep_blank_values=True) if name != _SIGNATURE}
    values |= parameters
    escaped = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in values.items())
    canonical = "&".join(f"{name}={value}" for name, value in escaped)
    asked = "\n".join(("GET", path, canonical, f"host:{host}", "", "host", "UNSIGNED-PAYLOAD"))
    _, _, scope = values["X-Amz-Credential"].partition("/")
    digest = hashlib.sha256(asked.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", values["X-Amz-Date"], scope, digest))
    signing = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), text):
        signing = hmac.digest(signing, part.encode(), "sha256")
    return urlunsplit((scheme, host, path, f"{canonical}&{_SIGNATURE}={signing.hex()}", ""))
