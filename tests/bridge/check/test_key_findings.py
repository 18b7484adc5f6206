"""What ``check`` says of access keys, and of where Posts come from."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.check.keys import on_keys, on_proxies
from bridge.check.questions import ask_store
from bridge.config import Server
from bridge.store import Store
from tests.bridge.check.examples import Said, assert_says, config_with

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = "f3a9c1d27b5e4086a1c4e2b9"


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"new": 0}, [("ok", '"new" was last used today'), ("ok", '"old" has not been used yet')]),
        ({"new": 0, "old": 1}, [("ok", "today"), ("ok", '"old" was last used a day ago')]),
        ({"new": 2, "old": 29}, [("ok", "2 days ago"), ("ok", '"old" was last used 29 days ago')]),
        (
            {"new": 0, "old": 40},
            [("ok", "today"), ("warning", '"old" was last used 40 days ago: it can go')],
        ),
        # Nobody has posted for long: that says nothing of either.
        ({"old": 90}, [("ok", "not been used"), ("ok", '"old" was last used 90 days ago')]),
        ({}, [("ok", '"new" has not been used yet'), ("ok", '"old" has not been used yet')]),
        ({"gone": 3}, [("ok", "not been used"), ("ok", "not been used")]),
    ],
)
def test_a_key_that_nobody_uses_can_go(days: dict[str, int], said: list[Said]) -> None:
    """An old key would open for ever, or one be taken out that a campaign still has."""
    uses = {name: NOW - timedelta(days=ago) for name, ago in days.items()}

    assert_says(on_keys(["new", "old"], uses, NOW), *said)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({}, [("ok", "server.proxies: [127.0.0.1]")]),
        ({"proxies": ["127.0.0.1"]}, []),
        ({"listen": "0.0.0.0:8080"}, []),
        ({"allow_from": ["203.0.113.0/24"]}, [("problem", "keeps every Post out")]),
        ({"allow_from": ["203.0.113.0/24"], "proxies": ["127.0.0.1"]}, []),
    ],
)
def test_a_proxy_that_nobody_named_is_told(written: dict[str, object], said: list[Said]) -> None:
    """Nobody would know why guessing costs nothing, or why every Post is refused."""
    server = Server.model_validate({"access_keys": [KEY], **written})

    assert_says(on_proxies(server), *said)


async def test_the_store_knows_when_a_key_was_used(tmp_path: Path) -> None:
    """``check`` would say that no key was ever used."""
    config = config_with(tmp_path)
    assert_says(ask_store(config, NOW), ("ok", "server.proxies"))
    async with await Store.open(config.server.store, clock=lambda: NOW, owner="test") as store:
        store.key_uses.used("key 1")

    assert_says(
        ask_store(config, NOW + timedelta(days=3)),
        ("ok", "server.proxies"),
        ("ok", 'the access key "key 1" was last used 3 days ago'),
    )
