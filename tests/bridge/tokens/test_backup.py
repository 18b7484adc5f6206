"""The second token: taken when the day's calls of the first are used up, and only then."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import structlog
from aiohttp.test_utils import TestServer

from bridge.config import load
from bridge.server import make_app
from bridge.site import open_site
from bridge.surroundings import Surroundings
from bridge.tokens.backup import WithBackup
from keap_client.account import who_am_i
from keap_client.carrier import Credentials, OneToken
from keap_client.errors import KeapRefused, KeapThrottled
from keap_client.over_aiohttp import Keap
from keap_client.sandbox import Limits, Sandbox
from tests.bridge.cli.calling import write_config
from tests.bridge.store.examples import Clock

SECOND = "KeapAK-second-fedcba98"
LIMITED = Limits(per_second=None, per_minute=None, per_day=2)


@pytest.fixture
def clock(sandbox: Sandbox) -> Clock:
    """The time, here and at Keap."""
    clock = Clock(datetime(2026, 3, 1, 22, tzinfo=UTC))
    sandbox.tenant.clock = clock
    return clock


@pytest.fixture
def tokens(sandbox: Sandbox, clock: Clock) -> WithBackup:
    """Two tokens, of which Keap knows both, with two calls a day each."""
    sandbox.more_tokens.add(SECOND)
    sandbox.quirks = replace(sandbox.quirks, limits=LIMITED)
    return WithBackup(OneToken(Credentials(sandbox.token)), Credentials(SECOND), clock=clock)


@pytest.fixture
async def keap(sandbox: Sandbox, tokens: WithBackup) -> AsyncIterator[Keap]:
    """The carrier that shows them."""
    async with aiohttp.ClientSession() as session:
        yield Keap(session, sandbox.url, tokens)


async def test_it_is_shown_until_midnight(
    sandbox: Sandbox, clock: Clock, tokens: WithBackup, keap: Keap
) -> None:
    """Deliveries would wait until midnight although there are calls left."""
    shown, quotas = [], []
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            await keap.send(who_am_i())
            shown.append(tokens.in_use)
            quotas.append(keap.quota)
        clock.pass_(2 * 3600)
        shown.append(tokens.in_use)
        await keap.send(who_am_i())

    assert shown == ["token", "backup_token", "backup_token", "token"]
    # The first one's is forgotten: it would have the bridge rest until midnight.
    assert [quota and quota.day and quota.day.available for quota in quotas] == [1, None, 1]
    switched = [each for each in logs if each["event"] == "keap_token_switched"]
    assert [each["in_use"] for each in switched] == ["backup_token", "token"]
    assert SECOND not in str(logs)
    assert sandbox.token not in str(logs)


async def test_what_the_first_was_refused_for_is_asked_again_with_the_second(
    sandbox: Sandbox, tokens: WithBackup, keap: Keap
) -> None:
    """What other software uses up would cost an attempt."""
    for _ in range(2):
        sandbox.throttle.take(sandbox.tenant.clock(), LIMITED)

    assert (await keap.send(who_am_i())).email == "olive@example.com"
    assert tokens.in_use == "backup_token"
    assert [each.status for each in sandbox.record.requests] == [429, 200]


async def test_when_both_are_used_up_keap_is_left_alone(
    sandbox: Sandbox, keap: Keap, tokens: WithBackup
) -> None:
    """The bridge would go on asking, or go back to the first."""
    for _ in range(4):
        await keap.send(who_am_i())
    assert keap.quota is not None
    assert keap.quota.day is not None
    assert keap.quota.day.available == 0
    with pytest.raises(KeapThrottled):
        await keap.send(who_am_i())

    assert tokens.in_use == "backup_token"
    assert len(sandbox.record.requests) == 5


async def test_the_minutes_limit_changes_nothing(
    sandbox: Sandbox, keap: Keap, tokens: WithBackup
) -> None:
    """Two tokens would be used to make more calls a minute than Keap wants."""
    sandbox.quirks = replace(sandbox.quirks, limits=Limits(per_minute=0))

    with pytest.raises(KeapThrottled):
        await keap.send(who_am_i())
    assert tokens.in_use == "token"


async def test_a_refused_token_is_not_replaced(
    sandbox: Sandbox, keap: Keap, tokens: WithBackup
) -> None:
    """Nobody would learn that the first token has died."""
    sandbox.token = "KeapAK-changed"

    with pytest.raises(KeapRefused):
        await keap.send(who_am_i())
    assert tokens.in_use == "token"
    assert len(sandbox.record.requests) == 1


async def test_a_clock_that_was_set_back_does_not_keep_the_first_out(
    clock: Clock, keap: Keap, tokens: WithBackup
) -> None:
    """A clock that was a year ahead would keep the backup in use for a year."""
    for _ in range(2):
        await keap.send(who_am_i())
    clock.now -= timedelta(days=3)

    assert tokens.in_use == "token"


def with_backup(file: Path) -> Path:
    """Write the second token into a configuration."""
    text = file.read_text()
    file.write_text(text.replace("keap:\n", f"keap:\n  backup_token: {SECOND}\n"))
    return file


async def test_a_bridge_uses_it_and_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    """The configured token would never be shown, or nobody see which one is."""
    sandbox.more_tokens.add(SECOND)
    sandbox.quirks = replace(sandbox.quirks, limits=replace(LIMITED, per_day=1))
    file = write_config(tmp_path, keap_url=sandbox.url, keap_token=sandbox.token)
    loaded = load(with_backup(file), {})
    async with (
        open_site(loaded.config, version="1", surroundings=Surroundings()) as site,
        TestServer(make_app(site)) as server,
        aiohttp.ClientSession() as client,
    ):
        in_use = []
        for _ in range(2):
            async with client.get(server.make_url("/healthz")) as answer:
                in_use.append((await answer.json())["keap_token"])
            await site.worker._attempt._keap._keap.send(who_am_i())  # type: ignore[attr-defined]  # as an attempt does

    assert in_use == ["token", "backup_token"]
    assert (
        sandbox.more_throttles[SECOND].headers(sandbox.tenant.clock(), LIMITED)[
            "x-keap-product-quota-used"
        ]
        == "1"
    )
