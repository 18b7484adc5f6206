"""Killed between any two steps of an ``add``, then started again: one user, one mail at most."""

import signal
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Sandbox
from tests.bridge.kill.host import Host
from tests.bridge.running import free_port, write_config

FIELD = "WP Password"
MORE_THAN_ENOUGH = 120
"""Boundaries; an ``add`` has about forty."""


@pytest.fixture
def host(sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path) -> Host:
    """A machine between a local Keap and a real WordPress."""
    port = free_port()
    users = {"return_password_to": FIELD}
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress, users=users, port=port)
    return Host(file, port)


@pytest.mark.parametrize("wordpress_version", ["6.1"], indirect=True)
async def test_an_add_survives_a_kill_at_every_step(
    host: Host, sandbox: Sandbox, wordpress: RunningWordPress
) -> None:
    """A Post would be lost, a user made twice, mailed twice, or Keap's password would be wrong."""
    died = True
    waiting_for_keap: str | None = None
    step = 0
    while died:
        step += 1
        assert step < MORE_THAN_ENOUGH, "the bridge dies at every boundary, and never gets done"
        contact = sandbox.tenant.add_contact(
            given_name="Ann", family_name=f"Lee {step}", email=f"ann{step}@example.com"
        ).id
        async with host.bridge(die_at=step) as process:
            if waiting_for_keap:  # as Keap repeats a Post that was not answered
                assert await host.post(waiting_for_keap)
            await host.over(process)
            assert process.returncode is None
            host.arm()
            answered = await host.post(contact)
            await host.over(process)
        died = process.returncode == -signal.SIGKILL
        waiting_for_keap = None if answered else contact

    _judge(host, sandbox, wordpress, step)


def _judge(host: Host, sandbox: Sandbox, wordpress: RunningWordPress, steps: int) -> None:
    points = host.died_at.read_text().split()
    assert len(points) == steps - 1
    assert set(points) == {
        "post_read",
        "store_before_commit",
        "store_after_commit",
        "keap_request",
        "keap_answer",
        "wordpress_request",
        "wordpress_answer",
    }
    assert {each.state for each in host.deliveries()} == {"done"}
    users = wordpress.users()
    # Over core alone WordPress also tells people that their password was renewed: documented.
    mails = [
        str(mail["To"]) for mail in wordpress.mails() if "Password Changed" not in mail["Subject"]
    ]
    addresses = [f"ann{step}@example.com" for step in range(1, steps + 1)]
    assert sorted(user["user_email"] for user in users) == sorted(addresses)
    uncertain = {
        each.contact
        for each in host.deliveries()
        if "notification_uncertain" in [caveat.code for caveat in each.caveats]
    }
    for user in users:
        contact = _contact_of(sandbox, user["user_email"])
        password = sandbox.tenant.custom_value(contact, FIELD)
        assert wordpress.log_in(user["user_login"], password), user["user_email"]
        assert user["roles"] == ["member_a"]
        count = mails.count(user["user_email"])
        assert count == 1 or (count == 0 and contact in uncertain), user["user_email"]


def _contact_of(sandbox: Sandbox, email: str) -> str:
    return next(each.id for each in sandbox.tenant.contacts.values() if each.email() == email)


async def test_a_stop_finishes_what_is_under_way(
    host: Host, sandbox: Sandbox, wordpress: RunningWordPress
) -> None:
    """An update of the bridge would cut attempts short, and leave work to guess about."""
    async with host.bridge() as process:
        sandbox.quirks = replace(sandbox.quirks, latency=0.3)
        assert await host.post("1001")
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0

    (delivery,) = host.deliveries()
    assert delivery.state == "done"
    assert len(wordpress.users()) == 1
