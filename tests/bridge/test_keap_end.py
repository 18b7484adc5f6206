"""The Keap end: contacts that are wanted together are read together."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bridge.keap_end import KeapEnd
from bridge.reading import Reading, Wanted
from bridge.surroundings import now
from keap_client.carrier import Credentials
from keap_client.errors import ContactNotFound
from keap_client.over_aiohttp import Keap
from keap_client.sandbox import Sandbox


class Turns:
    """Lets calls leave, in order, when the test says so, and counts them."""

    def __init__(self) -> None:
        self._left = asyncio.Semaphore(0)
        self.taken = 0

    def give(self, number: int) -> None:
        """Let so many calls leave."""
        for _ in range(number):
            self._left.release()

    async def __call__(self) -> None:
        """Wait for a turn."""
        await self._left.acquire()
        self.taken += 1


@pytest.fixture
def turns() -> Turns:
    """Turns that wait for the test."""
    return Turns()


@pytest.fixture
async def keap_end(sandbox: Sandbox, turns: Turns) -> AsyncIterator[KeapEnd]:
    """The end of the bridge that reads from the sandbox."""
    async with aiohttp.ClientSession() as session:
        keap = Keap(session, sandbox.url, Credentials(sandbox.token), pace=turns)
        yield KeapEnd(keap, Wanted({}, None), clock=now)


async def test_who_comes_while_calls_are_spread_out_goes_along(
    sandbox: Sandbox, keap_end: KeapEnd, turns: Turns
) -> None:
    """At the limit of Keap's minute every contact would still wait for a call of its own."""
    reading = []
    for contact in ("1001", "1002", "1003"):
        reading.append(asyncio.create_task(keap_end.read(contact)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    turns.give(10)
    async with asyncio.timeout(10):
        contacts = [each.contact.id for each in await asyncio.gather(*reading)]

    assert contacts == ["1001", "1002", "1003"]
    assert sandbox.record.counts() == {"GET contacts": 1}
    assert turns.taken == 1


async def test_a_lone_contact_is_one_call_and_one_turn(
    sandbox: Sandbox, keap_end: KeapEnd, turns: Turns
) -> None:
    """A single Post would cost more than one call of the minute's."""
    turns.give(10)
    reading = await keap_end.read("1001")

    assert reading.contact.id == "1001"
    assert sandbox.record.counts() == {"GET contacts/{contact_id}": 1}
    assert turns.taken == 1


async def test_a_contact_that_is_not_in_the_list_is_read_alone(
    sandbox: Sandbox, keap_end: KeapEnd, turns: Turns
) -> None:
    """A contact that Keap's list leaves out would count as deleted, or fail the others."""
    turns.give(10)
    async with asyncio.timeout(10):
        found, gone = await asyncio.gather(
            keap_end.read("1001"), keap_end.read("999999"), return_exceptions=True
        )

    assert not isinstance(found, BaseException)
    assert isinstance(gone, ContactNotFound)
    assert [each.path for each in sandbox.record.requests] == ["contacts", "contacts/999999"]
    assert turns.taken == 2


async def test_contacts_that_are_read_alone_leave_room_for_lists(
    sandbox: Sandbox, keap_end: KeapEnd, turns: Turns
) -> None:
    """After a burst of Posts for deleted contacts, all others would wait for minutes."""
    missing = [asyncio.create_task(keap_end.read(str(990_000 + each))) for each in range(20)]
    turns.give(1)
    async with asyncio.timeout(10):
        while not sandbox.record.requests:  # noqa: ASYNC110 - it looks from outside
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        later = asyncio.create_task(keap_end.read("1001"))
        await asyncio.sleep(0.05)
        turns.give(3)
        assert (await later).contact.id == "1001"
        turns.give(20)
        gone = await asyncio.gather(*missing, return_exceptions=True)

    assert {type(each) for each in gone} == {ContactNotFound}


async def test_a_sync_waits_for_turns_of_its_own(
    sandbox: Sandbox,
) -> None:
    """A backfill would take the calls that Posts need, and Posts would wait in its lists."""
    behind = Turns()
    async with aiohttp.ClientSession() as session:
        keap = Keap(session, sandbox.url, Credentials(sandbox.token))
        keap_end = KeapEnd(keap, Wanted({}, None), clock=now, pace_behind=behind)
        waiting = [
            asyncio.create_task(keap_end.read(contact, behind=True))
            for contact in ("1001", "1002", "999999")
        ]
        await asyncio.sleep(0)
        async with asyncio.timeout(10):
            post = await keap_end.read("1003")
        before = behind.taken
        behind.give(10)
        async with asyncio.timeout(10):
            *found, gone = await asyncio.gather(*waiting, return_exceptions=True)

    assert (post.contact.id, before, behind.taken) == ("1003", 0, 2)
    assert [each.contact.id for each in found if isinstance(each, Reading)] == ["1001", "1002"]
    assert isinstance(gone, ContactNotFound)
