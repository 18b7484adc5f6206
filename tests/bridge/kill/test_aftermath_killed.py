"""Killed at any step around the tag of the end: the contact gets it all the same, and one mail."""

import signal

import pytest

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Sandbox
from tests.bridge.kill.host import Host
from tests.bridge.kill.people import People

READY, FAILED = "WP user ready", "WP user failed"
AFTER = f'keap:\n  after: {{done: "{READY}", failed: "{FAILED}"}}\n'


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
@pytest.mark.parametrize("wordpress", ["companion"], indirect=True)
@pytest.mark.parametrize(
    ("state", "point"), [("done", "keap_request_in_flight"), ("failed", "keap_answer")]
)
async def test_the_tag_of_the_end_survives_a_kill(
    host: Host, sandbox: Sandbox, wordpress: RunningWordPress, state: str, point: str
) -> None:
    """A campaign would wait for a tag for ever, or its user would get a second mail."""
    file = host.folder / "config.yaml"
    lines = file.read_text().replace("keap:\n", AFTER, 1)
    file.write_text(lines.replace("return_password_to", "# return_password_to"))  # fewer calls
    people, tenant = People(sandbox, wordpress), sandbox.tenant
    kills, ended = 0, False
    while not ended:
        contact = people.become_contact(kills + 1)
        if state == "failed":
            tenant.contacts[contact].properties["email_addresses"] = []
        async with host.bridge(point, kills + 1) as running:
            host.arm()
            await host.post(contact)
            await host.over(running)
        ended = running.returncode != -signal.SIGKILL
        kills += not ended
    async with host.bridge() as running:
        await host.over(running)

    kept = {each.contact for each in host.deliveries()}
    wanted, other = (READY, FAILED) if state == "done" else (FAILED, READY)
    tags = {each: tenant.contacts[each].tags for each in kept}
    assert kills > 1
    assert {each.state for each in host.deliveries()} == {state}
    assert all(tenant.find_tag(wanted).id in held for held in tags.values())
    assert not any(tenant.find_tag(other).id in held for held in tags.values())
    assert set(people.welcomes().values()) <= {1}
