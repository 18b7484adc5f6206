"""``keap-bridge companion``: the plugin as files, and how to install it."""

from pathlib import Path

import pytest

from tests.bridge.cli.calling import call
from wp_client.companion import companion_text, companion_version, plugin_zip


def test_without_options_it_says_how_to_install_both_ways(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An owner would have to look elsewhere for what to do with the file."""
    ended = call(capsys, "companion")

    assert ended.code == 0
    for words in (
        f"version {companion_version()}",
        "keap-bridge companion --zip",
        "Upload Plugin",
        "keap-bridge companion --php",
        "wp-content/mu-plugins",
        'role "Keap bridge"',
        "Application Passwords",
        "keap-bridge check",
    ):
        assert words in ended.out


def test_the_files_are_the_companion(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A site would get something else than this version's companion."""
    archive, php = tmp_path / "a.zip", tmp_path / "a.php"
    ended = call(capsys, "companion", "--zip", archive, "--php", php)

    assert ended.code == 0
    assert archive.read_bytes() == plugin_zip()
    assert php.read_text("utf-8") == companion_text()
    assert sorted(tmp_path.iterdir()) == [php, archive]


def test_a_folder_gets_the_file_under_its_usual_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--php …/wp-content/mu-plugins`` would fail, or write nothing that WordPress loads."""
    call(capsys, "companion", "--php", tmp_path, "--zip", tmp_path)

    assert {file.name for file in tmp_path.iterdir()} == {"keap-bridge.php", "keap-bridge.zip"}


def test_the_web_server_can_read_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Root with a strict umask would put a file there that WordPress cannot load."""
    call(capsys, "companion", "--php", tmp_path)

    assert (tmp_path / "keap-bridge.php").stat().st_mode & 0o777 == 0o644


def test_what_is_something_else_is_not_overwritten_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip would destroy a file, or a new version could not replace the old one."""
    file = tmp_path / "wp-config.php"
    file.write_text("<?php // mine\n")
    refused = call(capsys, "companion", "--php", file)

    assert refused.code == 2
    assert "--force" in refused.err
    assert file.read_text() == "<?php // mine\n"
    assert call(capsys, "companion", "--php", file, "--force").code == 0
    assert file.read_text("utf-8") == companion_text()


def test_writing_it_twice_is_fine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A script that installs the companion would fail the second time."""
    codes = [call(capsys, "companion", "--zip", tmp_path).code for _ in range(2)]

    assert codes == [0, 0]


def test_a_folder_that_is_not_there_ends_with_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An owner would see a traceback."""
    ended = call(capsys, "companion", "--zip", tmp_path / "nowhere" / "a.zip")

    assert ended.code == 4
    assert "cannot be written: No such file or directory." in ended.err
