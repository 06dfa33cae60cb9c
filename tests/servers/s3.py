"""An S3-compatible server on loopback, one for each process of tests, with a fresh bucket for each caller."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import boto3
import pytest
from moto.server import ThreadedMotoServer

KEY_ID, SECRET = "test-key-id", "test-secret-that-nobody-may-see"

_numbers = itertools.count(1)


@cache
def s3_endpoint() -> str:
    """Start the server at the first call, and return its address. It ends with the process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    return f"http://{host}:{port}"


def s3_environment(endpoint: str | None = None) -> dict[str, str]:
    """Return the variables that lead to the server, or to another address."""
    return {
        "AWS_ENDPOINT_URL": endpoint or s3_endpoint(),
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
    }


def new_bucket() -> str:
    """Create a bucket and return the address of a place in it, for IMAGE_WORKBENCH_FILES."""
    name = f"library-{next(_numbers)}"
    s3_client().create_bucket(Bucket=name)
    return f"s3://{name}/images"


def s3_client():  # type: ignore[no-untyped-def]  # boto3 makes its clients at runtime
    """Return boto3's client, for looking at what is stored without the code under test."""
    return boto3.client(
        "s3",
        endpoint_url=s3_endpoint(),
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
    )


@contextmanager
def s3_place() -> Iterator[str]:
    """Set the AWS_ variables and yield the address of a fresh place on the server."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in s3_environment().items():
            patch.setenv(name, value)
        yield new_bucket()
