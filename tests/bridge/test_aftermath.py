"""The tags by which Keap learns how a delivery ended: ``keap.after``."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bridge.demo.wordpress import RunningWordPress
from bridge.surroundings import Surroundings
from keap_client.sandbox import Fault, Sandbox
from tests.bridge.running import running_bridge, write_config
from tests.bridge.test_bursts import CHEAP_PASSWORDS, all_of, keep, people
from tests.bridge.test_trouble import Clock, tried, until

READY, FAILED = "WP user ready", "WP user failed"
AFTER = f'{{done: "{READY}", failed: "{FAILED}"}}'
APPLY = "POST tags/{tag_id}/contacts:applyTags"
NAMELESS = "1003"
"""A contact without an e-mail address, who can never have a user."""

ONE_VERSION = pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)


def config_of(
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    folder: Path,
    *,
    after: str = AFTER,
    users: Mapping[str, str] | None = None,
) -> Path:
    """Write a configuration with tags for both ends."""
    file = write_config(folder, sandbox.url, sandbox.token, wordpress, users=users)
    file.write_text(file.read_text().replace("keap:\n", f"keap:\n  after: {after}\n", 1))
    return file


def has(sandbox: Sandbox, contact: str, name: str) -> bool:
    """Whether a contact has a tag."""
    return sandbox.tenant.find_tag(name).id in sandbox.tenant.contacts[contact].tags


@ONE_VERSION
async def test_the_tag_comes_last(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A campaign would go on, and mail the password, before it is there."""
    users = {"return_password_to": "WP Password", "notify": "always"}
    file = config_of(sandbox, wordpress, tmp_path, users=users)
    async with running_bridge(file) as bridge:
        await bridge.post()
        await bridge.post(NAMELESS)
        done, failed = await bridge.settled()
        (attempt,) = await bridge.timeline(done.id)

    calls = [(each.endpoint, b"1001" in each.body) for each in sandbox.record.requests]
    steps = [step.name for step in attempt.steps]
    assert (done.state, failed.state) == ("done", "failed")
    assert has(sandbox, "1001", READY)
    assert not has(sandbox, "1001", FAILED)
    assert has(sandbox, NAMELESS, FAILED)
    assert not has(sandbox, NAMELESS, READY)
    assert calls.index(("PATCH contacts/{contact_id}", False)) < calls.index((APPLY, True))
    assert steps[-2:] == ["notification_sent", "tag_applied"]


@ONE_VERSION
@pytest.mark.parametrize("carried_out", [False, True])
async def test_a_tag_that_keap_does_not_take_is_applied_later_and_nothing_else_again(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path, *, carried_out: bool
) -> None:
    """The campaign would stand still; or the user would get a second mail, or a dead link."""
    users = {"notify": "always", "notification": "password"}
    file = config_of(sandbox, wordpress, tmp_path, users=users)
    sandbox.faults.add(Fault("error_json", method="POST", carried_out=carried_out))
    clock = Clock()
    async with running_bridge(file, Surroundings(clock=clock)) as bridge:
        await bridge.post()
        await until(bridge, tried)
        clock.advance(seconds=10)
        await bridge.post("999999")
        done, _ = await bridge.settled()

    welcomes = [mail for mail in wordpress.mails() if mail["To"] == "zoe@example.com"]
    assert (done.state, done.attempts) == ("done", 2)
    assert has(sandbox, "1001", READY)
    assert len(welcomes) == 1


@ONE_VERSION
async def test_a_failure_waits_until_keap_knows(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """Keap would never learn of a failure that it could not be told at once."""
    file = config_of(sandbox, wordpress, tmp_path)
    sandbox.faults.add(Fault("bad_gateway", method="POST"))
    clock = Clock()
    async with running_bridge(file, Surroundings(clock=clock)) as bridge:
        await bridge.post(NAMELESS)
        (waiting, *_) = await until(bridge, tried)
        clock.advance(seconds=10)
        await bridge.post("1001")
        failed, _ = await bridge.settled()

    assert "no e-mail address" in waiting.reason
    assert "Keap could not be told yet" in waiting.reason
    assert (failed.state, failed.attempts) == ("failed", 2)
    assert has(sandbox, NAMELESS, FAILED)


@ONE_VERSION
@pytest.mark.parametrize(
    ("after", "refused", "states", "codes"),
    [
        ("{done: Nope, failed: Nope too}", None, ("done", "failed"), ("tag_unknown",) * 2),
        ("{done: customer, failed: '95'}", None, ("done", "failed"), (None, None)),
        (
            AFTER,
            Fault("forbidden", times=9, method="POST"),
            ("held", "failed"),
            (None, "failure_not_told"),
        ),
    ],
)
async def test_what_stands_in_the_way_for_good_is_said(
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    tmp_path: Path,
    after: str,
    refused: Fault | None,
    states: tuple[str, str],
    codes: tuple[str | None, str | None],
) -> None:
    """A misspelt tag would keep deliveries waiting for days; or nobody would see it."""
    if refused is not None:
        sandbox.faults.add(refused)
    file = config_of(sandbox, wordpress, tmp_path, after=after)
    async with running_bridge(file) as bridge:
        await bridge.post()
        first = await bridge.settled()
        await bridge.post(NAMELESS)
        second = await bridge.settled()

    ended = (first[0], second[-1])
    said = [
        {each.code for each in delivery.caveats} - {"meta_not_registered"} for delivery in ended
    ]
    assert tuple(each.state for each in ended) == states
    assert said == [{code} if code else set() for code in codes]


@ONE_VERSION
async def test_a_burst_shares_the_calls(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """Each Post would cost a call of Keap's minute."""
    contacts = people(sandbox, 300)
    await keep(tmp_path, contacts)
    file = config_of(sandbox, wordpress_with_companion, tmp_path)
    # As far away as Keap is: in no time at all nothing could come together.
    sandbox.faults.add(Fault("slow", times=300, method="POST", seconds=0.2))
    with wordpress_with_companion.mu_plugin("cheap-passwords", CHEAP_PASSWORDS):
        async with running_bridge(file) as bridge:
            await bridge.settled()
            ended = all_of(bridge)

    assert {each.state for each in ended} == {"done"}
    assert all(has(sandbox, contact, READY) for contact in contacts)
    assert len(sandbox.record.requests) <= 20
