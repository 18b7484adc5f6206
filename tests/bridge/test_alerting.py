"""Messages that reach people, over real mail and a real webhook, each once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bridge.alarms import Limits
from bridge.alerting import Alerting
from bridge.delivery import Verdict
from bridge.notifier import Notifier, NotSent
from bridge.store import Store
from bridge.summary import DayBefore, is_due, line_of
from bridge.worker import Worker
from tests.bridge.simulated import NOON, World, post

LIMITS = Limits(
    waiting_over=timedelta(hours=1), quota_under=0.2, disk_under=1, silence=timedelta(hours=24)
)


@dataclass
class Inbox:
    """What came to an address."""

    address: str = ""
    told: list[str] = field(default_factory=list)
    broken: bool = False


@asynccontextmanager
async def webhook() -> AsyncIterator[Inbox]:
    """An address that a chat or another program would have."""
    inbox = Inbox()

    async def take(request: web.Request) -> web.Response:
        said: dict[str, Any] = await request.json()
        if inbox.broken:
            raise web.HTTPInternalServerError
        inbox.told.append(f"{said['title']} | {said['message']}")
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/", take)])
    async with TestServer(app) as server:
        inbox.address = f"json://127.0.0.1:{server.port}/"
        yield inbox


@asynccontextmanager
async def mail_server() -> AsyncIterator[Inbox]:
    """A mail server that takes everything; RFC 5321 as far as one message needs it."""
    inbox = Inbox()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            if line.upper().startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                inbox.told.append((await reader.readuntil(b"\r\n.\r\n")).decode())
            writer.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 well\r\n")
            if line.upper().startswith(b"QUIT"):
                break
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        inbox.address = (
            f"mailto://127.0.0.1:{port}/?smtp=127.0.0.1&mode=insecure"
            "&from=bridge@site.example&to=owner@site.example"
        )
        yield inbox


@dataclass
class Watched:
    """A site that is looked after, in simulated time."""

    world: World
    store: Store
    alerting: Alerting

    async def look(self, **later: float) -> None:
        """Look after so much time has passed."""
        self.world.now += timedelta(**later)
        await self.alerting.look()


@asynccontextmanager
async def watched(
    folder: Path, address: str, *, summary_at: timedelta | None = None
) -> AsyncIterator[Watched]:
    """A site with a store of its own."""
    world = World()
    where = f"sqlite:///{folder / 'bridge.db'}"
    async with await Store.open(where, clock=world.clock, owner="test") as store:
        worker = Worker(
            store,
            world,
            config_version="v",
            side_by_side=9,
            clock=world.clock,
            spread=lambda: 0.5,
        )
        alerting = Alerting(
            "https://members.site.example",
            store,
            where,
            worker,
            Notifier([SecretStr(address)]),
            LIMITS,
            clock=world.clock,
            summary_at=summary_at,
        )
        yield Watched(world, store, alerting)


async def _hold(store: Store, contact: str) -> None:
    await post(store, contact)
    (work,) = await store.take(1)
    await store.finish(work, Verdict("held", "WordPress refused.", cause="contact"))


async def test_trouble_and_its_end_reach_a_webhook_once(tmp_path: Path) -> None:
    """Nobody would come, or the same message would come every minute, or never its end."""
    async with webhook() as inbox, watched(tmp_path, inbox.address) as site:
        await site.look()
        await _hold(site.store, "1001")
        for _ in range(3):
            await site.look(minutes=1)
        held = list(inbox.told)
        await site.store.release_held()
        await site.look(minutes=1)
        await site.look(minutes=1)

    (began,) = held
    assert began.startswith("Alarm: https://members.site.example | 1 delivery is held")
    assert "1001" not in began
    assert inbox.told[1:] == ["Over: https://members.site.example | Nothing is held any more."]


async def test_a_start_tells_nothing_twice(tmp_path: Path) -> None:
    """Every restart would wake somebody."""
    async with webhook() as inbox:
        for _ in range(2):
            async with watched(tmp_path, inbox.address) as site:
                if not inbox.told:
                    await _hold(site.store, "1")
                await site.look()

    assert len(inbox.told) == 1


async def test_a_message_that_did_not_arrive_is_sent_again(tmp_path: Path) -> None:
    """A mail server that restarts would swallow the only message there is."""
    async with webhook() as inbox, watched(tmp_path, inbox.address) as site:
        await _hold(site.store, "1")
        inbox.broken = True
        await site.look()
        assert inbox.told == []
        inbox.broken = False
        await site.look(minutes=1)
        await site.look(minutes=1)

    assert len(inbox.told) == 1


async def test_silence_is_told(tmp_path: Path) -> None:
    """A campaign that somebody switched off would be missed by nobody."""
    async with webhook() as inbox, watched(tmp_path, inbox.address) as site:
        await post(site.store, "1")
        (work,) = await site.store.take(1)
        await site.store.finish(work, Verdict("done"))
        await site.look(hours=23)
        assert inbox.told == []
        await site.look(hours=2)

    (told,) = inbox.told
    assert "No Post has come for more than 1 day" in told


async def test_mail_arrives(tmp_path: Path) -> None:
    """Whoever has no chat would never hear of anything."""
    async with mail_server() as inbox, watched(tmp_path, inbox.address) as site:
        await _hold(site.store, "1")
        await site.look()

    (mail,) = inbox.told
    assert "owner@site.example" in mail
    assert "Alarm: https://members.site.example" in mail


async def test_nobody_there_is_said_without_the_address() -> None:
    """The log would have the mail account's password in it."""
    notifier = Notifier([SecretStr("json://user:h1dden-w0rd@127.0.0.1:9/")])

    with pytest.raises(NotSent) as said:
        await notifier.send("title", "text")

    assert "h1dden" not in str(said.value)


async def test_the_day_is_summed_up_once(tmp_path: Path) -> None:
    """The daily line would come at every look, or at every start."""
    morning = timedelta(hours=8)
    async with webhook() as inbox, watched(tmp_path, inbox.address, summary_at=morning) as site:
        await post(site.store, "1")
        (work,) = await site.store.take(1)
        await site.store.finish(work, Verdict("done"))
        for _ in range(4 * 24):
            await site.look(minutes=30)

    days = [told for told in inbox.told if told.startswith("Yesterday")]
    # At once, since the hour has passed, and then two mornings.
    assert [day.partition(" | ")[2] for day in days] == [
        "1 Post in 24 hours, 1 done.",
        "1 Post in 24 hours, 1 done.",
        "0 Posts in 24 hours.",
    ]


@pytest.mark.parametrize(
    ("last", "hour", "due"),
    [(None, 7, False), (None, 8, True), (8, 9, False), (-16, 8, True), (-16, 7, False)],
)
def test_a_summary_is_due_once_a_day(last: int | None, hour: int, due: bool) -> None:  # noqa: FBT001
    """It would come twice, at another time, or not at all after a night without power."""
    midnight = NOON.astimezone().replace(hour=0)
    sent: datetime | None = None if last is None else midnight + timedelta(hours=last)

    assert is_due(sent, midnight + timedelta(hours=hour), timedelta(hours=8)) is due


def test_a_summary_is_one_line() -> None:
    """Nobody would read it."""
    day = DayBefore({"done": 1200, "held": 1}, waiting=3, quota_left=0.97)

    assert line_of(day) == (
        "1,201 Posts in 24 hours, 1,200 done, 1 held, 3 not finished, 97% of Keap's calls left."
    )
