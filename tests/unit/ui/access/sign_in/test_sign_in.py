"""Who someone is, by settings, claims and a proxy's headers; settings that do not fit together stop the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.settings import SettingError, Settings
from components.team.people import Role
from components.team.roles import RoleLists
from components.ui.access.rules import access_rules
from components.ui.access.sign_in.login import CARRIER, NOBODY, HeaderRefused, carried_person, carry
from components.ui.access.sign_in.pages import safe_return
from components.ui.access.sign_in.policy import make_sign_in, sign_in
from tests.support import signing_in
from tests.support.signing_in import COOKIE, cookie, sign_in_by

HOST = "http://localhost"


def request(peer: str = "127.0.0.1", **headers: str | list[str]) -> dict[str, Any]:
    """A request as the server sees it; a list sends a header several times."""
    sent = [("host", "localhost")]
    for name, value in headers.items():
        sent += [(name.replace("_", "-"), one) for one in ([value] if isinstance(value, str) else value)]
    return {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "scheme": "http",
        "server": ("localhost", 80),
        "client": (peer, 5000),
        "headers": [(name.encode(), value.encode()) for name, value in sent],
    }


WRONG = [
    ({"sign_in": "header"}, "needs IMAGE_WORKBENCH_TRUSTED_PROXIES"),
    ({"sign_in": "oidc"}, r"needs \[auth\] in secrets.toml"),
    ({"admins": ("ada",)}, "Roles need a sign-in"),
    ({"viewers": ("ada",)}, "Roles need a sign-in"),
    ({"default_role": "viewer"}, "Roles need a sign-in"),
    ({"sign_in": "header", "trusted_proxies": ("10.0.0.1",), "sign_in_hours": 0.0}, "SIGN_IN_HOURS is 0"),
    ({"sign_in": "header", "trusted_proxies": ("10.0.0.1",), "admins": ("group:ops",)}, "GROUPS_FROM"),
    ({"sign_in": "header", "trusted_proxies": ("10.0.0.1",), "user_header": ""}, "USER_HEADER"),
]


@pytest.mark.parametrize(("settings", "sentence"), WRONG)
def test_settings_that_make_no_sense_together_stop_the_start(settings: dict[str, Any], sentence: str) -> None:
    """One sentence names what is missing, instead of an app that is open or shut to everybody."""
    with pytest.raises(SettingError, match=sentence):
        make_sign_in(Settings(**settings))


AUTH = [
    ('redirect_uri = "http://localhost/oauth2callback"', 'redirect_uri = "http://localhost/"', "/oauth2callback"),
    ("cookie_secret", "cookie_secreet", "cookie_secret"),
    ("of the tests alone, and long enough for it", "short", "at least 32"),
    ("client_id", "client", "names no provider"),
    ("server_metadata_url", "metadata", "server_metadata_url"),
]


@pytest.mark.parametrize(("right", "wrong", "sentence"), AUTH)
def test_an_auth_section_that_cannot_work_stops_the_start(
    right: str, wrong: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Streamlit would only say at the first click is said at the start."""
    text = signing_in.auth_toml(HOST).replace(right, wrong)
    monkeypatch.setattr(signing_in, "auth_toml", lambda origin: text)
    with sign_in_by("oidc", tmp_path), pytest.raises(SettingError, match=sentence):
        sign_in()


