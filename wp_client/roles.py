"""Which roles a user is to have, by a document's rules. Pure."""

from dataclasses import dataclass

from wp_client.document import Caveat, RoleRules

NEVER = "administrator"
"""Given and taken away on no path, whatever the rules say."""


FALLBACK = "subscriber"
"""What a user gets in place of their last role: as WordPress ships, everybody who registers."""


@dataclass(frozen=True, slots=True)
class RolePlan:
    """The roles that a user is to have."""

    others: tuple[str, ...]
    """Held now, and staying."""
    given: tuple[str, ...]
    """Wanted and allowed."""
    caveats: tuple[Caveat, ...] = ()
    taken: tuple[str, ...] = ()
    """Lost in any case, whatever becomes of those that are given."""

    @property
    def target(self) -> tuple[str, ...]:
        """All of them together."""
        return tuple(dict.fromkeys((*self.others, *self.given)))


def planned_roles(rules: RoleRules, now: tuple[str, ...], *, own: bool) -> RolePlan:
    """The roles that a user is to have.

    Args:
        rules: What the document asks for, and which roles it may touch.
        now: The roles that the user has; none for one who is to be created.
        own: Whether the document's delivery creates the user, now or in an attempt before: one who
            was cut off from their first role still gets it in every mode.
    """
    among = frozenset(rules.among) - {NEVER}
    posted = rules.give if rules.mode != "keep" or own else ()
    give = tuple(_slug_of(role, among) for role in posted)
    wanted = tuple(dict.fromkeys((*give, *rules.add)))
    given = tuple(role for role in wanted if role in among and role not in rules.take)
    caveats = [Caveat("role_not_allowed", role) for role in wanted if role not in among]
    caveats += [Caveat("role_follows_tag", role) for role in give if role in rules.take]
    replaces = rules.mode == "replace" and any(role in given for role in give)
    replaced = among.difference(rules.add) if replaces else frozenset()
    taken = tuple(role for role in now if role in among and role in rules.take)
    others = tuple(role for role in now if role not in replaced and role not in taken)
    if taken and not others and not given:
        if FALLBACK in among and FALLBACK not in rules.take:
            given = (FALLBACK,)
        else:
            others, taken = taken[:1], taken[1:]
            caveats.append(Caveat("last_role_kept", others[0]))
    return RolePlan(others, given, tuple(caveats), taken)


def _slug_of(asked: str, among: frozenset[str]) -> str:
    """The allowed slug that a name reads like: "Gold Member" is ``gold_member``.

    WordPress's REST API lists no roles, so that their display names cannot be looked up there.
    """
    alike = [role for role in among if _letters(role) == _letters(asked)]
    return alike[0] if asked not in among and len(alike) == 1 else asked


def _letters(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())
