"""What carrying out a document means, whichever way, on the real WordPress."""

from dataclasses import replace
from types import ModuleType

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.carrying import Carrier, Library, Watching, carrier_over
from tests.wp_client.conftest import signed_in
from tests.wp_client.documents import ANN, PASSWORD, ann, bob, codes
from wp_client.document import RoleRules
from wp_client.errors import LinkedToAnotherContact, WordPressRejected

FRIEND = (
    "return wp_insert_user(wp_slash(['user_login' => $args[0], 'user_email' => $args[1],"
    " 'user_pass' => 'x', 'role' => $args[2]]));"
)
"""PHP: somebody who is there before us."""


async def test_a_user_is_created_once(
    wordpress: RunningWordPress, way: ModuleType, library: Library
) -> None:
    """A contact would get no user, or a half one, or two."""
    async with carrier_over(library, *signed_in(wordpress)) as carrier:
        first = await carrier.converse(way.carry_out(ANN))
        second = await carrier.converse(way.carry_out(ANN))

    (user,) = wordpress.users()
    assert (first.state, first.created_by_delivery, first.password) == ("created", True, "set")
    assert (first.user_id, first.login) == (user["ID"], user["user_login"])
    assert first.roles == ("member_a",)
    assert user["user_login"] == "ann.lee"  # an address with a plus is no user name
    assert user["user_email"] == "ann+lee@site.example"
    assert user["roles"] == ["member_a"]
    assert user["user_nicename"].startswith("ann-lee-")
    assert user["display_name"] == "Ann Lee"
    assert user["meta"]["nickname"] == "Ann"
    assert user["meta"]["last_name"] == "Lée"
    assert user["meta"]["description"] == "One line\nand another"
    assert wordpress.log_in("ann.lee", PASSWORD)
    assert {"user_login", "user_email", "first_name", "roles"} <= {c.name for c in first.changes}
    assert (second.state, second.created_by_delivery, second.password) == (
        "unchanged",
        True,
        "kept",
    )
    assert second.user_id == user["ID"]
    assert not second.changes
    assert wordpress.mails() == []


