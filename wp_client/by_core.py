"""Carry documents out over WordPress core's own REST API, for sites without the companion.

The rules are those of ``companion/PROTOCOL.md``, as far as core can follow them. It cannot

- lock: the caller lets nobody else work on the same address or contact at the same time;
- search by a meta key: a user is found by id, then by address, then by this delivery's mark;
- keep meta that no plugin registers for REST: caveat ``meta_not_registered``;
- renew a password in silence: ``fresh_password`` makes WordPress mail "Password Changed";
- compare passwords: the document's own is given to a new user, and later ones have the caveat
  ``password_needs_companion``;
- number an author address that another user has (caveat ``field_refused``), nor recognise its own
  work by anything else: ``user_nicename`` is written by a later delivery than the one that created;
- send the new-user notification: :func:`notify` asks for WordPress's lost-password mail instead.
  Its link sets a password, and the password itself is never in it. Core does not remember it: the
  caller keeps it from being sent twice;
- see whether somebody has chosen a language: ``only_if_empty`` leaves the locale as it is;
- tell who several users of one contact are: the first one found is taken;
- look up a role's display name: one that reads like an allowed role's slug is understood.

Everything here is a conversation and performs no I/O.
"""

from collections.abc import Sequence
from dataclasses import replace

from wp_client.call import Call, Conversation, ask
from wp_client.capabilities import is_privileged
from wp_client.conditions import due_at_creation, due_for
from wp_client.core_create import create
from wp_client.core_find import find
from wp_client.core_refusals import NO_EMAIL, NO_LOGIN, OWN_ACCOUNT
from wp_client.core_update import write
from wp_client.core_users import get_own_account, search_users
from wp_client.differences import (
    Differences,
    as_text,
    changes,
    differences,
    is_made_by,
    nicename,
    same_address,
    stored,
    wanted_fields,
)
from wp_client.document import Caveat, Change, NewUser, UserDocument, UserResult, UserState
from wp_client.errors import (
    ConcernsDocument,
    WordPressError,
    WordPressRejected,
    WouldRemoveRoles,
)
from wp_client.logins import candidates
from wp_client.lost_password import ask_for_mail
from wp_client.models import WordPressUser
from wp_client.site import Account, who_am_i

MISSING = UserResult(state="missing")


def describe() -> Call[Account]:
    """The account that we sign in with, and what it lacks for this way."""
    return who_am_i()


def carry_out(document: UserDocument) -> Conversation[UserResult]:
    """Make WordPress agree with a document; no mail is sent, a notification asked for is ``due``.

    Raises:
        WordPressError: It was not done, or only in part; repeating is safe.
    """
    user = yield from find(document)
    return (yield from carry_out_on(document, user))


def carry_out_on(document: UserDocument, user: WordPressUser | None) -> Conversation[UserResult]:
    """Make WordPress agree with a document whose user has been looked for.

    Args:
        document: What the user should be.
        user: What :func:`wp_client.core_find.find` found.

    Raises:
        WordPressError: As :func:`carry_out`.
    """
    if user is not None:
        return (yield from _update(document, user))
    if document.new_user is None:
        return MISSING
    due = due_at_creation(document)
    made = yield from create(due, document.new_user)
    if not made.fresh:
        return (yield from _update(document, made.user))
    born = replace(made.document, fresh_password=False)  # it has just got one
    written = yield from write(made.user, differences(born, made.user))
    after = {name: stored(written.user, name) for name in (*_born_with(due), *written.names)}
    caveats = (*made.caveats, *written.caveats)
    return _result(made.document, written.user, changes(None, after), caveats, created=True)


def carry_out_many(
    documents: Sequence[UserDocument],
) -> Conversation[tuple[UserResult | WordPressError, ...]]:
    """Make WordPress agree with several documents, one after the other.

    Returns:
        For each document, in order, what came of it or why it failed.
        After an error that is not about one document, the rest is not begun and has that error.
    """
    outcomes: list[UserResult | WordPressError] = []
    for document in documents:
        try:
            outcomes.append((yield from carry_out(document)))
        except ConcernsDocument as error:
            outcomes.append(error)
        except WordPressError as error:
            outcomes += [error] * (len(documents) - len(outcomes))
            break
    return tuple(outcomes)


def dry_run(document: UserDocument) -> Conversation[UserResult]:
    """What carrying out a document would change, as far as core can tell without writing.

    Raises:
        WordPressError: As :func:`carry_out`.
    """
    user = yield from find(document)
    if user is not None:
        yield from _refuse_own_account(user)
        lacking = differences(due_for(document, user), user)
        _refuse_removal(document, user, lacking)

        lacking = yield from _without_taken_address(lacking, user)
        after = {name: as_text(value) for name, value in lacking.wishes.items()}
        renewed = "password" in lacking.wishes
        return _result(document, user, changes(user, after), lacking.caveats, renewed=renewed)
    if document.new_user is None:
        return MISSING
    own = yield from ask(get_own_account())
    due = due_at_creation(document)
    unborn = _unborn(due, document.new_user, own)
    lacking = differences(due, unborn)
    after = {name: stored(unborn, name) for name in _born_with(due)}
    after |= {name: as_text(value) for name, value in lacking.wishes.items()}
    return _result(document, unborn, changes(None, after), lacking.caveats, created=True)


