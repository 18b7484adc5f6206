"""What carrying out an HTTP Post would change. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bridge.config import Config
from bridge.config.mapping import SPECIAL_TARGETS
from bridge.delivery import Action, Caveat
from bridge.plan import Plan
from bridge.reading import Reading
from wp_client.document import Change, UserResult

Outcome = Literal["created", "updated", "unchanged", "ignored"]

ADDRESS = dict.fromkeys(["email_taken", "bad_email"], "user_email")
"""Caveats that do not say what they are about."""

SAME = "WordPress has it already"
NOT_YET = "the line is for users who are there already"
NO_MORE = "the line is for new users"
FULL = "WordPress has something there, which the line says to keep"
ONLY_TAGS = "update_tags leaves fields alone"
EMPTY = "Keap has nothing there that could be written, so WordPress keeps what it has"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that would change."""

    name: str
    """A field, ``meta:KEY``, ``roles``, ``user_login``."""
    before: str | None = field(repr=False)
    """``None``: nothing is there."""
    after: str | None = field(repr=False)
    """``None``: it would be deleted."""
    is_list: bool = False
    added: tuple[str, ...] = ()
    """Of a list: what would come."""
    removed: tuple[str, ...] = ()
    """Of a list: what would go."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What people call these, where they are ids of tags."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A mapped field that would not be written."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of an HTTP Post for one contact. Never holds a password."""

    contact: str
    action: Action
    outcome: Outcome
    user_id: int | None
    roles: tuple[str, ...]
    """As they would be afterwards."""
    changes: tuple[Difference, ...]
    left_out: tuple[LeftOut, ...]
    consequences: tuple[str, ...]
    """Mails, passwords and tags, a sentence each."""
    warnings: tuple[Caveat, ...]
    """What would be left undone."""


def preview_of(
    result: UserResult,
    plan: Plan,
    config: Config,
    reading: Reading,
    action: Action,
    *,
    companion: bool,
) -> Preview:
    """Put together what would happen.

    Args:
        result: Of the dry run.
        plan: What the dry run was about.
        config: The site's configuration.
        reading: The contact that it was made of.
        action: What the Post asks for.
        companion: Whether the site has the companion.
    """
    said = (Caveat(each.code, each.subject) for each in result.caveats)
    names = reading.tags.known.names
    return Preview(
        contact=plan.document.contact,
        action=action,
        outcome="ignored" if result.state == "missing" else result.state,
        user_id=result.user_id,
        roles=result.roles,
        changes=tuple(
            _difference(each, plan, names if each.name == f"meta:{config.tags.meta}" else {})
            for each in result.changes
        ),
        left_out=tuple(_left_out(result, plan, reading, action)),
        consequences=tuple(_consequences(result, plan, config, companion=companion)),
        warnings=tuple(dict.fromkeys([*reading.mapping.caveats, *plan.caveats_of(result), *said])),
    )


def _difference(change: Change, plan: Plan, names: Mapping[str, str]) -> Difference:
    """Tell of a list what would come and what would go."""
    lists = {f"meta:{key}" for key, value in plan.document.meta.items() if isinstance(value, tuple)}
    if change.name not in {"roles", *lists}:
        return Difference(change.name, change.before, change.after)
    before, after = (
        tuple(text.split(", ")) if text else () for text in (change.before, change.after)
    )
    added = tuple(each for each in after if each not in before)
    removed = tuple(each for each in before if each not in after)
    return Difference(
        change.name,
        change.before,
        change.after,
        is_list=True,
        added=added,
        removed=removed,
        names={each: names[each] for each in (*added, *removed) if each in names},
    )


def _left_out(
    result: UserResult, plan: Plan, reading: Reading, action: Action
) -> Iterator[LeftOut]:
    if result.state == "missing":
        return
    document = plan.document
    conditions = document.conditions
    changed = {each.name.removeprefix("meta:") for each in result.changes}
    refused = {each.subject or ADDRESS.get(each.code) for each in result.caveats}
    only_tags = action == "update_tags" and document.new_user is None
    targets = (mapped.target for mapped in reading.mapping.fields)
    for target in (each for each in targets if each not in SPECIAL_TARGETS):
        if target in changed or target in refused:
            continue
        if target not in document.fields and target not in document.meta:
            yield LeftOut(target, ONLY_TAGS if only_tags else EMPTY)
        elif result.state == "created":
            yield LeftOut(target, NOT_YET if target in conditions.only_on_update else SAME)
        elif target in conditions.only_on_create:
            yield LeftOut(target, NO_MORE)
        else:
            yield LeftOut(target, FULL if target in conditions.only_if_empty else SAME)


def _consequences(
    result: UserResult, plan: Plan, config: Config, *, companion: bool
) -> Iterator[str]:
    users = config.users
    wanted = plan.document.notification != "none"
    if result.state == "created":
        yield from _written_back(plan, config)
        if not wanted:
            yield "No mail would be sent."
        elif not companion:
            yield "WordPress's lost-password mail would be sent, with a link to set a password."
        elif users.notification == "password":
            which = "password from Keap" if plan.document.password else "generated password"
            yield f"The new-user notification would be sent, with the {which} in it."
        else:
            yield "The new-user notification would be sent, with a link to set a password."
    elif wanted and result.state != "missing":
        yield "No new-user notification would be sent: the user is there already."
    if result.state == "updated" and any(each.name == "user_email" for each in result.changes):
        yield "WordPress would tell the old address that it was changed."
    if config.keap.after.done is not None and result.state != "missing":
        yield f"The contact would get the tag {config.keap.after.done} in Keap."


def _written_back(plan: Plan, config: Config) -> Iterator[str]:
    users = config.users
    if plan.return_password:
        yield f"The generated password would be written to Keap's {users.return_password_to}."
    if users.return_to_keap.login:
        yield f"The user name would be written to Keap's {users.return_to_keap.login}."
    if users.return_to_keap.id:
        yield f"The user's id would be written to Keap's {users.return_to_keap.id}."
    if users.return_to_keap.registered:
        field = users.return_to_keap.registered
        yield f"The day of registration would be written to Keap's {field}."
