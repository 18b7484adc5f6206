"""Rules 3 and 4: a user is created once, known by the delivery, and the password works."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.companion.talking import (
    ADDRESS,
    DELIVERY,
    ON_THE_OLDEST,
    PASSWORD,
    Companion,
    changed,
    document,
    new_user,
    roles,
)

OTHER_PASSWORD = "Zt5cY8wPj3RgN6kFv2Qb"
MARK = sha256(DELIVERY.encode()).hexdigest()[:10]


def test_a_user_is_created_as_the_document_says(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a new user lacks a name, role, tag or the link, or mail went out unasked."""
    result = companion.carry_out(meta={"infusionsoft_tags": ["91", "93"]})
    user = site.user(ADDRESS)
    assert (result["state"], result["user_id"], result["login"]) == ("created", user["ID"], ADDRESS)
    assert (result["created_by_delivery"], result["password"]) == (True, "set")
    assert (result["notification"], result["caveats"]) == ("not_asked", [])
    assert user["user_nicename"] == f"ann-lee-{MARK}"
    assert (user["display_name"], user["meta"]["nickname"]) == ("Ann Lee", "Ann")
    assert (user["meta"]["first_name"], user["meta"]["last_name"]) == ("Ann", "Lee")
    assert user["roles"] == result["roles"] == ["member_a"]
    assert user["meta"]["infusionsoft_contact_id"] == "1001"
    assert user["meta"]["infusionsoft_tags"] == ["91", "93"]
    assert changed(result) == {
        "user_login": (None, ADDRESS),
        "user_email": (None, ADDRESS),
        "first_name": (None, "Ann"),
        "last_name": (None, "Lee"),
        "nickname": (None, "Ann"),
        "display_name": (None, "Ann Lee"),
        "roles": (None, "member_a"),
        "meta:infusionsoft_contact_id": (None, "1001"),
        "meta:infusionsoft_tags": (None, "91, 93"),
    }
    assert user["meta"]["default_password_nag"] == "1"
    assert site.log_in(ADDRESS, PASSWORD)
    assert site.mails() == []
    assert site.php_log() == ""


