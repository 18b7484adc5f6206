"""What a WordPress user should be, said declaratively, and what came of it.

A :class:`UserDocument` is carried out by :mod:`wp_client.by_companion` in one request or, where
the site has no companion, by :mod:`wp_client.by_core` over WordPress's own REST API.
Carrying a document out twice changes nothing the second time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

MetaValue: TypeAlias = "str | tuple[str, ...] | None"
"""A user meta value: text, a list of texts, or ``None`` (or no texts): the row is deleted."""

RoleMode = Literal["replace", "add", "keep"]
Notification = Literal["none", "link", "password", "later"]
UserState = Literal["created", "updated", "unchanged", "missing"]
NotificationState = Literal["not_asked", "sent", "sent_before", "uncertain", "due"]


@dataclass(frozen=True, slots=True)
class RoleRules:
    """Which roles a document gives, and which it may touch at all."""

    give: tuple[str, ...] = ()
    """Role slugs (or display names) wanted; empty: nothing was asked."""
    among: tuple[str, ...] = ()
    """The allow-list: the only roles that are ever given or taken away."""
    mode: RoleMode = "replace"
    """For a user who exists: replace among the allowed roles, add to them, or keep what is there.

    A user who is created gets ``give`` in every mode.
    """
    add: tuple[str, ...] = ()
    """Roles that a user gets in every mode, beside the others."""
    take: tuple[str, ...] = ()
    """Roles that a user loses in every mode, even one that ``give`` names; never the last one."""
    may_remove: bool = True
    """``False``: a document that would take a role away is refused, and nothing of it is done."""

    @property
    def could_remove(self) -> bool:
        """Whether a user who exists may lose a role by these rules; who that is, is not asked."""
        return bool(self.take) or (self.mode == "replace" and bool(self.give))


@dataclass(frozen=True, slots=True)
class NewUser:
    """What only the creation of a user needs."""

    logins: tuple[str, ...]
    """User names in order of preference; the first that is legal and free is taken."""
    password: str = field(repr=False)
    """Made for them; the document's own password, where there is one, is taken instead."""
    nicename: str
    """The readable start of the author address; a mark of the delivery is put behind it.

    The mark stands in the same row as the user, so that an attempt cut short recognises its work.
    """
    nickname: str
    display_name: str
    """Shown to visitors, unless the document's fields have one: WordPress would take the login."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Fields and meta keys that are not always written; what is named nowhere here always is."""

    only_on_create: tuple[str, ...] = ()
    """Written for a user whom this delivery creates. An attempt after the one that created the user
    writes them where WordPress has nothing: what was cut short is made up for, and a delivery that
    is sent again much later undoes nothing."""
    only_on_update: tuple[str, ...] = ()
    """Written for a user whom another delivery, or somebody else, has created."""
    only_if_empty: tuple[str, ...] = ()
    """Written where WordPress has nothing."""


@dataclass(frozen=True, slots=True)
class UserDocument:
    """One user as they should be, for one delivery of one Keap contact."""

    delivery: str
    """The delivery's id: what it created or mailed once is recognised by it."""
    contact: str
    """The Keap contact's id."""
    email: str | None
    """The address by which the user is found, and with which one is created."""
    user_id: int | None = None
    """The WordPress user that the store has linked to the contact, if any: looked at first."""
    new_user: NewUser | None = None
    """How to create the user; ``None``: a missing user stays missing."""
    attempt: int | None = None
    """Counts up from one attempt of the delivery to the next: a request that arrives after that of
    a later attempt sets no password."""
    fresh_password: bool = False
    """Whether a user whom this delivery created in an attempt before gets ``new_user.password``.

    Wanted where the password is told to somebody; never done once a notification was begun.
    """
    password: str | None = field(default=None, repr=False)
    """The password that the user is to have, as somebody has set it elsewhere.

    A new user gets it in place of ``new_user.password``; a user who exists when it is another one
    than last time, without a mail; a privileged user never."""
    when_linked_to_another_contact: Literal["refuse", "relink"] = "refuse"
    formerly: str | None = None
    """A contact that Keap no longer has, since it was merged into this one or deleted: its user is
    this contact's, whatever ``when_linked_to_another_contact`` says."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """WordPress's own user fields: first_name, last_name, user_email, display_name, nickname,
    user_url, description, locale, user_nicename. An empty text clears the field (never
    user_email). The author address, user_nicename, gets a number where another user has it."""
    meta: Mapping[str, MetaValue] = field(default_factory=dict)
    conditions: Conditions = field(default_factory=Conditions)
    contact_id_meta: str = "infusionsoft_contact_id"
    """The user meta key that holds the contact's id: written always, and searched by."""
    roles: RoleRules = field(default_factory=RoleRules)
    notification: Notification = "none"
    """Only for a user whom this delivery created: WordPress's new-user notification with a link to
    set a password, or with the generated password in it too; ``later``: a notification is wanted,
    but not before :func:`notify` asks for it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that carrying out a document changed (or, in a dry run, would change)."""

    name: str
    """A field, ``meta:KEY``, ``roles``, ``user_login``; ``user_pass``, with no values."""
    before: str | None = field(repr=False)
    after: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Caveat:
    """Something asked for that was left undone while the rest was done."""

    code: str
    """A stable word such as ``role_not_allowed``, listed in docs/errors.md."""
    subject: str = ""
    """What it is about, never personal data: a role, a field, a meta key, a user id."""


@dataclass(frozen=True, slots=True)
class UserResult:
    """What carrying out a document came to."""

    state: UserState
    user_id: int | None = None
    login: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    """The user's address as it is afterwards."""
    registered: str = ""
    """The day on which the account was made, in UTC: ``2026-11-23``."""
    created_by_delivery: bool = False
    """Whether this delivery created the user, in this attempt or in one before."""
    password: Literal["set", "kept"] = "kept"  # noqa: S105 - says what happened, is no password
    """``set``: the document's password is the user's now; ``kept``: it was not touched."""
    notification: NotificationState = "not_asked"
    roles: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    caveats: tuple[Caveat, ...] = ()
