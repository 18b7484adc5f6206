"""One attempt: Keap is read, WordPress is made to agree, what is owed to Keap is written back.

It reads straight down. Every step that must be known after a crash is on disk before the next one
begins; where an attempt is cut short, the next one starts over and recognises what was done.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from bridge.circuit import Destination
from bridge.config import Config
from bridge.delivery import Caveat, Step, Verdict, Work
from bridge.explanations import NO_USER
from bridge.intent import Intent, fold
from bridge.keap_end import KeapEnd
from bridge.plan import Plan, for_missing, plan_for, with_notification, without_password
from bridge.reading import Reading
from bridge.store import Store
from bridge.wordpress_end import WordPressEnd
from keap_client.quota import Quota
from wp_client.document import UserDocument, UserResult
from wp_client.errors import WordPressError

UNCERTAIN = Caveat("notification_uncertain")
"""An attempt died while the mail was being sent: it may have left, so it is never sent again."""


class Timeline:
    """The steps of one attempt, told to the store."""

    def __init__(self, work: Work, store: Store, clock: Callable[[], datetime]) -> None:
        self._work = work
        self._store = store
        self._clock = clock
        self._noted: list[Step] = []

    def note(self, name: str, detail: str = "") -> None:
        """Take a step down; it reaches the disk with the next one that must, or at the end."""
        self._noted.append(Step(self._clock(), name, detail))

    async def keep(self, name: str, detail: str = "") -> None:
        """Take a step down and return once it is on disk."""
        self.note(name, detail)
        await self._store.step(self._work, *self.rest())

    def rest(self) -> Sequence[Step]:
        """Give the steps that the disk does not have yet."""
        noted, self._noted = self._noted, []
        return noted


class Attempt:
    """Carries out the waiting deliveries of one contact."""

    def __init__(
        self,
        config: Config,
        keap: KeapEnd,
        wordpress: WordPressEnd,
        *,
        new_password: Callable[[], str],
    ) -> None:
        self._config = config
        self._keap = keap
        self._wordpress = wordpress
        self._new_password = new_password

    async def run(self, work: Work, timeline: Timeline) -> Verdict:
        """Make WordPress agree with Keap about one contact.

        Raises:
            KeapError, WordPressError, ConfigurationAtFault: :mod:`bridge.verdicts` judges them.
        """
        intent = fold(work.deliveries)
        reading = await self._keap.read(work.contact, behind=work.behind)
        timeline.note("contact_read")

        plan = self._plan(work, reading, intent)
        returned = "password_returned" in work.steps
        document = without_password(plan.document) if returned else plan.document
        alone = work.failures > 0  # or one that breaks WordPress would fail its neighbours again
        result = await self._wordpress.carry_out(document, alone=alone, behind=work.behind)
        if result.state == "missing":
            creating = for_missing(intent, self._config)
            if creating is None:
                timeline.note("user_missing")
                return Verdict("ignored", NO_USER, caveats=_caveats(reading, plan, result))
            plan = self._plan(work, reading, creating)
            result = await self._wordpress.carry_out(plan.document, alone=alone, behind=work.behind)
        timeline.note(f"user_{result.state}", ", ".join(change.name for change in result.changes))

        await self._return_password(work, plan, result, reading, timeline)
        notified = await self._notify(work, plan.document, result, timeline)
        caveats = dict.fromkeys([*_caveats(reading, plan, result), *notified])  # each is said once
        changed = result.state in ("created", "updated") or result.created_by_delivery
        return Verdict("done", caveats=tuple(caveats), user_id=result.user_id, changed=changed)

    async def probe(self, destination: Destination) -> None:
        """Ask an end, without touching a contact or user, whether it lets us in.

        Raises:
            KeapError, WordPressError, ConfigurationAtFault: It does not, or nobody knows.
        """
        await (self._keap if destination == "keap" else self._wordpress).probe()

    @property
    def quota(self) -> Quota | None:
        """The calls that Keap still allows, by its last answer."""
        return self._keap.quota

    def _plan(self, work: Work, reading: Reading, intent: Intent) -> Plan:
        return plan_for(
            reading.contact,
            intent,
            self._config,
            reading.mapping,
            delivery=work.deliveries[0].id,
            user_id=work.user_id,
            password=self._new_password(),
            attempt=work.attempt,
        )

    async def _return_password(
        self, work: Work, plan: Plan, result: UserResult, reading: Reading, timeline: Timeline
    ) -> None:
        new_user = plan.document.new_user
        is_set = result.password == "set"  # noqa: S105 - says what happened, is no password
        if not plan.return_password or not is_set or new_user is None:
            return
        await self._keap.return_password(reading, new_user.password, behind=work.behind)
        await timeline.keep("password_returned")

    async def _notify(
        self, work: Work, document: UserDocument, result: UserResult, timeline: Timeline
    ) -> Sequence[Caveat]:
        """Send the notification that had to wait, or that core sends by a request of its own."""
        if result.notification in ("sent", "sent_before"):
            timeline.note("notification_sent")
        if result.notification == "uncertain":
            return [UNCERTAIN]
        last = _last_notification_step(work)
        if result.notification != "due" or last == "notification_sent":
            return []
        if last == "notification_started" and not self._wordpress.remembers_notifications:
            return [UNCERTAIN]
        await timeline.keep("notification_started")
        kind = self._config.users.notification
        try:
            notified = await self._wordpress.notify(
                with_notification(document, kind), result, alone=work.failures > 0
            )
        except WordPressError as error:
            if not error.may_be_done:
                await timeline.keep("notification_failed")
            raise
        timeline.note("notification_sent")
        return [Caveat(each.code, each.subject) for each in notified.caveats]


def _last_notification_step(work: Work) -> str | None:
    steps = [step for step in work.steps if step.startswith("notification_")]
    return steps[-1] if steps else None


def _caveats(reading: Reading, plan: Plan, result: UserResult) -> tuple[Caveat, ...]:
    said = (Caveat(each.code, each.subject) for each in result.caveats)
    return (*reading.mapping.caveats, *plan.caveats, *said)
