"""All settings with their environment variables and defaults.

The app reads them once at startup. An invalid value stops it with a sentence that names the variable, so that a typo
never silently becomes a default.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

# Id of the connection to the built-in engine, which is free of charge.
BUILT_IN_ID = "built-in"


# How a process ends that a setting keeps from starting: EX_CONFIG of sysexits.h. Starting it again does not help.
SETTING_STATUS = 78


class SettingError(ValueError):
    """An environment variable has an invalid value."""


def _setting(variable: str, default: Any, help: str, choices: tuple[str, ...] = (), *, secret: bool = False) -> Any:
    metadata = {"variable": variable, "help": help, "choices": choices}
    return field(default=default, repr=not secret, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """Settings from the environment. Sizes in bytes, times in seconds; lists are separated by commas."""

    data: Path = _setting("IMAGE_WORKBENCH_DATA", Path("data"), "Folder of the library's database and files")
    database_url: str = _setting(
        "IMAGE_WORKBENCH_DATABASE_URL",
        "",
        "PostgreSQL database of the library; without one, a SQLite file in its folder",
        secret=True,
    )
    heartbeat_seconds: float = _setting(
        "IMAGE_WORKBENCH_HEARTBEAT_SECONDS",
        15.0,
        "With PostgreSQL: seconds without a sign of life after which a server or worker counts as dead",
    )
    worker_runs: int = _setting(
        "IMAGE_WORKBENCH_WORKER_RUNS", 16, "Runs of all connections that a worker works on at the same time"
    )
    files: str = _setting(
        "IMAGE_WORKBENCH_FILES", "", "Where the library's files are: s3://BUCKET/PREFIX; empty for the data folder"
    )
    files_cache_bytes: int = _setting(
        "IMAGE_WORKBENCH_FILES_CACHE_BYTES", 5_000_000_000, "Bytes of files on S3 that are kept in the data folder too"
    )
    signed_link_seconds: int = _setting(
        "IMAGE_WORKBENCH_SIGNED_LINK_SECONDS",
        0,
        "Seconds for which browsers may use a signed link to an original on S3; 0 for downloads by the app",
    )
    backups: str = _setting(
        "IMAGE_WORKBENCH_BACKUPS", "", "Folder for a backup every day, of which 14 are kept; empty for none"
    )
    connect_timeout: float = _setting(
        "IMAGE_WORKBENCH_CONNECT_TIMEOUT", 5.0, "Seconds to wait for a connection to a server"
    )
    read_timeout: float = _setting(
        "IMAGE_WORKBENCH_READ_TIMEOUT", 600.0, "Seconds without data from a server before a run fails"
    )
    runs_at_once: int = _setting(
        "IMAGE_WORKBENCH_RUNS_AT_ONCE", 4, "Runs that a connection processes at the same time; others wait"
    )
    images_per_minute: int = _setting(
        "IMAGE_WORKBENCH_IMAGES_PER_MINUTE", 0, "Images a connection may start in a minute; 0 for no limit"
    )
    sheet_confirm_dollars: float = _setting(
        "IMAGE_WORKBENCH_SHEET_CONFIRM_DOLLARS", 1.0, "Dollars from which a sheet asks again before it is sent"
    )
    sheet_confirm_runs: int = _setting(
        "IMAGE_WORKBENCH_SHEET_CONFIRM_RUNS", 50, "Runs from which a sheet asks again before it is sent"
    )
    max_response_bytes: int = _setting(
        "IMAGE_WORKBENCH_MAX_RESPONSE_BYTES", 1024**3, "Largest response accepted from a server, in bytes"
    )
    max_pixels: int = _setting(
        "IMAGE_WORKBENCH_MAX_PIXELS", 80_000_000, "Largest image that is decoded, width times height in pixels"
    )
    decode_bytes: int = _setting(
        "IMAGE_WORKBENCH_DECODE_BYTES", 600_000_000, "Memory for decoding images at the same time, in bytes"
    )
    upload_bytes_each: int = _setting(
        "IMAGE_WORKBENCH_UPLOAD_BYTES_EACH",
        400_000_000,
        "Uploaded bytes of one session kept in memory at the same time",
    )
    upload_bytes: int = _setting(
        "IMAGE_WORKBENCH_UPLOAD_BYTES", 1_000_000_000, "Uploaded bytes of all sessions kept in memory at the same time"
    )
    sessions_each: int = _setting(
        "IMAGE_WORKBENCH_SESSIONS_EACH", 50, "Pages that one person may have open at the same time; 0 for no limit"
    )
    messages_per_minute: int = _setting(
        "IMAGE_WORKBENCH_MESSAGES_PER_MINUTE",
        1200,
        "Messages of one page that are answered in a minute; more of them wait. 0 for no limit",
    )
    open_runs_each: int = _setting(
        "IMAGE_WORKBENCH_OPEN_RUNS_EACH",
        500,
        "Runs that one person may have waiting or under way at the same time; 0 for no limit",
    )
    engine_port: int = _setting(
        "IMAGE_WORKBENCH_ENGINE_PORT", 0, "Loopback port of the built-in engine; 0 for a free one"
    )
    allowed_hosts: tuple[str, ...] = _setting(
        "IMAGE_WORKBENCH_ALLOWED_HOSTS", (), "Additional host names under which browsers may open the app"
    )
    trusted_proxies: tuple[str, ...] = _setting(
        "IMAGE_WORKBENCH_TRUSTED_PROXIES", (), "Addresses of reverse proxies whose headers are trusted"
    )
    private_connections: str = _setting(
        "IMAGE_WORKBENCH_PRIVATE_CONNECTIONS",
        "auto",
        "Whether a person's own connection may reach this machine or a private network",
        choices=("auto", "allow", "refuse"),
    )
    admin_page: str = _setting(
        "IMAGE_WORKBENCH_ADMIN_PAGE",
        "auto",
        "Who sees the Admin page: admins who signed in, or everybody",
        choices=("auto", "show"),
    )
    sign_in: str = _setting(
        "IMAGE_WORKBENCH_SIGN_IN",
        "name",
        "How people sign in: a name that nobody checks, OIDC, or a header from a reverse proxy",
        choices=("name", "oidc", "header"),
    )
    sign_in_hours: float = _setting(
        "IMAGE_WORKBENCH_SIGN_IN_HOURS", 12.0, "Hours after which a person has to sign in again"
    )
    user_claim: str = _setting("IMAGE_WORKBENCH_USER_CLAIM", "email", "Claim of an OIDC login that identifies a person")
    user_header: str = _setting(
        "IMAGE_WORKBENCH_USER_HEADER", "X-Forwarded-User", "Header in which a listed proxy names the person"
    )
    email_header: str = _setting(
        "IMAGE_WORKBENCH_EMAIL_HEADER", "", "Header in which a listed proxy sends the person's email address"
    )
    groups_from: str = _setting(
        "IMAGE_WORKBENCH_GROUPS_FROM", "", "Claim (OIDC) or header (proxy) that lists a person's groups"
    )
    sign_out_url: str = _setting(
        "IMAGE_WORKBENCH_SIGN_OUT_URL", "", "Where a listed proxy signs people out, such as /oauth2/sign_out"
    )
    admins: tuple[str, ...] = _setting(
        "IMAGE_WORKBENCH_ADMINS", (), "People who are admins: users, email addresses or group:NAME"
    )
    members: tuple[str, ...] = _setting(
        "IMAGE_WORKBENCH_MEMBERS", (), "People who are members: users, email addresses or group:NAME"
    )
    viewers: tuple[str, ...] = _setting(
        "IMAGE_WORKBENCH_VIEWERS", (), "People who are viewers: users, email addresses or group:NAME"
    )
    default_role: str = _setting(
        "IMAGE_WORKBENCH_DEFAULT_ROLE",
        "member",
        "Role of people who are in no list; none refuses them",
        choices=("viewer", "member", "none"),
    )
    monitors: tuple[str, ...] = _setting(
        "IMAGE_WORKBENCH_MONITORS", ("127.0.0.1", "::1"), "Addresses or networks that may read /metrics"
    )
    monitor_token: str = _setting(
        "IMAGE_WORKBENCH_MONITOR_TOKEN",
        "",
        "Bearer token with which /metrics may be read from anywhere",
        secret=True,
    )

    stop_seconds: float = _setting(
        "IMAGE_WORKBENCH_STOP_SECONDS", 0.0, "Seconds that runs under way may go on after the first stop signal"
    )

    key_encryption_secret: tuple[str, ...] = _setting(
        "IMAGE_WORKBENCH_KEY_ENCRYPTION_SECRET",
        (),
        "With a sign-in, secret that encrypts the connections that people keep; of several the first encrypts",
        secret=True,
    )
    default_visibility: str = _setting(
        "IMAGE_WORKBENCH_DEFAULT_VISIBILITY",
        "team",
        "With a sign-in, who sees a run unless its person chooses otherwise: the team, or that person alone",
        choices=("team", "private"),
    )

    log: str = _setting("IMAGE_WORKBENCH_LOG", "text", "Form of the log", choices=("text", "json"))
    log_level: str = _setting(
        "IMAGE_WORKBENCH_LOG_LEVEL",
        "warning",
        "Least important lines that are logged; info has the begin and end of each run",
        choices=("debug", "info", "warning", "error"),
    )
    log_prompts: str = _setting(
        "IMAGE_WORKBENCH_LOG_PROMPTS",
        "off",
        "Whether the begin of a run is logged with its prompt",
        choices=("off", "on"),
    )

    trash_days: int = _setting("IMAGE_WORKBENCH_TRASH_DAYS", 30, "Days that the trash keeps things")
    failed_days: int = _setting(
        "IMAGE_WORKBENCH_FAILED_DAYS", 0, "Days after which failed runs without outputs go to the trash; 0 for never"
    )
    unused_days: int = _setting(
        "IMAGE_WORKBENCH_UNUSED_DAYS", 1, "Days that an input image is kept which no run or form uses, at least 1"
    )
    draft_days: int = _setting(
        "IMAGE_WORKBENCH_DRAFT_DAYS", 1, "Days that what was not sent is kept for its browser tab, at least 1"
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Return settings from environment variables.

        Raise SettingError for a value of the wrong type, outside the choices, or negative.
        """
        environment = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for setting in fields(cls):
            variable = setting.metadata["variable"]
            raw = environment.get(variable, "").strip()
            if not raw:
                continue
            values[setting.name] = _read(raw, setting)
        return cls(**values)


def _read(raw: str, setting: Field[Any]) -> Any:
    """Return a variable's text as a value of the setting's type. Raise SettingError."""
    variable, choices = setting.metadata["variable"], setting.metadata["choices"]
    if isinstance(setting.default, Path):
        return Path(raw)
    if isinstance(setting.default, tuple):
        return tuple(part.strip() for part in raw.split(",") if part.strip())
    if choices:
        if raw.lower() not in choices:
            raise SettingError(f"{variable} is {raw!r}; it must be one of: {', '.join(choices)}")
        return raw.lower()
    if isinstance(setting.default, str):
        return raw
    kind: type[Any] = type(setting.default)
    try:
        value = kind(raw)
    except ValueError:
        raise SettingError(f"{variable} is {raw!r}, which is not a number") from None
    if value < 0:
        raise SettingError(f"{variable} is {raw!r}; it must be 0 or more")
    return value
