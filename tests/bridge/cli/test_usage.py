"""What all commands share: help, exit codes, mistakes."""

import subprocess
import sys
from pathlib import Path

import pytest

from bridge.cli import COMMANDS
from tests.bridge.cli.calling import call, write_config

WRITES_CONFIG = "init"
READS_CONFIG = [
    name for name in COMMANDS if name not in {WRITES_CONFIG, "companion", "completion", "demo"}
]
ARGUMENTS = {
    "resend": ["--state", "held"],
    "post": ["1001"],
    "preview": ["1001"],
    "backup": ["copy.db"],
    "sync": ["--all"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_lists_the_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An owner could not find out what a command takes, or the command does not exist."""
    ended = call(capsys, name, "--help")

    assert ended.code == 0
    assert ended.out.startswith(f"Usage: keap-bridge {name} ")
    assert "Options:" in ended.out
    assert ("--config FILE" in ended.out) == (name in {WRITES_CONFIG, *READS_CONFIG})


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_the_help_lists_all_commands_and_exit_codes(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """An owner could not know what there is, or a script what an exit code means."""
    ended = call(capsys, *arguments)
    shown = " ".join((ended.out + ended.err).split())

    assert all(f"{name} {says}" in shown for name, says in COMMANDS.items())
    assert "0 ok, 1 bug, 2 usage, 3 configuration, 4 cannot reach, 5 refused" in shown


def test_a_slip_in_a_commands_name_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    """An owner would have to look the name up."""
    ended = call(capsys, "delivery")

    assert ended.code == 2
    assert 'There is no command "delivery". Did you mean "deliveries"?' in ended.err


def test_a_word_like_no_command_gets_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    """A suggestion would lead nowhere."""
    ended = call(capsys, "xyz")

    assert ended.code == 2
    assert "There are init, serve, check, post" in ended.err


def test_an_unknown_option_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped option would be ignored."""
    ended = call(capsys, "sheet", "--show-keys")

    assert ended.code == 2
    assert "--show-key" in ended.err


@pytest.mark.parametrize("name", READS_CONFIG)
def test_a_wrong_configuration_ends_with_3_and_every_mistake(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mistakes would come one at a time, without their lines, or something starts with them."""
    file = write_config(tmp_path)
    text = file.read_text().replace("listen:", "listn:").replace("roles:", "rolls:")
    file.write_text(text)
    ended = call(capsys, name, *ARGUMENTS.get(name, []), "--config", file)

    said = ended.out if name == "check" else ended.err
    assert ended.code == 3
    for line, key, meant in ((2, "server.listn", "listen"), (12, "users.rolls", "roles")):
        assert f"config.yaml:{line}: {key}: there is no such key" in said
        assert f'did you mean "{meant}"?' in said


def test_no_configuration_ends_with_3_and_says_where_to_get_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first thing that a new owner sees would be a traceback."""
    ended = call(capsys, "sheet", "--config", tmp_path / "config.yaml")

    assert ended.code == 3
    assert "copy config.yaml, the commented example" in ended.err


def test_version_needs_no_library_of_the_server() -> None:
    """Every command would wait for libraries that it does not use."""
    listing = _python("-X", "importtime", "-m", "bridge.cli", "--version")

    assert listing.returncode == 0
    assert listing.stdout.startswith(b"keap-bridge ")
    imported = {line.rpartition(b"|")[2].strip() for line in listing.stderr.splitlines()}
    assert b"click" in imported
    assert not imported & {b"aiohttp", b"sqlalchemy", b"pydantic", b"structlog", b"requests"}


def _python(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603 - this very program
        [sys.executable, *arguments],
        capture_output=True,
        check=False,
    )
