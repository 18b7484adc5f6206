"""The brake: when many roles are taken away, the rest waits for a person."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from bridge.config.users import Brake
from bridge.delivery import Cause, Delivery
from bridge.delivery_lines import HELD
from bridge.demo.wordpress import RunningWordPress
from bridge.role_brake import ROOM_TO_SPARE, BrakeHolds, RoleBrake, roles_lost
from bridge.store import Store
from keap_client.sandbox import Sandbox
from tests.bridge.running import running_bridge, write_config
from tests.bridge.store.examples import Clock
from wp_client.document import Change, RoleRules, UserDocument, UserResult
from wp_client.errors import WordPressUnreachable, WouldRemoveRoles

ALLOWED = ("member_a", "member_b", "member_c")
GIVE_B = RoleRules(give=("member_b",), among=ALLOWED)
HOUR = timedelta(minutes=60)


@dataclass
class People:
    """Users in the place of WordPress, with their roles, and what was asked about them."""

    roles: dict[str, set[str]]
    asked: list[tuple[str, bool]] = field(default_factory=list)
    fault: Exception | None = None

    async def carry_out(self, document: UserDocument) -> UserResult:
        """Replace the roles of the user, as WordPress does."""
        self.asked.append((document.contact, document.roles.may_remove))
        if self.fault is not None and document.roles.may_remove:
            raise self.fault
        before = self.roles[document.contact]
        after = {*document.roles.give, *(before - set(document.roles.among))}
        await asyncio.sleep(0)  # others come in between
        if before - after and not document.roles.may_remove:
            raise WouldRemoveRoles(7, sorted(before - after))
        self.roles[document.contact] = after
        change = Change("roles", ", ".join(sorted(before)), ", ".join(sorted(after)))
        return UserResult("updated", 7, changes=(change,) if before != after else ())


def document(contact: str, roles: RoleRules = GIVE_B) -> UserDocument:
    """Make the document of a contact; its delivery has the contact's name."""
    return UserDocument(delivery=f"d{contact}", contact=contact, email=None, roles=roles)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until it is told."""
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    """An empty store."""
    async with await Store.open(tmp_path / "bridge.db", clock=clock, owner="test") as opened:
        yield opened


def members(number: int, *roles: str) -> People:
    """So many users who have roles."""
    return People({str(each): set(roles or ("member_a",)) for each in range(number)})


async def all_at_once(brake: RoleBrake, people: People) -> list[UserResult | BaseException]:
    """Carry out a document for everybody, side by side."""
    asked = (
        brake.carry_out(document(each), people.carry_out, looked_at=False) for each in people.roles
    )
    return await asyncio.gather(*asked, return_exceptions=True)


@pytest.mark.parametrize("most", [1, 3, ROOM_TO_SPARE + 3])
async def test_never_more_are_taken_away_than_the_rule_says(store: Store, most: int) -> None:
    """Hundreds that begin together would all pass before the first one is counted."""
    people = members(60)
    outcomes = await all_at_once(RoleBrake(Brake(removals=most), store.removals), people)

    held = [each for each in outcomes if isinstance(each, BrakeHolds)]
    assert len(held) == 60 - most
    assert sum(each == {"member_b"} for each in people.roles.values()) == most
    assert f"more than {most} roles" in str(held[0])


async def test_several_bridges_count_together(store: Store) -> None:
    """Each process would take as many roles away as all of them may."""
    people = members(20)
    brakes = [RoleBrake(Brake(removals=4), store.removals) for _ in range(2)]
    await asyncio.gather(*(all_at_once(brake, people) for brake in brakes))

    assert sum(each == {"member_b"} for each in people.roles.values()) == 4


async def test_who_loses_nothing_passes_in_one_request(store: Store) -> None:
    """The brake would hold buyers, or cost every Post a second request."""
    people = members(30, "member_b")
    outcomes = await all_at_once(RoleBrake(Brake(removals=1), store.removals), people)

    assert not [each for each in outcomes if isinstance(each, Exception)]
    assert len(people.asked) == 30


async def test_those_that_come_together_do_not_wait_for_each_other(store: Store) -> None:
    """A burst of Posts with roles would be worked one after the other."""
    people = members(30, "member_b")
    await all_at_once(RoleBrake(Brake(), store.removals), people)

    assert sum(may_remove for _, may_remove in people.asked) == 1  # who has the lock meanwhile


async def test_near_the_limit_even_one_alone_asks_first(store: Store) -> None:
    """Somebody who loses many roles at once would lose more than the rule allows."""
    people = members(1, "member_a", "member_c")
    brake = RoleBrake(Brake(removals=1), store.removals)

    with pytest.raises(BrakeHolds):
        await brake.carry_out(document("0"), people.carry_out, looked_at=False)
    assert people.roles["0"] == {"member_a", "member_c"}


async def test_a_post_that_comes_alone_costs_one_request(store: Store) -> None:
    """An ordinary change of role would cost two."""
    people = members(3)
    brake = RoleBrake(Brake(), store.removals)
    for each in people.roles:
        await brake.carry_out(document(each), people.carry_out, looked_at=False)

    assert people.asked == [("0", True), ("1", True), ("2", True)]
    assert await store.removals.count(HOUR) == 3


async def test_a_user_who_loses_several_roles_counts_for_each(store: Store) -> None:
    """The rule would be about users where it says roles."""
    people = members(3, "member_a", "member_c")
    outcomes = await all_at_once(RoleBrake(Brake(removals=3), store.removals), people)

    assert sum(isinstance(each, BrakeHolds) for each in outcomes) == 2
    assert await store.removals.count(HOUR) == 2


async def test_the_rule_looks_back_no_further_than_it_says(store: Store, clock: Clock) -> None:
    """A site that changes a few roles a day would be stopped one day, and for good."""
    people = members(4)
    brake = RoleBrake(Brake(removals=2, minutes=60), store.removals)
    await all_at_once(brake, people)
    clock.pass_(3601)
    again = await all_at_once(brake, people)

    assert not [each for each in again if isinstance(each, BrakeHolds)]


async def test_the_count_outlives_the_process(tmp_path: Path, clock: Clock) -> None:
    """A bridge that is restarted again and again would take all roles away all the same."""
    held = 0
    people = members(4)
    for _ in range(2):
        async with await Store.open(tmp_path / "b.db", clock=clock, owner="test") as store:
            outcomes = await all_at_once(RoleBrake(Brake(removals=2), store.removals), people)
            held = sum(isinstance(each, BrakeHolds) for each in outcomes)

    assert held == 2


async def test_an_attempt_that_is_repeated_counts_once(store: Store) -> None:
    """While WordPress is down, attempts that change nothing would use the rule up."""
    people = members(1)
    brake = RoleBrake(Brake(removals=1), store.removals)
    people.fault = WordPressUnreachable("nobody answers", sent=False)
    for _ in range(3):
        with pytest.raises(WordPressUnreachable):
            await brake.carry_out(document("0"), people.carry_out, looked_at=False)
    people.fault = None
    await brake.carry_out(document("0"), people.carry_out, looked_at=False)

    assert people.roles["0"] == {"member_b"}
    assert await store.removals.count(HOUR) == 1


@pytest.mark.parametrize(
    ("rules", "brake", "looked_at"),
    [
        (GIVE_B, None, False),
        (GIVE_B, Brake(removals=1), True),
        (replace(GIVE_B, mode="add"), Brake(removals=1), False),
        (replace(GIVE_B, give=()), Brake(removals=1), False),
    ],
)
async def test_what_is_not_the_brakes_business_is_sent_as_it_is(
    store: Store, rules: RoleRules, brake: Brake | None, *, looked_at: bool
) -> None:
    """What a person has let go, or what takes nothing away, would be held or counted."""
    people = members(3)
    guard = RoleBrake(brake, store.removals)
    for each in people.roles:
        await guard.carry_out(document(each, rules), people.carry_out, looked_at=looked_at)

    assert {may_remove for _, may_remove in people.asked} == {True}
    assert await store.removals.count(HOUR) == 0


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ("a, b", "b, c", {"a"}),
        ("a", "a, b", set()),
        (None, "a", set()),
        ("a", "", {"a"}),
    ],
)
def test_roles_lost_are_those_that_were_there_before(
    before: str | None, after: str, lost: set[str]
) -> None:
    """Roles that are given would count, or those taken would not."""
    result = UserResult("updated", 7, changes=(Change("roles", before, after),))

    assert roles_lost(result) == lost


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_a_campaign_that_takes_roles_is_stopped_until_a_person_has_looked(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """One wrong Post would take everybody's membership; or nobody could let it go on."""
    people = [
        sandbox.tenant.add_contact(given_name="Ann", family_name="Lee", email=f"ann{n}@example.com")
        for n in range(4)
    ]
    config = write_config(tmp_path, sandbox.url, sandbox.token, wordpress)
    text = config.read_text()
    config.write_text(text.replace("member_b]}", "member_b], brake: {removals: 2}}"))

    def having(role: str) -> int:
        return sum(each["roles"] == [role] for each in wordpress.users())

    async def posted(role: str) -> list[Delivery]:
        async with running_bridge(config) as bridge:
            for each in people:
                await bridge.post(each.id, "add", role=role)
            return await bridge.settled()

    await posted("member_a")
    deliveries = (await posted("member_b"))[4:]
    assert (having("member_a"), having("member_b")) == (2, 2)
    held = [each for each in deliveries if each.state == "held"]
    assert {(each.cause, "would lose the role member_a" in each.reason) for each in held} == {
        ("brake", True)
    }

    async with running_bridge(config) as bridge:
        assert [each.state for each in await bridge.settled()].count("held") == 2  # a start is none
    async with await Store.open(tmp_path / "bridge.db", clock=Clock(), owner="test") as store:
        assert await store.resend(state="held") == 2
    async with running_bridge(config) as bridge:
        assert {each.state for each in await bridge.settled()} == {"done"}
    assert having("member_b") == 4


@pytest.mark.parametrize("cause", get_args(Cause))
def test_every_cause_says_how_a_held_delivery_goes_on(cause: Cause) -> None:
    """The list of deliveries would break off at the first one that is held for it."""
    assert HELD[cause]
