"""The queue while an end is not well: it waits, and goes on by itself."""

from collections.abc import AsyncIterator, Callable, Collection
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.circuit import FAILURES, PAUSES_REFUSING, Destination
from bridge.delivery import Delivery, Work
from bridge.store import Reader, Store, StoreUnavailable
from bridge.verdicts import ConfigurationAtFault
from keap_client import errors as keap
from keap_client.quota import Quota
from tests.bridge.simulated import NOON, World, post
from wp_client import errors as wordpress

CONTACTS = [str(contact) for contact in range(100, 150)]
SIDE_BY_SIDE = 4
WRONG_PASSWORD = wordpress.WordPressRefused("rest_not_logged_in")
FIREWALL = wordpress.Blocked("a firewall", status=403)
BEGINS = {"destination_down", "destination_throttled", "destination_refuses"}


@pytest.fixture
def world() -> World:
    """A world in which all is well."""
    return World()


@pytest.fixture
async def store(tmp_path: Path, world: World) -> AsyncIterator[Store]:
    """A store in which every contact's Post waits."""
    path = tmp_path / "bridge.db"
    async with await Store.open(path, clock=world.clock, owner="test") as store:
        await post(store, *CONTACTS)
        yield store


@pytest.fixture
def deliveries(tmp_path: Path) -> Callable[[], dict[str, Delivery]]:
    """Gives all deliveries by contact, as they are now."""
    path = tmp_path / "bridge.db"
    return lambda: {each.contact: each for each in Reader.open(path).deliveries()}


def only(error: Exception, *contacts: str) -> Callable[[Work], Exception | None]:
    """Make trouble for these contacts."""
    return lambda work: error if work.contact in contacts else None


REFUSALS = [
    (WRONG_PASSWORD, "wordpress"),
    (wordpress.ContactIdMetaRefused("_x"), "configuration"),
    (keap.KeapRefused(401), "keap"),
    (ConfigurationAtFault("users.return_password_to: …"), "configuration"),
]


@pytest.mark.parametrize(("error", "cause"), REFUSALS)
async def test_a_queue_does_not_run_into_a_refusal(
    world: World,
    store: Store,
    deliveries: Callable[[], dict[str, Delivery]],
    error: Exception,
    cause: str,
) -> None:
    """Every Post of a night would be held one by one, each with a warning of its own."""
    world.trouble = lambda _work: error
    world.probe_trouble = lambda _destination: error
    with capture_logs() as log:
        worker = await world.work(
            store, until=lambda: world.passed(hours=3), side_by_side=SIDE_BY_SIDE
        )

    said = [each for each in log if each["event"] in BEGINS]
    states = [each.state for each in deliveries().values()]
    causes = {each.cause for each in deliveries().values() if each.state == "held"}
    destination = "wordpress" if isinstance(error, wordpress.WordPressError) else "keap"
    assert len(world.attempts) == states.count("held") == SIDE_BY_SIDE
    assert states.count("waiting") == len(CONTACTS) - SIDE_BY_SIDE
    assert causes == {cause}
    assert [(each["event"], each["destination"]) for each in said] == [
        ("destination_refuses", destination)
    ]
    assert said[0]["reason"] == str(error)
    assert worker.brakes.standing()[destination]["state"] == "refusing"  # type: ignore[index]  # one of the two
    pauses = [later - earlier for (earlier, _), (later, _) in pairwise(world.probes)]
    assert {each for _, each in world.probes} == {destination}
    assert PAUSES_REFUSING[-1] <= pauses[-1] <= PAUSES_REFUSING[-1] * 1.1


@pytest.mark.parametrize(("error", "cause"), REFUSALS)
async def test_what_was_held_goes_on_once_the_end_lets_us_in(
    world: World,
    store: Store,
    deliveries: Callable[[], dict[str, Delivery]],
    error: Exception,
    cause: str,
) -> None:
    """Whoever has mended the password would have to start the bridge again."""
    world.trouble = lambda _work: None if world.passed(hours=1) else error
    world.probe_trouble = lambda _destination: None if world.passed(hours=1) else error
    with capture_logs() as log:
        await world.work(
            store,
            until=lambda: world.passed(hours=1) and not store.unfinished,
            side_by_side=SIDE_BY_SIDE,
        )

    events = [each["event"] for each in log]
    assert {each.state for each in deliveries().values()} == {"done"}
    assert {each.cause for each in deliveries().values()} == {""}
    assert events.count("destination_well_again") == 1
    assert not world.passed(hours=1, minutes=6)
    assert cause


