"""What the operator wrote into `.streamlit/secrets.toml`, for a process that starts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from components.client.connections.sources import read_secrets
from components.settings import SettingError


def operator_secrets() -> dict[str, Any]:
    """Return the file's tables. Raise SettingError."""
    try:
        return read_secrets((Path.home(), Path.cwd()))
    except tomllib.TOMLDecodeError as problem:
        raise SettingError(f"secrets.toml cannot be read: {problem}") from None
    except UnicodeDecodeError:
        raise SettingError("secrets.toml cannot be read: it is not UTF-8 text. Save it as UTF-8.") from None
    except OSError as problem:
        raise SettingError(f"secrets.toml cannot be read: {problem.strerror or type(problem).__name__}.") from None
