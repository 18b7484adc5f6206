"""Scenarios of WP Fusion's webhook address: what is sent there, and what is answered."""

import asyncio

from tests.bridge.fusion.scene import WPF_KEY, Scene, caveats


async def each_action_does_its_part(scene: Scene) -> None:
    """``add`` makes, ``update`` writes fields, ``update_tags`` tags alone, in capitals or not."""
    ann = scene.contact()
    gold = scene.sandbox.tenant.find_tag("Gold member").id
    added = await scene.post(ann, "Add", role="member_a")
    ann.properties["given_name"] = "Anna"
    scene.sandbox.tenant.apply_tag(ann.id, gold)
    tags = await scene.post(ann, "update_tags", role="member_b")
    after_tags = scene.user(ann)
    fields = await scene.post(ann, "UPDATE")

    assert [each.state for each in (added, tags, fields)] == ["done"] * 3
    assert after_tags["meta"]["infusionsoft_tags"] == [gold]
    assert (after_tags["meta"]["first_name"], after_tags["roles"]) == ("Ann", ["member_a"])
    assert scene.user(ann)["meta"]["first_name"] == "Anna"


async def pairs_come_in_form_address_or_json(scene: Scene) -> None:
    """WP Fusion reads all three, but action and key in a JSON body."""
    ann = scene.contact()
    pairs = {"wpf_action": "add", "access_key": WPF_KEY, "contactId": ann.id}
    key = {"access_key": WPF_KEY}
    rest = {"wpf_action": "add", "contactId": ann.id}
    answers = [
        await scene.bridge.send(data=pairs),
        await scene.bridge.send(data=rest, params=key),
        await scene.bridge.send("GET", params=pairs),
        await scene.bridge.send(json={**pairs, "contactId": int(ann.id)}),
        await scene.bridge.send(
            json={"contactId": int(ann.id)}, params={**key, "wpf_action": "add"}
        ),
    ]
    states = {each.state for each in await scene.bridge.settled() if each.contact == ann.id}

    assert [status for status, _ in answers] == [200] * 5
    assert states == {"done"}


async def the_contact_is_known_by_both_names(scene: Scene) -> None:
    """``contactId`` as in a campaign, ``contact_id`` as in WP Fusion's pages."""
    ann = scene.contact()
    _, one = await scene.send(wpf_action="add", contactId=ann.id)
    _, two = await scene.send(wpf_action="add", contact_id=ann.id)

    assert [(await scene.delivery(each["delivery"])).contact for each in (one, two)] == [ann.id] * 2


async def the_old_key_opens_and_another_does_not(scene: Scene) -> None:
    """Its eight characters are taken; what PHP takes for the same number is another key."""
    ann = scene.contact()
    for wrong in ("183000", "183E3486", "", "1.83e3488"):
        pairs = {"access_key": wrong, "wpf_action": "add", "contactId": ann.id}
        status, answer = await scene.bridge.send(data=pairs)
        assert (status, answer["success"]) == (403, False)
        assert WPF_KEY not in answer["error"]
    said = (await scene.command("check")).out

    assert (await scene.post(ann)).state == "done"
    assert "this access key has fewer than" in " ".join(said.split())
    assert WPF_KEY not in said


async def the_test_says_success(scene: Scene) -> None:
    """And keeps nothing."""
    before = len(await scene.bridge.deliveries())
    answers = [
        await scene.send(wpf_action="test"),
        await scene.send(wpf_action="test", contactId="1001"),
    ]

    assert answers == [(200, {"success": True})] * 2
    assert len(await scene.bridge.deliveries()) == before


async def a_post_without_contact_is_refused_with_a_sentence(scene: Scene) -> None:
    """WP Fusion answers 200, so that nobody learns of it."""
    unfilled = ("", "~Contact.Id~", "abc", "0")
    answers = [await scene.send(wpf_action="add", contactId=value) for value in unfilled]

    assert {status for status, _ in answers} == {400}
    assert all("~Contact.Id~" in answer["error"] for _, answer in answers)


async def an_unknown_action_is_refused_with_a_sentence(scene: Scene) -> None:
    """WP Fusion shows the home page, with 200."""
    for action in ("", "updat"):
        status, answer = await scene.send(wpf_action=action, contactId="1001")
        assert status == 400
        assert "update_tags" in answer["error"]