async def test_a_user_who_is_there_is_brought_up_to_date(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """Somebody who has an account already would get a second one, or a new password."""
    friend = wordpress.ask(FRIEND, "annie", "Ann+Lee@site.example", "member_b")
    joan = wordpress.ask(FRIEND, "joan", "joann+lee@site.example", "member_b")

    first = await to_wordpress.converse(way.carry_out(ann(notification="later")))
    second = await to_wordpress.converse(way.carry_out(ann(notification="later")))

    user = wordpress.user("Ann+Lee@site.example")  # differs in case alone: not written
    assert (first.state, first.user_id, first.created_by_delivery) == ("updated", friend, False)
    assert (first.password, first.notification) == ("kept", "not_asked")
    assert (user["user_login"], user["roles"]) == ("annie", ["member_a"])
    assert user["meta"]["last_name"] == "Lée"
    assert {"last_name", "roles"} <= {change.name for change in first.changes}
    assert (second.state, second.changes) == ("unchanged", ())
    assert wordpress.user("joann+lee@site.example")["ID"] == joan
    assert wordpress.mails() == []


async def test_the_link_of_the_store_comes_first(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """Somebody whose address changed in Keap would get a second account."""
    created = await to_wordpress.converse(way.carry_out(ANN))
    moved = ann(
        delivery="01JD000000000000000000NEXT",
        email="ann@new.example",
        user_id=created.user_id,
        fields={**ANN.fields, "user_email": "ann@new.example"},
    )

    result = await to_wordpress.converse(way.carry_out(moved))

    (user,) = wordpress.users()
    assert (result.state, result.user_id) == ("updated", created.user_id)
    assert user["user_email"] == "ann@new.example"
    assert [change.name for change in result.changes] == ["user_email"]


async def test_a_link_to_a_user_who_is_gone_is_no_obstacle(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """A user deleted in WordPress could never be created again."""
    result = await to_wordpress.converse(way.carry_out(ann(user_id=4711)))

    assert result.state == "created"
    assert len(wordpress.users()) == 1


async def test_a_missing_user_stays_missing_unless_wanted(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """An update would create users."""
    result = await to_wordpress.converse(way.carry_out(ann(new_user=None)))

    assert (result.state, result.user_id, result.notification) == ("missing", None, "not_asked")
    assert wordpress.users() == []


async def test_a_dry_run_tells_and_does_not_write(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier, watching: Watching
) -> None:
    """A preview would change what it shows, or show what does not come."""
    planned = await to_wordpress.converse(way.dry_run(ANN))
    assert wordpress.users() == []
    created = await to_wordpress.converse(way.carry_out(ANN))
    other = ann(fields={"first_name": "Zoe"}, roles=RoleRules(("member_b",), ("member_b",), "add"))
    planned_later = await to_wordpress.converse(way.dry_run(other))
    missing = await to_wordpress.converse(way.dry_run(bob(new_user=None)))

    assert (planned.state, planned.user_id, planned.password) == ("created", None, "set")
    names = {change.name for change in planned.changes}
    assert names == {change.name for change in created.changes}
    told = {(c.name, c.before, c.after) for c in planned_later.changes}
    assert {("roles", "member_a", "member_a, member_b")} < told
    assert planned_later.state == "updated"
    assert missing.state == "missing"
    assert wordpress.users()[0]["roles"] == ["member_a"]
    assert {exchange.status for exchange in watching.exchanges} <= {200, 201}


async def test_a_user_of_another_contact_is_left_alone(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """Two contacts with one address would take a user from each other, in turn and unseen."""
    registered = "register_meta('user', 'infusionsoft_contact_id', ['type' => 'string',"
    registered += " 'single' => true, 'show_in_rest' => true]);"
    with wordpress.mu_plugin("meta", registered):
        created = await to_wordpress.converse(way.carry_out(ANN))
        other = ann(delivery="01JD00000000000000000OTHER", contact="2002")
        with pytest.raises(LinkedToAnotherContact) as raised:
            await to_wordpress.converse(way.carry_out(other))
        relinked = await to_wordpress.converse(
            way.carry_out(replace(other, when_linked_to_another_contact="relink"))
        )

    (user,) = wordpress.users()
    assert (raised.value.user_id, raised.value.contact) == (created.user_id, "1001")
    assert relinked.user_id == created.user_id
    assert user["meta"]["infusionsoft_contact_id"] == "2002"


@pytest.mark.parametrize(
    ("mode", "roles"),
    [("replace", {"member_b", "author"}), ("add", {"member_a", "member_b", "author"})],
)
async def test_roles_that_the_rules_do_not_name_stay(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier, mode: str, roles: set[str]
) -> None:
    """A membership bought elsewhere would be taken away."""
    friend = wordpress.ask(FRIEND, "annie", "ann+lee@site.example", "member_a")
    wordpress.php("get_user_by('id', $args[0])->add_role('author');", str(friend))
    rules = RoleRules(("member_b",), ("member_a", "member_b"), mode)  # type: ignore[arg-type]

    result = await to_wordpress.converse(way.carry_out(ann(roles=rules)))

    assert set(result.roles) == roles
    assert set(wordpress.user("ann+lee@site.example")["roles"]) == roles


async def test_keep_changes_no_role_of_a_user_who_is_there(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """The rule "keep" would not keep; or a new user would get nothing of it."""
    wordpress.ask(FRIEND, "bob", "bob@site.example", "member_a")
    rules = RoleRules(("member_b",), ("member_a", "member_b"), "keep")

    kept = await to_wordpress.converse(way.carry_out(bob(roles=rules)))
    created = await to_wordpress.converse(way.carry_out(ann(roles=rules)))

    assert kept.roles == ("member_a",)
    assert created.roles == ("member_b",)


@pytest.mark.parametrize("role", ["nope", "administrator", "editor"])
async def test_a_role_that_cannot_be_given_does_not_stop_the_rest(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier, role: str
) -> None:
    """A misspelt role would keep a buyer out; or a Post could make administrators."""
    wordpress.ask(FRIEND, "bob", "bob@site.example", "member_b")
    among = ("nope", "administrator", "subscriber", "member_a", "member_b")
    rules = RoleRules((role,), among)
    fields = {"last_name": "Lée"}

    created = await to_wordpress.converse(way.carry_out(ann(roles=rules)))
    known = await to_wordpress.converse(way.carry_out(bob(fields=fields, roles=rules)))

    code = "unknown_role" if role == "nope" else "role_not_allowed"
    assert (code, role) in codes(created.caveats)
    assert (code, role) in codes(known.caveats)
    assert created.roles == ("subscriber",)
    assert known.roles == ("member_b",)
    assert wordpress.user("bob@site.example")["meta"]["last_name"] == "Lée"


async def test_of_several_roles_the_good_ones_are_given(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """One misspelt role would take the others with it."""
    wordpress.ask(FRIEND, "bob", "bob@site.example", "subscriber")
    roles = ("member_a", "nope", "member_b")
    rules = RoleRules(roles, (*roles, "subscriber"))

    for document in (ann(roles=rules), bob(roles=rules)):
        first = await to_wordpress.converse(way.carry_out(document))
        second = await to_wordpress.converse(way.carry_out(document))
        for result in (first, second):
            assert set(result.roles) == {"member_a", "member_b"}
            assert [c for c in codes(result.caveats) if c[1] == "nope"] == [
                ("unknown_role", "nope")
            ]
        assert second.state == "unchanged"


async def test_somebody_privileged_keeps_role_address_and_password(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """Whoever may write a contact in Keap could take over an editor's account."""
    editor = wordpress.accounts["editor1"]
    document = ann(
        email=editor.email,
        user_id=editor.id,
        fields={"user_email": "evil@site.example", "last_name": "Lée"},
        fresh_password=True,
    )
    if not wordpress.companion:  # where nothing shows whose the user is, the link counts
        result = await to_wordpress.converse(way.carry_out(document))
    else:
        result = await to_wordpress.converse(way.carry_out(replace(document, user_id=None)))

    user = wordpress.user(editor.email)
    assert codes(result.caveats) >= {
        ("privileged_user", "roles"),
        ("privileged_user", "user_email"),
    }
    assert (user["roles"], user["user_email"]) == (["editor"], editor.email)
    assert wordpress.log_in(editor.login, editor.password)
    assert user["meta"]["last_name"] == "Lée"


async def test_our_own_account_is_never_written(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """A contact with the bridge's address would change the account that the bridge works with."""
    document = ann(email=wordpress.service.email)

    for carrying in (way.carry_out, way.dry_run):
        with pytest.raises(WordPressRejected, match="own_account"):
            await to_wordpress.converse(carrying(document))

    assert wordpress.user(wordpress.service.email)["meta"]["last_name"] == ""


async def test_an_address_that_is_taken_does_not_stop_the_rest(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """A name would not be corrected because an address cannot be."""
    known = wordpress.ask(FRIEND, "bob", "bob@site.example", "member_b")
    fields = {"user_email": "editor1@site.example", "last_name": "Lée"}

    result = await to_wordpress.converse(way.carry_out(bob(fields=fields)))

    assert ("email_taken", "") in codes(result.caveats)
    user = wordpress.user("bob@site.example")
    assert (user["ID"], user["meta"]["last_name"], user["roles"]) == (known, "Lée", ["member_a"])


@pytest.mark.parametrize("address", ["no address", "lée@site.example", f"{'a' * 100}@site.example"])
async def test_an_address_that_wordpress_refuses_is_told(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier, address: str
) -> None:
    """It would be tried for three days, or the rest of a user who is there would not be done."""
    wordpress.ask(FRIEND, "bob", "bob@site.example", "member_b")
    fields = {"user_email": address, "last_name": "Lée"}

    with pytest.raises(WordPressRejected, match="bad_email"):
        await to_wordpress.converse(way.carry_out(ann(email=address)))
    result = await to_wordpress.converse(way.carry_out(bob(fields=fields)))

    assert ("bad_email", "") in codes(result.caveats)
    assert wordpress.user("bob@site.example")["meta"]["last_name"] == "Lée"
    assert len(wordpress.users()) == 1


async def test_a_field_that_wordpress_refuses_does_not_stop_the_rest(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """A language that is not installed would keep somebody out."""
    fields = {"locale": "xx_XX", "no_such_field": "1", "last_name": "Lée"}

    created = await to_wordpress.converse(way.carry_out(ann(fields=fields)))
    again = await to_wordpress.converse(way.carry_out(ann(fields=fields)))

    for result in (created, again):
        wrong = {("field_refused", "locale"), ("unknown_field", "no_such_field")}
        assert codes(result.caveats) >= wrong
    assert wordpress.users()[0]["meta"]["last_name"] == "Lée"
    assert again.state == "unchanged"


async def test_an_empty_field_is_cleared_but_never_a_name_that_is_shown(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """What was deleted in Keap would stay; or visitors would see a login, or an address."""
    await to_wordpress.converse(way.carry_out(ANN))
    names = ("first_name", "description", "user_email", "display_name", "nickname")

    result = await to_wordpress.converse(way.carry_out(ann(fields=dict.fromkeys(names, ""))))

    (user,) = wordpress.users()
    assert [change.name for change in result.changes] == ["first_name", "description"]
    assert (user["meta"]["first_name"], user["meta"]["description"]) == ("", "")
    assert (user["display_name"], user["meta"]["nickname"]) == ("Ann Lee", "Ann")


@pytest.mark.parametrize(
    ("logins", "login"),
    [
        (("ann.lee", "editor1", "ann.two"), "ann.lee"),
        (("lée", "a+b", "x" * 61, "Editor1", "ann.two"), "ann.two"),
        (("editor1", "svc"), "svc-2"),
    ],
)
async def test_the_first_user_name_that_works_is_taken(
    wordpress: RunningWordPress,
    way: ModuleType,
    to_wordpress: Carrier,
    logins: tuple[str, ...],
    login: str,
) -> None:
    """A taken or foreign name would keep somebody out."""
    assert ANN.new_user

    result = await to_wordpress.converse(
        way.carry_out(ann(new_user=replace(ANN.new_user, logins=logins)))
    )

    assert result.login == login
    assert wordpress.users()[0]["user_login"] == login


async def test_what_cannot_be_created_is_told(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """It would be tried for three days."""
    assert ANN.new_user
    nameless = ann(new_user=replace(ANN.new_user, logins=("lée", "a+b")))

    for carrying in (way.carry_out, way.dry_run):
        with pytest.raises(WordPressRejected, match="no_login"):
            await to_wordpress.converse(carrying(nameless))
        with pytest.raises(WordPressRejected, match="no_email"):
            await to_wordpress.converse(carrying(ann(email=None)))

    assert wordpress.users() == []


async def test_a_fresh_password_is_set_only_by_the_delivery_that_created(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """Keap would be told a password that does not work; or a known user would be locked out."""
    assert ANN.new_user
    await to_wordpress.converse(way.carry_out(ANN))
    later = replace(ANN.new_user, password="another battery 10 staple")

    other = await to_wordpress.converse(
        way.carry_out(ann(delivery="01JDOTHER", new_user=later, fresh_password=True))
    )
    assert wordpress.log_in("ann.lee", PASSWORD)
    told = await to_wordpress.converse(way.carry_out(ann(new_user=later)))
    assert wordpress.log_in("ann.lee", PASSWORD)
    fresh = await to_wordpress.converse(way.carry_out(ann(new_user=later, fresh_password=True)))

    assert (other.password, told.password, fresh.password) == ("kept", "kept", "set")
    assert fresh.state == "updated"
    assert wordpress.log_in("ann.lee", later.password)
    assert "password" not in {change.name for change in fresh.changes}


async def test_several_documents_have_an_outcome_each(
    way: ModuleType, to_wordpress: Carrier
) -> None:
    """One bad contact would hold up its neighbours."""
    documents = [
        ANN,
        bob(email=None),
        ann(delivery="01JDGONE", contact="3003", email="no@site.example", new_user=None),
    ]

    created, bad, missing = await to_wordpress.converse(way.carry_out_many(documents))

    assert created.state == "created"
    assert isinstance(bad, WordPressRejected)
    assert missing.state == "missing"
    assert await to_wordpress.converse(way.carry_out_many([])) == ()


async def test_the_notification_waits_and_comes_when_asked_for(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """Somebody new would never learn how to get in."""
    result = await to_wordpress.converse(way.carry_out(ann(notification="later")))
    assert (result.notification, wordpress.mails()) == ("due", [])

    notified = await to_wordpress.converse(way.notify(ann(notification="link"), result))

    (mail,) = wordpress.mails()
    assert notified.notification == "sent"
    assert mail["To"] == "ann+lee@site.example"
    assert "action=rp" in mail.get_content()
    assert PASSWORD not in mail.get_content()


async def test_nothing_is_sent_that_is_not_due(
    wordpress: RunningWordPress, way: ModuleType, to_wordpress: Carrier
) -> None:
    """A mistake in the caller would mail to somebody who has an account for years."""
    wordpress.ask(FRIEND, "annie", "ann+lee@site.example", "member_b")
    result = await to_wordpress.converse(way.carry_out(ann(notification="later")))

    for document in (ann(notification="link"), ann(notification="later")):
        with pytest.raises(ValueError, match="Nothing to send"):
            await to_wordpress.converse(way.notify(document, result))

    assert wordpress.mails() == []
