"""How a file is an object of the storage: its key, what is stored beside it, its bytes in part, a link to it."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

import obstore
from obstore.store import S3Store

from components.library.errors import FileChanged
from components.library.files.content_store import KINDS
from components.library.files.file_store import ServedFile
from components.library.files.s3.client import storage_errors
from components.settings import SettingError

if TYPE_CHECKING:
    from obstore import GetResult, ObjectMeta

_TYPES = {"jpg": "image/jpeg", "svg": "image/svg+xml", "bin": "application/octet-stream"}

_KEY_ID = "AWS_ACCESS_KEY_ID"
_SECRET = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 - the name of its variable
_SIGNATURE = "X-Amz-Signature"

# A range is read in requests of this many bytes: each ends soon, however slowly a browser takes what was read.
_READ_BYTES = 2 << 20

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


def head_of(store: S3Store, key: str) -> ObjectMeta | None:
    """Return what the storage says of an object, or None. Raise StorageError."""
    try:
        with storage_errors():
            return obstore.head(store, key)
    except FileNotFoundError:
        return None


def fetch(store: S3Store, kind: str, sha256: str, target: Path) -> str:
    """Write an object's bytes to a file; return its extension.

    Raise StorageError, and FileNotFoundError if there is none, also for an empty thumbnail.
    """
    digest = hashlib.sha256()
    with storage_errors():
        answer = obstore.get(store, key_of(kind, sha256))
        with target.open("wb") as file:
            for piece in answer.stream():
                digest.update(piece)
                file.write(piece)
    if kind == "thumbnail" and not 0 < answer.meta["size"] == target.stat().st_size:
        raise FileNotFoundError(sha256)
    require_intact(kind, sha256, digest.hexdigest())
    return _suffix_of(answer)


def _suffix_of(answer: GetResult) -> str:
    return str(answer.attributes.get("suffix", "bin"))


def served_object(store: S3Store, kind: str, sha256: str) -> ServedFile | None:
    """Return the size and the extension of an object, by one request for its header, or None. Raise StorageError."""
    try:
        with storage_errors():
            found = obstore.get(store, key_of(kind, sha256), options={"head": True})
    except FileNotFoundError:
        return None
    return ServedFile(kind, sha256, found.meta["size"], _suffix_of(found))


def open_part(store: S3Store, key: str, first: int, last: int) -> Iterator[bytes]:
    """Read the bytes of an object from `first` to `last`, both included: the first piece now, others as they are taken.

    Raise FileNotFoundError and StorageError, also while pieces are taken.
    """

    def read(start: int) -> bytes:
        with storage_errors():
            end = min(start + _READ_BYTES, last + 1)
            return bytes(obstore.get(store, key, options={"range": (start, end)}).bytes())

    def pieces(piece: bytes) -> Iterator[bytes]:
        start = first
        while piece:
            yield piece
            start += len(piece)
            piece = read(start) if start <= last else b""

    return pieces(read(first))


def require_signing(seconds: int) -> None:
    """Raise SettingError unless links can be signed that hold for `seconds`."""
    if seconds > MOST_SECONDS:
        raise SettingError(f"IMAGE_WORKBENCH_SIGNED_LINK_SECONDS is {seconds}; it must be {MOST_SECONDS} or less.")
    if not (os.environ.get(_KEY_ID) and os.environ.get(_SECRET)):
        raise SettingError(
            f"IMAGE_WORKBENCH_SIGNED_LINK_SECONDS needs {_KEY_ID} and {_SECRET}: a machine's role cannot sign links "
            "with file names."
        )


def signed_link(store: S3Store, key: str, seconds: int, headers: Mapping[str, str]) -> str:
    """Return an address from which an object can be read for `seconds`, answered with these headers.

    obstore signs none with further parameters, so its link is signed again with them, by Signature Version 4:
    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    """
    with storage_errors():
        link = obstore.sign(store, "GET", key, timedelta(seconds=seconds))
    wanted = {f"response-{name.lower()}": value for name, value in headers.items()}
    return with_parameters(link, wanted, os.environ[_SECRET])


def with_parameters(link: str, parameters: Mapping[str, str], secret: str) -> str:
    """Return a link that was signed by Signature Version 4 with further parameters, signed again."""
    scheme, host, path, query, _ = urlsplit(link)
    values = {name: value for name, value in parse_qsl(query, keep_blank_values=True) if name != _SIGNATURE}
    values |= parameters
    escaped = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in values.items())
    canonical = "&".join(f"{name}={value}" for name, value in escaped)
    asked = "\n".join(("GET", path, canonical, f"host:{host}", "", "host", "UNSIGNED-PAYLOAD"))
    # Date, region, service and "aws4_request"; before them is the key's id, in which storages other than Amazon's may
    # have a slash.
    scope = "/".join(values["X-Amz-Credential"].split("/")[-4:])
    digest = hashlib.sha256(asked.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", values["X-Amz-Date"], scope, digest))
    signing = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), text):
        signing = hmac.digest(signing, part.encode(), "sha256")
    return urlunsplit((scheme, host, path, f"{canonical}&{_SIGNATURE}={signing.hex()}", ""))
