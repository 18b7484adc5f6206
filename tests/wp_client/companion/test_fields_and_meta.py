"""Rules 6 and 7: what is written to a user, what comes back, and what is never written."""

from typing import Any

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.companion.talking import (
    ADDRESS,
    ON_THE_OLDEST,
    Companion,
    changed,
    codes,
    document,
)

NEW_ADDRESS = "ann.new@site.example"
ODD_TEXTS = [
    'O\'Brien "Bo"',
    "back\\slash \\\\ \\n",
    "two\nlines\r\nthree",
    "Zoë 李 🙂",
    "<b>bold</b> & <script>",
    'a:1:{i:0;s:1:"x";}',
    "100%aa",
    "0",
    "",
]
FORBIDDEN_KEYS = [
    "wp_capabilities",
    "WP_Capabilities",
    "wp_cápabilities",
    "wp_capabilities ",
    "wp_7_capabilities",
    "wp_user_level",
    "session_tokens",
    "Session_Tokens",
    "_application_passwords",
    "_keap_bridge_created_by",
    "user_pass",
    "USER_EMAIL",
    "first_name",
    "locale",
    "",
    "x" * 256,
    "tab\tkey",
]


@pytest.fixture
def ann(companion: Companion) -> int:
    """The id of a user who is there already."""
    created: int = companion.carry_out()["user_id"]
    return created


@pytest.mark.usefixtures("ann")
def test_meta_texts_are_stored_as_they_came(companion: Companion, site: RunningWordPress) -> None:
    """If false, WordPress's slashing or cleaning changes what Keap holds."""
    texts = {f"note_{number}": text for number, text in enumerate(ODD_TEXTS)}
    result = companion.carry_out(meta=texts)
    assert changed(result) == {f"meta:{key}": (None, text) for key, text in texts.items()}
    stored = site.user(ADDRESS)["meta"]
    assert {key: stored[key] for key in texts} == texts
    assert companion.carry_out(meta=texts)["state"] == "unchanged"


