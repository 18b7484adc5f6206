"""A user is created over core's REST API, and recognised where the answer got lost."""

from dataclasses import dataclass, field, replace

from wp_client.call import Conversation, ask
from wp_client.core_find import find_by_address, find_by_mark
from wp_client.core_refusals import (
    BAD_EMAIL,
    NO_EMAIL,
    NO_LOGIN,
    ROLE_REFUSED,
    TAKEN,
    is_about_login,
    refused_parameters,
    role_caveat,
)
from wp_client.core_users import create_user
from wp_client.differences import FIELDS, LONGEST_ADDRESS, Wishes, body_of, nicename, wanted_fields
from wp_client.document import Caveat, NewUser, UserDocument
from wp_client.errors import WordPressError, WordPressRejected
from wp_client.logins import candidates
from wp_client.models import WordPressUser
from wp_client.roles import planned_roles


@dataclass(frozen=True, slots=True)
class Created:
    """What came of creating a user."""

    user: WordPressUser
    fresh: bool
    """Whether the user is new and has the document's password; otherwise somebody was faster."""
    document: UserDocument
    """What is left of the document: without what WordPress has refused already."""
    caveats: tuple[Caveat, ...] = ()


@dataclass(slots=True)
class _Application:
    """What is asked for at the moment; shrinks with every refusal."""

    document: UserDocument
    wishes: Wishes
    roles: list[tuple[str, ...]]
    """Sets of roles to try, best first: WordPress does not say which one it dislikes."""
    caveats: list[Caveat] = field(default_factory=list)

    def body(self, login: str) -> Wishes:
        """Without roles WordPress gives its default role."""
        roles: Wishes = {"roles": list(self.roles[0])} if self.roles[0] else {}
        return body_of(self.wishes | roles | {"username": login})

    def yield_to(self, refused: WordPressRejected) -> None:
        """Leave out what was refused, or give up."""
        if refused.code == ROLE_REFUSED:
            roles = self.roles.pop(0)
            if len(roles) == 1:
                self._forgo_role(roles[0], role_caveat(refused, roles[0]))
            return
        forgone = refused_parameters(refused, self.wishes)
        if "email" in forgone:
            raise WordPressRejected(BAD_EMAIL) from None
        if not forgone:
            raise refused
        self.caveats += forgone.values()
        for name in forgone:
            del self.wishes[name]
        if "password" in forgone and self.document.password and self.document.new_user:
            self.wishes["password"] = self.document.new_user.password
            self.document = replace(self.document, password=None)
        fields = self.document.fields.items()
        lost = {FIELDS.get(name) for name in forgone}
        self.document = replace(self.document, fields={k: v for k, v in fields if k not in lost})

    def _forgo_role(self, role: str, caveat: Caveat) -> None:
        self.caveats.append(caveat)
        rules = self.document.roles
        give = tuple(other for other in rules.give if other != role)
        self.document = replace(self.document, roles=replace(rules, give=give))


def create(document: UserDocument, new_user: NewUser) -> Conversation[Created]:
    """Create the user of a document; whoever calls has looked for one before.

    Raises:
        WordPressRejected: No address, no user name, or one of them is not to WordPress's liking.
        LinkedToAnotherContact: Somebody created the user meanwhile, for another contact.
        WordPressError: WordPress did not do it, or nobody knows.
    """
    application = _application(document, new_user)
    for login in candidates(new_user.logins):
        try:
            return (yield from _apply(application, login))
        except WordPressRejected as refused:
            if not is_about_login(refused):
                raise
    raise WordPressRejected(NO_LOGIN)


def _apply(application: _Application, login: str) -> Conversation[Created]:
    """Create the user under this login, without what WordPress refuses on the way."""
    while True:
        try:
            user = yield from ask(create_user(application.body(login)))
        except WordPressRejected as refused:
            if refused.code in TAKEN:
                return (yield from _somebody_was_faster(application, refused))
            if is_about_login(refused):
                raise
            application.yield_to(refused)
        except WordPressError as unknown:
            if not unknown.may_be_done:
                raise
            return (yield from _perhaps_done(application, unknown))
        else:
            return _created(application, user, fresh=True)


def _application(document: UserDocument, new_user: NewUser) -> _Application:
    if not document.email:
        raise WordPressRejected(NO_EMAIL)
    if len(document.email) > LONGEST_ADDRESS:
        raise WordPressRejected(BAD_EMAIL)
    # caveats about fields and roles as such come when the user is compared with the document
    fields, _ = wanted_fields(document)
    # Roles beside the others come then too: alone they would keep the default role away.
    given = planned_roles(replace(document.roles, add=()), (), own=True).given
    one_by_one = [(role,) for role in given] if len(given) > 1 else []
    wishes: Wishes = {
        "nickname": new_user.nickname,
        "name": new_user.display_name,
        **fields,
        "email": document.email,
        "password": document.password or new_user.password,
        "slug": nicename(document),
    }
    return _Application(document, wishes, [given, *one_by_one, ()])


def _somebody_was_faster(
    application: _Application, refused: WordPressRejected
) -> Conversation[Created]:
    found = yield from find_by_address(application.document)
    if found is None:  # on a multisite: somebody who is no member of this site
        raise refused
    return _created(application, found, fresh=False)


def _perhaps_done(application: _Application, unknown: WordPressError) -> Conversation[Created]:
    """An answer that says nothing: a plugin may have broken off after the user was there."""
    try:
        found = yield from find_by_mark(application.document)
    except WordPressError:
        found = None
    if found is None:
        raise unknown
    return _created(application, found, fresh=True)


def _created(application: _Application, user: WordPressUser, *, fresh: bool) -> Created:
    return Created(user, fresh, application.document, tuple(application.caveats))
