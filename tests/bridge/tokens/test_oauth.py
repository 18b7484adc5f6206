"""Tokens that are renewed: in time, once, kept before use, on one store or several processes."""

import asyncio
import hashlib
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import structlog

from bridge.store import Store
from bridge.surroundings import now
from bridge.tokens.oauth import OAuthTokens
from bridge.tokens.seal import unseal
from keap_client.account import who_am_i
from keap_client.errors import GrantGone, KeapRefused, NotAuthorised
from keap_client.oauth import OAuthClient, TokenRequest, Tokens
from keap_client.over_aiohttp import Keap, ask_for_tokens
from keap_client.sandbox import Fault, Sandbox
from tests.bridge.store.examples import Clock

BACK = "https://www.site.org/back"
MakeTokens = Callable[..., OAuthTokens]


@pytest.fixture
def clock(sandbox: Sandbox) -> Clock:
    """The time, here and at Keap."""
    clock = Clock()
    sandbox.tenant.clock = clock
    return clock


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    """An empty store."""
    async with await Store.open(tmp_path / "bridge.db", clock=clock, owner="test") as store:
        yield store


@pytest.fixture
def make_tokens(
    sandbox: Sandbox, session: aiohttp.ClientSession, store: Store, clock: Clock
) -> MakeTokens:
    """Gives what renews tokens, as often as processes start."""
    client = OAuthClient(sandbox.oauth.client_id, sandbox.oauth.client_secret)

    async def ask(request: TokenRequest) -> Tokens:
        return await ask_for_tokens(session, f"{sandbox.origin}/token", request)

    def make(
        ask: Callable[[TokenRequest], Awaitable[Tokens]] = ask,
        client: OAuthClient = client,
        **more: Callable[[str], None],
    ) -> OAuthTokens:
        return OAuthTokens(client, store, ask, clock=clock, **more)

    return make


@pytest.fixture
async def tokens(make_tokens: MakeTokens, sandbox: Sandbox) -> OAuthTokens:
    """The same, authorised."""
    made = make_tokens()
    await made.authorise(sandbox.oauth.code_for(BACK), BACK)
    return made


async def test_before_anybody_has_authorised_it_says_so(make_tokens: MakeTokens) -> None:
    """An owner would not know what to run."""
    with pytest.raises(NotAuthorised, match="keap-bridge authorize"):
        await make_tokens().current()


async def test_a_start_finds_what_was_given(
    sandbox: Sandbox, tokens: OAuthTokens, make_tokens: MakeTokens
) -> None:
    """Every start would use up a refresh token, or need a person."""
    shown = await tokens.current()

    assert await make_tokens().current() == shown
    assert shown.token in sandbox.oauth.access_tokens
    assert sandbox.oauth.refreshed == 0


async def test_it_is_renewed_early_and_once_for_all_who_ask(
    sandbox: Sandbox, tokens: OAuthTokens, clock: Clock
) -> None:
    """Hundreds of attempts would use up the one refresh token between them."""
    old = await tokens.current()
    clock.pass_(22 * 3600)
    await asyncio.gather(*(tokens.current() for _ in range(50)))
    new = await tokens.current()

    assert sandbox.oauth.refreshed == 1
    assert new != old
    assert new.token in sandbox.oauth.access_tokens


async def test_one_that_has_run_out_is_renewed_once_for_all_who_ask(
    sandbox: Sandbox, tokens: OAuthTokens, make_tokens: MakeTokens, clock: Clock
) -> None:
    """After a night's sleep of the machine the chain would be lost."""
    del tokens
    asked = []

    async def ask(request: TokenRequest) -> Tokens:
        asked.append(request)
        await asyncio.sleep(0)
        return Tokens.model_validate(sandbox.oauth.issue(clock(), "app"))

    clock.pass_(30 * 3600)
    renewing = make_tokens(ask=ask)
    shown = await asyncio.gather(*(renewing.current() for _ in range(50)))

    assert (len(set(shown)), len(asked)) == (1, 1)


async def test_the_new_refresh_token_is_kept_before_the_access_token_is_used(
    sandbox: Sandbox, store: Store, tokens: OAuthTokens, clock: Clock
) -> None:
    """A crash right after the first use would lose the chain."""
    clock.pass_(30 * 3600)
    shown = await tokens.current()
    sealed = await store.sealed_grant(sandbox.oauth.client_id)

    assert sealed is not None
    client = OAuthClient(sandbox.oauth.client_id, sandbox.oauth.client_secret)
    kept = unseal(sealed, client)
    assert kept.access_token == shown.token
    assert kept.refresh_token in sandbox.oauth.refresh_tokens
    assert shown.token not in sealed


async def test_a_crash_before_it_is_kept_needs_a_person_and_says_so(
    sandbox: Sandbox, tokens: OAuthTokens, make_tokens: MakeTokens, clock: Clock
) -> None:
    """The bridge would try for ever without saying why."""
    clock.pass_(30 * 3600)

    class Crash(Exception):
        """The process ends."""

    def die(point: str) -> None:
        raise Crash(point)

    with pytest.raises(Crash):
        await make_tokens(at=die).current()
    with pytest.raises(GrantGone, match="keap-bridge authorize"):
        await tokens.current()

    await tokens.authorise(sandbox.oauth.code_for(BACK), BACK)
    assert (await tokens.current()).token in sandbox.oauth.access_tokens


async def test_another_process_that_authorises_is_noticed(
    sandbox: Sandbox, tokens: OAuthTokens, make_tokens: MakeTokens, clock: Clock
) -> None:
    """The bridge would have to be started again after ``keap-bridge authorize``."""
    sandbox.oauth.withdraw()
    clock.pass_(30 * 3600)
    with pytest.raises(GrantGone):
        await tokens.current()
    await make_tokens().authorise(sandbox.oauth.code_for(BACK), BACK)

    assert (await tokens.current()).token in sandbox.oauth.access_tokens


