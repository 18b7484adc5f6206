"""Killed between any two steps, and while the other side works; then started again.

Every action, in both ways, at every boundary: whatever the moment, each Post that was answered is
carried out, and nothing is done twice.
"""

import signal
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Sandbox
from tests.bridge.kill.host import Host
from tests.bridge.kill.people import OLD_PASSWORD, People, address
from tests.bridge.running import ACCESS_KEY

POINTS = (
    "post_read",
    "store_before_commit",
    "store_after_commit",
    "keap_request",
    "keap_request_in_flight",
    "keap_answer",
    "wordpress_request",
    "wordpress_request_in_flight",
    "wordpress_answer",
)
MORE_THAN_ENOUGH = 20
"""How often one of them is reached at most; an ``add`` over core sends about ten requests."""


@dataclass(frozen=True, slots=True)
class Course:
    """What is posted, and what must have come of it however often the bridge was killed."""

    name: str
    action: Literal["add", "update", "update_tags"]
    there: bool
    """Whether the users are there before."""
    first_name: str
    role: str
    keap: int
    """How many calls to Keap it takes at least: the contact, the password."""
    wordpress: int
    """How many requests to WordPress it takes at least: the document, the notification."""

    @property
    def reached(self) -> Counter[str]:
        """How often each boundary is reached, at least."""
        return Counter(
            post_read=1,
            store_before_commit=3,  # the Post, the attempt's beginning and end
            store_after_commit=3,
            keap_request=self.keap,
            keap_request_in_flight=self.keap,
            keap_answer=self.keap,
            wordpress_request=self.wordpress,
            wordpress_request_in_flight=self.wordpress,
            wordpress_answer=self.wordpress,
        )


COURSES = [
    Course("add", "add", there=False, first_name="Ann", role="member_a", keap=2, wordpress=2),
    Course(
        "add_existing", "add", there=True, first_name="Ann", role="member_a", keap=1, wordpress=1
    ),
    Course("update", "update", there=True, first_name="Ann", role="member_a", keap=1, wordpress=1),
    Course(
        "update_tags",
        "update_tags",
        there=True,
        first_name="Old",
        role="subscriber",
        keap=1,
        wordpress=1,
    ),
]


@pytest.mark.parametrize("wordpress_version", ["6.1"], indirect=True)
@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.name)
async def test_everything_survives_a_kill_at_every_step(
    host: Host, sandbox: Sandbox, wordpress: RunningWordPress, course: Course
) -> None:
    """A Post would be lost, a user made twice, mailed twice, or Keap's password would be wrong."""
    people = People(sandbox, wordpress)
    if course.there:
        people.are_users(len(POINTS) * MORE_THAN_ENOUGH)
    number = 0
    for point in POINTS:
        waiting_for_keap: str | None = None
        for nth in range(1, MORE_THAN_ENOUGH):
            number += 1
            contact = people.become_contact(number)
            async with host.bridge(point, nth) as running:
                if waiting_for_keap:  # as Keap repeats a Post that was not answered
                    assert await host.post(waiting_for_keap, course.action)
                await host.over(running)
                assert running.returncode is None
                host.arm()
                answered = await host.post(contact, course.action)
                await host.over(running)
            waiting_for_keap = None if answered else contact
            if running.returncode != -signal.SIGKILL:
                break

    assert course.reached <= Counter(host.died_at.read_text().split())
    assert {each.state for each in host.deliveries()} == {"done"}
    users = {user["user_email"]: user for user in wordpress.users()}
    assert len(users) == len(wordpress.users())
    addresses = [address(each) for each in range(1, number + 1)]
    assert set(addresses) == users.keys() if not course.there else set(addresses) <= users.keys()
    for each in addresses:
        assert users[each]["meta"]["first_name"] == course.first_name
        assert users[each]["roles"] == [course.role]
        if wordpress.companion:
            _judge_meta(people, users[each])
    _judge_passwords_and_mails(host, people, course, [users[each] for each in addresses])


def _judge_meta(people: People, user: dict[str, Any]) -> None:
    contact = people.contact_of(user["user_email"])
    tags = people.sandbox.tenant.contacts[contact].tags
    assert user["meta"]["infusionsoft_tags"] == list(tags)
    assert user["meta"]["infusionsoft_contact_id"] == contact


def _judge_passwords_and_mails(
    host: Host, people: People, course: Course, users: list[dict[str, Any]]
) -> None:
    uncertain = {
        each.contact
        for each in host.deliveries()
        if "notification_uncertain" in [caveat.code for caveat in each.caveats]
    }
    welcomes = people.welcomes()
    passwords: dict[str, str] = {}
    for user in users:
        email = user["user_email"]
        in_keap = people.password_in_keap(email)
        assert (in_keap is None) == course.there, email
        passwords[user["user_login"]] = in_keap or OLD_PASSWORD
        count = welcomes[email]
        if course.there:
            assert count == 0, email
        else:
            assert count == 1 or (count == 0 and people.contact_of(email) in uncertain), email
    assert people.logged_in(passwords) == list(passwords)
    service = people.wordpress.service.application_password
    kept = host.on_disk()
    for secret in (ACCESS_KEY, people.sandbox.token, service, *passwords.values()):
        assert secret.encode() not in kept
        assert secret not in host.log.read_text()


async def test_a_stop_finishes_what_is_under_way(
    host: Host, sandbox: Sandbox, wordpress: RunningWordPress
) -> None:
    """An update of the bridge would cut attempts short, and leave work to guess about."""
    async with host.bridge() as running:
        sandbox.quirks = replace(sandbox.quirks, latency=0.3)
        assert await host.post("1001")
        running.send_signal(signal.SIGTERM)
        assert await running.wait() == 0

    (delivery,) = host.deliveries()
    assert delivery.state == "done"
    assert len(wordpress.users()) == 1
