"""Which WordPress user a contact is: found, kept apart, and found again when Keap has merged."""

from pathlib import Path

import pytest

from bridge.delivery import Delivery
from bridge.demo.wordpress import RunningWordPress
from bridge.store import Reader
from keap_client.sandbox import Sandbox
from tests.bridge.running import RunningBridge, bridge_between

pytestmark = pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
"""The bridge decides here; that both versions find and write alike is tests/wp_client's matter."""

ANN = "ann@example.com"
SOMEBODY = (
    "$id = wp_insert_user(wp_slash(['user_login' => $args[0], 'user_email' => $args[1],"
    " 'user_pass' => 'x', 'role' => 'subscriber']));"
    "if ('' !== $args[2]) update_user_meta($id, 'infusionsoft_contact_id', $args[2]);"
    "return $id;"
)
"""PHP: a user who was there before the bridge, perhaps linked by WP Fusion."""


def add_contact(sandbox: Sandbox, email: str, name: str = "Ann") -> str:
    """Add a contact to Keap; give its id."""
    return sandbox.tenant.add_contact(given_name=name, family_name="Lee", email=email).id


def set_email(sandbox: Sandbox, contact: str, email: str) -> None:
    """Give a contact another address."""
    sandbox.tenant.contacts[contact].properties["email_addresses"][0]["email"] = email


def codes(delivery: Delivery) -> dict[str, str]:
    """Give the caveats of a delivery: what each is about, by its code."""
    return {each.code: each.subject for each in delivery.caveats}


async def posted(bridge: RunningBridge, contact: str, action: str = "add", **more: str) -> Delivery:
    """Send a Post, and wait until nothing is left to do; give its delivery."""
    _, answer = await bridge.post(contact, action, **more)
    deliveries = await bridge.settled()
    return next(each for each in deliveries if each.id == answer["delivery"])