@pytest.mark.parametrize("error", [FIREWALL, keap.KeapRejected(400, ""), WRONG_PASSWORD])
async def test_one_contact_that_is_refused_stops_nobody_else(
    world: World, store: Store, deliveries: Callable[[], dict[str, Delivery]], error: Exception
) -> None:
    """One contact whose texts a firewall dislikes would stop the queue again and again."""
    error = (
        wordpress.WordPressRefused("rest_cannot_edit", needs="the capability edit_users")
        if error is WRONG_PASSWORD
        else error
    )
    world.trouble = only(error, CONTACTS[0])
    await world.work(store, until=lambda: not store.unfinished)

    held = deliveries().pop(CONTACTS[0])
    assert (held.state, held.cause) == ("held", "contact")
    assert len(world.attempts) == len(CONTACTS)
    assert world.now == NOON


async def test_a_firewall_that_refuses_everybody_stops_the_queue(
    world: World, store: Store, deliveries: Callable[[], dict[str, Delivery]]
) -> None:
    """The same refusal, but the end lets in nobody: the probe tells the two apart."""
    world.trouble = lambda _work: FIREWALL
    world.probe_trouble = lambda _destination: FIREWALL
    await world.work(store, until=lambda: world.passed(hours=1), side_by_side=SIDE_BY_SIDE)

    held = [each for each in deliveries().values() if each.state == "held"]
    assert len(world.attempts) == len(held) == SIDE_BY_SIDE
    assert {each.cause for each in held} == {"wordpress"}


async def test_refusals_that_no_probe_sees_slow_the_queue_down(world: World, store: Store) -> None:
    """A firewall that lets questions through and no changes would hold the whole queue at once."""
    world.trouble = lambda _work: FIREWALL
    await world.work(store, until=lambda: world.passed(minutes=30), side_by_side=1)

    assert FAILURES < len(world.attempts) < 20


async def test_what_concerns_a_contact_alone_is_not_let_go_with_the_rest(
    world: World, store: Store, deliveries: Callable[[], dict[str, Delivery]]
) -> None:
    """A contact whose user belongs to another one would be tried after every outage."""
    linked = wordpress.LinkedToAnotherContact(7, "2", "1")
    world.trouble = lambda work: (
        linked if work.contact == CONTACTS[0] else None if world.passed(hours=1) else WRONG_PASSWORD
    )
    world.probe_trouble = lambda _destination: None if world.passed(hours=1) else WRONG_PASSWORD
    await world.work(store, until=lambda: world.passed(hours=1) and not store.unfinished)

    states = {contact: each.state for contact, each in deliveries().items()}
    assert states.pop(CONTACTS[0]) == "held"
    assert set(states.values()) == {"done"}


async def test_an_end_is_asked_by_one_probe_at_a_time(world: World, store: Store) -> None:
    """Every Post that comes while a probe is under way would begin another one."""

    def refusing(_destination: Destination) -> Exception:
        store.arrived.set()
        return WRONG_PASSWORD

    world.trouble = lambda _work: WRONG_PASSWORD
    world.probe_trouble = refusing
    await world.work(store, until=lambda: world.passed(minutes=10))

    times = [at for at, _ in world.probes]
    assert len(times) > 3
    assert len(times) == len(set(times))


