"""The store as the event loop sees it: every call returns when its change is on the disk."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from bridge.delivery import Action, NewDelivery, State, Step, Verdict, Work
from bridge.store import arrivals, finishing, grants, handing_over, leases, opening, taking
from bridge.store.alarms import Alarms
from bridge.store.arrivals import Arrival, Resend
from bridge.store.engines import Claim, Database, database_at
from bridge.store.errors import WaitingListFull
from bridge.store.occupancy import Occupancy
from bridge.store.removals import Removals
from bridge.store.sharing import Sharing
from bridge.store.syncs import Syncs
from bridge.store.writer import Writer

_CAPACITY = 10_000
"""How many writes may queue: about a second's worth."""


class Store:
    """Deliveries kept on disk, and which attempt works on which contact.

    Made by :meth:`open`, ended by :meth:`close` or at the end of an ``async with``.
    All methods are called on one event loop, which never waits for the database.
    Each may raise :class:`~bridge.store.errors.StoreUnavailable`.
    """

    def __init__(
        self,
        database: Database,
        engine: Engine,
        claim: Claim,
        *,
        clock: Callable[[], datetime],
        owner: str,
        waiting_limit: int,
        lease: timedelta,
        at: Callable[[str], object],
    ) -> None:
        self._shared = database.shared
        self._engine = engine
        self._claim = claim
        self._lease = lease
        self._clock = clock
        self._owner = owner
        self._occupancy = Occupancy(waiting_limit, self._wake)
        self.arrived = asyncio.Event()
        """Set when deliveries have come to wait or a lane is free again; the worker clears it."""
        self._writer = Writer(
            self._connect,
            self._occupancy.keep,
            begin=leases.lock_lanes,
            rows_committed=self._occupancy.kept,
            capacity=_CAPACITY,
            at=at,
        )
        self.syncs = Syncs(self._writer, self._occupancy, clock)
        """What syncs are to do, and how far they have come."""
        self._neighbours = database.neighbours()
        self.removals = Removals(self._writer, self.hold, clock)
        """How many roles have been taken away."""
        self.alarms = Alarms(self._writer)
        """What people were told."""
        together = (self._neighbours, self._writer, self._occupancy)
        self._sharing = Sharing(*together, lease=lease, clock=clock, wake=self.arrived.set)

    @classmethod
    async def open(
        cls,
        where: str | Path,
        *,
        clock: Callable[[], datetime],
        owner: str,
        waiting_limit: int = 100_000,
        lease: timedelta = leases.LEASE,
        at: Callable[[str], object] = lambda _: None,
    ) -> Self:
        """The store in a database, made or brought up to date.

        In a file, which is this process's alone, what was running waits again.

        Args:
            where: a path or a ``sqlite:///`` URL, folders that are missing are made; or a
                ``postgresql://`` URL, which several processes may open.
            clock: the time now, with a time zone; called in several threads.
            owner: names this process in the attempts that it makes.
            waiting_limit: how many deliveries may be unfinished at once. What other processes
                put counts from the next look on, of which there are three in a lease.
            lease: how long an attempt of a process that shares the database keeps its contact
                without a word; the store renews it in time while the process lives.
            at: told ``store_before_commit`` and ``store_after_commit`` in the writer's thread,
                for a test that ends the process there.

        Raises:
            StoreRefused: another process has it, it is not the bridge's, or it is newer.
            StoreUnavailable: the disk is full, read-only, locked or broken; no server answers.
        """
        database = database_at(where)
        engine = database.writing_engine()
        claim = await asyncio.to_thread(opening.prepare, database, engine)
        store = cls(
            database,
            engine,
            claim,
            clock=clock,
            owner=owner,
            waiting_limit=waiting_limit,
            lease=lease,
            at=at,
        )
        try:
            await store._writer.run(lambda _: None)  # the first job connects
        except BaseException:
            await store.close()
            raise
        if database.shared:
            store._sharing.begin()
        return store

    async def close(self) -> None:
        """What was asked for is committed, and another process may go on."""
        await self._sharing.end()
        await self._writer.close()
        await self._neighbours.close()
        self._claim.release()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.close()

    @property
    def unfinished(self) -> int:
        """How many deliveries wait or are being worked on."""
        return self._occupancy.unfinished

    async def put(self, new: NewDelivery) -> None:
        """The delivery is kept; one with an id that is kept already changes nothing.

        Raises:
            WaitingListFull: as many deliveries as may be are unfinished.
        """
        try:
            kept = await self._writer.write(Arrival(new, self._clock()), contact=new.contact)
        except IntegrityError:
            if await self._writer.run(lambda connection: arrivals.is_kept(connection, new.id)):
                return
            raise
        if not kept:
            msg = f"{self._occupancy.waiting_limit} deliveries wait already."
            raise WaitingListFull(msg)

    async def put_all(self, many: Sequence[NewDelivery]) -> None:
        """All of the deliveries are kept, in one commit, or none of them.

        Raises:
            WaitingListFull: there is not room for all of them.
        """
        now = self._clock()
        arrived = [Arrival(new, now) for new in many]
        if not arrived:
            return
        if self._occupancy.unfinished + len(arrived) > self._occupancy.waiting_limit:
            msg = f"{self._occupancy.waiting_limit} deliveries wait already."
            raise WaitingListFull(msg)

        def keep(connection: Connection) -> int:
            contacts = [new.contact for new in many]
            leases.lock_lanes(connection, contacts)
            return len(arrived) + arrivals.keep(connection, arrived)

        await self._writer.run(keep, committed=self._occupancy.came)

    async def take(
        self, limit: int, *, behind: int | None = None, config_version: str = ""
    ) -> tuple[Work, ...]:
        """Up to ``limit`` contacts that are due, each with what waits for it, now running.

        The contact that has been due longest comes first, but those for whom only a sync waits
        come after all others, and are at most ``behind``.
        At most :data:`~bridge.store.taking.MOST_DELIVERIES` of a contact are carried at once.
        A caller that is cancelled here leaves lanes held until the store is closed.
        """
        return await self._writer.run(
            lambda connection: taking.take(
                connection,
                self._clock(),
                limit,
                behind=limit if behind is None else behind,
                lease=self._lease,
                owner=self._owner,
                config_version=config_version,
            ),
            committed=lambda works: self._occupancy.working.update(work.attempt for work in works),
        )

    async def next_due(self, *, behind: bool = True) -> datetime | None:
        """When the next contact that nobody works on is due; perhaps in the past.

        Args:
            behind: Whether those count for whom only a sync waits.
        """
        return await self._writer.run(lambda connection: taking.next_due(connection, behind=behind))

    async def hasten(self, by: timedelta) -> None:
        """What waits for its time waits less by that much: the clock was set back."""
        if self._shared:
            return  # it is one of several clocks that is wrong, and the others have set these times
        now = self._clock()
        await self._writer.run(lambda connection: taking.hasten(connection, by, now))

    async def step(self, work: Work, *steps: Step) -> None:
        """The attempt's timeline has the steps, in this order.

        Raises:
            LaneLost: the attempt is over.
        """
        await self._writer.run(
            lambda connection: finishing.add_steps(connection, work, steps), contact=work.contact
        )

    async def link(self, contact: str, user_id: int) -> None:
        """The WordPress user stands for the contact from now on."""
        now = self._clock()
        await self._writer.run(
            lambda connection: finishing.link(connection, contact, user_id, now), contact=contact
        )

    async def contact_of(self, user_id: int) -> str | None:
        """The contact that a WordPress user stands for, if one is known."""
        return await self._writer.run(lambda connection: finishing.contact_of(connection, user_id))

    async def finish(self, work: Work, verdict: Verdict, steps: Sequence[Step] = ()) -> None:
        """The attempt is over, and every delivery that it carried is as the verdict says.

        The timeline has its last steps with it.
        What arrived meanwhile is due at once, or with the others at the verdict's ``due_at``.
        While the disk is in trouble the attempt goes on holding its lane: call again.

        Raises:
            LaneLost: the attempt is over already.
            ValueError: the verdict is ``waiting`` and does not say until when, or for whom.
        """
        if verdict.state == "waiting" and verdict.due_at is None and verdict.successor is None:
            msg = "a verdict of waiting needs due_at"
            raise ValueError(msg)
        now = self._clock()
        await self._writer.run(
            lambda connection: handing_over.finish(connection, work, verdict, steps, now),
            committed=self._occupancy.finished,
            contact=work.contact,
        )

    async def release_held(self, causes: Collection[str] | None = None) -> int:
        """Held deliveries, of these causes or all, wait again; gives how many there were."""
        now = self._clock()
        return await self._writer.run(
            lambda connection: arrivals.release_held(connection, causes, now),
            committed=self._occupancy.came,
        )

    async def resend(
        self,
        ids: Collection[str] | None = None,
        state: State | None = None,
        since: datetime | None = None,
        contact: str | None = None,
        *,
        until: datetime | None = None,
        action: Action | None = None,
    ) -> int:
        """Finished deliveries wait again, due now, with their whole schedule before them.

        Meant are those to which all that is given applies; what waits or runs is left alone.

        Args:
            ids: These deliveries.
            state: Those that are held, failed, ignored or done.
            since: Those received at this time or later.
            contact: Those of one contact.
            until: Those received before this time.
            action: Those that ask for this.

        Returns:
            How many there were.

        Raises:
            ValueError: nothing is given, so that all that ever was done would be done again.
        """
        wanted = Resend(ids, state, since, contact, until, action)
        if wanted == Resend():
            msg = "a resend says what is meant"
            raise ValueError(msg)
        now = self._clock()
        return await self._writer.run(
            lambda connection: arrivals.resend(connection, wanted, now),
            committed=self._occupancy.came,
        )

    async def sealed_grant(self, client: str) -> str | None:
        """What Keap gave last to an OAuth application, sealed; ``None``: nothing yet."""
        return await self._writer.run(lambda connection: grants.sealed_grant(connection, client))

    async def keep_grant(self, client: str, sealed: str) -> None:
        """Keap gave this to an OAuth application."""
        now = self._clock()
        await self._writer.run(
            lambda connection: grants.keep_grant(connection, client, sealed, now)
        )

    def hold(self, key: str) -> AbstractAsyncContextManager[None]:
        """Wait until nobody who works with the store holds the key; hold it inside the block.

        A connection to the database that breaks meanwhile gives the key to whoever wants it.
        """
        return self._neighbours.hold(key)

    async def pace(self, name: str, every: timedelta, burst: int) -> timedelta:
        """How long to wait so that calls of one name leave evenly, whoever makes them.

        Args:
            name: All with this name count together.
            every: The time between two calls.
            burst: How many may leave at once after a pause.
        """
        return await self._neighbours.pace(name, every, burst)

    # The rest runs in the writer's thread.

    def _connect(self) -> Connection:
        return opening.connect(
            self._engine, self._occupancy, shared=self._shared, clock=self._clock
        )

    def _wake(self) -> None:
        # Who clears the event takes afterwards, and so sees what was committed before this.
        if not self.arrived.is_set():
            self._writer.tell(self.arrived.set)
