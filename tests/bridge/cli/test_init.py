"""``keap-bridge init``: from nothing to a configuration that loads."""

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridge.cli import group
from bridge.config import load
from tests.bridge.cli.calling import call

SECRETS = {
    "KEAP_TOKEN": "KeapAK-5e1f7c3a9d",
    "WP_APPLICATION_PASSWORD": "abcd EFGH 1234 ijkl MNOP 5678",
    "KEAP_BRIDGE_ADMIN_PASSWORD": "correct horse battery",
}
OPTIONS = ("--wordpress-url", "https://www.site.org", "--wordpress-user", "keap-bridge")


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets stand in the environment."""
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)


@pytest.mark.usefixtures("known")
def test_what_it_writes_can_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first thing that an owner does would end with an error."""
    file = tmp_path / "new" / "config.yaml"

    ended = call(capsys, "init", *OPTIONS, "--roles", "gold, on", "--page", "--config", file)

    assert (ended.code, ended.err) == (0, "")
    assert "keap-bridge check" in ended.out
    for name in SECRETS:
        monkeypatch.delenv(name)
    loaded = load(file, {})
    assert loaded.config.users.roles.allowed == ("gold", "on")
    password = loaded.config.server.admin_password
    assert password is not None
    assert password.get_secret_value() == SECRETS["KEAP_BRIDGE_ADMIN_PASSWORD"]
    assert loaded.config.keap.token is not None
    assert loaded.config.keap.token.get_secret_value() == SECRETS["KEAP_TOKEN"]
    assert loaded.warnings == ()


@pytest.mark.usefixtures("known")
def test_nobody_else_reads_what_it_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every account of the machine could post, and read the token."""
    file = tmp_path / "config.yaml"
    call(capsys, "init", *OPTIONS, "--roles", "a", "--page", "--config", file)

    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.rglob("*")}

    assert modes.pop("secrets") == 0o700
    assert set(modes.values()) == {0o600}
    assert len(modes) == 5


@pytest.mark.usefixtures("known")
def test_what_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second call would lock out every campaign that has the key."""
    file = tmp_path / "config.yaml"
    call(capsys, "init", *OPTIONS, "--roles", "a", "--no-page", "--config", file)
    key = (tmp_path / "secrets" / "access_key").read_text()

    again = call(capsys, "init", *OPTIONS, "--roles", "b", "--no-page", "--config", file)
    assert again.code == 5
    assert (tmp_path / "secrets" / "access_key").read_text() == key

    call(capsys, "init", *OPTIONS, "--roles", "b", "--no-page", "--config", file, "--force")
    assert (tmp_path / "secrets" / "access_key").read_text() != key


def test_the_questions_can_be_answered_and_left_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has no token yet could not begin."""
    monkeypatch.chdir(tmp_path)
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    answers = "https://www.site.org\n\nsubscriber\nn\nKeapAK-5e1f7c3a9d\n\n"

    ended = CliRunner().invoke(group, ["init"], input=answers)

    assert ended.exit_code == 0
    assert "has still to be completed" in ended.output
    assert "wordpress.application_password: the secret's file is empty" in ended.output
    assert "keap.token" not in ended.output
    assert "KeapAK-5e1f7c3a9d" not in ended.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_its_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The line in the documentation would do nothing."""
    ended = call(capsys, "completion", shell)

    assert ended.code == 0
    assert f"_KEAP_BRIDGE_COMPLETE={shell}_complete" in ended.out


def test_commands_are_completed() -> None:
    """The script would complete nothing."""
    asked = {"_KEAP_BRIDGE_COMPLETE": "bash_complete", "COMP_WORDS": "keap-bridge res"}

    ended = CliRunner().invoke(group, [], prog_name="keap-bridge", env={**asked, "COMP_CWORD": "1"})

    assert ended.output == "plain,resend\n"