def notify(document: UserDocument, user: UserResult) -> Conversation[UserResult]:
    """Have WordPress mail a link to set a password; the caller has noted that it is about to.

    Args:
        document: The document as it was carried out, with the notification wanted.
        user: What carrying it out came to.

    Raises:
        NotificationFailed: WordPress took the request and sent no mail.
        Blocked: Something guards the log-in page; no mail was sent.
        WordPressError: Nobody knows whether a mail was sent, if ``may_be_done`` says so.
    """
    if (
        document.notification not in {"link", "password"}
        or user.notification != "due"
        or user.user_id is None
        or document.email is None
    ):
        message = "Nothing to send: the document must ask for a notification that is due."
        raise ValueError(message)
    yield from ask(ask_for_mail(document.email, user.user_id))
    impossible = document.notification == "password"
    caveats = (Caveat("password_not_in_mail"),) if impossible else ()
    return replace(user, notification="sent", caveats=(*user.caveats, *caveats))


def meta_round_trip(keys: Sequence[str]) -> Call[dict[str, str]]:
    """Whether WordPress keeps values under these user meta keys: ``ok`` or ``lost``.

    Nothing is written: core keeps exactly the keys that it shows.
    """
    return who_am_i().then(
        lambda account: {key: "ok" if key in account.meta_keys else "lost" for key in keys}
    )


def _update(document: UserDocument, user: WordPressUser) -> Conversation[UserResult]:
    yield from _refuse_own_account(user)
    lacking = differences(due_for(document, user), user)
    _refuse_removal(document, user, lacking)
    written = yield from write(user, lacking)
    after = {name: stored(written.user, name) for name in written.names if name != "password"}
    renewed = "password" in written.names
    return _result(document, written.user, changes(user, after), written.caveats, renewed=renewed)


def _refuse_removal(document: UserDocument, user: WordPressUser, lacking: Differences) -> None:
    lost = [role for role in user.roles if role not in lacking.roles.target]
    if lost and "roles" in lacking.wishes and not document.roles.may_remove:
        raise WouldRemoveRoles(user.id, lost)


def _without_taken_address(lacking: Differences, user: WordPressUser) -> Conversation[Differences]:
    """Leave out an address that somebody else has: writing, WordPress would refuse it."""
    address = as_text(lacking.wishes.get("email"))
    if not address:
        return lacking
    found = yield from ask(search_users(address))
    if all(other.id == user.id or not same_address(other.email, address) for other in found.users):
        return lacking
    wishes = {name: value for name, value in lacking.wishes.items() if name != "email"}
    return replace(lacking, wishes=wishes, caveats=(*lacking.caveats, Caveat("email_taken")))


def _refuse_own_account(user: WordPressUser) -> Conversation[None]:
    """The account that we sign in with is never written.

    It may change users, so that only somebody privileged can be it: the others cost no request.
    """
    if is_privileged(held for held, has in user.capabilities.items() if has):
        own = yield from ask(get_own_account())
        if own.id == user.id:
            raise WordPressRejected(OWN_ACCOUNT)


def _result(
    document: UserDocument,
    user: WordPressUser,
    changed: tuple[Change, ...],
    caveats: tuple[Caveat, ...],
    *,
    created: bool = False,
    renewed: bool = False,
) -> UserResult:
    own = is_made_by(user, document)
    state: UserState = "updated" if changed or renewed else "unchanged"
    if created and document.password:
        changed = (*changed, Change("user_pass", None, None))
    return UserResult(
        state="created" if created else state,
        user_id=user.id or None,
        login=user.username,
        email=user.email,
        registered=user.registered_date[:10],
        created_by_delivery=own,
        password="set" if created or renewed else "kept",
        notification="due" if own and document.notification != "none" else "not_asked",
        roles=user.roles,
        changes=changed,
        caveats=caveats,
    )


def _born_with(document: UserDocument) -> tuple[str, ...]:
    """The parameters that the creation of a user fills, in the order in which they are told."""
    fields, _ = wanted_fields(document)
    return tuple(dict.fromkeys(("username", "email", "nickname", "name", *fields, "roles")))


def _unborn(document: UserDocument, new_user: NewUser, own: WordPressUser) -> WordPressUser:
    """A user as they would be right after their creation; which names are free stays open."""
    login = next(candidates(new_user.logins), None)
    if not document.email or login is None:
        raise WordPressRejected(NO_LOGIN if document.email else NO_EMAIL)
    names = {"name": new_user.display_name, "nickname": new_user.nickname}
    fields, _ = wanted_fields(document)
    nobody = dict.fromkeys(WordPressUser.model_fields, "")
    return WordPressUser.model_validate(
        nobody
        | names
        | fields
        | {
            "id": 0,
            "username": login,
            "email": document.email,
            "slug": nicename(document),
            "roles": (),
            "capabilities": {},
            # every user shows the same keys
            "meta": {key: [] if isinstance(has, list) else "" for key, has in own.meta.items()},
        }
    )
