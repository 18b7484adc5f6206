"""Which roles a user is to have, by a document's rules. Pure."""

from dataclasses import dataclass

from wp_client.document import Caveat, RoleRules

NEVER = "administrator"
"""Given and taken away on no path, whatever the rules say."""


@dataclass(frozen=True, slots=True)
class RolePlan:
    """The roles that a user is to have."""

    others: tuple[str, ...]
    """Held now, and staying."""
    given: tuple[str, ...]
    """Wanted and allowed."""
    caveats: tuple[Caveat, ...] = ()

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
    if rules.mode == "keep" and not own:
        return RolePlan(others=now, given=())
    among = frozenset(rules.among) - {NEVER}
    wanted = tuple(dict.fromkeys(_slug_of(role, among) for role in rules.give))
    given = tuple(role for role in wanted if role in among)
    caveats = tuple(Caveat("role_not_allowed", role) for role in wanted if role not in among)
    replaced = among if rules.mode == "replace" and given else frozenset()
    others = tuple(role for role in now if role not in replaced)
    return RolePlan(others, given, caveats)


def _slug_of(asked: str, among: frozenset[str]) -> str:
    """The allowed slug that a name reads like: "Gold Member" is ``gold_member``.

    WordPress's REST API lists no roles, so that their display names cannot be looked up there.
    """
    alike = [role for role in among if _letters(role) == _letters(asked)]
    return alike[0] if asked not in among and len(alike) == 1 else asked


def _letters(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())
