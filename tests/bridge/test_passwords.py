"""The generated password: returned to Keap, put into the mail, never anywhere else."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Sandbox
from tests.bridge.running import bridge_between

ZOE = "zoe@example.com"
FIELD = "WP Password"


def returned(sandbox: Sandbox) -> str:
    """Give what stands in Keap's field for the password."""
    return str(sandbox.tenant.custom_value("1001", FIELD) or "")


@pytest.mark.parametrize("patch", ["replace", "merge"])
async def test_the_password_goes_to_keap_and_logs_in(
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    tmp_path: Path,
    patch: Literal["replace", "merge"],
) -> None:
    """A campaign would mail a password that does not open the account, or lose other fields."""
    sandbox.quirks = replace(sandbox.quirks, custom_fields_patch=patch)
    users = {"return_password_to": FIELD}
    async with bridge_between(sandbox, wordpress, tmp_path, users=users) as bridge:
        await bridge.post(send_notification="true")
        (delivery,) = await bridge.settled()
        steps = [step.name for each in await bridge.timeline(delivery.id) for step in each.steps]

    assert delivery.state == "done"
    assert len(returned(sandbox)) >= 20
    assert wordpress.log_in(ZOE, returned(sandbox))
    assert sandbox.tenant.custom_value("1001", "Country") == "United States"
    assert len(wordpress.mails()) == 1
    assert steps.index("password_returned") < steps.index("notification_sent")


async def test_an_existing_user_keeps_the_password(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """Somebody who has their password would be locked out by a repeated Post."""
    users = {"return_password_to": FIELD}
    async with bridge_between(sandbox, wordpress, tmp_path, users=users) as bridge:
        await bridge.post()
        await bridge.settled()
        first = returned(sandbox)
        await bridge.post()
        await bridge.settled()

    assert returned(sandbox) == first
    assert wordpress.log_in(ZOE, first)


async def test_the_mail_can_hold_the_password(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """``notification: password`` would send a mail without it, or with another one."""
    wordpress = wordpress_with_companion
    users = {"notification": "password", "notify": "always"}
    async with bridge_between(sandbox, wordpress, tmp_path, users=users) as bridge:
        await bridge.post()
        await bridge.settled()

    (mail,) = wordpress.mails()
    found = re.search(r"\b[A-Za-z0-9]{24}\b", mail.get_content())
    assert found
    assert wordpress.log_in(ZOE, found[0])


@pytest.mark.parametrize(
    ("notify", "posted", "mails"),
    [
        ("as_posted", {"send_notification": "true"}, 1),
        ("as_posted", {"send_notification": "false"}, 0),
        ("as_posted", {}, 0),
        ("always", {}, 1),
        ("never", {"send_notification": "true"}, 0),
    ],
)
@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_who_gets_a_mail(
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
    notify: str,
    posted: dict[str, str],
    mails: int,
) -> None:
    """``users.notify`` would not be what happens."""
    users = {"notify": notify}
    async with bridge_between(sandbox, wordpress_with_companion, tmp_path, users=users) as bridge:
        await bridge.post(**posted)
        await bridge.settled()

    assert len(wordpress_with_companion.mails()) == mails


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
@pytest.mark.parametrize(
    ("field", "sentence"),
    [("No such field", "no contact field"), ("Age", "Make a custom field of type Text")],
)
async def test_a_wrong_password_field_holds_before_a_user_is_made(
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
    field: str,
    sentence: str,
) -> None:
    """A user would be made whose password nobody learns."""
    users = {"return_password_to": field}
    async with bridge_between(sandbox, wordpress_with_companion, tmp_path, users=users) as bridge:
        await bridge.post()
        (delivery,) = await bridge.settled()

    assert delivery.state == "held"
    assert sentence in delivery.reason
    assert wordpress_with_companion.users() == []