@pytest.mark.usefixtures("ann")
def test_tags_are_the_row_that_wp_fusion_reads(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, WP Fusion and its many followers do not see the tags."""
    row = (
        "global $wpdb; return $wpdb->get_col("
        "\"SELECT meta_value FROM $wpdb->usermeta WHERE meta_key = 'infusionsoft_tags'\");"
    )
    companion.carry_out(meta={"infusionsoft_tags": ["91", "93"]})
    assert site.ask(row) == ['a:2:{i:0;s:2:"91";i:1;s:2:"93";}']
    companion.carry_out(meta={"infusionsoft_tags": ["93"]})
    assert site.ask(row) == ['a:1:{i:0;s:2:"93";}']
    gone = companion.carry_out(meta={"infusionsoft_tags": []})
    assert changed(gone) == {"meta:infusionsoft_tags": ("93", None)}
    assert site.ask(row) == []


@pytest.mark.usefixtures("ann")
def test_null_deletes_a_row_and_nothing_else(companion: Companion, site: RunningWordPress) -> None:
    """If false, a field emptied in Keap stays in WordPress, or takes others with it."""
    companion.carry_out(meta={"city": "Phoenix", "zip": "85001"})
    result = companion.carry_out(meta={"city": None})
    assert changed(result) == {"meta:city": ("Phoenix", None)}
    meta = site.user(ADDRESS)["meta"]
    assert ("city" in meta, meta["zip"]) == (False, "85001")
    assert companion.carry_out(meta={"city": None})["state"] == "unchanged"


@pytest.mark.usefixtures("ann")
def test_rights_sessions_and_cores_own_rows_are_never_written(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a mapped key makes an administrator or signs somebody in."""
    before = site.user(ADDRESS)
    keys = {key: ["administrator"] for key in FORBIDDEN_KEYS}
    result = companion.carry_out(meta={**keys, "city": "Phoenix"})
    assert codes(result) == {("meta_refused", key[:100]) for key in FORBIDDEN_KEYS}
    after = site.user(ADDRESS)
    assert after["meta"].pop("city") == "Phoenix"
    assert after == before


@pytest.mark.usefixtures("ann")
def test_fields_are_stored_as_wordpress_does_it(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, names lose their marks, or every attempt writes them anew."""
    fields = {
        "first_name": "Ann & O'Lee \\ <b>x</b>",
        "last_name": 'Lée "🙂"',
        "display_name": "Ann O'Lee",
        "nickname": "Annie",
        "user_url": "https://ann.example/?a=1&b=2",
        "description": "One \\ line\nand another",
        "locale": "en_US",
    }
    result = companion.carry_out(fields=fields)
    user = site.user(ADDRESS)
    stored = {**user["meta"], **user}
    assert {name: stored[name] for name in fields} == {
        **fields,
        "first_name": "Ann &amp; O'Lee \\ x",
        "user_url": stored["user_url"],
    }
    assert stored["user_url"].replace("&#038;", "&").replace("&amp;", "&") == fields["user_url"]
    assert {name: after for name, (_, after) in changed(result).items()} == {
        name: stored[name] for name in fields
    }
    assert companion.carry_out(fields=fields)["state"] == "unchanged"
    assert site.mails() == []


@pytest.mark.usefixtures("ann")
def test_an_empty_text_clears_a_field_but_never_shows_the_login(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a name stays when Keap has none, or the address is shown in its place."""
    empty = ("first_name", "user_email", "display_name", "nickname", "user_url", "locale")
    result = companion.carry_out(fields=dict.fromkeys(empty, ""))
    assert changed(result) == {"first_name": ("Ann", "")}
    user = site.user(ADDRESS)
    assert (user["display_name"], user["meta"]["nickname"]) == ("Ann Lee", "Ann")


@ON_THE_OLDEST
@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize(
    ("fields", "caveat"),
    [
        ({"user_email": "ann at home"}, ("bad_email", "")),
        ({"user_email": f"{'a' * 60}@{'b' * 40}.example"}, ("bad_email", "")),
        ({"user_email": "editor1@site.example"}, ("email_taken", "")),
        ({"user_email": "EDITOR1@site.example"}, ("email_taken", "")),
        ({"user_url": "https://x.example/" + "y" * 100}, ("field_refused", "user_url")),
        ({"display_name": "x" * 251}, ("field_refused", "display_name")),
        ({"locale": "../../x"}, ("field_refused", "locale")),
        ({"user_pass": "secret"}, ("unknown_field", "user_pass")),
        ({"role": "administrator"}, ("unknown_field", "role")),
    ],
)
def test_what_wordpress_cannot_hold_is_left_out_and_said(
    companion: Companion,
    site: RunningWordPress,
    fields: dict[str, str],
    caveat: tuple[str, str],
) -> None:
    """If false, one bad value stops all others, or disappears without a word."""
    result = companion.carry_out(fields={**fields, "last_name": "Long"})
    assert (codes(result), changed(result)) == ({caveat}, {"last_name": ("Lee", "Long")})
    assert site.user(ADDRESS)["meta"]["last_name"] == "Long"


@pytest.mark.usefixtures("ann")
def test_a_new_address_is_told_to_the_old_one(companion: Companion, site: RunningWordPress) -> None:
    """If false, an account changes hands without its owner hearing of it."""
    result = companion.carry_out(fields={"user_email": NEW_ADDRESS})
    assert changed(result) == {"user_email": (ADDRESS, NEW_ADDRESS)}
    assert site.user(NEW_ADDRESS)["user_login"] == ADDRESS
    (mail,) = site.mails()
    assert (mail["To"], "Email Changed" in mail["Subject"]) == (ADDRESS, True)


@pytest.mark.usefixtures("ann")
def test_an_address_in_other_case_is_no_change(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, WordPress mails people that their address was changed to the same one."""
    assert companion.carry_out(fields={"user_email": ADDRESS.upper()})["state"] == "unchanged"
    assert site.mails() == []


@pytest.mark.usefixtures("ann")
def test_a_known_user_with_nothing_to_change_is_not_written(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, every repeated Post sets off the site's plugins and costs writes."""
    count = """
        add_filter('query', function ($sql) {
            if (!preg_match('/^\\s*SELECT/i', $sql)) $GLOBALS['writes'][] = $sql;
            $GLOBALS['asked'] = ($GLOBALS['asked'] ?? 0) + 1;
            return $sql;
        });
        add_filter('rest_request_before_callbacks', function ($x) {
            $GLOBALS['writes'] = []; $GLOBALS['asked'] = 0;
            return $x;
        });
        add_filter('rest_request_after_callbacks', function ($response) {
            return $response + ['writes' => $GLOBALS['writes'], 'asked' => $GLOBALS['asked']];
        });
    """
    asked: dict[str, Any] = {"meta": {"city": "Phoenix", "infusionsoft_tags": ["91"]}}
    known = companion.carry_out(**asked)["user_id"]
    with site.mu_plugin("count", count):
        body = {"documents": [document(user_id=known, **asked)]}
        answer = companion.request("POST", body).json()
    assert answer["results"][0]["state"] == "unchanged"
    assert (answer["writes"], answer["asked"] <= 7) == ([], True)


@pytest.mark.usefixtures("ann")
def test_a_dry_run_tells_the_changes_and_makes_none(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a preview writes to a user who is there."""
    before = site.users()
    different: dict[str, Any] = {
        "fields": {"first_name": "Anna", "user_email": NEW_ADDRESS},
        "meta": {"city": "Phoenix"},
        "roles": {"give": ["member_b"], "among": ["member_a", "member_b"], "mode": "replace"},
    }
    (promised,) = companion.post(document(**different), dry_run=True)
    assert (site.users(), site.mails()) == (before, [])
    (done,) = companion.post(document(**different))
    assert changed(promised) == changed(done)
    assert promised["state"] == done["state"] == "updated"


LISTENER = """
foreach (['wpf_tags_applied', 'wpf_tags_removed', 'wpf_tags_modified'] as $hook) {
    add_action($hook, function ($user_id, $tags) use ($hook) {
        $stored = get_user_meta($user_id, 'infusionsoft_tags', true);
        update_option('heard', array_merge(get_option('heard', []),
            [[$hook, $user_id, $tags, $stored]]), false);
    }, 10, 2);
}
"""


def test_plugins_hear_of_tags_as_from_wp_fusion(
    companion: Companion, site: RunningWordPress
) -> None:
    """Enrolments that WP Fusion hangs on its tags would not follow a Post."""

    def heard(*tags: str, dry_run: bool = False, key: str = "infusionsoft_tags") -> list[object]:
        sent = document(meta={key: [*tags]})
        (result,) = companion.post(sent, dry_run=dry_run)
        said = site.ask("$said = get_option('heard', []); delete_option('heard'); return $said;")
        assert {each[1] for each in said} <= {result["user_id"]}
        return [(hook, at, stored or []) for hook, _, at, stored in said]

    with site.mu_plugin("listener", LISTENER):
        assert heard("91", "93", dry_run=True) == []
        first = heard("91", "93")
        second = heard("93", "95")
        again = heard("93", "95")
        none = heard()
        elsewhere = heard("91", key="our_tags")

    both, other = ["91", "93"], ["93", "95"]
    assert first == [("wpf_tags_applied", both, both), ("wpf_tags_modified", both, both)]
    assert second == [
        ("wpf_tags_applied", ["95"], other),
        ("wpf_tags_removed", ["91"], other),
        ("wpf_tags_modified", other, other),
    ]
    assert again == [("wpf_tags_modified", other, other)]
    assert none == [("wpf_tags_removed", other, []), ("wpf_tags_modified", [], [])]
    assert elsewhere == []
