"""What is private is not there for others, whichever query asks for it, and costs nothing without a sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.library import Library, open_library
from components.team.people import Person, Role

ADA = Person("ada@example.com", "Ada", Role.MEMBER, is_verified=True)
BEN = Person("ben@example.com", "Ben", Role.MEMBER, is_verified=True)
VIEWER = Person("vic@example.com", "Vic", Role.VIEWER, is_verified=True)
ADMIN = Person("root@example.com", "Root", Role.ADMIN, is_verified=True)
NOBODY = Person("", "", Role.VIEWER)
OTHERS = [BEN, VIEWER, ADMIN, NOBODY]

# Tables whose rows are everybody's; their rows name nothing that is private.
SHARED = {
    "collections",
    "word_lists",
    "prompts",
    "prompt_versions",
    "prompt_labels",
    "prompt_tags",
    "prompt_checks",
    "presets",
    "preset_defaults",
    "server_capabilities",
    "audit_entries",  # for admins, see `audit_routes`
}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = open_library(tmp_path / "library")
    yield opened
    opened.close()
