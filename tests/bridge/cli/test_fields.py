"""``keap-bridge fields``: the names that a Keap has, and what a contact has there."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.field_lines import NOT_SHOWN
from keap_client.sandbox import Fault, Sandbox
from tests.bridge.cli.calling import call, write_config
from tests.bridge.commanding import run


def config(folder: Path, sandbox: Sandbox, more: str = "") -> Path:
    """Write a configuration that leads to the local Keap."""
    file = write_config(folder, keap_url=sandbox.url, keap_token=sandbox.token)
    file.write_text(file.read_text() + more)
    return file


async def test_every_field_has_its_line(
    capsys: pytest.CaptureFixture[str], sandbox: Sandbox, tmp_path: Path
) -> None:
    """An owner could not find out how a field is called, or what it holds."""
    sandbox.quirks = replace(sandbox.quirks, model="filled")

    ended = await run(capsys, config(tmp_path, sandbox), "fields", "--contact", "1001")

    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert ended.code == 0
    assert lines[0] == "write type contact 1001 has"
    assert {"FirstName text Zoë", "Country text USA", "Birthday date 1985-03-15"} <= {*lines}
    assert {"FirstUtmSource text google", "LinkedIn text @zoe", "Phone2 phone_number"} <= {*lines}
    custom = lines[lines.index("Custom fields") + 1 :]
    assert custom[custom.index("_Whatsup dropdown All well") + 1 :][:2] == [
        'also "What\'s up?", "12"',
        'options "All well", "So so"',
    ]


async def test_programs_read_the_same(
    capsys: pytest.CaptureFixture[str], sandbox: Sandbox, tmp_path: Path
) -> None:
    """A program would have to read a table made for people."""
    sandbox.quirks = replace(sandbox.quirks, model="filled")

    ended = await run(capsys, config(tmp_path, sandbox), "fields", "--contact", "1001", "--json")

    fields = {field["name"]: field for field in json.loads(ended.out)}
    assert fields["_Whatsup"] == {
        "name": "_Whatsup",
        "other_names": ["What's up?", "12"],
        "custom": True,
        "label": "What's up?",
        "type": "dropdown",
        "options": ["All well", "So so"],
        "example": "All well",
    }
    assert (fields["Email"]["custom"], fields["Email"]["example"]) == (False, "zoe@example.com")
    assert fields["Fax1"]["example"] is None


async def test_the_newest_contact_is_the_example(
    capsys: pytest.CaptureFixture[str], sandbox: Sandbox, tmp_path: Path
) -> None:
    """Without an id there would be no examples; an empty Keap would be an error."""
    file = config(tmp_path, sandbox)
    newest = await run(capsys, file, "fields")
    calls = len(sandbox.record.requests)
    sandbox.tenant.contacts.clear()
    sandbox.tenant.custom_fields.clear()
    empty = await run(capsys, file, "fields")

    assert "contact 1004 has" in newest.out
    assert "Jana" in newest.out
    assert calls == 2
    assert (empty.code, empty.out.splitlines()[-1]) == (0, "No custom fields.")
    assert "no contact to show" in empty.out


async def test_no_secret_is_shown(
    capsys: pytest.CaptureFixture[str], sandbox: Sandbox, tmp_path: Path
) -> None:
    """A password, or a social security number, would stand on a screen and in its history."""
    tenant = sandbox.tenant
    tenant.add_custom_field("SSN", field_type="SOCIAL_SECURITY_NUMBER")
    tenant.add_custom_field("Door code")
    for label in ("WP Password", "SSN", "Door code"):
        tenant.set_custom("1001", label, "s3cret-9")
    file = config(tmp_path, sandbox, "  return_password_to: Door code\n")

    for arguments in ((), ("--json",)):
        ended = await run(capsys, file, "fields", "--contact", "1001", *arguments)
        assert "s3cret-9" not in ended.out
        assert ended.out.count(NOT_SHOWN) == 3


async def test_what_cannot_be_shown_is_said(
    capsys: pytest.CaptureFixture[str], sandbox: Sandbox, tmp_path: Path
) -> None:
    """A typing mistake, or a token that has run out, would end in a traceback."""
    file = config(tmp_path, sandbox, "  return_password_to: _Age\n")
    unknown = await run(capsys, file, "fields", "--contact", "4711")
    fine = await run(capsys, file, "fields")
    sandbox.faults.add(Fault("invalid_token"))
    refused = await run(capsys, file, "fields")
    misspelt = call(capsys, "fields", "--contact", "zoe", "--config", file)

    assert (unknown.code, fine.code, refused.code, misspelt.code) == (5, 0, 5, 2)
    assert "Keap has no contact 4711" in unknown.err
    assert "--contact is a contact's id" in misspelt.err