async def test_while_the_token_is_good_a_failed_renewal_stops_nobody(
    make_tokens: MakeTokens, tokens: OAuthTokens, clock: Clock
) -> None:
    """A hiccup of Keap's token address would hold everything up, or be asked at every call."""
    asked = []

    async def gone(request: TokenRequest) -> Tokens:
        asked.append(request)
        raise GrantGone

    old = await tokens.current()
    failing = make_tokens(ask=gone)
    await failing.current()
    clock.pass_(22 * 3600)
    with structlog.testing.capture_logs() as logs:
        shown = [await failing.current() for _ in range(5)]
        clock.pass_(61)
        shown.append(await failing.current())

    assert set(shown) == {old}
    assert len(asked) == 2
    assert [each["event"] for each in logs] == ["keap_token_not_renewed"] * 2
    assert "authorize" in logs[0]["reason"]
    clock.pass_(2 * 3600)
    with pytest.raises(GrantGone):
        await failing.current()


async def test_a_token_that_keap_refuses_is_renewed_once_and_the_call_made_again(
    sandbox: Sandbox, tokens: OAuthTokens, session: aiohttp.ClientSession, clock: Clock
) -> None:
    """A token that Keap ends early would hold everything up for a day."""
    keap = Keap(session, sandbox.url, tokens)
    clock.pass_(3600)
    sandbox.oauth.expire()

    assert (await keap.send(who_am_i())).email == "olive@example.com"
    assert [each.status for each in sandbox.record.requests] == [401, 200]
    assert sandbox.oauth.refreshed == 1


async def test_a_new_token_that_is_refused_too_is_not_renewed_again(
    sandbox: Sandbox, tokens: OAuthTokens, session: aiohttp.ClientSession, clock: Clock
) -> None:
    """A Keap that refuses everything would be asked for tokens without end."""
    keap = Keap(session, sandbox.url, tokens)
    clock.pass_(3600)
    sandbox.faults.add(Fault("invalid_token", times=9))

    for _ in range(3):
        with pytest.raises(KeapRefused):
            await keap.send(who_am_i())
    assert sandbox.oauth.refreshed == 1
    assert len(sandbox.record.requests) == 4


async def test_who_gives_up_waiting_does_not_break_the_chain(
    sandbox: Sandbox, store: Store, make_tokens: MakeTokens, tokens: OAuthTokens, clock: Clock
) -> None:
    """A stop of the bridge at the wrong moment would lock it out of Keap."""
    clock.pass_(30 * 3600)
    asked, may_answer = asyncio.Event(), asyncio.Event()
    client = OAuthClient(sandbox.oauth.client_id, sandbox.oauth.client_secret)

    async def slowly(request: TokenRequest) -> Tokens:
        del request
        given = Tokens.model_validate(sandbox.oauth.issue(clock(), "app"))
        asked.set()
        await may_answer.wait()
        return given

    slow = make_tokens(ask=slowly)
    attempt = asyncio.create_task(slow.current())
    await asked.wait()
    attempt.cancel()
    may_answer.set()
    await slow.finish()

    assert await asyncio.gather(attempt, return_exceptions=True)
    sealed = await store.sealed_grant(client.client_id)
    assert sealed is not None
    assert unseal(sealed, client).access_token == list(sandbox.oauth.access_tokens)[-1]
    del tokens


async def test_rights_that_were_taken_away_are_named(
    sandbox: Sandbox, tokens: OAuthTokens, session: aiohttp.ClientSession, clock: Clock
) -> None:
    """The owner would read of a token, and have none."""
    keap = Keap(session, sandbox.url, tokens)
    clock.pass_(3600)
    sandbox.oauth.withdraw()

    with pytest.raises(GrantGone):
        await keap.send(who_am_i())


async def test_a_changed_secret_is_named(tokens: OAuthTokens, make_tokens: MakeTokens) -> None:
    """The owner would look for the fault at Keap."""
    del tokens
    with pytest.raises(NotAuthorised, match="client_secret"):
        await make_tokens(client=OAuthClient("sandbox-client", "changed")).current()


async def test_processes_that_renew_at_once_renew_once(
    sandbox: Sandbox, postgresql_url: str
) -> None:
    """Two hosts would use up one refresh token, and both be locked out of Keap."""
    oauth = sandbox.oauth
    client = OAuthClient(oauth.client_id, oauth.client_secret)

    async def ask(request: TokenRequest) -> Tokens:
        async with aiohttp.ClientSession() as session:
            return await ask_for_tokens(session, f"{sandbox.origin}/token", request)

    async with await Store.open(postgresql_url, clock=now, owner="test") as store:
        # Given two days ago: it has run out.
        tokens = OAuthTokens(client, store, ask, clock=lambda: now() - timedelta(days=2))
        await tokens.authorise(oauth.code_for(BACK), BACK)
    program = (sys.executable, "-m", "tests.bridge.tokens.program_renew", postgresql_url)
    arguments = (f"{sandbox.origin}/token", oauth.client_id, oauth.client_secret)
    hosts = [
        await asyncio.create_subprocess_exec(*program, *arguments, stdin=PIPE, stdout=PIPE)
        for _ in range(3)
    ]
    for host in hosts:
        assert host.stdout is not None
        assert await host.stdout.readline() == b"ready\n"
    said = await asyncio.gather(*(host.communicate(b"\n") for host in hosts))

    newest = list(oauth.access_tokens)[-1]
    assert oauth.refreshed == 1
    shown = hashlib.sha256(newest.encode()).hexdigest()
    assert [out.decode().splitlines()[-1] for out, _ in said] == [shown] * 3
