"""Many Posts at once: few calls to Keap, few requests to WordPress, and an outcome for each."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.delivery import Action, Delivery, NewDelivery
from bridge.demo.wordpress import RunningWordPress
from bridge.store import Reader, Store
from bridge.surroundings import Surroundings, new_ulid, now
from keap_client.sandbox import Fault, Sandbox
from tests.bridge.running import RunningBridge, running_bridge, write_config
from tests.bridge.test_trouble import Clock, until

pytestmark = pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)

CHEAP_PASSWORDS = "add_filter('wp_hash_password_options', function () { return ['cost' => 4]; });"
"""What is slow about a new user in WordPress 6.8 is not what these tests are about."""

BREAKS_FOR_ONE = """
add_filter('rest_pre_dispatch', function ($result, $server, $request) {
    $addresses = array_column((array) $request['documents'], 'email');
    if (in_array('breaks@example.com', $addresses, true)) exit;
    return $result;
}, 10, 3);
"""

SLOW = """
add_filter('rest_pre_dispatch', function ($result) { usleep(300000); return $result; });
"""

TELLS_ADDRESSES = """
add_filter('rest_pre_dispatch', function ($result, $server, $request) {
    error_log('ADDRESSES ' . implode(' ', array_column((array) $request['documents'], 'email')));
    return $result;
}, 10, 3);
"""


class Meter:
    """How many requests WordPress has got, and the most of them at a time."""

    def __init__(self) -> None:
        self.sent = 0
        self.most = 0
        self._answered = 0

    def __call__(self, point: str) -> None:
        """Hear of a boundary that was crossed."""
        self.sent += point == "wordpress_request"
        self._answered += point == "wordpress_answer"
        self.most = max(self.most, self.sent - self._answered)


async def keep(folder: Path, contacts: Iterable[str], action: Action = "add") -> None:
    """Let Posts for these contacts wait in a store that no bridge has open yet."""
    where = folder / "bridge.db"
    async with await Store.open(where, clock=now, owner="test") as store:
        posts = (
            NewDelivery(new_ulid(), contact, action, datetime.now(UTC)) for contact in contacts
        )
        await asyncio.gather(*map(store.put, posts))


def people(sandbox: Sandbox, number: int) -> list[str]:
    """Give the ids of so many new contacts."""
    return [
        sandbox.tenant.add_contact(email=f"p{each}@example.com", given_name=f"P{each}").id
        for each in range(number)
    ]


def all_of(bridge: RunningBridge) -> Sequence[Delivery]:
    """Give all deliveries, however many."""
    return Reader.open(bridge.store_url).deliveries(limit=10_000)


@contextmanager
def config_for(
    sandbox: Sandbox, wordpress: RunningWordPress, folder: Path, *, in_flight: int = 4
) -> Iterator[Path]:
    """Give a configuration, while new users are cheap."""
    file = write_config(folder, sandbox.url, sandbox.token, wordpress)
    limit = f"wordpress:\n  requests_in_flight: {in_flight}\n"
    file.write_text(file.read_text().replace("wordpress:\n", limit))
    with wordpress.mu_plugin("cheap-passwords", CHEAP_PASSWORDS):
        yield file


async def test_two_hundred_posts_at_once(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """A burst would take a request for each, or one contact with a fault would fail others."""
    wordpress, tenant = wordpress_with_companion, sandbox.tenant
    well = people(sandbox, 193)
    nobody = ["990001", "990002", "990003", "990004"]
    nameless = tenant.add_contact(given_name="No", family_name="Address").id
    pair = [tenant.add_contact(email=each).id for each in ("same@example.com", "SAME@example.com")]
    await keep(tmp_path, [*well[:100], *nobody, nameless, *pair, *well[100:]])
    meter = Meter()
    with (
        config_for(sandbox, wordpress, tmp_path, in_flight=3) as file,
        wordpress.mu_plugin("tells-addresses", TELLS_ADDRESSES),
    ):
        async with running_bridge(file, Surroundings(at=meter)) as bridge:
            await bridge.settled(120)
            deliveries = {each.contact: each for each in all_of(bridge)}

    assert {deliveries[contact].state for contact in well} == {"done"}
    assert {deliveries[contact].state for contact in nobody} == {"failed"}
    assert deliveries[nameless].state == "failed"
    assert Counter(deliveries[contact].state for contact in pair) == {"done": 1, "held": 1}
    assert {each.attempts for each in deliveries.values()} == {1}
    assert len(wordpress.users()) == 194
    for contact in (well[0], well[150]):
        user = wordpress.user(tenant.contacts[contact].email() or "")
        assert user["ID"] == deliveries[contact].user_id
        assert user["meta"]["infusionsoft_contact_id"] == contact

    requests = [line for line in wordpress.php_log().splitlines() if "ADDRESSES" in line]
    shared = [line.casefold().count("same@example.com") for line in requests]
    assert Counter(shared) == {1: 2, 0: len(requests) - 2}

    calls = sandbox.record.counts()
    whether_the_other_is_gone = 1
    assert calls["GET contacts/{contact_id}"] == len(nobody) + whether_the_other_is_gone
    assert calls["GET contacts"] <= 4
    assert meter.sent <= 30
    assert meter.most <= 3


@pytest.mark.parametrize(("posts", "in_flight", "plugin"), [(1200, 4, ""), (600, 1, SLOW)])
async def test_many_waiting_posts_cost_few_calls(
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
    posts: int,
    in_flight: int,
    plugin: str,
) -> None:
    """Keap's 240 calls a minute would be the limit of a burst, and not WordPress's speed."""
    await keep(tmp_path, people(sandbox, posts), action="update")
    wordpress = wordpress_with_companion
    meter = Meter()
    with (
        config_for(sandbox, wordpress, tmp_path, in_flight=in_flight) as file,
        wordpress.mu_plugin("perhaps-slow", plugin),
    ):
        async with running_bridge(file, Surroundings(at=meter)) as bridge:
            await bridge.settled(120)
            deliveries = all_of(bridge)

    assert Counter(each.state for each in deliveries) == {"ignored": posts}  # they have no users
    assert len(sandbox.record.requests) <= 0.03 * posts
    assert max(len(each.query_string) for each in sandbox.record.requests) < 6_000
    assert meter.sent <= 0.08 * posts
    assert meter.most <= in_flight


async def test_a_list_that_cannot_be_read_is_halved(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """One contact that Keap cannot list would fail all that wait with it."""
    await keep(tmp_path, people(sandbox, 12), action="update")
    sandbox.faults.add(Fault("truncated_json", path="contacts"))
    with config_for(sandbox, wordpress_with_companion, tmp_path) as file:
        async with running_bridge(file) as bridge:
            deliveries = await bridge.settled()

    assert {(each.state, each.attempts) for each in deliveries} == {("ignored", 1)}
    assert sandbox.record.counts()["GET contacts"] == 3


async def test_one_document_that_breaks_wordpress_fails_its_neighbours_only_once(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """A plugin that breaks off for one user would keep 24 others waiting for three days."""
    breaking = sandbox.tenant.add_contact(email="breaks@example.com").id
    before, after = people(sandbox, 2)
    await keep(tmp_path, [before, breaking, after])
    clock = Clock()
    with (
        config_for(sandbox, wordpress_with_companion, tmp_path, in_flight=1) as file,
        wordpress_with_companion.mu_plugin("breaks-for-one", BREAKS_FOR_ONE),
    ):
        async with running_bridge(file, Surroundings(clock=clock)) as bridge:
            first = await until(bridge, lambda all_: all(each.reason for each in all_))
            clock.advance(seconds=10)
            await bridge.post("999999")  # wakes the worker, and fails at once
            second = await until(
                bridge,
                lambda all_: all(
                    each.attempts == 2 and each.state != "running" for each in all_[:3]
                ),
            )

    assert [each.attempts for each in first] == [1, 1, 1]
    states = {each.contact: each.state for each in second}
    assert (states[before], states[breaking], states[after]) == ("done", "waiting", "done")