async def test_a_user_of_wp_fusion_is_known_by_the_contact_id(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """A site that moves over would get a second user for everybody with another address."""
    wordpress = wordpress_with_companion
    contact = add_contact(sandbox, ANN)
    user = wordpress.ask(SOMEBODY, "old-login", "old@example.com", contact)
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        delivery = await posted(bridge, contact, "update")

    assert (delivery.state, delivery.user_id) == ("done", user)
    assert [each["user_email"] for each in wordpress.users()] == [ANN]


async def test_a_user_without_a_contact_is_known_by_the_address(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """Everybody who was on the site before would be refused, or get a twin."""
    contact = add_contact(sandbox, ANN.upper())
    user = wordpress.ask(SOMEBODY, "ann", ANN, "")
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        delivery = await posted(bridge, contact, "update")

    assert (delivery.state, delivery.user_id) == ("done", user)
    assert wordpress.user(ANN)["meta"]["first_name"] == "Ann"


async def test_of_several_users_of_one_contact_the_oldest_is_taken_and_said(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """Nobody would learn that a contact has two users, and changes would go now here, now there."""
    wordpress = wordpress_with_companion
    contact = add_contact(sandbox, ANN)
    first = wordpress.ask(SOMEBODY, "one", "one@example.com", contact)
    second = wordpress.ask(SOMEBODY, "two", "two@example.com", contact)
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        delivery = await posted(bridge, contact, "update")

    assert delivery.user_id == first
    assert codes(delivery) == {"several_users": str(second)}


async def test_only_the_first_address_of_a_contact_counts(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """Whoever is written down as somebody's second address would be changed in their place."""
    contact = add_contact(sandbox, ANN)
    addresses = sandbox.tenant.contacts[contact].properties["email_addresses"]
    addresses.append({**addresses[0], "field": "EMAIL2", "email": "partner@example.com"})
    wordpress.ask(SOMEBODY, "partner", "partner@example.com", "")
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        await posted(bridge, contact)

    assert {each["user_email"] for each in wordpress.users()} == {ANN, "partner@example.com"}
    assert wordpress.user("partner@example.com")["meta"].get("first_name", "") == ""


async def test_an_address_that_moves_to_another_contact_is_followed(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """The second contact would get into the first one's account, or never get one of its own."""
    one, two = add_contact(sandbox, ANN), add_contact(sandbox, "bo@example.com", "Bo")
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        first = await posted(bridge, one)
        set_email(sandbox, one, "ann.new@example.com")
        set_email(sandbox, two, ANN)

        refused = await posted(bridge, two)
        assert refused.state == "held"
        assert all(f"Keap contact {each}" in refused.reason for each in (one, two))
        assert wordpress.user(ANN)["ID"] == first.user_id

        changed = await posted(bridge, one, "update")
        again = await posted(bridge, two)  # it takes what is held of the contact along
        deliveries = {each.id: each for each in await bridge.settled()}

    assert (changed.state, changed.user_id) == ("done", first.user_id)
    assert deliveries[refused.id].state == again.state == "done"
    assert wordpress.user("ann.new@example.com")["ID"] == first.user_id
    assert wordpress.user(ANN)["ID"] == again.user_id != first.user_id
    assert wordpress.user(ANN)["meta"]["first_name"] == "Bo"


async def test_relinking_leaves_a_user_with_one_contact(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """Two contacts would go on changing one user in turn, each by its own link."""
    one, two = add_contact(sandbox, ANN), add_contact(sandbox, ANN, "Bo")
    users = {"when_linked_to_another_contact": "relink"}
    async with bridge_between(sandbox, wordpress, tmp_path, users=users) as bridge:
        first = await posted(bridge, one)
        second = await posted(bridge, two)
        reader = Reader.open(bridge.store_url)
        assert (reader.user_of(one), reader.user_of(two)) == (None, first.user_id)

    assert first.user_id == second.user_id
    assert wordpress.user(ANN)["meta"]["first_name"] == "Bo"
    if wordpress.companion:
        assert wordpress.user(ANN)["meta"]["infusionsoft_contact_id"] == two


@pytest.mark.parametrize("action", ["add", "update"])
async def test_a_merged_contact_is_found_again_by_its_users_address(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path, action: str
) -> None:
    """After a merge in Keap the user would be nobody's: no Post would reach them any more."""
    gone, left = add_contact(sandbox, ANN), add_contact(sandbox, ANN, "Anna")
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        first = await posted(bridge, gone)
        sandbox.tenant.merge_contacts(gone, into=left)
        delivery = await posted(bridge, gone, action)
        assert Reader.open(bridge.store_url).user_of(left) == first.user_id
        assert Reader.open(bridge.store_url).user_of(gone) is None
        later = await posted(bridge, left, "update")

    assert (delivery.state, delivery.contact, delivery.user_id) == ("done", left, first.user_id)
    assert codes(delivery)["contact_gone"] == f"{gone} → {left}"
    assert (later.state, later.user_id) == ("done", first.user_id)
    assert "contact_gone" not in codes(later)
    assert wordpress.user(ANN)["meta"]["first_name"] == "Anna"
    assert len(wordpress.users()) == 1
    if wordpress.companion:
        assert wordpress.user(ANN)["meta"]["infusionsoft_contact_id"] == left


async def test_a_merged_contact_is_known_by_wordpress_alone(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """Users whom WP Fusion had linked would be lost with the first merge after moving over."""
    wordpress = wordpress_with_companion
    gone, left = add_contact(sandbox, ANN), add_contact(sandbox, "new@example.com")
    user = wordpress.ask(SOMEBODY, "ann", ANN, gone)
    # Keap keeps the other address of a merge as a further one.
    kept = sandbox.tenant.contacts[left].properties["email_addresses"]
    kept.append({**kept[0], "field": "EMAIL2", "email": ANN})
    sandbox.tenant.merge_contacts(gone, into=left)
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        delivery = await posted(bridge, gone, "update")

    assert (delivery.state, delivery.contact, delivery.user_id) == ("done", left, user)
    (changed,) = wordpress.users()
    assert changed["user_email"] == "new@example.com"
    assert changed["meta"]["infusionsoft_contact_id"] == left


@pytest.mark.parametrize("having", [0, 2])
async def test_a_user_whom_none_or_several_may_have_is_left_to_a_person(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path, having: int
) -> None:
    """A user would go to whoever comes first, or a delivery be tried for three days."""
    gone = add_contact(sandbox, ANN)
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        user = (await posted(bridge, gone)).user_id
        del sandbox.tenant.contacts[gone]
        others = [add_contact(sandbox, ANN, "Other") for _ in range(having)]
        delivery = await posted(bridge, gone)

    assert delivery.state == ("held" if having else "failed")
    assert f"user {user}" in delivery.reason
    assert all(each in delivery.reason for each in (gone, *others))
    assert wordpress.user(ANN)["meta"]["first_name"] == "Ann"


async def test_a_successor_with_a_user_of_its_own_keeps_it(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A merge of two members would give one of them the other one's account."""
    gone, left = add_contact(sandbox, ANN), add_contact(sandbox, "anna@example.com", "Anna")
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        first, second = await posted(bridge, gone), await posted(bridge, left)
        kept = sandbox.tenant.contacts[left].properties["email_addresses"]
        kept.append({**kept[0], "field": "EMAIL2", "email": ANN})
        sandbox.tenant.merge_contacts(gone, into=left)
        delivery = await posted(bridge, gone, "update")

    assert (delivery.contact, delivery.user_id) == (left, second.user_id)
    assert codes(delivery)["former_user_left"] == str(first.user_id)
    assert wordpress.user(ANN)["ID"] == first.user_id


@pytest.mark.parametrize("merged", [True, False])
async def test_the_contact_that_a_merge_leaves_gets_the_user_by_its_own_post(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path, *, merged: bool
) -> None:
    """Every merge would end in held Posts; or a user would change hands while both are there."""
    gone, left = add_contact(sandbox, ANN), add_contact(sandbox, ANN, "Anna")
    async with bridge_between(sandbox, wordpress, tmp_path) as bridge:
        first = await posted(bridge, gone)
        if merged:
            sandbox.tenant.merge_contacts(gone, into=left)
        delivery = await posted(bridge, left)

    assert delivery.state == ("done" if merged else "held")
    assert wordpress.user(ANN)["meta"]["first_name"] == ("Anna" if merged else "Ann")
    assert [each["ID"] for each in wordpress.users()] == [first.user_id]
    if merged:
        assert codes(delivery)["contact_gone"] == f"{gone} → {left}"
