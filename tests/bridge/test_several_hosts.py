"""Three bridges on one PostgreSQL database, of which one dies in the middle of a burst."""

import asyncio
import signal
import sys
import time
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import aiohttp
import psycopg
import pytest

from bridge.delivery import Delivery
from bridge.demo.wordpress import RunningWordPress
from bridge.store import Reader
from keap_client.sandbox import Sandbox
from tests.bridge.running import ACCESS_KEY, free_port, write_config
from tests.postgresql import PASSWORD

CONTACTS = 15
REPEATS = 3
CALLS_A_MINUTE = 90
AT_ONCE = 5
"""As :data:`bridge.site.KEAP_AT_ONCE`."""


@dataclass(frozen=True, slots=True)
class Host:
    """One of the bridges."""

    process: Process
    url: str
    log: Path

    async def post(self, client: aiohttp.ClientSession, contact: str) -> str | None:
        """Send an HTTP Post; give the id of its delivery, or nothing if it was not answered."""
        pairs = {"contactId": contact, "wpf_action": "add", "access_key": ACCESS_KEY}
        pairs |= {"role": "member_a", "send_notification": "true"}
        try:
            async with client.post(f"{self.url}/keap", data=pairs) as answer:
                return str((await answer.json())["delivery"]) if answer.status == 200 else None
        except aiohttp.ClientError:
            return None


@asynccontextmanager
async def host(config_file: Path, port: int) -> AsyncIterator[Host]:
    """Run a bridge until the block ends, unless it is killed before."""
    log = config_file.with_name("bridge.log")
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bridge.short_lease", str(config_file)),
            stdout=out,
            stderr=out,
        )
    running = Host(process, f"http://127.0.0.1:{port}", log)
    try:
        await _well(running)
        yield running
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _well(running: Host) -> None:
    async with aiohttp.ClientSession() as client, asyncio.timeout(60):
        while running.process.returncode is None:
            with suppress(aiohttp.ClientConnectionError):
                async with client.get(f"{running.url}/healthz") as answer:
                    assert answer.status == 200
                    return
            await asyncio.sleep(0.05)
    pytest.fail(running.log.read_text()[-3000:])


async def until(store: str, is_so: Callable[[list[Delivery]], bool]) -> list[Delivery]:
    """Wait until the deliveries are as wanted, and give them."""
    reader = Reader.open(store)
    async with asyncio.timeout(90):
        while not is_so(found := await asyncio.to_thread(reader.deliveries, limit=1000)):  # noqa: ASYNC110  it looks from outside
            await asyncio.sleep(0.1)
    return found


def running_at(store: str, process: Process) -> int:
    """How many attempts of a process are under way."""
    with psycopg.connect(store) as connection:
        counted = connection.execute(
            "SELECT count(*) FROM lanes JOIN attempts ON attempts.number = lanes.attempt"
            " WHERE owner LIKE '%%:' || %s",
            [str(process.pid)],
        ).fetchone()
    return counted[0] if counted else 0


def attempts_by_contact(store: str) -> dict[str, list[tuple[int, int, str]]]:
    """When the attempts at each contact began and ended, and how, in order."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    with psycopg.connect(store) as connection:
        for contact, *attempt in connection.execute(
            "SELECT contact, started_at, attempts.finished_at, outcome FROM attempts"
            " JOIN deliveries ON deliveries.number = first ORDER BY attempts.number"
        ):
            found.setdefault(contact, []).append((attempt[0], attempt[1], attempt[2]))
    return found


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_hosts_share_the_work_and_take_over_from_a_dead_one(
    sandbox: Sandbox, wordpress: RunningWordPress, postgresql_url: str, tmp_path: Path
) -> None:
    """A dead host's Posts would wait for ever, or two hosts would make one user twice."""
    contacts = [
        sandbox.tenant.add_contact(
            given_name="Ann", family_name=f"Lee {number}", email=f"ann{number}@example.com"
        ).id
        for number in range(CONTACTS)
    ]
    sandbox.quirks = replace(sandbox.quirks, latency=0.3)
    async with AsyncExitStack() as stack:
        hosts = []
        for number in range(3):
            port = free_port()
            file = _configured(tmp_path / f"{number}", sandbox, wordpress, postgresql_url, port)
            hosts.append(await stack.enter_async_context(host(file, port)))
        began = datetime.now(UTC)
        client = await stack.enter_async_context(aiohttp.ClientSession())
        answers = asyncio.gather(
            *(
                hosts[(place + repeat) % 3].post(client, contact)
                for repeat in range(REPEATS)
                for place, contact in enumerate(contacts)
            )
        )
        victim = await _one_at_work(postgresql_url, hosts)
        victim.process.kill()
        killed = time.time_ns() // 1000
        answered = {each for each in await answers if each is not None}
        deliveries = await until(
            postgresql_url, lambda found: {each.state for each in found} == {"done"}
        )

    assert len(answered) > CONTACTS
    assert answered <= {each.id for each in deliveries}
    attempts = attempts_by_contact(postgresql_url)
    outcomes = Counter(outcome for made in attempts.values() for _, _, outcome in made)
    assert outcomes["interrupted"] > 0
    for made in attempts.values():
        for (_, ended, outcome), (started, _, _) in pairwise(made):
            # That an attempt was interrupted is noted late: its host had died before.
            assert (killed if outcome == "interrupted" else ended) <= started
    _judge_users(wordpress, deliveries)
    # Each host by itself would have made its first five calls at once.
    for place, request in enumerate(sandbox.record.requests, 1):
        assert request.at >= began + (place - AT_ONCE) * timedelta(minutes=1) / CALLS_A_MINUTE
    for each in hosts:
        assert PASSWORD not in each.log.read_text()


async def _one_at_work(store: str, hosts: list[Host]) -> Host:
    """Give a host that has begun something; which one was first, chance has said."""
    async with asyncio.timeout(30):
        while True:
            for each in hosts:
                if await asyncio.to_thread(running_at, store, each.process):
                    return each
            await asyncio.sleep(0.02)


def _configured(
    folder: Path, sandbox: Sandbox, wordpress: RunningWordPress, store: str, port: int
) -> Path:
    folder.mkdir()
    file = write_config(folder, sandbox.url, sandbox.token, wordpress, port=port)
    text = file.read_text().replace("sqlite:///bridge.db", f'"{store}"')
    file.write_text(text.replace("keap:\n", f"keap:\n  calls_per_minute: {CALLS_A_MINUTE}\n"))
    return file


def _judge_users(wordpress: RunningWordPress, deliveries: list[Delivery]) -> None:
    addresses = [user["user_email"] for user in wordpress.users()]
    assert len(addresses) == len(set(addresses)) == len({each.contact for each in deliveries})
    uncertain = any(
        caveat.code == "notification_uncertain" for each in deliveries for caveat in each.caveats
    )
    # Over core alone WordPress also tells people that their password was renewed: documented.
    mails = Counter(
        str(mail["To"]) for mail in wordpress.mails() if "Password Changed" not in mail["Subject"]
    )
    assert set(mails.values()) == {1}
    assert uncertain or len(mails) == len(addresses)
