"""A user is made to agree with a document over core's REST API, in one request if all goes well."""

from dataclasses import dataclass

from wp_client.call import Conversation, ask
from wp_client.core_refusals import ROLE_REFUSED, refused_parameters, role_caveat
from wp_client.core_users import update_user
from wp_client.differences import Differences, Wishes, as_text, body_of, stored
from wp_client.document import Caveat
from wp_client.errors import WordPressRejected
from wp_client.models import WordPressUser
from wp_client.roles import RolePlan


@dataclass(frozen=True, slots=True)
class Written:
    """What came of writing."""

    user: WordPressUser
    """As WordPress shows them afterwards."""
    names: tuple[str, ...] = ()
    """The parameters that were written."""
    caveats: tuple[Caveat, ...] = ()


def write(user: WordPressUser, lacking: Differences) -> Conversation[Written]:
    """Write what a user lacks.

    Updates are not atomic, and one wrong value has the whole request refused: what is refused is
    left out with a caveat, and the rest is sent again.

    Raises:
        WordPressError: It was not done, or only in part. Repeating is safe.
    """
    wishes: Wishes = dict(lacking.wishes)
    caveats = list(lacking.caveats)
    before = user
    refused_role: WordPressRejected | None = None
    while wishes:
        try:
            user = yield from ask(update_user(user.id, body_of(wishes)))
            break
        except WordPressRejected as refused:
            if refused.code == ROLE_REFUSED and wishes.pop("roles", None):
                refused_role = refused
                continue
            forgone = refused_parameters(refused, wishes)
            if not forgone:
                raise
            caveats += forgone.values()
            for name in forgone:
                del wishes[name]
    names = [*wishes]
    caveats += _not_kept(wishes, before, user)
    if refused_role:
        user, more = yield from _give_one_by_one(user, lacking.roles, refused_role)
        caveats += more
        names.append("roles")
    return Written(user, tuple(names), tuple(caveats))


def _give_one_by_one(
    user: WordPressUser, plan: RolePlan, refused: WordPressRejected
) -> Conversation[tuple[WordPressUser, list[Caveat]]]:
    """Give each role by itself: of several WordPress does not say which one it refuses."""
    caveats: list[Caveat] = []
    given = [role for role in plan.given if role in user.roles]
    lacking = [role for role in plan.given if role not in user.roles]
    for role in lacking:
        if len(lacking) == 1:
            caveats.append(role_caveat(refused, role))
            continue
        try:
            user = yield from _set_roles(user, (*plan.others, *given, role))
            given.append(role)
        except WordPressRejected as error:
            if error.code != ROLE_REFUSED:
                raise
            caveats.append(role_caveat(error, role))
    # Where nothing could be given nothing is replaced either; what is taken is taken all the same.
    kept = [*plan.others, *given] if given else [r for r in user.roles if r not in plan.taken]
    if kept and set(user.roles) != {*kept}:
        user = yield from _set_roles(user, tuple(kept))
    return user, caveats


def _set_roles(user: WordPressUser, roles: tuple[str, ...]) -> Conversation[WordPressUser]:
    return (yield from ask(update_user(user.id, {"roles": list(dict.fromkeys(roles))})))


def _not_kept(wishes: Wishes, before: WordPressUser, after: WordPressUser) -> list[Caveat]:
    """Meta that WordPress took and did not keep, as a plugin's filter does to it."""
    return [
        Caveat("meta_not_kept", name.removeprefix("meta."))
        for name, value in wishes.items()
        if name.startswith("meta.")
        and stored(after, name) == stored(before, name)
        and stored(after, name) != as_text(value)
    ]
