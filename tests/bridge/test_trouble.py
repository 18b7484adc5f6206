"""When one of the ends is in trouble: tried again, or held, and nothing done twice."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.delivery import Delivery
from bridge.demo.wordpress import RunningWordPress
from bridge.surroundings import Surroundings
from keap_client.sandbox import Fault, Sandbox
from tests.bridge.running import RunningBridge, bridge_between, running_bridge, write_config

ZOE = "zoe@example.com"
OTHER = "1002"
"""A contact whose Post wakes the worker, so that nobody waits for the schedule's real seconds."""

ONE_VERSION = pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)


class Clock:
    """The time, as the test says."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """Give the time."""
        return datetime.now(UTC) + self._ahead

    def advance(self, **by: float) -> None:
        """Let time pass."""
        self._ahead += timedelta(**by)


ENDED = {"done", "failed"}


async def until(bridge: RunningBridge, is_so: Callable[[list[Delivery]], bool]) -> list[Delivery]:
    """Wait until the deliveries are as wanted."""
    async with asyncio.timeout(30):
        while not is_so(deliveries := await bridge.deliveries()):  # noqa: ASYNC110 - from outside
            await asyncio.sleep(0.02)
    return deliveries


def tried(deliveries: list[Delivery]) -> bool:
    """Whether the first delivery waits after a failed attempt."""
    return deliveries[0].state == "waiting" and deliveries[0].attempts > 0


@ONE_VERSION
async def test_a_wordpress_that_is_down_is_waited_for(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A Post that came while the site was down would be lost."""
    clock = Clock()
    surroundings = Surroundings(clock=clock)
    async with bridge_between(sandbox, wordpress, tmp_path, surroundings=surroundings) as bridge:
        with wordpress.down():
            await bridge.post(send_notification="true")
            (waiting,) = await until(bridge, tried)
        clock.advance(seconds=10)
        await bridge.post(OTHER)
        done, _ = await bridge.settled()

    assert waiting.due_at
    assert waiting.due_at > waiting.received_at
    assert "WordPress gave no answer" in waiting.reason
    assert (done.state, done.attempts) == ("done", 2)
    assert len([mail for mail in wordpress.mails() if mail["To"] == ZOE]) == 1


BEFORE_JSON = (
    "add_filter('rest_pre_serve_request', function ($s) { echo 'Notice: x'; return $s; });"
)
AFTER_CREATION = "add_action('user_register', function () { throw new Error('a plugin breaks'); });"


@ONE_VERSION
@pytest.mark.parametrize("plugin", [BEFORE_JSON, AFTER_CREATION])
async def test_an_answer_that_says_nothing_makes_no_twin(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path, plugin: str
) -> None:
    """The user was made, but the answer was no JSON: the next attempt would make another one."""
    clock = Clock()
    surroundings = Surroundings(clock=clock)
    users = {"return_password_to": "WP Password"}
    async with bridge_between(
        sandbox, wordpress, tmp_path, users=users, surroundings=surroundings
    ) as bridge:
        await bridge.post("999999")  # finds the site while it is well
        await bridge.settled()
        with wordpress.mu_plugin("breaks", plugin):
            await bridge.post(send_notification="true")
            # Over core, a broken answer is looked into at once, and the user found.
            await until(bridge, lambda all_: all_[-1].attempts > 0 and all_[-1].state != "running")
        clock.advance(seconds=10)
        await bridge.post("999999")
        deliveries = await bridge.settled()

    (user,) = wordpress.users()
    password = sandbox.tenant.custom_value("1001", "WP Password")
    welcomes = [mail for mail in wordpress.mails() if "Password Changed" not in mail["Subject"]]
    assert deliveries[1].state == "done"
    assert wordpress.log_in(user["user_login"], str(password))
    assert len(welcomes) == 1


