"""``make soak``: minutes of random Posts, troubles at both ends, kills and restarts.

At the end everything is let be well, and what both ends have is held against what was posted.
Nothing collects this file by itself: it takes as long as ``KEAP_BRIDGE_SOAK_MINUTES`` says.
"""

import asyncio
import os
import random
import signal
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Literal, cast, get_args

import pytest

from bridge.demo.wordpress import RunningWordPress
from bridge.store import Reader
from bridge.surroundings import Surroundings
from keap_client.sandbox import Fault, Sandbox
from keap_client.sandbox.faults import FaultKind
from tests.bridge.faults.front import Front, writes
from tests.bridge.faults.test_wordpress_answers import HELD, WAITS
from tests.bridge.kill.host import Host
from tests.bridge.kill.people import OLD_PASSWORD, People, address
from tests.bridge.running import running_bridge
from tests.bridge.test_trouble import Clock

MINUTES = float(os.environ.get("KEAP_BRIDGE_SOAK_MINUTES", "10"))
WAYS = 2
EVERYBODY = 40
USERS_BEFORE = 10
TROUBLES = [trouble for trouble, _ in (WAITS | HELD).values()]
FAULTS = [each for each in get_args(FaultKind) if each not in ("never_answer", "not_found")]
"""A contact that Keap does not have is a Post's end, and no trouble."""

Action = Literal["add", "update", "update_tags"]


@dataclass(slots=True)
class Soak:
    """One run: what is done at random, until time is up."""

    host: Host
    people: People
    front: Front
    chance: random.Random
    contacts: list[str] = field(default_factory=list)
    answered: list[tuple[str, Action]] = field(default_factory=list)
    """Contacts and actions of the Posts that were answered with 200."""
    said: Counter[str] = field(default_factory=Counter)
    over: bool = False

    async def run(self, seconds: float) -> None:
        """Do everything at once until time is up."""
        self.people.are_users(USERS_BEFORE)
        self.contacts = [self.people.become_contact(each + 1) for each in range(EVERYBODY)]
        running = asyncio.gather(
            self._post_on(),
            self._post_on(),
            self._disturb_wordpress(),
            self._disturb_keap(),
            self._restart_on(),
        )
        await asyncio.wait([running], timeout=seconds)
        self.over = True
        await running

    async def _post_on(self) -> None:
        """Post, and post again what was not answered, as Keap does."""
        while not self.over:
            contact = self.chance.choice(self.contacts)
            action = cast("Action", self.chance.choice(["add", "add", "update", "update_tags"]))
            while not self.over:
                self.said["posts"] += 1
                if await self.host.post(contact, action):
                    self.answered.append((contact, action))
                    break
                self.said["posts without 200"] += 1
                await asyncio.sleep(0.2)
            await asyncio.sleep(self.chance.expovariate(4))

    async def _disturb_wordpress(self) -> None:
        while not self.over:
            await asyncio.sleep(self.chance.uniform(0, 3))
            trouble = self.chance.choice(TROUBLES)
            if self.chance.random() < 0.5:
                trouble = replace(trouble, carried_out=True, meets=writes)
            self.front.trouble = trouble
            await asyncio.sleep(self.chance.uniform(0, 1.5))
            self.front.trouble = None

    async def _disturb_keap(self) -> None:
        while not self.over:
            await asyncio.sleep(self.chance.uniform(0, 3))
            fault = Fault(
                self.chance.choice(FAULTS),
                times=self.chance.randint(1, 3),
                method=self.chance.choice([None, "PATCH"]),
                carried_out=self.chance.random() < 0.5,
                seconds=1.0,
            )
            self.said["faults for Keap"] += 1
            self.people.sandbox.faults.add(fault)

    async def _restart_on(self) -> None:
        while not self.over:
            async with self.host.bridge() as running:
                await asyncio.sleep(self.chance.expovariate(0.5))
                kindly = self.chance.random() < 0.2
                self.said["stops" if kindly else "kills"] += 1
                running.send_signal(signal.SIGTERM if kindly else signal.SIGKILL)
                how = await running.wait()
                assert how == (0 if kindly else -signal.SIGKILL)


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_soak(
    host: Host, sandbox: Sandbox, wordpress: RunningWordPress, before_wordpress: Front
) -> None:
    """Something would be lost or doubled that no test has thought of."""
    seed = random.SystemRandom().getrandbits(32)
    people = People(sandbox, wordpress)
    soak = Soak(host, people, before_wordpress, random.Random(seed))  # noqa: S311 - no secrets
    await soak.run(60 * MINUTES / WAYS)
    sandbox.faults.clear()
    before_wordpress.trouble = None
    clock = Clock()
    clock.advance(days=1)
    file = host.folder / "config.yaml"
    async with running_bridge(file, Surroundings(clock=clock)) as bridge:
        await bridge.settled(600)

    deliveries = host.deliveries()
    timeline = Reader.open(host.folder / "bridge.db").timeline
    tries = {each.number: each for one in deliveries for each in timeline(one.id)}
    soak.said.update(f"attempts {each.outcome}" for each in tries.values())
    soak.said.update(f"deliveries {each.state}" for each in deliveries)
    soak.said["troubles met at WordPress"] = before_wordpress.met
    soak.said["users"] = len(wordpress.users())
    soak.said["welcomes"] = people.welcomes().total()
    print(f"\nway: {'companion' if wordpress.companion else 'core'}, seed {seed}")  # noqa: T201 - figures are its purpose
    for name, number in sorted(soak.said.items()):
        print(f"{number:8} {name}")  # noqa: T201 - as above
    _judge(soak, people, wordpress)


def _judge(soak: Soak, people: People, wordpress: RunningWordPress) -> None:
    deliveries = soak.host.deliveries()
    assert {each.state for each in deliveries} <= {"done", "ignored"}
    kept = Counter((each.contact, each.action) for each in deliveries)
    assert Counter(soak.answered) <= kept
    users = {user["user_email"]: user for user in wordpress.users()}
    assert len(users) == len(wordpress.users())
    added = {contact for contact, action in kept if action == "add"}
    before = {address(each + 1) for each in range(USERS_BEFORE)}
    emails = {str(soak.people.sandbox.tenant.contacts[each].email()) for each in added}
    assert users.keys() == emails | before
    uncertain = {
        each.contact
        for each in deliveries
        if "notification_uncertain" in [caveat.code for caveat in each.caveats]
    }
    welcomes = people.welcomes()
    passwords: dict[str, str] = {}
    for email, user in users.items():
        contact = people.contact_of(email)
        passwords[user["user_login"]] = people.password_in_keap(email) or OLD_PASSWORD
        if contact in added:
            assert user["roles"] == ["member_a"]
        if email in before:
            assert welcomes[email] == 0
        else:
            assert welcomes[email] == 1 or (welcomes[email] == 0 and contact in uncertain), email
    assert people.logged_in(passwords) == list(passwords)
