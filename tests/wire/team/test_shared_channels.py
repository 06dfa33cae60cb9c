"""What other app servers know of the pages of one, after the database has lost it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from components.library import Library
from components.library.cluster.channels import FollowedRun, forget_dead_channels, keep_channel, stored_channel
from components.library.cluster.notices import Listener
from components.ui.process import event_channel
from components.ui.process.relay.shared_channels import SharedChannels


@pytest.fixture
def sharing(libraries: tuple[Library, Library]) -> Iterator[tuple[Library, Library]]:
    """One library, opened by two app servers; the first shares its channels."""
    event_channel.open_channels(SharedChannels(libraries[0], Listener(libraries[0].engine)))
    yield libraries
    event_channel.open_channels()


def test_channels_that_the_database_lost_are_shared_again(sharing: tuple[Library, Library]) -> None:
    """As in its crash, or when it took this server for dead: with the run that each shows. Nothing is written else."""
    first, second = sharing
    tokens = [event_channel.new_channel() for _ in range(3)]
    for number, token in enumerate(tokens):
        channel = event_channel.find_channel(token)
        assert channel is not None
        channel.follow(f"r{number}")
    others = SharedChannels(second, Listener(second.engine))
    with first.engine.begin() as connection:
        connection.execute(text("TRUNCATE page_channels"))
    assert [stored_channel(second, token) for token in tokens] == [None, None, None]
    event_channel.share_lost_channels()
    found = [asyncio.run(others.find(token)) for token in tokens]
    assert [None if one is None else one.run_id for one in found] == ["r0", "r1", "r2"]
    with first.engine.connect() as connection:
        before = connection.execute(text("SELECT xmin FROM page_channels ORDER BY token_hash")).all()
    event_channel.share_lost_channels()
    with first.engine.connect() as connection:
        assert connection.execute(text("SELECT xmin FROM page_channels ORDER BY token_hash")).all() == before


def test_channels_end_with_their_server(libraries: tuple[Library, Library]) -> None:
    """Also where no run of it is left to be settled: one that has ended, and one that was killed long ago."""
    first, second = libraries
    keep_channel(first, "a-token", "r1")
    keep_channel(second, "another", "r2")
    forget_dead_channels(second)
    assert (stored_channel(second, "a-token"), stored_channel(second, "another")) == (
        FollowedRun("r1"),
        FollowedRun("r2"),
    )
    first.close()
    forget_dead_channels(second)
    assert (stored_channel(second, "a-token"), stored_channel(second, "another")) == (None, FollowedRun("r2"))
    with second.engine.begin() as connection:
        connection.execute(text("INSERT INTO page_channels VALUES ('of-a-killed-one', 'killed', 'r3')"))
        connection.execute(
            text(
                "INSERT INTO processes (id, kind, host, serves, started, expires) "
                "VALUES ('killed', 'server', 'h', '[]', now(), now() - interval '11 minutes')"
            )
        )
    forget_dead_channels(second)
    with second.engine.connect() as connection:
        assert connection.execute(text("SELECT process FROM page_channels")).scalars().all() == [
            second.process_lock.process
        ]