@ONE_VERSION
async def test_refused_credentials_are_held_until_the_next_start(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """A mistyped password would burn three days of attempts, or lose the Posts."""
    account = wordpress.service
    wrong = replace(account, application_password="aaaa bbbb cccc dddd eeee ffff")
    mistyped = replace(wordpress, accounts={**wordpress.accounts, account.login: wrong})
    file = write_config(tmp_path, sandbox.url, sandbox.token, mistyped)
    async with running_bridge(file) as bridge:
        await bridge.post()
        (held,) = await bridge.settled()
    file = write_config(tmp_path, sandbox.url, sandbox.token, wordpress)
    async with running_bridge(file) as bridge:
        (done,) = await bridge.settled()

    assert held.state == "held"
    assert "application password" in held.reason
    assert done.state == "done"


NO_SIGN_IN = "add_filter('wp_is_application_passwords_available', '__return_false');"


@ONE_VERSION
async def test_a_sign_in_that_works_again_lets_what_was_held_go_on(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """Somebody who mends the site would also have to know of the bridge, and to start it again."""
    clock = Clock()
    async with bridge_between(
        sandbox, wordpress, tmp_path, surroundings=Surroundings(clock=clock)
    ) as bridge:
        with wordpress.mu_plugin("no-sign-in", NO_SIGN_IN):
            await bridge.post()
            (held,) = await bridge.settled()
            await bridge.post(OTHER)  # is not even begun
        clock.advance(seconds=10)
        await bridge.post("999999")
        done, other, _ = await until(bridge, lambda all_: {d.state for d in all_} <= ENDED)

    assert (held.state, held.cause, other.attempts) == ("held", "wordpress", 1)
    assert (done.state, done.attempts, other.state) == ("done", 2, "done")


@ONE_VERSION
async def test_a_field_that_is_made_in_keap_lets_what_was_held_go_on(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """Somebody who has made the missing field would also have to start the bridge again."""
    clock = Clock()
    async with bridge_between(
        sandbox,
        wordpress_with_companion,
        tmp_path,
        users={"return_password_to": "Made later"},
        surroundings=Surroundings(clock=clock),
    ) as bridge:
        await bridge.post()
        (held,) = await bridge.settled()
        clock.advance(seconds=10)
        await bridge.post(OTHER)  # the field is still missing
        await asyncio.sleep(0.2)
        (_, other) = await bridge.deliveries()
        sandbox.tenant.add_custom_field("Made later")
        clock.advance(minutes=5)
        await bridge.post("999999")
        done, _, _ = await until(bridge, lambda all_: {d.state for d in all_} <= ENDED)

    assert (held.state, held.cause, other.attempts) == ("held", "configuration", 0)
    assert (done.state, done.attempts) == ("done", 2)
    assert sandbox.tenant.custom_value("1001", "Made later")


KEAP_TROUBLES: list[tuple[Fault, str, str]] = [
    (Fault("throttled", retry_after=100), "waiting", "Keap"),
    (Fault("error_html"), "waiting", "Keap"),
    (Fault("hang_up"), "waiting", "Keap could not be reached"),
    (Fault("invalid_token"), "held", "Keap does not accept the token"),
]


@ONE_VERSION
@pytest.mark.parametrize(("fault", "state", "said"), KEAP_TROUBLES)
async def test_keap_in_trouble(
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
    fault: Fault,
    state: str,
    said: str,
) -> None:
    """A Post would be lost, or a token that is wrong be tried for three days."""
    sandbox.faults.add(replace(fault, path="contacts/1001"))
    async with bridge_between(sandbox, wordpress_with_companion, tmp_path) as bridge:
        await bridge.post()
        (delivery,) = await until(
            bridge, lambda all_: tried(all_) or all_[0].finished_at is not None
        )

    assert delivery.state == state
    assert said in delivery.reason
    if fault.retry_after and delivery.due_at:
        assert delivery.due_at >= delivery.received_at + timedelta(seconds=fault.retry_after)


@ONE_VERSION
async def test_a_password_that_could_not_be_returned_is_renewed_not_lost(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> None:
    """The user would be there, and nobody would know the password; or two mails would be sent."""
    clock = Clock()
    sandbox.faults.add(Fault("error_html", method="PATCH"))
    users = {"return_password_to": "WP Password"}
    async with bridge_between(
        sandbox, wordpress, tmp_path, users=users, surroundings=Surroundings(clock=clock)
    ) as bridge:
        await bridge.post(send_notification="true")
        await until(bridge, tried)
        assert wordpress.mails() == []
        clock.advance(seconds=10)
        await bridge.post(OTHER)
        done, _ = await bridge.settled()

    password = sandbox.tenant.custom_value("1001", "WP Password")
    welcomes = [mail for mail in wordpress.mails() if "Password Changed" not in mail["Subject"]]
    assert done.state == "done"
    assert wordpress.log_in(ZOE, str(password))
    assert len(welcomes) == 1


@ONE_VERSION
async def test_posts_that_wait_together_are_one_reading_of_keap(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """Repeats would be dropped, or each cost a call; a Post during an attempt would be missed."""
    async with bridge_between(sandbox, wordpress_with_companion, tmp_path) as bridge:
        await bridge.post()
        await bridge.settled()
        sandbox.record.clear()
        sandbox.quirks = replace(sandbox.quirks, latency=0.3)
        await bridge.post(action="update")  # begins at once
        await until(bridge, lambda all_: all_[-1].state == "running")
        sandbox.tenant.contacts["1001"].properties["given_name"] = "Newest"
        for role in ("member_a", "member_b"):
            await bridge.post(action="update", role=role)
        deliveries = await bridge.settled()

    assert {each.state for each in deliveries} == {"done"}
    assert sandbox.record.counts()["GET contacts/{contact_id}"] == 2
    user = wordpress_with_companion.user(ZOE)
    assert (user["meta"]["first_name"], user["roles"]) == ("Newest", ["member_b"])


NO_MAIL_SERVER = """
add_action('phpmailer_init', function ($mail) {
    $mail->isSMTP();
    $mail->Host = '127.0.0.1';
    $mail->Port = 1;
});
"""


@ONE_VERSION
async def test_mail_that_wordpress_cannot_send_is_tried_again(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """A mail server that is down for a minute would cost somebody their welcome."""
    wordpress = wordpress_with_companion
    clock = Clock()
    async with bridge_between(
        sandbox, wordpress, tmp_path, surroundings=Surroundings(clock=clock)
    ) as bridge:
        with wordpress.mu_plugin("no-mail-server", NO_MAIL_SERVER):
            await bridge.post(send_notification="true")
            (waiting,) = await until(bridge, tried)
        clock.advance(seconds=10)
        await bridge.post(OTHER)
        done, _ = await bridge.settled()

    assert "could not send the notification" in waiting.reason
    assert done.state == "done"
    assert [mail["To"] for mail in wordpress.mails()] == [ZOE]
