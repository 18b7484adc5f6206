"""One Post that meets trouble, and what must have come of it once the trouble is over."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bridge.delivery import Delivery
from bridge.demo.wordpress import RunningWordPress
from bridge.surroundings import Surroundings
from keap_client.sandbox import Sandbox
from tests.bridge.faults.front import Front
from tests.bridge.running import running_bridge
from tests.bridge.test_trouble import Clock, until

SOAK = "KEAP_BRIDGE_SOAK_MINUTES" in os.environ
"""``make soak`` runs each row of a table in every way; the everyday run takes the telling ones."""

FIELD = "WP Password"
ZOE = "zoe@example.com"
ZOE_ID = "1001"
SOMEBODY = "1002"


@dataclass(frozen=True, slots=True)
class Scene:
    """Both ends, and a configuration that leads to them."""

    config_file: Path
    sandbox: Sandbox
    wordpress: RunningWordPress
    front: Front
    """What stands before WordPress."""

    async def first_attempt(self, begin: Callable[[], None]) -> Delivery:
        """Post Zoë's ``add`` to a bridge that knows both ends already; give how the attempt ended.

        Args:
            begin: Lets the trouble begin.
        """
        async with running_bridge(self.config_file) as bridge:
            await bridge.post(SOMEBODY)
            await bridge.settled()
            begin()
            await bridge.post(ZOE_ID, role="member_a", send_notification="true")
            deliveries = await until(bridge, lambda all_: _attempted(all_[-1]))
        return deliveries[-1]

    async def in_the_end(self) -> Delivery:
        """Let the trouble be over and a day go by, start the bridge again; give how it ended."""
        self.front.trouble = None
        self.sandbox.faults.clear()
        clock = Clock()
        clock.advance(days=1)
        async with running_bridge(self.config_file, Surroundings(clock=clock)) as bridge:
            deliveries = await bridge.settled()
        return deliveries[-1]

    def judge(self, done: Delivery) -> None:
        """Hold what both ends have against what was posted."""
        assert (done.state, done.reason) == ("done", "")
        zoe = self.wordpress.user(ZOE)  # and only one
        assert zoe["roles"] == ["member_a"]
        assert zoe["meta"]["first_name"] == "Zoë"
        password = self.sandbox.tenant.custom_value(ZOE_ID, FIELD)
        assert self.wordpress.log_in(zoe["user_login"], str(password))
        welcomes = [
            mail
            for mail in self.wordpress.mails()
            if mail["To"] == ZOE and "Password Changed" not in mail["Subject"]
        ]
        uncertain = "notification_uncertain" in [caveat.code for caveat in done.caveats]
        assert len(welcomes) == 1 or (uncertain and not welcomes)


def _attempted(delivery: Delivery) -> bool:
    return delivery.state not in ("waiting", "running") or (
        delivery.state == "waiting" and delivery.attempts > 0
    )
