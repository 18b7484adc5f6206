"""Tags, end to end: what is written of them, and the roles that follow them."""

from pathlib import Path

import pytest

from bridge.demo.wordpress import RunningWordPress
from bridge.surroundings import Surroundings
from keap_client.sandbox import Fault, Sandbox
from tests.bridge.running import RunningBridge, bridge_between, running_bridge, write_config
from tests.bridge.test_trouble import Clock

ZOE = "zoe@example.com"
ROLES = 'tags: {roles: {"Gold member": member_a, "silver MEMBER": member_b}}'
TWO_FOR_ONE = 'tags: {roles: {"Gold member": member_a, "Silver member": member_a}}'
LISTS = "tags: {names: true, dates: true}"

ONE_VERSION = pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)


async def posted(bridge: RunningBridge, action: str, **more: str) -> set[str]:
    """Post for contact 1001, wait, and give the codes of the delivery's caveats."""
    await bridge.post(action=action, **more)
    delivery = (await bridge.settled())[-1]
    assert delivery.state == "done", delivery.reason
    return {each.code for each in delivery.caveats if each.code != "meta_not_registered"}


def roles_of(wordpress: RunningWordPress) -> set[str]:
    """The roles that Zoë has."""
    return set(wordpress.user(ZOE)["roles"])


def hold(sandbox: Sandbox, *names: str) -> None:
    """Let Zoë have exactly these tags."""
    wanted = {sandbox.tenant.find_tag(name).id for name in names}
    for tag_id in [*sandbox.tenant.contacts["1001"].tags]:
        if tag_id not in wanted:
            sandbox.tenant.remove_tag("1001", tag_id)
    for tag_id in sorted(wanted):
        sandbox.tenant.apply_tag("1001", tag_id)


async def test_a_role_comes_and_goes_with_its_tag(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A member would not get in, or one who has left would stay in."""
    hold(sandbox, "Gold member", "Customer")
    async with bridge_between(sandbox, wordpress, tmp_path, more=ROLES) as bridge:
        assert await posted(bridge, "add") == set()
        assert roles_of(wordpress) == {"subscriber", "member_a"}

        hold(sandbox, "Gold member", "Silver member")
        assert await posted(bridge, "update_tags") == set()
        assert roles_of(wordpress) == {"subscriber", "member_a", "member_b"}

        hold(sandbox, "Silver member")
        assert await posted(bridge, "update", role="subscriber") == set()
        assert roles_of(wordpress) == {"subscriber", "member_b"}

        assert await posted(bridge, "update", role="member_a") == {"role_follows_tag"}
        assert roles_of(wordpress) == {"subscriber", "member_b"}


@ONE_VERSION
async def test_two_tags_for_a_role_and_a_user_without_any(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """Who loses one of two tags would lose the role; or a user would be left without any role."""
    hold(sandbox, "Gold member", "Silver member")
    async with bridge_between(sandbox, wordpress, tmp_path, more=TWO_FOR_ONE) as bridge:
        await posted(bridge, "add", role="member_a")
        assert roles_of(wordpress) == {"member_a"}

        hold(sandbox, "Silver member")
        await posted(bridge, "update_tags")
        assert roles_of(wordpress) == {"member_a"}

        hold(sandbox)
        await posted(bridge, "update_tags")
        assert roles_of(wordpress) == {"subscriber"}


@ONE_VERSION
@pytest.mark.parametrize("mode", ["replace", "add", "keep"])
async def test_the_mode_is_about_the_roles_of_posts(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path, mode: str
) -> None:
    """A Post would take away what a tag gave; or "keep" would keep tags out."""
    hold(sandbox)
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress, more=ROLES)
    file.write_text(file.read_text().replace("roles: {allowed", f"roles: {{mode: {mode}, allowed"))
    async with running_bridge(file) as bridge:
        await posted(bridge, "add")
        hold(sandbox, "Gold member")
        await posted(bridge, "update", role="subscriber")
        given = roles_of(wordpress)
        hold(sandbox)
        await posted(bridge, "update")
        left = roles_of(wordpress)

    assert given == {"subscriber", "member_a"}
    assert left == {"subscriber"}


@ONE_VERSION
async def test_a_tag_that_cannot_be_found_takes_no_role(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A tag renamed in Keap, or a list that Keap does not give, would throw members out."""
    hold(sandbox, "Gold member")
    async with bridge_between(sandbox, wordpress, tmp_path, more=ROLES) as bridge:
        await posted(bridge, "add")
    renamed = sandbox.tenant.tags.pop(sandbox.tenant.find_tag("Gold member").id)
    del sandbox.tenant.contacts["1001"].tags[renamed.id]
    sandbox.tenant.apply_tag("1001", sandbox.tenant.add_tag("Golden member").id)
    sandbox.tenant.add_tag("Silver member", category="Sales")
    file = tmp_path / "config.yaml"
    async with running_bridge(file) as bridge:
        codes = await posted(bridge, "update", role="subscriber")
    sandbox.faults.add(Fault("forbidden", path="tags"))
    async with running_bridge(file) as bridge:
        await bridge.post(action="update_tags")
        held = (await bridge.settled())[-1]

    assert codes == {"tag_unknown", "tag_ambiguous"}
    assert roles_of(wordpress) == {"subscriber", "member_a"}
    assert held.state == "held"


@ONE_VERSION
async def test_the_roles_of_the_mighty_do_not_follow_tags(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A tag in Keap would take an administrator's role away, or add one to it."""
    admin = wordpress.admin
    sandbox.tenant.contacts["1001"].properties["email_addresses"][0]["email"] = admin.email
    hold(sandbox, "Gold member")
    async with bridge_between(sandbox, wordpress, tmp_path, more=ROLES) as bridge:
        codes = await posted(bridge, "add")

    assert wordpress.user(admin.email)["roles"] == ["administrator"]
    assert codes == {"privileged_user"}


@ONE_VERSION
async def test_names_and_times_stand_beside_the_ids(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """A name or a time would belong to another tag; or rows would stay of tags that are gone."""
    wordpress = wordpress_with_companion
    hold(sandbox, "Gold member", "Customer")
    tenant = sandbox.tenant
    for number in range(1100):
        tenant.add_tag(f"One of many {number}")
    clock = Clock()
    surroundings = Surroundings(clock=clock)
    async with bridge_between(
        sandbox, wordpress, tmp_path, more=LISTS, surroundings=surroundings
    ) as bridge:
        await posted(bridge, "add")
        meta = wordpress.user(ZOE)["meta"]
        pairs = [*zip(meta["infusionsoft_tags"], meta["infusionsoft_tags_names"], strict=True)]
        times = meta["infusionsoft_tags_dates"]
        calls = sandbox.record.counts()

        late = tenant.add_tag("Made late")
        hold(sandbox, "Made late")
        clock.advance(minutes=2)
        await posted(bridge, "update_tags")
        after = wordpress.user(ZOE)["meta"]
        hold(sandbox)
        await posted(bridge, "update_tags")
        bare = wordpress.user(ZOE)["meta"]

    assert {name for _, name in pairs} == {"Gold member", "Customer"}
    assert all(tenant.tags[tag_id].name == name for tag_id, name in pairs)
    assert len(times) == len(pairs)
    assert all(time.endswith("Z") for time in times)
    assert (calls["GET tags"], calls["GET contacts/{contact_id}/tags"]) == (2, 1)
    assert after["infusionsoft_tags"] == [late.id]
    assert after["infusionsoft_tags_names"] == ["Made late"]
    assert not [key for key in bare if key.startswith("infusionsoft_tags")]
