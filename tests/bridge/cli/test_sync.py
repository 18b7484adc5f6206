"""``keap-bridge sync``: who is done, what is told, and when it halts."""

import asyncio
import csv
import io
import json
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.cli.sync_running import _ask_server
from bridge.config import load
from bridge.demo.wordpress import RunningWordPress
from bridge.store import Reader, Store
from bridge.surroundings import now
from bridge.sync_run import Standing, SyncWish
from keap_client.sandbox import Limits, Sandbox
from tests.bridge.cli.calling import call
from tests.bridge.cli.calling import write_config as config_to_nowhere
from tests.bridge.cli.serving import free_port, serving
from tests.bridge.commanding import run
from tests.bridge.running import ACCESS_KEY, write_config

on_6_8 = pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)

CHEAP_PASSWORDS = "add_filter('wp_hash_password_options', function () { return ['cost' => 4]; });"


def members(sandbox: Sandbox, number: int, tag: str = "Silver member") -> list[str]:
    """Give the ids of so many new contacts who have a tag."""
    found = sandbox.tenant.find_tag(tag)
    contacts = [
        sandbox.tenant.add_contact(email=f"m{each}@example.com", given_name=f"M{each}")
        for each in range(number)
    ]
    for contact in contacts:
        sandbox.tenant.apply_tag(contact.id, found.id)
    return [contact.id for contact in contacts]


def store_beside(config: Path) -> Path:
    """Name the store of a configuration."""
    return config.with_name("bridge.db")


