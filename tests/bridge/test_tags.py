"""Tags, end to end: what is written of them, the roles that follow them, the tags of the end."""

from pathlib import Path

import pytest

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Fault, Sandbox
from tests.bridge.running import RunningBridge, bridge_between

ZOE = "zoe@example.com"
ROLES = 'tags: {roles: {"Gold member": member_a, "silver MEMBER": member_b}}'
PLATINUM = 'tags: {roles: {"Gold member": member_a, Platinum: member_a}}'


async def posted(bridge: RunningBridge, action: str, **more: str) -> set[str]:
    """Post for contact 1001, wait, and give the codes of the delivery's caveats."""
    await bridge.post(action=action, **more)
    delivery = (await bridge.settled())[-1]
    assert delivery.state == "done", delivery.reason
    return {each.code for each in delivery.caveats if not each.code.startswith("meta_")}


def roles_of(wordpress: RunningWordPress) -> set[str]:
    """The roles that Zoë has."""
    return set(wordpress.user(ZOE)["roles"])


def tag(sandbox: Sandbox, name: str) -> str:
    """The id of a tag."""
    return sandbox.tenant.find_tag(name).id


async def test_a_role_comes_and_goes_with_its_tag(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A member would not get in, or one who has left would stay in."""
    gold, silver = tag(sandbox, "Gold member"), tag(sandbox, "Silver member")
    tenant = sandbox.tenant
    tenant.remove_tag("1001", silver)
    async with bridge_between(sandbox, wordpress, tmp_path, more=ROLES) as bridge:
        assert await posted(bridge, "add") == set()
        assert roles_of(wordpress) == {"subscriber", "member_a"}

        tenant.apply_tag("1001", silver)
        assert await posted(bridge, "update_tags") == set()
        assert roles_of(wordpress) == {"subscriber", "member_a", "member_b"}

        tenant.remove_tag("1001", gold)
        assert await posted(bridge, "update", role="subscriber") == set()
        assert roles_of(wordpress) == {"subscriber", "member_b"}

        assert await posted(bridge, "update", role="member_a") == {"role_follows_tag"}
        assert roles_of(wordpress) == {"subscriber", "member_b"}


@pytest.mark.parametrize("mode", ["replace", "add", "keep"])
async def test_the_mode_is_about_the_roles_of_posts(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path, mode: str
) -> None:
    """A Post would take away what a tag gave; or "keep" would keep tags out."""
    gold = tag(sandbox, "Gold member")
    users = f"users: {{roles: {{allowed: [subscriber, member_a, member_b], mode: {mode}}}}}\n"
    more = 'tags: {roles: {"Gold member": member_a}}'
    sandbox.tenant.remove_tag("1001", gold)
    async with bridge_between(sandbox, wordpress, tmp_path, more=more) as bridge:
        await posted(bridge, "add")
    file = tmp_path / "config.yaml"
    lines = file.read_text().replace("users:\n  roles: {allowed", "users:\n  roles: {mode: "
                                     + mode + ", allowed")
    del users
    file.write_text(lines)
    from tests.bridge.running import running_bridge
    sandbox.tenant.apply_tag("1001", gold)
    async with running_bridge(file) as bridge:
        await posted(bridge, "update", role="member_b")
        given = roles_of(wordpress)
        sandbox.tenant.remove_tag("1001", gold)
        await posted(bridge, "update")
        left = roles_of(wordpress)

    kept = {"replace": {"member_b"}, "add": {"subscriber", "member_b"}, "keep": {"subscriber"}}
    assert given == kept[mode] | {"member_a"}
    assert left == kept[mode]
