"""One attempt: Keap is read, WordPress is made to agree, what is owed to Keap is written back.

It reads straight down. Every step that must be known after a crash is on disk before the next one
begins; where an attempt is cut short, the next one starts over and recognises what was done.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bridge.aftermath import Aftermath
from bridge.circuit import Destination
from bridge.config import Config
from bridge.contact_gone import caveat_on, former_contact, verdict_on_gone, with_caveat_on
from bridge.delivery import Caveat, Step, Verdict, Work
from bridge.explanations import NO_USER
from bridge.intent import Intent, fold
from bridge.keap_end import KeapEnd
from bridge.plan import Plan, for_missing, plan_for, with_notification, without_password
from bridge.reading import Reading
from bridge.role_brake import BrakeHolds, RoleBrake
from bridge.store import Store
from bridge.verdicts import sentence_of
from bridge.wordpress_end import WordPressEnd
from keap_client.errors import ContactNotFound
from keap_client.quota import Quota
from wp_client.document import UserDocument, UserResult
from wp_client.errors import LinkedToAnotherContact, WordPressError

UNCERTAIN = Caveat("notification_uncertain")
"""An attempt died while the mail was being sent: it may have left, so it is never sent again."""

SENT = "notification_sent"
"""The step after which no mail is sent, and no password set, for the delivery again."""


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

    async def save(self) -> None:
        """Return once all steps are on disk."""
        if self._noted:
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
        role_brake: RoleBrake,
        *,
        new_password: Callable[[], str],
    ) -> None:
        self._config = config
        self._keap = keap
        self._wordpress = wordpress
        self._role_brake = role_brake
        self._new_password = new_password
        self._aftermath = Aftermath(keap, config.keap.after)

    async def run(self, work: Work, timeline: Timeline) -> Verdict:
        """Make WordPress agree with Keap about one contact.

        Raises:
            KeapError, WordPressError, ConfigurationAtFault: :mod:`bridge.verdicts` judges them.
        """
        intent = fold(work.deliveries)
        try:
            reading = await self._keap.read(work.contact, behind=work.behind)
        except ContactNotFound as gone:
            timeline.note("contact_gone")
            return await verdict_on_gone(work, gone, self._config, self._keap, self._wordpress)
        timeline.note("contact_read")

        try:
            plan, result = await self._agree(work, reading, intent)
        except BrakeHolds as held:
            timeline.note("role_removal_held")
            return Verdict("held", str(held), caveats=reading.mapping.caveats, cause="brake")
        if result.state == "missing":
            timeline.note("user_missing")
            return Verdict("ignored", NO_USER, caveats=_caveats(reading, plan, result))
        timeline.note(f"user_{result.state}", ", ".join(change.name for change in result.changes))

        await self._write_back(work, plan, result, reading, timeline)
        notified = await self._notify(work, plan.document, result, timeline)
        untagged = await self._tell_done(work, timeline)
        said = [*caveat_on(work, result), *_caveats(reading, plan, result), *notified, *untagged]
        caveats = dict.fromkeys(said)  # each is said once
        changed = result.state in ("created", "updated") or result.created_by_delivery
        return Verdict("done", caveats=tuple(caveats), user_id=result.user_id, changed=changed)

    async def end_failed(
        self,
        work: Work,
        verdict: Verdict,
        timeline: Timeline,
        judge: Callable[[Exception], Verdict],
    ) -> Verdict:
        """Tell Keap that a delivery has failed, before it is written down that it has.

        Cut short in between, the delivery is tried again, fails again, and Keap is told again.

        Args:
            work: What the attempt carried.
            verdict: With deliveries that end as failed.
            timeline: The attempt's.
            judge: Says what an error makes of the delivery.

        Returns:
            The verdict, or one that waits until Keap can be told.
        """
        try:
            tag, caveats = await self._aftermath.apply("failed", work.contact)
        except Exception as error:  # noqa: BLE001 - whatever it is, the failure is not forgotten
            timeline.note("tag_not_applied", sentence_of(error))
            later = judge(error)
            if verdict.state == "failed" and later.state == "waiting" and not later.give_up:
                reason = f"{verdict.reason} Keap could not be told yet, so it is tried again."
                return replace(later, reason=reason)
            tag, caveats = None, [Caveat("failure_not_told")]
        if tag is not None:
            timeline.note("tag_applied", tag)
        return replace(verdict, caveats=(*verdict.caveats, *caveats))

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

    async def _tell_done(self, work: Work, timeline: Timeline) -> Sequence[Caveat]:
        """Give the contact the tag by which a campaign goes on; the last thing that happens."""
        if not self._aftermath.asks("done"):
            return ()
        await timeline.save()  # so that an attempt which is cut short here repeats no mail
        tag, caveats = await self._aftermath.apply("done", work.contact)
        if tag is not None:
            timeline.note("tag_applied", tag)
        return caveats

    def _plan(self, work: Work, reading: Reading, intent: Intent) -> Plan:
        plan = plan_for(
            reading.contact,
            intent,
            self._config,
            reading.mapping,
            delivery=work.deliveries[0].id,
            user_id=work.user_id,
            password=self._new_password(),
            tags=reading.tags,
            attempt=work.attempt,
        )
        document = replace(plan.document, formerly=former_contact(work))
        return replace(plan, document=document)

    async def _agree(self, work: Work, reading: Reading, intent: Intent) -> tuple[Plan, UserResult]:
        """Make WordPress agree; give the plan that was followed, and what came of it."""
        plan = self._plan(work, reading, intent)
        # Once Keap has the password, or the mail has left with its link, neither may go stale.
        settled = "password_returned" in work.steps or _last_notification_step(work) == SENT
        document = without_password(plan.document) if settled else plan.document
        result = await self._carry_out(work, document)
        creating = for_missing(intent, self._config) if result.state == "missing" else None
        if creating is None:
            return plan, result
        plan = self._plan(work, reading, creating)
        return plan, await self._carry_out(work, plan.document)

    async def _carry_out(self, work: Work, document: UserDocument) -> UserResult:
        # Together with others it would fail them again, if it is what breaks WordPress.
        alone = work.failures > 0

        async def send(document: UserDocument) -> UserResult:
            return await self._wordpress.carry_out(document, alone=alone, behind=work.behind)

        looked_at = all(each.passes_brake for each in work.deliveries)
        try:
            return await self._role_brake.carry_out(document, send, looked_at=looked_at)
        except LinkedToAnotherContact as linked:
            # After a merge it is the contact that is left that Keap posts.
            if not await self._keap.is_gone(linked.contact):
                raise
            document = replace(document, formerly=linked.contact)
            result = await self._role_brake.carry_out(document, send, looked_at=looked_at)
            return with_caveat_on(linked.contact, work, result)

    async def _write_back(
        self, work: Work, plan: Plan, result: UserResult, reading: Reading, timeline: Timeline
    ) -> None:
        """Tell Keap of a new user, everything in one call, and once for a delivery."""
        fields, values = reading.write_back, dict[str, str]()
        if result.created_by_delivery and "user_returned" not in work.steps:
            about = {
                fields.login: result.login or "",
                fields.user_id: str(result.user_id or ""),
                fields.registered: result.registered,
            }
            values |= {field: text for field, text in about.items() if field and text}
        done = ["user_returned"] if values else []
        new_user = plan.document.new_user
        is_set = result.password == "set"  # noqa: S105 - says what happened, is no password
        if plan.return_password and is_set and new_user and fields.password:
            values[fields.password] = new_user.password
            done.append("password_returned")
        if not values:
            return
        await self._keap.write_back(reading.contact.id, values, behind=work.behind)
        for step in done[:-1]:
            timeline.note(step)
        await timeline.keep(done[-1])

    async def _notify(
        self, work: Work, document: UserDocument, result: UserResult, timeline: Timeline
    ) -> Sequence[Caveat]:
        """Send the notification that had to wait, or that core sends by a request of its own."""
        if result.notification in ("sent", "sent_before"):
            timeline.note(SENT)
        if result.notification == "uncertain":
            return [UNCERTAIN]
        last = _last_notification_step(work)
        if result.notification != "due" or last == SENT:
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
        timeline.note(SENT)
        return [Caveat(each.code, each.subject) for each in notified.caveats]


def _last_notification_step(work: Work) -> str | None:
    steps = [step for step in work.steps if step.startswith("notification_")]
    return steps[-1] if steps else None


def _caveats(reading: Reading, plan: Plan, result: UserResult) -> tuple[Caveat, ...]:
    said = (Caveat(each.code, each.subject) for each in result.caveats)
    return (*reading.mapping.caveats, *plan.caveats_of(result), *said)
