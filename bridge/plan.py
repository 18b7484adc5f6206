"""What one attempt asks of WordPress: contact, intent and configuration → a document. Pure."""

from dataclasses import dataclass, field, replace
from typing import Literal

from bridge.config import Config
from bridge.delivery import Caveat
from bridge.intent import Intent
from bridge.mapping import EMAIL, FIRST_NAME, LAST_NAME, ResolvedMapping, values_of
from bridge.special_targets import SpecialValues, special_values, without_special
from bridge.tagging import NO_NEWS, TagNews, TagRoles, meta_of, roles_of
from bridge.usernames import Format, names_for
from keap_client.contacts import Contact
from wp_client.document import NewUser, Notification, RoleRules, UserDocument, UserResult


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for one contact."""

    document: UserDocument
    """With ``new_user`` only where a missing user is to be created."""
    return_password: bool
    """Whether the password of a user whom this delivery creates goes to a Keap field."""
    login: str = field(default="", repr=False)
    """The user name that Keap has for a new user, if any."""
    caveats: tuple[Caveat, ...] = ()
    """What could not even be asked of WordPress: values not converted, tags not found."""

    def caveats_of(self, result: UserResult) -> tuple[Caveat, ...]:
        """Give what was left out, or turned out otherwise, of the contact."""
        names = (change.after for change in result.changes if change.name == "user_login")
        if result.state == "created" and self.login and self.login not in names:
            return (*self.caveats, Caveat("user_login_replaced"))
        return self.caveats


def plan_for(  # noqa: PLR0913 - everything that decides what a user should be
    contact: Contact,
    intent: Intent,
    config: Config,
    mapping: ResolvedMapping,
    *,
    delivery: str,
    user_id: int | None,
    password: str,
    tags: TagNews = NO_NEWS,
    attempt: int | None = None,
) -> Plan:
    """Plan what WordPress should have for a contact.

    Args:
        contact: With the properties of ``mapping.properties``.
        intent: What the waiting deliveries ask together.
        config: The site's configuration.
        mapping: ``fields:`` held against Keap's model.
        delivery: The id of the delivery that stands for the attempt.
        user_id: The user whom the store has linked to the contact, if any.
        password: A new one, for a user who is created.
        tags: What Keap says of tags beside the ids that come with the contact.
        attempt: The attempt's number, greater than those before it; ``None``: nothing is tried.
    """
    everything = values_of(contact, without_special(mapping))
    special = special_values(contact, mapping)
    email = everything.fields.get("user_email") or EMAIL.value_of(contact)
    only_tags = intent.action == "update_tags"
    fields = {} if only_tags else dict(everything.fields)
    if special.nicename and not only_tags:
        fields["user_nicename"] = special.nicename
    meta = {} if only_tags else dict(everything.meta)
    meta |= meta_of(config.tags, contact.tag_ids, tags)
    by_tags = roles_of(config.tags.roles, contact.tag_ids, tags.known)
    from_keap = None if only_tags else special.password or None
    return_password = (
        intent.action == "add"
        and config.users.return_password_to is not None
        and from_keap is None  # Keap has it
    )
    document = UserDocument(
        delivery=delivery,
        contact=contact.id,
        email=email,
        user_id=user_id,
        new_user=_new_user(contact, email or "", special, config.users.username, password)
        if intent.action == "add"
        else None,
        attempt=attempt,
        fresh_password=from_keap is None and (return_password or _mails_password(intent, config)),
        password=from_keap,
        when_linked_to_another_contact=config.users.when_linked_to_another_contact,
        fields=fields,
        meta=meta,
        conditions=mapping.conditions,
        contact_id_meta=config.tags.contact_id_meta,
        roles=_roles(() if only_tags else intent.roles or special.roles, by_tags, config),
        notification=_notification(intent, config, return_password=return_password),
    )
    unconverted = () if only_tags else (*everything.caveats, *special.caveats)
    caveats = (*unconverted, *by_tags.caveats)
    return Plan(document, return_password, special.login, caveats)


def for_missing(intent: Intent, config: Config) -> Intent | None:
    """Decide about a contact who turned out to have no user.

    Returns:
        The intent that creates the user; ``None``: users.when_missing leaves it at that.
    """
    if intent.action != "add" and config.users.when_missing == "ignore":
        return None
    return replace(intent, action="add")


def without_password(document: UserDocument) -> UserDocument:
    """Give the document for a user whose password is in Keap already: it must not change again."""
    return replace(document, new_user=None, fresh_password=False)


def with_notification(document: UserDocument, kind: Literal["link", "password"]) -> UserDocument:
    """Give the document that sends the notification which had to wait."""
    return replace(document, notification=kind, fresh_password=False)


def _roles(posted: tuple[str, ...], by_tags: TagRoles, config: Config) -> RoleRules:
    """Unite the roles of the Post, for which there are modes, with those that follow tags.

    A role about which the tags say nothing certain stays as it is, unless the Post names it.
    """
    allowed = config.users.roles.allowed
    untouched = frozenset(by_tags.unsure).difference(posted)
    return RoleRules(
        give=posted,
        among=tuple(role for role in allowed if role not in untouched),
        mode=config.users.roles.mode,
        add=by_tags.give,
        take=by_tags.take,
    )


def _new_user(
    contact: Contact, email: str, special: SpecialValues, username: Format, password: str
) -> NewUser:
    first, last = (FIRST_NAME.value_of(contact) or "", LAST_NAME.value_of(contact) or "")
    names = names_for(
        contact.id, email=email, first=first, last=last, mapped=special.login, username=username
    )
    return NewUser(
        logins=names.logins,
        password=password,
        nicename=names.nicename,
        nickname=names.nickname,
        display_name=names.display_name,
    )


def _mails_password(intent: Intent, config: Config) -> bool:
    return (
        config.users.notification == "password"
        and _notification(intent, config, return_password=False) != "none"
    )


def _notification(intent: Intent, config: Config, *, return_password: bool) -> Notification:
    """Decide about the new-user notification.

    Where the password goes to Keap too, the mail waits until it is there: once a mail has left,
    the password must not change any more, so an attempt cut short in between starts over safely.
    """
    wanted = {"as_posted": intent.notify, "always": True, "never": False}[config.users.notify]
    if intent.action != "add" or not wanted:
        return "none"
    return "later" if return_password else config.users.notification
