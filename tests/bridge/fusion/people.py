"""Scenarios of users: how they are found and made, their roles, passwords and mails."""

from tests.bridge.fusion.scene import RETURNING, Scene, caveats


async def adding_somebody_again_updates(scene: Scene) -> None:
    """No second user, no second mail, the new role in the place of the old one."""
    ann = scene.contact()
    await scene.post(ann, role="member_a", send_notification="true")
    ann.properties["given_name"] = "Anna"
    await scene.post(ann, role="member_b", send_notification="true")

    user = scene.user(ann)
    assert (user["meta"]["first_name"], user["roles"]) == ("Anna", ["member_b"])
    assert len(scene.mails_to(ann)) == 1


async def the_link_comes_before_the_address(scene: Scene) -> None:
    """The user with the contact's id, though another one has the address."""
    ann = scene.contact()
    linked = scene.somebody("linked", "old@example.com", infusionsoft_contact_id=ann.id)
    other = scene.somebody("other", ann.email() or "")
    delivery = await scene.post(ann, "update")

    assert (delivery.state, delivery.user_id) == ("done", linked)
    assert linked < other


async def a_user_of_another_contact_is_not_taken_silently(scene: Scene) -> None:
    """Held with both ids; as in WP Fusion where the owner says so."""
    first = scene.contact()
    second = scene.contact(email=first.email())
    await scene.post(first)
    held = await scene.post(second)
    async with scene.another("relink", "users: {when_linked_to_another_contact: relink}") as other:
        relinked = await other.post(second)

    assert held.state == "held"
    assert first.id in held.reason
    assert second.id in held.reason
    assert relinked.state == "done"
    assert scene.user(first)["meta"]["infusionsoft_contact_id"] == second.id


async def a_merged_contact_is_found_again(scene: Scene) -> None:
    """By the address of its user, who is linked to the contact that is left."""
    gone, kept = scene.contact(), scene.contact()
    await scene.post(gone)
    kept.properties["email_addresses"] = gone.properties["email_addresses"]
    scene.sandbox.tenant.merge_contacts(gone.id, into=kept.id)
    delivery = await scene.post(gone.id, "update")

    assert (delivery.state, delivery.contact) == ("done", kept.id)
    assert "contact_gone" in {code for code, _ in caveats(delivery)}
    assert scene.user(kept)["meta"]["infusionsoft_contact_id"] == kept.id


async def without_an_address_nobody_is_made(scene: Scene) -> None:
    """It fails, and a sentence says why."""
    delivery = await scene.post(scene.contact(email=None))

    assert delivery.state == "failed"
    assert "no e-mail address" in delivery.reason


async def user_names_are_of_the_chosen_form(scene: Scene) -> None:
    """The address, or names; numbered where taken; long addresses and other scripts work too."""
    plain = scene.contact()
    long = scene.contact(given_name="Long", email=f"{'x' * 55}@example.com")
    await scene.post(plain)
    await scene.post(long)
    people = [
        scene.contact(given_name="Jörg", family_name="Müller"),
        scene.contact(given_name="Jorg", family_name="Muller"),
        scene.contact(given_name="王伟", family_name=None),
    ]
    async with scene.another("first_last", "users: {username: first_last}") as other:
        for each in people:
            await other.post(each)
    numbered = scene.contact(given_name="Bo")
    async with scene.another("first_number", "users: {username: first_number}") as other:
        await other.post(numbered)

    users = scene.users(plain, long, *people, numbered)
    assert [user["user_login"] for user in users] == [
        plain.email(),
        "long.lee",
        "jorgmuller",
        "jorgmuller-2",
        "wangwei",
        f"bo{numbered.id}",
    ]
    assert all("@" not in user["user_nicename"] for user in users)
    assert not any("example" in user["user_nicename"] for user in users)


async def user_name_and_password_may_come_from_keap(scene: Scene) -> None:
    """A name that is taken stops nobody; a password that did not change is not set again."""
    ann = scene.contact(custom={"User": "admin", "Login password": "blue 100%20 Kettle <7>"})
    bob = scene.contact(custom={"User": "bobby"})
    mapping = "passwords: {from_keap: true}\nfields: {user_login: _User, user_pass: Login password}"
    async with scene.another("from_keap", mapping) as other:
        taken = await other.post(ann)
        await other.post(bob)
        logged_in = scene.wordpress.log_in(ann.email() or "", "blue 100%20 Kettle <7>")
        scene.wordpress.php(
            "wp_set_password('chosen by herself', (int) $args[0]);", str(taken.user_id)
        )
        await other.post(ann, "update")

    assert logged_in
    assert scene.wordpress.log_in(ann.email() or "", "chosen by herself")
    assert "user_login_replaced" in {code for code, _ in caveats(taken)}
    assert scene.user(bob)["user_login"] == "bobby"


async def a_generated_password_opens_and_goes_to_keap_once(scene: Scene) -> None:
    """Long, letters and digits, in the chosen field before the delivery is done; others stay."""
    ann = scene.contact(custom={"Country": "Wonderland"})
    old = scene.somebody("friend", f"friend{ann.id}@example.com")
    friend = scene.contact(email=f"friend{ann.id}@example.com")
    async with scene.another("password", RETURNING) as other:
        await other.post(ann)
        delivery = await other.post(friend)
    field = scene.sandbox.tenant.custom_value(ann.id, "WP Password")

    assert len(field) == 24
    assert field.isalnum()
    assert scene.wordpress.log_in(ann.email() or "", field)
    assert scene.sandbox.tenant.custom_value(ann.id, "Country") == "Wonderland"
    assert delivery.user_id == old
    assert scene.sandbox.tenant.custom_value(friend.id, "WP Password") is None


