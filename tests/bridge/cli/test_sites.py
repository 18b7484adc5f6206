"""Commands where config.yaml has several sites."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.delivery import NewDelivery
from bridge.store import Reader, Store
from bridge.surroundings import now
from tests.bridge.cli.calling import APPLICATION_PASSWORD, TOKEN, call, write_config

KEYS = {"shop": "0d5f2c9be17a48c3b6e4f0a1", "club": "b6e4f0a10d5f2c9be17a48c3"}
SITE = f"""\
  {{name}}:
    access_keys: [{{key}}]
    store: sqlite:///{{name}}.db
    keap: {{{{url: "http://127.0.0.1:9", token: {TOKEN}-{{name}}}}}}
    wordpress:
      url: http://{{name}}.localhost:9
      application_password: {APPLICATION_PASSWORD}
"""
NEEDS_ONE = [
    ["sheet"],
    ["post", "1001"],
    ["preview", "1001"],
    ["resend", "--state", "held"],
    ["backup", "copy.db"],
    ["fields"],
    ["hooks", "list"],
    ["authorize"],
    ["sync", "--all"],
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration of two sites; each has one delivery, the club's is the newer one."""
    file = tmp_path / "config.yaml"
    file.touch(0o600)
    sites = "".join(SITE.format(name=name, key=key) for name, key in KEYS.items())
    file.write_text(f"server: {{listen: 127.0.0.1:9}}\nsites:\n{sites}")
    for ago, name in enumerate(reversed(KEYS)):
        asyncio.run(keep(tmp_path / f"{name}.db", f"D-{name}", ago))
    return file


async def keep(store: Path, delivery: str, minutes: int) -> None:
    """Keep an HTTP Post that came so long ago."""
    async with await Store.open(store, clock=now, owner="test") as opened:
        await opened.put(NewDelivery(delivery, "7", "add", now() - timedelta(minutes=minutes)))


@pytest.mark.parametrize("arguments", NEEDS_ONE, ids=lambda arguments: arguments[0])
def test_the_site_must_be_said(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """A command would be carried out at the wrong site."""
    ended = call(capsys, *arguments, "--config", file)

    assert ended.code == 2
    assert "Say which site with --site: shop, club." in ended.err


def test_the_site_that_is_named_is_meant(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An owner would paste one site's key into another one's campaign."""
    ended = call(capsys, "sheet", "--show-key", "--site", "club", "--config", file)

    assert "/keap/club" in ended.out
    assert KEYS["club"] in ended.out
    assert KEYS["shop"] not in ended.out


def test_one_of_several_needs_no_name_where_it_is_alone(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An owner with one site under sites: would have to name it again and again."""
    file.write_text(file.read_text().partition("  club:")[0])

    assert "/keap/shop" in call(capsys, "sheet", "--config", file).out


@pytest.mark.parametrize(
    ("several", "said"),
    [
        (True, "There is no site choir: there are shop, club."),
        (False, "There is no site choir: the configuration has no sites:."),
    ],
)
def test_a_site_that_is_not_there_is_said(
    file: Path, capsys: pytest.CaptureFixture[str], *, several: bool, said: str
) -> None:
    """A slip in the name would mean some other site."""
    if not several:
        write_config(file.parent)
    for command in ("sheet", "deliveries", "check"):
        ended = call(capsys, command, "--site", "choir", "--config", file)
        assert (ended.code, said in ended.err) == (2, True)


def test_deliveries_of_all_sites(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A person would have to look at each site to see which Post came last."""
    lines = call(capsys, "deliveries", "--config", file).out.splitlines()
    plain = call(capsys, "deliveries", "--json", "--config", file).out.splitlines()
    newest = call(capsys, "deliveries", "--limit", "1", "--config", file).out.splitlines()
    shops = call(capsys, "deliveries", "--site", "shop", "--config", file).out

    assert [line.split()[0] for line in lines] == ["club", "shop"]
    assert [(json.loads(line)["site"], json.loads(line)["id"]) for line in plain] == [
        ("club", "D-club"),
        ("shop", "D-shop"),
    ]
    assert len(newest) == 1
    assert "D-shop" in shops
    assert "D-club" not in shops


def test_a_timeline_is_found_at_any_site(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who has a delivery's id from the log would have to know its site too."""
    assert "D-shop" in call(capsys, "deliveries", "D-shop", "--config", file).out
    told = call(capsys, "deliveries", "D-shop", "--json", "--config", file).out
    assert json.loads(told)["site"] == "shop"
    nowhere = call(capsys, "deliveries", "D-shop", "--site", "club", "--config", file)
    assert (nowhere.code, nowhere.err) == (5, "There is no delivery D-shop.\n")


def test_check_tells_of_all_sites(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A site whose ends are not there would be found only when its first Post comes."""
    every = call(capsys, "check", "--config", file)
    one = call(capsys, "check", "--site", "club", "--config", file)

    assert every.code == one.code == 4
    for name in KEYS:
        assert f"Keap of {name}: " in every.out
        assert f"WordPress of {name}: " in every.out
    assert "Keap of club: " in one.out
    assert "of shop: " not in one.out


def test_a_resend_reaches_one_site(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Deliveries of another site would be sent again."""
    ended = call(capsys, "resend", "D-club", "--site", "shop", "--config", file)

    assert (ended.code, ended.err) == (5, "There is no delivery D-club.\n")
    assert [each.id for each in Reader.open(file.parent / "shop.db").deliveries()] == ["D-shop"]
