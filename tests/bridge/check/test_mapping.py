"""``check --mapping``: what ``fields:`` makes of the contacts that there are."""

from dataclasses import replace
from pathlib import Path

import pytest

from keap_client.sandbox import Sandbox
from tests.bridge.check.command import problems, warnings
from tests.bridge.cli.calling import write_config
from tests.bridge.commanding import run

FIELDS = """\
fields:
  first_name: FirstName
  user_email: Email
  billing_fax: Fax1
  mood: "What's up?"
  since: {from: "What's up?", as: date}
tags: {roles: {"Gold member": gold, Platinum: gold}}
"""


async def test_the_mapping_is_tried_with_contacts(
    capsys: pytest.CaptureFixture[str], sandbox: Sandbox, tmp_path: Path
) -> None:
    """A line that never copies anything, or an option that nobody has, would stay unseen."""
    sandbox.quirks = replace(sandbox.quirks, model="filled")
    file = write_config(tmp_path, keap_url=sandbox.url, keap_token=sandbox.token)
    file.write_text(file.read_text() + FIELDS)
    sandbox.tenant.set_custom("1001", "What's up?", "So so")

    ended = await run(capsys, file, "check", "--mapping", "--contacts", "3")
    text = " ".join(ended.out.split())

    assert "fields: first_name: 3 of 3 contacts have a value" in text
    assert 'fields: mood: nobody has "All well"' in text
    assert any("fields: since: the value of 1 of 3 contacts" in each for each in warnings(ended))
    assert any("billing_fax: empty in all of 3 contacts" in each for each in warnings(ended))
    assert any('tags.roles: there is no tag "Platinum"' in each for each in problems(ended))
    assert "Zo" not in ended.out
    assert sandbox.record.last.values("order_by") == ["update_time desc"]


async def test_without_contacts_the_mapping_cannot_be_tried(
    capsys: pytest.CaptureFixture[str], sandbox: Sandbox, tmp_path: Path
) -> None:
    """An application that is still empty would look like a wrong mapping; or end in a fault."""
    sandbox.tenant.contacts.clear()
    file = write_config(tmp_path, keap_url=sandbox.url, keap_token=sandbox.token)

    ended = await run(capsys, file, "check", "--mapping")

    assert any("no contacts to try" in each for each in warnings(ended))
