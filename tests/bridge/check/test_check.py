"""The whole command, between a local Keap and the real WordPress."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Fault, Limits, Quirks, Sandbox
from tests.bridge.check.command import problems, warnings, with_password
from tests.bridge.commanding import run
from tests.bridge.running import running_bridge, write_config

OWN_META = "return array_diff_key(get_user_meta($args[0]), ['_application_passwords' => 1]);"
LIMITS = Limits(per_second=None, per_minute=240, per_day=30_000)


async def test_where_all_is_well_the_check_says_so(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """A site that is ready would be searched for faults that it does not have."""
    sandbox.quirks = Quirks(limits=LIMITS)
    users = {"return_password_to": "_WPPassword"}
    wordpress = wordpress_with_companion
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress, users=users)
    before = wordpress.users(), wordpress.ask(OWN_META, str(wordpress.service.id))

    ended = await run(capsys, file, "check")

    assert (ended.code, problems(ended), warnings(ended)) == (0, [], [])
    assert ended.out.endswith("\nReady: no problems, no warnings.\n")
    for words in (
        "Keap: the token works (app ab103",
        "29,998 of the token's 30,000 calls are left today",
        f"WordPress {wordpress.version}",
        "roles subscriber, member_a, member_b",
        "user meta infusionsoft_tags, infusionsoft_contact_id",
        "_WPPassword",
    ):
        assert words in " ".join(ended.out.split())
    after = wordpress.users(), wordpress.ask(OWN_META, str(wordpress.service.id))
    assert before == after
    assert {request.method for request in sandbox.record.requests} == {"GET"}


async def test_a_wrong_token_hides_nothing_of_wordpress(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    tmp_path: Path,
) -> None:
    """Two faults would take two rounds to find; or the token would be printed."""
    token = "KeapAK-somebody-elses-0123456789"
    site = with_password(wordpress, "abcd EFGH ijkl MNOP qrst UVWX")
    file = write_config(tmp_path, sandbox.url, token, site)

    ended = await run(capsys, file, "check")

    keap, site_problem = problems(ended)
    assert ended.code == 5
    assert "Keap does not accept the token" in keap
    assert "user name or the application password is wrong" in site_problem
    assert token not in ended.out
    assert "abcd" not in ended.out


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        ("throttled", 5, "too many were made"),
        ("error_html", 4, "HTTP 500"),
        ("hang_up", 4, "Keap could not be reached"),
        ("forbidden", 5, "may not do this"),
    ],
)
async def test_trouble_with_keap_is_told(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
    fault: Any,
    code: int,
    words: str,
) -> None:
    """A program that starts the check could not tell what to do next."""
    sandbox.faults.add(Fault(fault))
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress_with_companion)

    ended = await run(capsys, file, "check")

    (problem,) = problems(ended)
    assert ended.code == code
    assert words in problem
    assert "were not compared" in warnings(ended)[-1]


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_keap_fields_that_are_not_there_are_named(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """A misspelt field would stay empty for every user."""
    fields = "fields: {first_name: FirstNam, visited: Last visti, user_email: Email}\n"
    users = {"return_password_to": "_LastVisit"}
    site = wordpress_with_companion
    file = write_config(tmp_path, sandbox.url, sandbox.token, site, users=users, more=fields)

    ended = await run(capsys, file, "check")

    first, visited, password = problems(ended)
    assert ended.code == 5
    assert "first_name" in first
    assert "Did you mean FirstName" in first
    assert "Last visit" in visited
    assert "DATE_TIME" in password


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_ends_out_of_reach_are_all_told(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """The first end that is down would hide the others."""
    (tmp_path / "taken").write_text("no folder")
    site = replace(wordpress_with_companion, url="http://127.0.0.1:9")
    file = write_config(tmp_path, "http://127.0.0.1:9/rest/v2", sandbox.token, site)
    file.write_text(file.read_text().replace("sqlite:///bridge.db", "sqlite:///taken/bridge.db"))

    ended = await run(capsys, file, "check")

    keap, wordpress, store = problems(ended)
    assert ended.code == 4
    assert "Keap could not be reached" in keap
    assert "WordPress gave no answer" in wordpress
    assert "Not a directory" in store


async def test_mistakes_in_the_file_end_the_check(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Questions would be asked with half a configuration."""
    file = tmp_path / "config.yaml"
    file.write_text("server:\n  lisen: 127.0.0.1:8080\nkeap: {calls_per_minute: 999}\n")

    ended = await run(capsys, file, "check")
    machine = await run(capsys, file, "check", "--json")

    assert ended.code == machine.code == 3
    assert any("config.yaml:2: server.lisen" in each for each in problems(ended))
    assert any("calls_per_minute" in each for each in problems(ended))
    assert {each["level"] for each in json.loads(machine.out)["findings"]} == {"problem"}


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_programs_get_json_and_warnings_of_the_file(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """Monitoring would have to read sentences; an open file would go unsaid."""
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress_with_companion)
    file.chmod(0o644)

    ended = await run(capsys, file, "check", "--json")

    said = json.loads(ended.out)
    assert ended.code == 0
    assert said["summary"].startswith("Ready")
    assert {each["about"] for each in said["findings"] if each["level"] == "warning"} == {
        "config.yaml:3",
        "config.yaml:7",
        "config.yaml:11",
    }
    assert set(said["findings"][0]) == {"level", "about", "sentence", "advice", "out_of_reach"}


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_who_listens_at_the_door_is_told(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """``serve`` would not start, and nobody would see that another program has its place."""
    wordpress = wordpress_with_companion
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress)
    async with running_bridge(file) as bridge:
        port = int(bridge.url.split(":")[2].split("/")[0])
        write_config(tmp_path, sandbox.url, sandbox.token, wordpress, port=port)
        running = await run(capsys, file, "check")
    write_config(tmp_path, sandbox.url, sandbox.token, wordpress, port=port)
    stopped = await run(capsys, file, "check")
    port = int(wordpress.url.rsplit(":", 1)[1])
    write_config(tmp_path, sandbox.url, sandbox.token, wordpress, port=port)
    taken = await run(capsys, file, "check")

    assert "serve is running at" in running.out
    assert "is not running at" in stopped.out
    assert (running.code, stopped.code, taken.code) == (0, 0, 5)
    assert "another program listens" in problems(taken)[0]
