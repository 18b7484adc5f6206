"""What carrying out an HTTP Post would change, in words. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bridge.config import Config
from bridge.delivery import Caveat
from bridge.explanations import NO_USER, explain
from bridge.plan import Plan
from wp_client.document import Change, UserResult

Outcome = Literal["created", "updated", "unchanged", "ignored"]

HEADLINES: dict[Outcome, str] = {
    "created": "a user would be created",
    "updated": "{user} would be updated",
    "unchanged": "{user} would stay as it is",
    "ignored": f"nothing would be done. {NO_USER}",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of an HTTP Post for one contact. Never holds a password."""

    contact: str
    outcome: Outcome
    user_id: int | None
    roles: tuple[str, ...]
    """As they would be afterwards."""
    changes: tuple[Change, ...]
    consequences: tuple[str, ...]
    """Mails and passwords, a sentence each."""
    warnings: tuple[Caveat, ...]
    """What would be left undone."""


def preview_of(
    result: UserResult,
    plan: Plan,
    config: Config,
    caveats: tuple[Caveat, ...],
    *,
    companion: bool,
) -> Preview:
    """Put together what would happen.

    Args:
        result: Of the dry run.
        plan: What the dry run was about.
        config: The site's configuration.
        caveats: What reading the contact left out.
        companion: Whether the site has the companion.
    """
    said = (Caveat(each.code, each.subject) for each in result.caveats)
    return Preview(
        contact=plan.document.contact,
        outcome="ignored" if result.state == "missing" else result.state,
        user_id=result.user_id,
        roles=result.roles,
        changes=result.changes,
        consequences=tuple(_consequences(result, plan, config, companion=companion)),
        warnings=tuple(dict.fromkeys([*caveats, *plan.caveats, *said])),
    )


def lines_of(preview: Preview) -> list[str]:
    """Give a preview as lines for a terminal."""
    user = f"WordPress user {preview.user_id}"
    lines = [f"Contact {preview.contact}: {HEADLINES[preview.outcome].format(user=user)}"]
    lines += [f"  {_line_of(change)}" for change in preview.changes]
    lines += [f"  {sentence}" for sentence in preview.consequences]
    lines += [f"  warning: {explain(caveat)}" for caveat in preview.warnings]
    return [*lines, "Nothing was written."]


def _line_of(change: Change) -> str:
    before, after = (_quoted(value) for value in (change.before, change.after))
    if change.before in (None, ""):
        return f"{change.name}: {after}"
    return f"{change.name}: {before} → {after}"


def _quoted(value: str | None) -> str:
    return f'"{value}"' if value else "nothing"


def _consequences(
    result: UserResult, plan: Plan, config: Config, *, companion: bool
) -> Iterator[str]:
    users = config.users
    wanted = plan.document.notification != "none"
    if result.state == "created":
        if plan.return_password:
            yield f"The generated password would be written to Keap's {users.return_password_to}."
        if not wanted:
            yield "No mail would be sent."
        elif not companion:
            yield "WordPress's lost-password mail would be sent, with a link to set a password."
        elif users.notification == "password":
            yield "The new-user notification would be sent, with the generated password in it."
        else:
            yield "The new-user notification would be sent, with a link to set a password."
    elif wanted and result.state != "missing":
        yield "No new-user notification would be sent: the user is there already."
    if result.state == "updated" and any(each.name == "user_email" for each in result.changes):
        yield "WordPress would tell the old address that it was changed."
