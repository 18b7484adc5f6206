"""``keap-bridge sheet``: what an owner types into Keap."""

import re
from pathlib import Path

import pytest

from tests.bridge.cli.calling import ACCESS_KEY, Ended, call, write_config

README = Path(__file__).parents[3] / "README.md"


def sheet(
    capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str, roles: str = "member, gold"
) -> Ended:
    """Call the command with a configuration."""
    file = write_config(folder, roles=roles)
    return call(capsys, "sheet", "--config", file, *arguments)


def pairs_of(ended: Ended) -> dict[str, str]:
    """Give the pairs of the printed sheet."""
    block = ended.out.partition("Name / value pairs\n")[2].partition("\n\n")[0]
    return {
        name: value for name, _, value in (row.strip().partition(" ") for row in block.splitlines())
    }


def test_the_pairs_are_the_ones_that_the_bridge_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an owner copies would be refused, or mean something else."""
    pairs = {name: value.strip() for name, value in pairs_of(sheet(capsys, tmp_path)).items()}

    assert pairs == {
        "contactId": "~Contact.Id~",
        "wpf_action": "add",
        "access_key": "<your access key; --show-key prints it>",
        "role": "member",
        "send_notification": "true",
    }


def test_the_readme_has_the_same_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The README would tell another way than the program."""
    table = re.findall(r"^ +\| `(\w+)` \| `?([^`|]+?)`?[ (|]", README.read_text(), re.MULTILINE)
    pairs = pairs_of(sheet(capsys, tmp_path))

    assert [name for name, _ in table] == list(pairs)
    assert dict(table)["contactId"] == pairs["contactId"].strip()


def test_the_key_is_shown_only_when_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sheet pasted into a mail would give the key away, or the key could not be had."""
    hidden = sheet(capsys, tmp_path)
    shown = sheet(capsys, tmp_path, "--show-key")

    assert ACCESS_KEY not in hidden.out + hidden.err
    assert f"access_key          {ACCESS_KEY}\n" in shown.out


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://b.example.com", "https://b.example.com/keap"),
        ("https://b.example.com/", "https://b.example.com/keap"),
        ("https://b.example.com/keap", "https://b.example.com/keap"),
        ("https://b.example.com:443/in", "https://b.example.com:443/in/keap"),
    ],
)
def test_the_address_ends_with_the_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: str, address: str
) -> None:
    """Keap would post to a page that does not exist."""
    assert f"\n  {address}\n" in sheet(capsys, tmp_path, "--url", given).out


def test_without_url_the_sheet_says_what_belongs_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An owner would copy an address that is nobody's."""
    assert "https://<the address of your reverse proxy>/keap" in sheet(capsys, tmp_path).out


@pytest.mark.parametrize("url", ["b.example.com", "https://b.example.com:8443/keap", "https://:x"])
def test_an_address_that_keap_cannot_post_to_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    """Keap's HTTP Post would never arrive, and nobody would learn why."""
    ended = sheet(capsys, tmp_path, "--url", url)

    assert ended.code == 2
    assert "443 and 80" in ended.err


def test_a_role_is_one_of_the_allowed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sheet would lead to deliveries that end with a warning."""
    assert pairs_of(sheet(capsys, tmp_path, "--role", "gold"))["role"].strip() == "gold"
    ended = sheet(capsys, tmp_path, "--role", "editor")
    assert ended.code == 2
    assert "member, gold" in ended.err


def test_where_no_role_may_be_given_none_is_on_the_sheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sheet would name a role that the bridge refuses."""
    ended = sheet(capsys, tmp_path, roles="")

    assert "role" not in pairs_of(ended)
    assert "users.roles.allowed is empty" in ended.out


def test_the_servers_secrets_are_not_needed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An owner would have to put the server's secrets into their own shell to see the sheet."""
    file = tmp_path / "config.yaml"
    file.write_text(
        "server: {access_keys: [{env: NO_SUCH_KEY_HERE}]}\n"
        "keap: {token: {env: NO_SUCH_TOKEN_HERE}}\n"
        "wordpress: {url: 'https://members.site.test', application_password: {env: NO_PASSWORD}}\n"
    )

    assert call(capsys, "sheet", "--config", file).code == 0
    shown = call(capsys, "sheet", "--config", file, "--show-key")
    assert shown.code == 3
    assert "NO_SUCH_KEY_HERE is not set" in shown.err