async def name_and_number_go_to_keap(scene: Scene) -> None:
    """The user name and WordPress's number of a new user, in one call with the password."""
    ann = scene.contact()
    scene.sandbox.record.clear()
    async with scene.another("name", RETURNING) as other:
        delivery = await other.post(ann)

    assert scene.sandbox.tenant.custom_value(ann.id, "WP User") == ann.email()
    assert scene.sandbox.tenant.custom_value(ann.id, "WP User Id") == str(delivery.user_id)
    assert scene.sandbox.record.counts()["PATCH contacts/{contact_id}"] == 1


async def a_generated_password_is_nagged_about(scene: Scene) -> None:
    """WordPress asks in the profile for one of the user's own."""
    ann = scene.contact()
    await scene.post(ann)

    assert scene.user(ann)["meta"]["default_password_nag"] == "1"


async def without_a_role_the_sites_default_holds(scene: Scene) -> None:
    """Also where the Post has the field, and nothing in it."""
    ann, bob = scene.contact(), scene.contact()
    await scene.post(ann)
    await scene.post(bob, role="")

    assert [user["roles"] for user in scene.users(ann, bob)] == [["subscriber"]] * 2


async def administrator_is_never_given(scene: Scene) -> None:
    """Neither to new users nor, as in WP Fusion, to those who are there."""
    ann = scene.contact()
    made = await scene.post(ann, role="administrator")
    updated = await scene.post(ann, "update", role="administrator")

    assert scene.user(ann)["roles"] == ["subscriber"]
    for delivery in (made, updated):
        assert ("role_not_allowed", "administrator") in caveats(delivery)


async def an_unknown_role_is_said_and_the_rest_done(scene: Scene) -> None:
    """A new user gets the default role, one who is there keeps theirs."""
    ann = scene.contact()
    made = await scene.post(ann, role="platinum")
    await scene.post(ann, "update", role="member_a")
    await scene.post(ann, "update", role="platinum")

    assert ("unknown_role", "platinum") in caveats(made)
    assert scene.user(ann)["roles"] == ["member_a"]


async def the_mighty_stay_as_they_are(scene: Scene) -> None:
    """Role, address and password of administrators, and of editors too."""
    accounts = [scene.wordpress.admin, scene.wordpress.accounts["editor1"]]
    for account in accounts:
        contact = scene.contact(email=account.email)
        await scene.post(contact, role="member_a")
        contact.properties["email_addresses"][0]["email"] = f"thief{contact.id}@example.com"
        delivery = await scene.post(contact, "update", role="member_a")
        assert {("privileged_user", "roles"), ("privileged_user", "user_email")} <= caveats(
            delivery
        )
        user = scene.wordpress.user(account.email)
        assert user["roles"] == [account.role]
        assert scene.wordpress.log_in(account.login, account.password)


async def several_roles_come_in_one_post(scene: Scene) -> None:
    """By slug or by the name that people see; rights granted by hand stay."""
    ann = scene.contact()
    delivery = await scene.post(ann, role="member_a,Member B")
    scene.wordpress.php(
        "get_userdata((int) $args[0])->add_cap('read_reports');", str(delivery.user_id)
    )
    await scene.post(ann, "update", role="member_b")
    can = scene.wordpress.ask(
        "return user_can((int) $args[0], 'read_reports');", str(delivery.user_id)
    )

    assert can
    assert scene.user(ann)["roles"] == ["member_b"]


async def a_changed_address_is_followed(scene: Scene) -> None:
    """The user name stays; an address that another user has is said, and the rest done."""
    ann, bob = scene.contact(), scene.contact()
    login = ann.email()
    await scene.post(ann)
    await scene.post(bob)
    ann.properties["email_addresses"][0]["email"] = f"new{ann.id}@example.com"
    await scene.post(ann, "update")
    bob.properties["given_name"] = "Bob"
    address = bob.email() or ""
    bob.properties["email_addresses"][0]["email"] = ann.email()
    conflict = await scene.post(bob, "update")

    assert scene.user(ann)["user_login"] == login
    assert ("email_taken", "") in caveats(conflict)
    assert scene.wordpress.user(address)["meta"]["first_name"] == "Bob"


async def the_mail_is_wordpresss_own(scene: Scene) -> None:
    """To the new user alone, with a link to set a password and no password."""
    ann = scene.contact()
    async with scene.another("mail", RETURNING) as other:
        await other.post(ann, send_notification="true")
    password = scene.sandbox.tenant.custom_value(ann.id, "WP Password")
    (mail,) = scene.mails_to(ann)
    text = mail.get_content()

    assert "Login Details" in mail["Subject"]
    assert "wp-login.php" in text
    assert "action=rp" in text
    assert password not in text
    assert scene.wordpress.log_in(ann.email() or "", password)
    assert scene.mails_to(scene.contact(email=scene.wordpress.admin.email)) == []


async def every_new_user_may_be_mailed(scene: Scene) -> None:
    """``users.notify: always`` is WP Fusion's *Send Welcome Email*."""
    ann = scene.contact()
    async with scene.another("notify", "users: {notify: always}") as other:
        await other.post(ann, send_notification="false")

    assert len(scene.mails_to(ann)) == 1


async def a_silent_post_mails_nothing_and_hushes_nobody(scene: Scene) -> None:
    """WP Fusion blanks every mail of the request, a shop's or a plugin's too."""
    ann = scene.contact()
    shop = (
        "add_action('user_register', function ($id) { wp_mail('shop@example.com', 'New', 'x'); });"
    )
    with scene.wordpress.mu_plugin("shop", shop):
        await scene.post(ann, send_notification="false")

    assert scene.mails_to(ann) == []
    assert [
        mail["Subject"] for mail in scene.wordpress.mails() if mail["To"] == "shop@example.com"
    ] == ["New"]