@on_6_8
async def test_those_with_a_tag_become_users(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """A site that begins with the bridge would have nobody but those who get a Post."""
    wordpress = wordpress_with_companion
    for contact in list(sandbox.tenant.contacts.values()):
        contact.tags.clear()
    members(sandbox, 40)
    config = write_config(tmp_path, sandbox.url, sandbox.token, wordpress)

    with wordpress.mu_plugin("cheap-passwords", CHEAP_PASSWORDS):
        ended = await run(
            capsys,
            config,
            *("sync", "--tag", "silver MEMBER", "--action", "add", "--role", "member_a"),
        )

    users = wordpress.users()
    assert (ended.code, len(users)) == (0, 40)
    assert {tuple(user["roles"]) for user in users} == {("member_a",)}
    assert ended.out == "40 users changed or made.\n     40  done\n"
    assert "contacts" in ended.err
    assert wordpress.mails() == []
    calls = sandbox.record.counts()
    assert calls["GET tags/{tag_id}/contacts"] == 1
    assert calls["GET contacts"] <= 2


@on_6_8
async def test_the_running_bridge_does_it(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """Nobody could sync without stopping the bridge; its process would be refused the store."""
    listed = members(sandbox, 30)
    port = free_port()
    config = write_config(tmp_path, sandbox.url, sandbox.token, wordpress_with_companion, port=port)
    file = tmp_path / "ids.txt"
    file.write_text("# who was left out\n" + "\r\n".join(listed) + "\n\n999999 # gone\n")

    with wordpress_with_companion.mu_plugin("cheap-passwords", CHEAP_PASSWORDS):
        async with serving(config, port) as bridge:
            ended = await run(capsys, config, "sync", "--contacts", str(file), "--action", "add")
            none = await run(capsys, config, "sync", "--stop")
            begun = await bridge.logged("sync_begun")

    assert (ended.code, begun["kind"]) == (0, "list")
    assert "     30  done\n      1  failed" in ended.out
    assert "The bridge does it" in ended.err
    assert len(wordpress_with_companion.users()) >= 30
    assert (none.code, none.err) == (5, "No sync is under way.\n")


@on_6_8
async def test_the_linked_are_found_in_the_store_and_in_wordpress(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """A site that came from WP Fusion would have users whom no sync ever reaches."""
    wordpress = wordpress_with_companion
    known, fusion, stranger = members(sandbox, 3)
    for contact, login in ((known, "m0"), (fusion, "m1"), (stranger, "m2")):
        link = "" if contact == stranger else "infusionsoft_contact_id"
        wordpress.ask(
            "$id = wp_create_user($args[0], 'secret', $args[0] . '@example.com');"
            "if ($args[2]) update_user_meta($id, $args[2], $args[1]); return $id;",
            *(login, contact, link),
        )
    config = write_config(tmp_path, sandbox.url, sandbox.token, wordpress)
    async with await Store.open(store_beside(config), clock=now, owner="test") as store:
        await store.link(known, wordpress.user("m0@example.com")["ID"])

    ended = await run(capsys, config, "sync", "--linked")

    assert (ended.code, ended.out) == (0, "2 users changed or made.\n      2  done\n")
    first_names = [user["meta"].get("first_name", "") for user in wordpress.users()]
    assert first_names == ["M0", "M1", ""]


@on_6_8
async def test_no_more_users_are_changed_than_allowed(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """A slip in the mapping would reach every user before anybody sees it."""
    wordpress = wordpress_with_companion
    members(sandbox, 12)
    config = write_config(tmp_path, sandbox.url, sandbox.token, wordpress)
    what = ("sync", "--tag", "Silver member", "--action", "add")

    stopped = await run(capsys, config, *what, "--max-changes", "5")
    five = len(wordpress.users())
    still = await run(capsys, config, "sync", "--resume")
    again = await run(capsys, config, "sync", "--resume", "--max-changes", "7")
    seven = len(wordpress.users())
    ended = await run(capsys, config, "sync", "--stop")
    nothing = await run(capsys, config, "sync", "--resume")

    assert (stopped.code, five, again.code, seven) == (5, 5, 5, 7)
    assert (still.code, still.err.splitlines()[-1]) == (5, stopped.err.splitlines()[-1])
    assert "Stopped. 5 users have been changed" in stopped.err
    assert re.fullmatch(r"Ended\. \d+ contacts that were in line .*\n", ended.out)
    assert (nothing.code, nothing.err) == (5, "No sync waits to be gone on with.\n")
    states = Reader.open(store_beside(config)).counts()
    assert (states["done"], states["waiting"], states["running"]) == (7, 0, 0)


@on_6_8
async def test_the_days_last_calls_are_for_posts(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """A backfill would use up Keap's day, and Posts would wait until midnight."""
    limits = Limits(per_second=None, per_minute=None, per_day=20)
    sandbox.quirks = replace(sandbox.quirks, limits=limits)
    for _ in range(16):
        sandbox.throttle.take(now(), limits)
    port = free_port()
    wordpress = wordpress_with_companion
    config = write_config(tmp_path, sandbox.url, sandbox.token, wordpress, port=port)

    async with serving(config, port) as bridge:
        await bridge.post("1001", ACCESS_KEY)  # the answers tell how much is left
        rest = await bridge.logged("syncs_rest")
        standing = await asyncio.to_thread(_sync_all_until_it_waits, config)
        calls = len(sandbox.record.requests)
        await bridge.post("1002", ACCESS_KEY)
        reader = Reader.open(store_beside(config))
        async with asyncio.timeout(20):
            while reader.counts()["done"] < len(["1001", "1002"]):  # noqa: ASYNC110 - from outside
                await asyncio.sleep(0.02)

    assert "keap.reserve_for_posts" in rest["reason"]
    assert standing.run.reason == rest["reason"]
    assert (standing.finished, standing.run.found) == (0, 0)
    assert calls == 1
    assert sandbox.record.last.path.endswith("contacts/1002")


def _sync_all_until_it_waits(config: Path) -> Standing:
    """Ask the running bridge for a sync; give it as it waits for something."""
    loaded = load(config, {})
    assert _ask_server(loaded.config, SyncWish("all"), (), None) == 1
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        standing = Reader.open(store_beside(config)).sync()
        if standing is not None and standing.run.reason:
            return standing
        time.sleep(0.02)
    raise AssertionError(standing)


@on_6_8
async def test_a_dry_run_tells_what_differs_and_writes_nothing(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    tmp_path: Path,
) -> None:
    """An owner could not know before what a sync would do to a thousand users."""
    right, roles, tags, name, nobody = members(sandbox, 5)
    config = write_config(tmp_path, sandbox.url, sandbox.token, wordpress)
    ids = tmp_path / "ids"
    ids.write_text(f"{right}\n{roles}\n{tags}\n{name}\n")
    made = await run(
        capsys,
        config,
        *("sync", "--contacts", str(ids), "--action", "add", "--role", "member_a"),
    )
    assert made.code == 0, made
    wordpress.ask("get_user_by('email', 'm1@example.com')->set_role('member_b'); return 1;")
    sandbox.tenant.apply_tag(tags, sandbox.tenant.find_tag("Customer").id)
    sandbox.tenant.contacts[name].properties["given_name"] = "Renamed"
    before = wordpress.users()
    ids.write_text(f"{ids.read_text()}{nobody}\n999999\n")
    what = ("sync", "--contacts", str(ids), "--action", "add", "--role", "member_a", "--dry-run")

    as_json = await run(capsys, config, *what, "--format", "json")
    as_csv = await run(capsys, config, *what, "--format", "csv")
    table = await run(capsys, config, *what)
    values = await run(capsys, config, *what, "--format", "json", "--show-values")
    halted = await run(capsys, config, *what, "--max-changes", "2")

    assert wordpress.users() == before
    said = json.loads(as_json.out)
    kinds = {each["contact"]: each["kinds"] for each in said["contacts"]}
    # Core shows no user meta that nobody has registered, and writes none.
    tagged = {tags: ["stale_tags"]} if wordpress.companion else {}
    assert kinds == tagged | {
        roles: ["wrong_roles"],
        name: ["other_fields"],
        nobody: ["missing_user"],
        "999999": ["error"],
    }
    assert (said["summary"]["compared"], said["summary"]["would_change"]) == (6, len(kinds) - 1)
    rows = list(csv.DictReader(io.StringIO(as_csv.out)))
    assert {row["contact"]: row["kinds"].split() for row in rows} == kinds
    assert f"6 contacts compared, {len(kinds)} differ." in table.out
    assert "Nothing was written." in table.out
    for ended in (as_json, as_csv, table):
        assert (ended.code, "Renamed" in ended.out, "example.com" in ended.out) == (0, False, False)
    assert "Renamed" in values.out
    assert (halted.code, halted.err) == (5, "Stopped: more than 2 users would be changed.\n")


@on_6_8
async def test_a_dry_run_of_all_reads_in_lists(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """A report about thousands would use up Keap's day."""
    members(sandbox, 300)
    config = write_config(tmp_path, sandbox.url, sandbox.token, wordpress_with_companion)

    ended = await run(capsys, config, "sync", "--all", "--dry-run", "--format", "json")

    said = json.loads(ended.out)["summary"]
    assert (said["compared"], said["missing_user"], said["would_change"]) == (304, 304, 0)
    assert sandbox.record.counts() == {"GET contacts": 3}
    assert not store_beside(config).exists()


async def test_a_tag_that_nobody_can_mean_is_refused(
    capsys: pytest.CaptureFixture[str], sandbox: Sandbox, tmp_path: Path
) -> None:
    """The wrong people would become users."""
    twin = sandbox.tenant.add_tag("Customer")
    first = sandbox.tenant.find_tag("Customer").id
    config = config_to_nowhere(tmp_path, keap_url=sandbox.url, keap_token=sandbox.token)

    unknown = await run(capsys, config, "sync", "--tag", "Nobody")
    several = await run(capsys, config, "sync", "--tag", "customer")

    assert (unknown.code, unknown.err) == (5, 'Keap has no tag "Nobody".\n')
    ids = ", ".join(sorted({first, twin.id}, key=int))
    assert f"name one by its id ({ids})" in several.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Say whom"),
        (["--all", "--linked"], "Say whom"),
        (["--resume", "--dry-run"], "--dry-run is about"),
        (["--all", "--role", "editor"], "not among users.roles.allowed"),
        (["--contacts", "IDS"], "line 2 is no contact's id"),
        (["--contacts", "EMPTY"], "there is no id in it"),
        (["--all", "--max-changes", "0"], "--max-changes"),
    ],
)
def test_an_unclear_wish_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    """Everybody would be done by somebody who meant a few."""
    (tmp_path / "IDS").write_text("1001\nann@example.com\n")
    (tmp_path / "EMPTY").write_text("# nobody\n")
    paths = {"IDS", "EMPTY"}
    config = config_to_nowhere(tmp_path)
    called = [str(tmp_path / each) if each in paths else each for each in arguments]

    ended = call(capsys, "sync", *called, "--config", config)

    assert ended.code == 2
    assert sentence in ended.err
    assert "ann@example.com" not in ended.err


async def test_a_list_that_was_told_in_part_is_asked_for_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Those whose ids were not told in time would be left out without a word."""
    config = config_to_nowhere(tmp_path)
    async with await Store.open(store_beside(config), clock=now, owner="test") as store:
        begun = await store.syncs.begin(SyncWish("list", "x"), None)
        await store.syncs.add_contacts(begun.number, ["1001"], "", complete=False)

    ended = await run(capsys, config, "sync", "--resume")

    assert (ended.code, "give it again with --contacts" in ended.err) == (5, True)


@on_6_8
async def test_on_postgresql_the_command_works_beside_the_others(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
    postgresql_url: str,
) -> None:
    """Hosts that share a database could not sync at all."""
    members(sandbox, 3)
    config = write_config(tmp_path, sandbox.url, sandbox.token, wordpress_with_companion)
    text = config.read_text().replace("sqlite:///bridge.db", postgresql_url)
    config.write_text(text)

    what = ("sync", "--tag", "Silver member", "--action", "add")
    first = await run(capsys, config, *what)
    second = await run(capsys, config, *what)

    assert (first.code, first.err) == (0, first.err)
    assert len(wordpress_with_companion.users()) >= 3
    assert second.out.startswith("0 users changed or made.\n")
    listed = await run(capsys, config, "deliveries")
    assert "  done  sync  user " in listed.out