async def test_what_is_held_goes_on_though_the_disk_was_full_when_the_end_was_well_again(
    world: World,
    store: Store,
    deliveries: Callable[[], dict[str, Delivery]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Deliveries would stay held until the next start, although nothing holds them."""
    release, asked = store.release_held, []

    async def release_held(causes: Collection[str]) -> int:
        asked.append(causes)
        if len(asked) == 1:
            raise StoreUnavailable
        return await release(causes)

    monkeypatch.setattr(store, "release_held", release_held)
    world.trouble = lambda _work: None if world.passed(hours=1) else WRONG_PASSWORD
    world.probe_trouble = lambda _destination: None if world.passed(hours=1) else WRONG_PASSWORD
    await world.work(store, until=lambda: len(asked) > 1 and not store.unfinished)

    assert {each.state for each in deliveries().values()} == {"done"}


async def test_retry_after_holds_for_the_whole_queue(world: World, store: Store) -> None:
    """Keap would be asked once a contact although it wants to be left alone."""
    world.trouble = lambda _work: (
        None if world.passed(seconds=100) else keap.KeapThrottled(100.0, None)
    )
    await world.work(store, until=lambda: not store.unfinished, side_by_side=SIDE_BY_SIDE)

    early = [at for at, _ in world.attempts if at < NOON + timedelta(seconds=100)]
    assert len(early) == SIDE_BY_SIDE


def allowing(day: int, minute: int) -> Quota:
    """Give what Keap says with every answer."""
    quota = Quota.from_headers(
        {
            "x-keap-product-quota-limit": "30000",
            "x-keap-product-quota-available": str(day),
            "x-keap-product-throttle-limit": "240",
            "x-keap-product-throttle-available": str(minute),
        }
    )
    assert quota is not None
    return quota


async def test_a_day_that_is_used_up_is_not_tried(world: World, store: Store) -> None:
    """All of Keap's refusals of a night would be attempts in vain."""
    world.quota = allowing(day=0, minute=200)
    await world.work(
        store, until=lambda: world.passed(hours=11, minutes=59), side_by_side=SIDE_BY_SIDE
    )
    by_noon = len(world.attempts)
    world.quota = allowing(day=30_000, minute=200)
    await world.work(store, until=lambda: not store.unfinished)

    assert by_noon == SIDE_BY_SIDE
    assert len(world.attempts) == len(CONTACTS)


async def test_an_old_answer_does_not_stop_the_bridge_again(world: World, store: Store) -> None:
    """After midnight the last answer of the day before would count for another day."""
    world.quota = allowing(day=0, minute=200)  # and stays the last that Keap has said
    await world.work(store, until=lambda: not store.unfinished, side_by_side=SIDE_BY_SIDE)

    assert NOON + timedelta(hours=12) <= world.now < NOON + timedelta(hours=12, minutes=1)


async def test_a_minute_that_is_nearly_used_up_is_shared(world: World, store: Store) -> None:
    """Whatever else uses the token would find all calls used up."""

    def slow(_work: Work) -> None:
        world.quota = allowing(day=9000, minute=10)

    world.trouble = slow
    with capture_logs() as log:
        await world.work(store, until=lambda: world.passed(minutes=1), side_by_side=SIDE_BY_SIDE)

    assert len(world.attempts) <= SIDE_BY_SIDE + 60 // 5
    assert [each["event"] for each in log if each["event"] in BEGINS] == ["destination_throttled"]


async def test_a_person_need_not_wait_for_the_next_probe(world: World, store: Store) -> None:
    """Who has mended the password and resends would sit before a bridge that does nothing."""
    world.trouble = lambda _work: WRONG_PASSWORD
    world.probe_trouble = lambda _destination: WRONG_PASSWORD
    worker = await world.work(store, until=lambda: world.passed(seconds=1))
    assert worker.brakes.to_probe() == set()

    worker.hurry()

    assert worker.brakes.to_probe() == {"wordpress"}
    assert store.arrived.is_set()


async def test_a_clock_that_is_set_back_makes_nobody_wait_for_an_hour(
    world: World, store: Store
) -> None:
    """What was to be tried in seconds would be tried after an hour and some seconds."""
    first = range(SIDE_BY_SIDE + 1)
    world.trouble = lambda _work: (
        keap.KeapUnreachable("no name") if len(world.attempts) in first else None
    )

    def set_back() -> bool:
        if len(world.attempts) == SIDE_BY_SIDE and world.now >= NOON:
            world.now = NOON - timedelta(hours=1)
        return not store.unfinished

    with capture_logs() as log:
        await world.work(store, until=set_back, side_by_side=SIDE_BY_SIDE)

    assert world.now < NOON - timedelta(minutes=55)
    assert [each["seconds"] for each in log if each["event"] == "clock_set_back"] == [3600]