async def an_update_without_user_is_ignored_and_said(scene: Scene) -> None:
    """Nobody is made, nothing fails."""
    ann = scene.contact()
    deliveries = [await scene.post(ann, action) for action in ("update", "update_tags")]

    assert [each.state for each in deliveries] == ["ignored"] * 2
    assert "no user" in deliveries[0].reason
    assert all(user["user_email"] != ann.email() for user in scene.wordpress.users())


async def a_user_without_link_is_found_by_keaps_address(scene: Scene) -> None:
    """WP Fusion needs ``email`` in the Post for it; whoever writes it there chooses the user."""
    ann, eve = scene.contact(), scene.contact()
    unlinked = scene.somebody("unlinked", ann.email() or "")
    await scene.post(eve)
    delivery = await scene.post(ann, "update", email=eve.email() or "")

    assert (delivery.state, delivery.user_id) == ("done", unlinked)
    links = [user["meta"]["infusionsoft_contact_id"] for user in scene.users(ann, eve)]
    assert links == [ann.id, eve.id]


async def a_second_post_in_the_same_minute_counts(scene: Scene) -> None:
    """WP Fusion drops it for 60 seconds; here the newest state of Keap wins."""
    ann = scene.contact()
    await scene.send(wpf_action="add", contactId=ann.id)
    ann.properties["given_name"] = "Anna"
    _, answer = await scene.send(wpf_action="update_tags", contactId=ann.id)
    _, last = await scene.send(wpf_action="update", contactId=ann.id)
    deliveries = [await scene.delivery(each["delivery"]) for each in (answer, last)]

    assert [each.state for each in deliveries] == ["done"] * 2
    assert scene.user(ann)["meta"]["first_name"] == "Anna"


async def a_post_after_a_failed_one_is_worked(scene: Scene) -> None:
    """WP Fusion's lock stays for a minute after a failure."""
    ann = scene.contact(email=None)
    failed = await scene.post(ann)
    ann.properties["email_addresses"] = [{"email": f"{ann.id}@example.com", "field": "EMAIL1"}]
    again = await scene.post(ann)

    assert (failed.state, again.state) == ("failed", "done")


async def asynchronous_posts_do_the_same(scene: Scene) -> None:
    """Whatever ``async`` says; in WP Fusion it loses the mail."""
    for word in ("true", "false"):
        ann = scene.contact()
        pairs = {"async": word, "role": "member_a", "send_notification": "true"}
        delivery = await scene.post(ann, **pairs)
        assert delivery.state == "done"
        assert scene.user(ann)["roles"] == ["member_a"]
        assert len(scene.mails_to(ann)) == 1


async def a_post_is_kept_while_wordpress_is_down(scene: Scene) -> None:
    """Keap is answered at once, WordPress may be away: WP Fusion is WordPress."""
    ann = scene.contact()
    async with scene.another("down", "") as other:
        with scene.wordpress.down():
            status, answer = await other.send(wpf_action="add", contactId=ann.id)
            async with asyncio.timeout(30):
                while not (await other.bridge.deliveries())[0].reason:  # noqa: ASYNC110 - a person
                    await asyncio.sleep(0.05)
            (waiting,) = await other.bridge.deliveries()

    assert (status, waiting.id, waiting.state) == (200, answer["delivery"], "waiting")


async def a_post_is_for_one_contact(scene: Scene) -> None:
    """WP Fusion takes the first number of several and says nothing."""
    status, answer = await scene.send(wpf_action="add", contactId="1001,1002")

    assert status == 400
    assert "contactId" in answer["error"]


async def flags_are_read_as_words(scene: Scene) -> None:
    """``no`` and ``off`` send the mail in WP Fusion; what is neither yes nor no is refused here."""
    for word, mails in (("no", 0), ("False", 0), ("", 0), ("yes", 1)):
        ann = scene.contact()
        await scene.post(ann, send_notification=word)
        assert len(scene.mails_to(ann)) == mails, word
    status, _ = await scene.send(wpf_action="add", contactId="1001", send_notification="perhaps")

    assert status == 400


async def tags_in_a_post_are_ignored(scene: Scene) -> None:
    """In WP Fusion they take the place of Keap's."""
    gold = scene.sandbox.tenant.find_tag("Gold member").id
    ann = scene.contact(tag_ids=[gold])
    await scene.post(ann)
    delivery = await scene.post(ann, "update_tags", tags="12,34")

    assert (delivery.state, caveats(delivery)) == ("done", set())
    assert scene.user(ann)["meta"]["infusionsoft_tags"] == [gold]
