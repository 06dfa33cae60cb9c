"""Settings come from the environment, are named in the README, and a wrong one stops the start."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from components.settings import SettingError, Settings
from tests.setup.environment import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda setting: setting.name)
def test_the_readme_names_each_setting_with_its_default(setting) -> None:
    """Every variable stands in the README's table beside the default that the code has."""
    row = next(line for line in README.splitlines() if line.startswith(f"| `{setting.metadata['variable']}` |"))
    default = row.split("|")[2].strip(" `")
    if isinstance(setting.default, Path):
        assert default == f"./{setting.default}"
    elif isinstance(setting.default, tuple):
        assert default == ("none" if not setting.default else ", ".join(setting.default))
    elif isinstance(setting.default, str):
        assert default == (setting.default or "none")
    else:
        assert float(default) == float(setting.default)


@pytest.mark.parametrize("raw", ["many", "-1", "1.5.2"])
def test_a_value_that_cannot_be_used_stops_the_start(raw: str) -> None:
    """A typing error is named with its variable instead of becoming a default."""
    with pytest.raises(SettingError, match="IMAGE_WORKBENCH_READ_TIMEOUT"):
        Settings.from_environment({"IMAGE_WORKBENCH_READ_TIMEOUT": raw})


def test_values_are_read_in_their_own_types() -> None:
    """Numbers become numbers, folders become paths, blanks mean not set."""
    read = Settings.from_environment(
        {"IMAGE_WORKBENCH_DATA": "/somewhere", "IMAGE_WORKBENCH_RUNS_AT_ONCE": "2", "IMAGE_WORKBENCH_ENGINE_PORT": " "}
    )
    assert (read.data, read.runs_at_once, read.engine_port) == (Path("/somewhere"), 2, 0)


def test_lists_and_choices() -> None:
    """A list is split at commas; a word that is none of the choices is named with those that there are."""
    read = Settings.from_environment(
        {
            "IMAGE_WORKBENCH_ALLOWED_HOSTS": " images.example.com, *.corp.example,",
            "IMAGE_WORKBENCH_PRIVATE_CONNECTIONS": "Refuse",
        }
    )
    assert read.allowed_hosts == ("images.example.com", "*.corp.example")
    assert read.private_connections == "refuse"
    with pytest.raises(SettingError, match=r"IMAGE_WORKBENCH_PRIVATE_CONNECTIONS is 'no'.*auto, allow, refuse"):
        Settings.from_environment({"IMAGE_WORKBENCH_PRIVATE_CONNECTIONS": "no"})
