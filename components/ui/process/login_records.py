"""Record who signs in and out, and end here what was signed out elsewhere or before a restart.

The gate notes both in memory. The audit trail keeps them, so that a login that was signed out stays so: for other app
servers of the library, and after a restart.
"""

from __future__ import annotations

import asyncio
import logging
import time

from anyio import to_thread

from components.library import LibraryUnavailable
from components.library.team.audit import AuditFilter, audit_page, record
from components.team.people import Person
from components.ui.access.sign_in.live_logins import LiveLogins, LoginEvent, live_logins
from components.ui.access.sign_in.policy import sign_in
from components.ui.process.workbench import workbench

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds between looks at what the gate noted
OTHERS = 5.0  # seconds between looks at what other servers recorded
OVERLAP = 60.0  # seconds by which the servers' clocks may differ
AT_ONCE = 1000
SIGNED_IN, SIGNED_OUT = "signed_in", "signed_out"


def keep(events: list[LoginEvent]) -> None:
    """Write what the gate noted into the audit trail."""
    for event in events:
        action = SIGNED_OUT if event.has_ended else SIGNED_IN
        who = Person(event.person, event.person, is_verified=True)
        record(workbench().library, who, action, detail={"login": event.key, "until": event.until})


def recorded(since: float) -> dict[str, float]:
    """Return the logins that were signed out since then and would still last: when each ends, by its key."""
    found: dict[str, float] = {}
    wanted, after = AuditFilter(action=SIGNED_OUT, since=since), None
    while True:
        page = audit_page(workbench().library, wanted, after=after, limit=AT_ONCE)
        found |= {str(one.detail["login"]): float(one.detail["until"]) for one in page.entries if one.detail}
        after = page.after
        if after is None:
            now = time.time()
            return {key: until for key, until in found.items() if until > now}


def forget_signed_out(logins: LiveLogins = live_logins) -> None:
    """Let no login in that was signed out before this start. Raise LibraryUnavailable."""
    if sign_in().is_oidc:
        for key, until in recorded(time.time() - sign_in().settings.sign_in_hours * 3600).items():
            logins.end(key, until)


async def watch_logins(logins: LiveLogins = live_logins) -> None:
    """Keep what the gate notes, and end what other servers recorded, until cancelled."""
    if not sign_in().is_oidc:
        return
    looked = time.time()
    while True:
        await asyncio.sleep(EVERY)
        try:
            if events := logins.take_events():
                await to_thread.run_sync(keep, events)
            if (now := time.time()) - looked >= OTHERS:
                ended, looked = await to_thread.run_sync(recorded, looked - OVERLAP), now
                for key, until in ended.items():
                    logins.end(key, until)
        except LibraryUnavailable as problem:
            log.warning("Could not read which logins were signed out elsewhere: %s", problem)
