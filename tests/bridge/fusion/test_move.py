"""The move of docs/from-wp-fusion.md, done as it is written there."""

import re
from pathlib import Path

import pytest

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import HttpPostStep, Manner, Sandbox, send_http_post
from tests.bridge.commanding import run
from tests.bridge.fusion.scene import SOMEBODY, WPF_KEY
from tests.bridge.running import running_bridge

PAGE = Path(__file__).parents[3] / "docs" / "from-wp-fusion.md"
ENDS = """\
keap: {{url: {keap_url}, token: {keap_token}}}
wordpress:
  url: {wordpress_url}
  user: {wordpress_user}
  application_password: "{application_password}"
"""


def pages_configuration(folder: Path, sandbox: Sandbox, wordpress: RunningWordPress) -> Path:
    """Write what the page says, with the addresses and secrets of these two."""
    blocks = re.findall(r"^ *```yaml\n(.*?)^ *```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    lines = [line.removeprefix("   ") for block in blocks[:2] for line in block.splitlines()]
    text = "\n".join(lines).replace("server:", "server:\n  store: sqlite:///bridge.db") + "\n"
    file = folder / "config.yaml"
    file.write_text(
        text
        + ENDS.format(
            keap_url=sandbox.url,
            keap_token=sandbox.token,
            wordpress_url=wordpress.url,
            wordpress_user=wordpress.service.login,
            application_password=wordpress.service.application_password,
        )
    )
    file.chmod(0o600)
    return file


@pytest.mark.parametrize(
    ("wordpress_version", "whole_record"),
    [("6.1", False), ("6.8", True)],
    indirect=["wordpress_version"],
)
async def test_the_move_works_as_written(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
    *,
    whole_record: bool,
) -> None:
    """Whoever follows the page would be stuck, or find users changed that should not be."""
    wordpress = wordpress_with_companion
    wordpress.php("add_role('customer', 'Customer', ['read' => true]);")
    tags = [sandbox.tenant.find_tag(name).id for name in ("Gold member", "Customer")]
    left = '{"infusionsoft_contact_id": "%s", "infusionsoft_tags": ["%s"], "billing_city": "Bonn"}'
    zoe = wordpress.ask(SOMEBODY, "zoe", "old@example.com", left % ("1001", tags[0]))
    jana = wordpress.ask(SOMEBODY, "jana", "joerg.mueller+keap@example.com", left % ("1004", "1"))
    file = pages_configuration(tmp_path, sandbox, wordpress)

    async def said(*arguments: str) -> str:
        ended = await run(capsys, file, *arguments)
        assert ended.code == 0, ended.out + ended.err
        return " ".join(ended.out.split())

    checked = await said("check")
    looked = await said("preview", "1001", "--action", "update")
    drift = await said("sync", "--linked", "--dry-run")
    before = {user["ID"]: user["user_email"] for user in wordpress.users()}

    async with running_bridge(file) as bridge:
        pairs = (("contactId", "~Contact.Id~"), ("access_key", WPF_KEY))
        new = sandbox.tenant.add_contact(given_name="Bo", family_name="Ek", email="bo@example.com")
        for contact, more in (
            ("1001", {"wpf_action": "update", "role": "customer"}),
            ("1004", {"wpf_action": "update_tags", "async": "true"}),
            (new.id, {"wpf_action": "add", "role": "customer", "send_notification": "true"}),
        ):
            step = HttpPostStep(bridge.url, (*pairs, *more.items()))
            who = sandbox.tenant.contacts[contact]
            how = Manner(whole_record=whole_record)
            (sent,) = await send_http_post(step, who, sandbox.tenant, how)
            assert sent.status == 200, sent.body
        states = [each.state for each in await bridge.settled()]
    after = {user["ID"]: user for user in wordpress.users()}

    assert "fewer than 16 characters" in checked
    assert "billing_city" in looked
    assert "zoe@example.com" in looked
    assert drift.count("stale_tags") == 2
    assert before == {zoe: "old@example.com", jana: "joerg.mueller+keap@example.com"}
    assert states == ["done"] * 3
    assert (after[zoe]["user_email"], after[zoe]["user_login"]) == ("zoe@example.com", "zoe")
    assert after[zoe]["roles"] == ["customer"]
    assert after[zoe]["meta"]["infusionsoft_tags"] == tags
    assert (after[zoe]["meta"]["billing_city"], after[zoe]["meta"]["billing_country"]) == (
        "Phoenix",
        "US",
    )
    assert after[jana]["meta"]["billing_city"] == "Bonn"
    assert "infusionsoft_tags" not in after[jana]["meta"]
    assert len(after) == 3
    assert [mail["To"] for mail in wordpress.mails() if "Login Details" in mail["Subject"]] == [
        "bo@example.com"
    ]
    password = sandbox.tenant.custom_value(new.id, "WP Password")
    assert wordpress.log_in("bo@example.com", password)
