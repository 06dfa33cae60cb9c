"""Keys in pasted requests: how they are known, and how they are taken out. Each search costs bounded work."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

KEY_STAND_IN = "KEY_REMOVED"
# Endings of the names of headers, fields and query parameters that hold a key, without - and _.
_SECRET = ("authorization", "cookie", "apikey", "accesskey", "secretkey", "subscriptionkey", "token", "secret")
_ENDINGS = (*_SECRET, "password", "passwd")
_NAMES = frozenset({"key", "sig", "signature", "pwd", "pass"})
_SCHEMES = re.compile(r"(?:bearer|basic|token|apikey)\b\s*", re.IGNORECASE)
# The same names in text; words of a prompt are not among them.
_NAME = (
    r"[\w-]{0,30}(?:api[-_]?key|access[-_]?key|secret[-_]?key|subscription-key|access[-_]?token|auth[-_]?token"
    r"|client[-_]?secret)"
)
_QUOTED_NAME = rf"(?:{_NAME}|(?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]{{0,30}}token)"
# Not a variable, an expression, a stand-in, or a scheme alone.
_A_VALUE = rf"(?!(?:(?:bearer|basic|token)\s+)?(?:[$<{{=]|{KEY_STAND_IN})|(?:bearer|basic|token)?\s*[\"'`])"
_KEYS = (
    re.compile(
        r"()(?:\b(?:sk|sess)-[A-Za-z0-9_-]{12,}"
        r"|(?<=Bearer )[A-Za-z0-9._~+/=-]{16,}"
        r"|(?i:(?<=api-key: )|(?<=api-key:))[^\s\"'$]+"
        r"|(?<=://)[^\s/\"'@:$]+:[^\s/\"'@$]+(?=@))"
    ),
    re.compile(
        r"(\bauthorization[\"']?\s{0,20}[:=,]\s{0,20}[\"'`]?(?:bearer|basic|token|apikey)\s{1,20})"
        rf"(?!{KEY_STAND_IN})[^\s\"'`$<{{\\]+",
        re.IGNORECASE,
    ),
    re.compile(
        rf"([?&](?:key|sig|signature|token|password|{_NAME})=)(?!{KEY_STAND_IN})[^\s&\"'`#$<{{\\]+", re.IGNORECASE
    ),
    re.compile(rf"([\"']{_QUOTED_NAME}[\"']\s{{0,20}}:\s{{0,20}}[\"'`]){_A_VALUE}[^\"'`\n\\]+", re.IGNORECASE),
    re.compile(
        rf"(\"name\"\s{{0,20}}:\s{{0,20}}\"{_QUOTED_NAME}\"\s{{0,20}},\s{{0,20}}\"value\"\s{{0,20}}:\s{{0,20}}\")"
        rf"{_A_VALUE}[^\"\n\\]+",
        re.IGNORECASE,
    ),
    re.compile(rf"((?<![\w-]){_NAME}\s{{0,20}}[:=]\s{{0,20}}[\"'`]){_A_VALUE}[^\"'`\n\\]+", re.IGNORECASE),
)
# For a text that is not read: what may hold a key is taken out, a word of a prompt with it.
_OPTION = re.compile(
    r"((?<!\S)(?:-[A-Za-z]{0,6}[uUbE]|--(?:user|proxy-user|oauth2-bearer|cookie|pass|proxy-pass|cert|proxy-cert))"
    r"(?:=|(?:\s|\\\n){1,20})?)(?:\$?'[^']*'?|\"[^\"]*\"?|[^\s'\"]+)"
)
_PAIRS = (
    re.compile(
        rf"((?<![\w-])(?:{_QUOTED_NAME}|password|passwd|token|secret)[\"']?\s{{0,20}}[:=]\s{{0,20}}[\"'`]?)"
        rf"{_A_VALUE}[^\"'`\n]+",
        re.IGNORECASE,
    ),
    re.compile(r"(\b(?:auth|cookies)[\"']?\s{0,20}[:=]\s{0,20})(?:\([^()]{1,300}\)|\{[^{}]{1,300}\})"),
)


def without_keys(text: str) -> tuple[str, bool]:
    """Return the text with a stand-in for each key in it, and whether there was one."""
    return _without(text, _KEYS)


def without_secrets(text: str) -> str:
    """Return a text that could not be read with a stand-in for all that may be a key, credentials of curl included."""
    options = (_OPTION,) if re.search(r"\bcurl\b", text) else ()
    return _without(text, (*options, *_KEYS, *_PAIRS))[0]


def _without(text: str, patterns: Iterable[re.Pattern[str]]) -> tuple[str, bool]:
    count = 0
    for pattern in patterns:
        text, found = pattern.subn(rf"\g<1>{KEY_STAND_IN}", text)
        count += found
    return text, count > 0


def is_secret_name(name: str) -> bool:
    """Return whether a header, field or query parameter of this name holds a key."""
    plain = re.sub(r"[^a-z]", "", name.lower()[:100])
    return plain in _NAMES or plain.endswith(_ENDINGS)


def is_secret(value: str) -> bool:
    """Return whether a value is one, not a variable, an expression or a scheme alone. A stand-in was one."""
    plain = _SCHEMES.sub("", value.strip(), count=1)
    return bool(plain) and not plain.startswith(("$", "<", "{", "="))


def header_has_key(header: str) -> bool:
    """Return whether a header, written `name: value`, holds a key."""
    name, _, value = header.partition(":")
    return is_secret_name(name) and is_secret(value)


def url_has_key(url: str) -> bool:
    """Return whether a query parameter of a URL, or what stands before its host, is a key."""
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, max_num_fields=100)
    except ValueError:
        return False
    is_in_host = "@" in parts.netloc and credentials_have_key(parts.netloc.rpartition("@")[0])
    return is_in_host or any(is_secret_name(name) and is_secret(value) for name, value in query)


def credentials_have_key(text: str) -> bool:
    """Return whether `user:password` has a password, or a key in place of the user."""
    user, colon, password = text.partition(":")
    return bool(colon) and is_secret(password or user)