def test_carrying_out_twice_changes_nothing_the_second_time(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a repeated attempt makes a twin, writes again or takes the password away."""
    companion.carry_out(meta={"city": "Phoenix"})
    before = site.users()
    again = companion.carry_out(meta={"city": "Phoenix"}, new_user=new_user(password="other"))
    assert (again["state"], again["password"]) == ("unchanged", "kept")
    assert (again["created_by_delivery"], again["changes"]) == (True, [])
    assert site.users() == before


@ON_THE_OLDEST
@pytest.mark.parametrize(
    ("logins", "taken", "login"),
    [
        (["ann+x@site.example", "ann.lee"], [], "ann.lee"),
        (["a" * 61, "ann.lee"], [], "ann.lee"),
        (["Änn", "", "ann.lee"], [], "ann.lee"),
        (["ann.lee", "ann"], ["ann.lee"], "ann"),
        (["ann.lee", "ann"], ["ann.lee", "ANN"], "ann-2"),
        (["ann"], ["ann", "ann-2"], "ann-3"),
        (["b" * 60], ["b" * 60], "b" * 58 + "-2"),
    ],
    ids=["plus", "too long", "letters", "second", "variant", "next variant", "long variant"],
)
def test_the_first_legal_and_free_login_is_taken(
    companion: Companion, logins: list[str], taken: list[str], login: str
) -> None:
    """If false, a contact whose user name is odd or taken gets no user, or somebody else's."""
    for number, name in enumerate(taken):
        companion.insert(user_login=name, user_email=f"{number}@site.example")
    assert companion.carry_out(new_user=new_user(logins=logins))["login"] == login


@ON_THE_OLDEST
@pytest.mark.parametrize(
    ("different", "code"),
    [
        ({"email": None}, "keap_bridge_no_email"),
        ({"email": ""}, "keap_bridge_no_email"),
        ({"email": "ann at home"}, "keap_bridge_bad_email"),
        ({"email": f"{'a' * 60}@{'b' * 40}.example"}, "keap_bridge_bad_email"),
        ({"new_user": new_user(logins=["+++", ""])}, "keap_bridge_no_login"),
        ({"new_user": new_user(logins=[])}, "keap_bridge_no_login"),
        ({"contact_id_meta": "wp_capabilities"}, "keap_bridge_bad_contact_id_meta"),
    ],
)
def test_a_user_who_cannot_be_created_is_a_named_error(
    companion: Companion, site: RunningWordPress, different: dict[str, object], code: str
) -> None:
    """If false, such a document breaks WordPress off, is tried for ever, or leaves half a user."""
    error = companion.refusal(**different)
    assert (error["code"], error["retry"]) == (code, False)
    assert site.users() == []


@ON_THE_OLDEST
@pytest.mark.parametrize(
    ("wanted", "nicename"),
    [
        ("ann-lee", f"ann-lee-{MARK}"),
        ("", f"user-{MARK}"),
        ("李", f"user-{MARK}"),
        ("x" * 70, f"{'x' * 39}-{MARK}"),
    ],
    ids=["plain", "empty", "chinese", "long"],
)
def test_the_author_address_ends_in_the_deliverys_mark(
    companion: Companion, site: RunningWordPress, wanted: str, nicename: str
) -> None:
    """If false, WordPress cuts or changes the mark and a later attempt cannot know its work."""
    companion.carry_out(new_user=new_user(nicename=wanted))
    assert site.user(ADDRESS)["user_nicename"] == nicename


@pytest.mark.parametrize("fault", ["throw new Error('no');", "undefined_function();", "exit;"])
def test_an_attempt_that_a_plugin_broke_off_is_recognised(
    companion: Companion, site: RunningWordPress, fault: str
) -> None:
    """If false, a plugin that fails at a new user's birth leads to twins or a lost welcome."""
    hook = f"add_action('user_register', function () {{ {fault} }});"
    with site.mu_plugin("fault", hook):
        answer = companion.request("POST", {"documents": [document()]})
    if fault != "exit;":
        error = answer.json()["results"][0]["error"]
        assert (error["code"], error["retry"]) == ("keap_bridge_failed", True)
        assert ADDRESS not in answer.text
    assert len(site.users()) == 1

    again = companion.carry_out(meta={"city": "Phoenix"}, notification="link")
    assert again["created_by_delivery"] is True
    assert again["notification"] == "sent"
    (user,) = site.users()
    assert (user["roles"], user["meta"]["city"]) == (["member_a"], "Phoenix")


def test_a_broken_off_user_is_found_by_the_mark_alone(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, one whose address was changed before the next attempt gets a twin."""
    with site.mu_plugin("fault", "add_action('user_register', function () { exit; });"):
        companion.request("POST", {"documents": [document()]})
    site.ask(
        "global $wpdb; $id = (int) $args[0];"
        "$wpdb->update($wpdb->users, ['user_email' => 'new@site.example'], ['ID' => $id]);"
        "delete_user_meta($id, 'infusionsoft_contact_id');"
        "delete_user_meta($id, '_keap_bridge_created_by');",
        str(site.users()[0]["ID"]),
    )
    assert companion.carry_out()["created_by_delivery"] is True
    assert len(site.users()) == 1


def test_a_user_is_known_by_its_row_where_a_plugin_makes_the_author_address(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, sites with author addresses of their own lose welcomes and passwords."""
    with site.mu_plugin(
        "slugs", "add_filter('pre_user_nicename', fn($x) => 'member-' . crc32($x));"
    ):
        companion.carry_out()
    assert MARK not in site.user(ADDRESS)["user_nicename"]
    assert companion.carry_out()["created_by_delivery"] is True


def test_another_delivery_has_not_created_the_user(companion: Companion) -> None:
    """If false, a later Post would reset the password and mail a user of long standing."""
    companion.carry_out()
    later = companion.carry_out(delivery="01JD00000LATER", fresh_password=True, notification="link")
    assert (later["created_by_delivery"], later["password"]) == (False, "kept")
    assert later["notification"] == "not_asked"


def test_a_fresh_password_replaces_the_one_of_the_attempt_before(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, the password that the bridge tells Keap does not open the door."""
    companion.carry_out()
    fresh = new_user(password=OTHER_PASSWORD)
    assert companion.carry_out(new_user=fresh, fresh_password=True)["password"] == "set"
    assert site.log_in(ADDRESS, OTHER_PASSWORD)
    assert not site.log_in(ADDRESS, PASSWORD)
    assert site.mails() == []  # WordPress would tell the user of a changed password


@pytest.mark.parametrize("created_by", [1, 2])
def test_a_request_that_comes_after_a_later_attempts_sets_no_password(
    companion: Companion, site: RunningWordPress, created_by: int
) -> None:
    """If false, a request that stood in a queue for long sets a password that Keap never had."""
    late = {"attempt": 1, "fresh_password": True}
    fresh = {"attempt": 2, "fresh_password": True, "new_user": new_user(password=OTHER_PASSWORD)}
    companion.carry_out(**late if created_by == 1 else fresh)
    assert companion.carry_out(**fresh)["password"] == "set"

    error = companion.refusal(**late)
    assert (error["code"], error["retry"]) == ("keap_bridge_superseded", True)
    assert site.log_in(ADDRESS, OTHER_PASSWORD)
    assert companion.carry_out(**fresh | {"attempt": 3})["state"] == "updated"


def test_a_fresh_password_never_replaces_one_that_somebody_else_set(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, sending a delivery again locks out a user who has chosen a password since."""
    companion.carry_out()
    site.ask("wp_set_password('chosen by herself', get_user_by('email', $args[0])->ID);", ADDRESS)
    fresh = new_user(password=OTHER_PASSWORD)
    assert companion.carry_out(new_user=fresh, fresh_password=True)["password"] == "kept"
    assert site.log_in(ADDRESS, "chosen by herself")


@pytest.mark.parametrize("password", ['it\'s "quoted"', "back\\slash", "<b>&amp; ü🙂"])
def test_a_password_of_any_characters_opens_the_login_form(
    companion: Companion, site: RunningWordPress, password: str
) -> None:
    """If false, WordPress's way with quotes makes a password that nobody can type."""
    companion.carry_out(new_user=new_user(password=password))
    assert site.log_in(ADDRESS, password)


def test_twenty_creations_at_once_make_one_user(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, parallel attempts make twins, as WordPress's own REST API does."""
    documents = [document(delivery=f"01JD{number}", contact="1001") for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda one: companion.post(one)[0], documents))
    assert len({result["user_id"] for result in results}) == 1
    assert [result["state"] for result in results].count("created") == 1
    assert len(site.users()) == 1


def test_contacts_of_one_name_never_share_a_login(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, two contacts created at once get the same login, which WordPress lets happen."""
    documents = [
        document(
            delivery=f"01JD{number}",
            contact=str(number),
            email=f"{number}@site.example",
            new_user=new_user(logins=["ann"]),
        )
        for number in range(12)
    ]
    with ThreadPoolExecutor(12) as pool:
        results = list(pool.map(lambda one: companion.post(one)[0], documents))
    assert {result["state"] for result in results} == {"created"}
    assert len({user["user_login"] for user in site.users()}) == 12


def test_a_dry_run_tells_what_creating_would_do_and_does_nothing(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a preview writes, or promises what does not come."""
    asked = document(notification="link", meta={"city": "Phoenix"}, roles=roles("member_b"))
    (promised,) = companion.post(asked, dry_run=True)
    assert site.users() == []
    assert site.mails() == []
    assert (promised["state"], promised["user_id"], promised["notification"]) == (
        "created",
        None,
        "due",
    )
    (done,) = companion.post(asked)
    assert changed(promised) == changed(done)
