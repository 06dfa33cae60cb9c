"""Failures below HTTP as errors: what happened, and whether it may have been billed."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from components.client import errors
from components.client.errors import ApiError, Money
from components.client.http.retry import duration

# What lies under httpx's errors -> what to say. Read from top to bottom.
_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (
        ssl.SSLCertVerificationError,
        "The certificate of {host} is not trusted: no secure connection is possible.",
    ),
    (
        ssl.SSLError,
        "No secure connection to {host} is possible (TLS failed); perhaps it speaks http, not https.",
    ),
    (socket.gaierror, "The name {host} was not found."),
    (UnicodeError, "The name {host} was not found."),
    (ConnectionRefusedError, "{host} refuses the connection: nothing listens there."),
    (ConnectionResetError, "{host} broke the connection off at once."),
)


def network_error(exc: Exception, *, host: str, sent: bool, costly: bool, read_timeout: float) -> ApiError:
    """Return the ApiError for a failure below HTTP. ``sent``: the complete request had left."""
    error = _network_error(exc, host=host, sent=sent, costly=costly, read_timeout=read_timeout)
    error.host = host
    return error


def _network_error(exc: Exception, *, host: str, sent: bool, costly: bool, read_timeout: float) -> ApiError:
    money = Money.MAY_BE_BILLED if sent and costly else Money.NOTHING_SPENT
    next_step = None if money is Money.MAY_BE_BILLED else "Try again in a moment."
    if isinstance(exc, httpx.ReadTimeout | httpx.WriteTimeout):
        waited = f"for {duration(read_timeout)}" if read_timeout >= 1 else f"for {read_timeout:g} seconds"
        what = f"{host} was silent {waited}." if sent else f"{host} did not take the whole request: silent {waited}."
        return errors.ResponseTimeout(what, money=money, next_step=next_step)
    if isinstance(exc, httpx.ConnectTimeout | httpx.PoolTimeout):
        return errors.Unreachable(f"{host} does not take the connection in time.")
    if isinstance(exc, httpx.ProxyError):
        wants = "speaks SOCKS, which needs the package socksio" if isinstance(exc.__cause__, ImportError) else None
        return errors.Unreachable(f"The proxy on the way to {host} {wants or 'does not let the request through'}.")
    if isinstance(exc, httpx.ConnectError | httpx.UnsupportedProtocol | httpx.InvalidURL | UnicodeError | OSError):
        for kind, sentence in _CAUSES:
            if any(isinstance(cause, kind) for cause in _chain(exc)):
                return errors.Unreachable(sentence.format(host=host))
        return errors.Unreachable(f"No connection to {host} could be made.")
    if sent and isinstance(exc, httpx.RemoteProtocolError) and "illegal" in str(exc).lower():
        what = f"{host} sent an invalid HTTP response."
        return errors.ConnectionLost(what, money=money, next_step=next_step)
    if sent:
        return errors.ConnectionLost(
            f"The connection to {host} was lost before the response was complete.",
            money=money,
            next_step=next_step,
        )
    return errors.ConnectionLost(
        f"The connection to {host} was lost while the request was being sent.",
        money=money,
        next_step=next_step,
    )


def _chain(exc: BaseException | None) -> Iterator[BaseException]:
    """Yield the exception, its causes, and the members of groups (anyio tries several addresses at once)."""
    seen: set[int] = set()
    waiting = [exc]
    while waiting:
        current = waiting.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [current.__cause__, current.__context__, *getattr(current, "exceptions", ())]
