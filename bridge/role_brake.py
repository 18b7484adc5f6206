"""The brake on roles: when many are taken away in a short time, the rest waits for a person.

One wrong setting in a campaign can take a role from thousands. What has been taken away is counted
in the store, by all processes together, and never from what a Post asks: WordPress itself says
which roles somebody would lose, or has lost.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import structlog

from bridge.config.users import Brake
from bridge.store.removals import Removals
from wp_client.document import UserDocument, UserResult
from wp_client.errors import WouldRemoveRoles

ROOM_TO_SPARE = 10
"""While so many roles more may be taken away, a Post that comes alone need not ask first."""


class BrakeHolds(Exception):
    """A role would be taken away, and so many have been that a person should look at it."""

    def __init__(self, error: WouldRemoveRoles, brake: Brake) -> None:
        """Take what WordPress said, and the rule."""
        roles = ", ".join(error.roles)
        super().__init__(
            f"WordPress user {error.user_id} would lose the role {roles}, and with it more than"
            f" {brake.removals} roles would be taken away within {brake.minutes} minutes: see"
            " whether that is right, and then resend it, or set users.roles.brake higher."
        )


class RoleBrake:
    """Has documents carried out that may take roles away, as long as not too many do."""

    def __init__(self, brake: Brake | None, removals: Removals) -> None:
        """Take the rule, ``None`` for no brake, and where removals are counted."""
        self._brake = brake
        self._removals = removals
        self._counting = asyncio.Lock()
        self._held = False
        self._log = structlog.get_logger()

    async def carry_out(
        self,
        document: UserDocument,
        carry_out: Callable[[UserDocument], Awaitable[UserResult]],
        *,
        looked_at: bool,
    ) -> UserResult:
        """Have a document carried out, unless it takes a role away and too many were.

        Args:
            document: What the user should be.
            carry_out: Sends it to WordPress.
            looked_at: A person has let it go on: it is neither held nor counted.

        Raises:
            BrakeHolds: It would be one too many; nothing was done.
            WordPressError: As ``carry_out`` raises it.
        """
        brake = self._brake
        if brake is None or looked_at or not document.roles.could_remove:
            return await carry_out(document)
        within = timedelta(minutes=brake.minutes)
        # Only one at a time goes without asking, and nothing is counted meanwhile: hundreds that
        # begin together, each of which has seen that there is room, would go far beyond it. (Of
        # hosts that share the store, each may have one under way that the others do not see yet.)
        if not self._counting.locked():
            async with self._counting:
                if await self._removals.count(within) + ROOM_TO_SPARE <= brake.removals:
                    result = await carry_out(document)
                    if lost := roles_lost(result):
                        await self._removals.add(document.delivery, len(lost), within=within)
                    return result
        asking = replace(document, roles=replace(document.roles, may_remove=False))
        try:
            return await carry_out(asking)
        except WouldRemoveRoles as error:
            number = len(error.roles)
            # Counted before it is done: who dies in between has counted one too many, once.
            async with self._counting:
                allowed = await self._removals.add(
                    document.delivery, number, within=within, most=brake.removals
                )
            self._tell(brake, holds=not allowed)
            if not allowed:
                raise BrakeHolds(error, brake) from None
            return await carry_out(document)

    def _tell(self, brake: Brake, *, holds: bool) -> None:
        """Say once that the brake has begun to hold."""
        if holds and not self._held:
            self._log.warning("role_removals_held", removals=brake.removals, minutes=brake.minutes)
        self._held = holds


def roles_lost(result: UserResult) -> frozenset[str]:
    """Give the roles that carrying a document out took away."""
    change = next((each for each in result.changes if each.name == "roles"), None)
    if change is None:
        return frozenset()
    before, after = (set((text or "").split(", ")) for text in (change.before, change.after))
    return frozenset(before - after - {""})
