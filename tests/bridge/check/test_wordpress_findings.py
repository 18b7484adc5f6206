"""What a site's answers mean, case by case."""

import pytest

from bridge.check import wordpress
from tests.bridge.check.examples import Said, assert_says
from wp_client.errors import (
    Blocked,
    CompanionUnsuited,
    NotWordPress,
    RouteMissing,
    WordPressBroken,
    WordPressBusy,
    WordPressError,
    WordPressRedirected,
    WordPressRefused,
    WordPressUnreachable,
)
from wp_client.site import SignIn, SiteIndex

URL = "https://members.site.org"


@pytest.mark.parametrize(
    ("url", "home", "said"),
    [
        (URL, URL, [("ok", "over https")]),
        ("http://127.0.0.1:80", "http://127.0.0.1:80", [("ok", "on this machine only")]),
        (URL, "http://members.site.org", [("ok", "over https"), ("warning", "begin with https")]),
        (f"{URL}/wp", "https://Members.site.org", [("ok", "over https")]),
        (URL, "https://live.site.org", [("ok", "over https"), ("warning", "copy of a site")]),
    ],
)
def test_how_a_site_is_reached(url: str, home: str, said: list[Said]) -> None:
    """A site that believes in http, or in another address, would mail links that lead elsewhere."""
    index = SiteIndex("A site", home, application_passwords=True, core_users=True, companion=True)

    assert_says(wordpress.on_index(index, url), *said)


@pytest.mark.parametrize(
    ("told", "url", "said"),
    [
        ("works", URL, ("ok", "keap-bridge")),
        ("switched_off", URL, ("problem", '"Disable WordPress application passwords"')),
        ("switched_off", "http://localhost", ("problem", "WP_ENVIRONMENT_TYPE")),
        ("stripped", URL, ("problem", "\n    RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Aut")),
        ("stripped", URL, ("problem", "\n    CGIPassAuth On")),
        ("wrong", URL, ("problem", "Application Passwords: make a new one")),
        ("unknown", URL, ("problem", "RewriteRule")),
        ("unknown", URL, ("problem", "Application Passwords: make a new one")),
    ],
)
def test_why_the_sign_in_fails(told: SignIn, url: str, said: Said) -> None:
    """The owner would mend something else."""
    assert_says([wordpress.on_sign_in(told, url, "keap-bridge")], said)


@pytest.mark.parametrize(
    ("error", "words", "out_of_reach"),
    [
        (WordPressUnreachable("it takes too long", sent=True), f"Open {URL} in a browser", True),
        (NotWordPress(status=200, found="a web page"), "came a web page (HTTP 200)", True),
        (WordPressBusy(), "Check again", True),
        (WordPressBroken(status=500), "error log", True),
        (WordPressRedirected("https://a.example"), "put https://a.example in wordpress.url", False),
        (Blocked("Cloudflare", status=403), "Cloudflare", False),
        (RouteMissing("wp/v2/users"), "keap-bridge companion --zip", False),
        (CompanionUnsuited(9), "keap-bridge companion --zip", False),
        (WordPressRefused("keap_bridge_forbidden", needs="a role"), 'role "Keap bridge"', False),
        (WordPressRefused("rest_cannot_edit", needs="edit_users"), "needs edit_users", False),
    ],
)
def test_trouble_is_said_with_its_kind(
    error: WordPressError,
    words: str,
    out_of_reach: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """The exit code, or the advice, would be that of another trouble."""
    finding = wordpress.on_error(error, URL)

    assert_says([finding], ("problem", words))
    assert finding.out_of_reach == out_of_reach