def test_the_provider_has_to_send_people_back_below_the_apps_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy with a path, the address without it belongs to another app, or to none."""
    monkeypatch.setattr("components.ui.access.base_path.base_path", lambda: "/workbench")
    with sign_in_by("oidc", tmp_path, HOST), pytest.raises(SettingError, match="/workbench/oauth2callback"):
        sign_in()
    with sign_in_by("oidc", tmp_path, f"{HOST}/workbench"):
        assert sign_in().is_oidc


def test_the_highest_role_whose_list_has_someone_counts() -> None:
    """Names and addresses in any case, groups by `group:`, the default for everybody else."""
    lists = RoleLists.of(("Ada@Example.com", "group:ops"), ("bo",), ("group:all", "bo"), None)
    assert lists.role_of(("ada@example.com",)) == Role.ADMIN
    assert lists.role_of(("cy",), ("OPS", "all")) == Role.ADMIN
    assert lists.role_of(("bo",)) == Role.MEMBER
    assert lists.role_of(("cy",), ("all",)) == Role.VIEWER
    assert lists.role_of(("cy",)) is None
    assert lists.role_of(("",), ("",)) is None
    assert lists.role_of(("group:ops",)) is None


def test_a_proxy_names_the_person_their_address_and_groups(tmp_path: Path) -> None:
    """Only a listed proxy may, and only once; anyone else is refused, not ignored."""
    settings = {
        "IMAGE_WORKBENCH_EMAIL_HEADER": "X-Forwarded-Email",
        "IMAGE_WORKBENCH_GROUPS_FROM": "X-Forwarded-Groups",
        "IMAGE_WORKBENCH_ADMINS": "group:ops",
    }
    with sign_in_by("header", tmp_path, **settings):
        by, rules = sign_in(), access_rules()
        assert by.login_of(request(), rules) is None
        assert by.login_of(request(x_forwarded_user=" "), rules) is None
        member = by.login_of(request(x_forwarded_user="mia", x_forwarded_email="member@example.com"), rules)
        assert member is not None
        assert (member.id, member.role) == ("mia", Role.MEMBER)
        admin = by.login_of(request(x_forwarded_user="zoë", x_forwarded_groups="all, ops"), rules)
        assert admin is not None
        assert (admin.id, admin.role) == ("zoë", Role.ADMIN)
        shouted = by.login_of(request(x_forwarded_user="MIA", x_forwarded_email="member@example.com"), rules)
        assert shouted is not None
        assert (shouted.id, shouted.name) == (member.id, "MIA")
        stranger = by.login_of(request(x_forwarded_user="sam"), rules)
        assert stranger is not None
        assert stranger.role is None
        assert stranger.person is None
        for refused in (
            request("10.0.0.9", x_forwarded_user="mia"),
            request("10.0.0.9", x_forwarded_groups="ops"),
            request(x_forwarded_user=["mia", "ada"]),
            request(x_forwarded_user="mia", x_forwarded_email=["a@example.com", "b@example.com"]),
        ):
            with pytest.raises(HeaderRefused):
                by.login_of(refused, rules)


def test_a_cookie_proves_only_what_the_provider_verified(tmp_path: Path) -> None:
    """The person's id is the claim that the setting names; an address that nobody verified is none."""
    with sign_in_by("oidc", tmp_path, IMAGE_WORKBENCH_GROUPS_FROM="groups", IMAGE_WORKBENCH_VIEWERS="group:guests"):
        by, rules = sign_in(), access_rules()

        def login(email: str, **claims: Any) -> Any:
            return by.login_of(request(cookie=f"{COOKIE}={cookie(HOST, email, **claims)}"), rules)

        assert login("Admin@Example.com").role == Role.ADMIN
        assert login("Admin@Example.com").id == "admin@example.com"
        assert login("x@example.com", groups=["guests"]).role == Role.VIEWER
        unverified = login("admin@example.com", email_verified=False)
        assert (unverified.id, unverified.role) == ("sub-admin@example.com", None)


def test_a_person_travels_in_a_header_that_nobody_outside_can_write(tmp_path: Path) -> None:
    """What came under its name from outside is gone before the person is written."""
    with sign_in_by("header", tmp_path):
        scope = request(x_forwarded_user="admin@example.com", x_image_workbench_person='{"id":"x"}')
        login = sign_in().login_of(scope, access_rules())
        carry(scope, login)
        values = [value for name, value in scope["headers"] if name.decode() == CARRIER]
        assert len(values) == 1
        person = carried_person({CARRIER: values[0].decode()})
        assert (person.id, person.role, person.is_verified) == ("admin@example.com", Role.ADMIN, True)
        carry(scope, None)
        assert not [name for name, _ in scope["headers"] if name.decode() == CARRIER]
        assert carried_person({}) == NOBODY
        assert not NOBODY.may_run


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/\\evil.example", "x", "/a\nb", ""])
def test_nobody_is_sent_elsewhere_after_signing_in(address: str) -> None:
    """Only a path of the app itself is gone back to."""
    assert safe_return(address) == ""
    assert safe_return("/library?run=r1") == "/library?run=r1"
