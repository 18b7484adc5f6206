"""What one attempt asks of WordPress: contact, intent and configuration → a document. Pure."""

from dataclasses import dataclass, replace
from typing import Literal

from bridge.config import Config
from bridge.delivery import Caveat
from bridge.intent import Intent
from bridge.mapping import EMAIL, FIRST_NAME, LAST_NAME, ResolvedMapping, values_of
from bridge.usernames import names_for
from keap_client.contacts import Contact
from wp_client.document import NewUser, Notification, RoleRules, UserDocument


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for one contact."""

    document: UserDocument
    """With ``new_user`` only where a missing user is to be created."""
    return_password: bool
    """Whether the password of a user whom this delivery creates goes to a Keap field."""
    caveats: tuple[Caveat, ...] = ()
    """Values of the contact's that are not of the kind that ``fields:`` names."""


def plan_for(
    contact: Contact,
    intent: Intent,
    config: Config,
    mapping: ResolvedMapping,
    *,
    delivery: str,
    user_id: int | None,
    password: str,
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
        attempt: The attempt's number, greater than those before it; ``None``: nothing is tried.
    """
    everything = values_of(contact, mapping)
    email = everything.fields.get("user_email") or EMAIL.value_of(contact)
    only_tags = intent.action == "update_tags"
    fields = {} if only_tags else everything.fields
    meta = {} if only_tags else dict(everything.meta)
    if config.tags.meta is not None:
        meta[config.tags.meta] = contact.tag_ids
    return_password = intent.action == "add" and config.users.return_password_to is not None
    document = UserDocument(
        delivery=delivery,
        contact=contact.id,
        email=email,
        user_id=user_id,
        new_user=_new_user(contact, email or "", password) if intent.action == "add" else None,
        attempt=attempt,
        fresh_password=return_password or _mails_password(intent, config),
        when_linked_to_another_contact=config.users.when_linked_to_another_contact,
        fields=fields,
        meta=meta,
        conditions=mapping.conditions,
        contact_id_meta=config.tags.contact_id_meta,
        roles=RoleRules(
            give=() if only_tags else intent.roles,
            among=config.users.roles.allowed,
            mode=config.users.roles.mode,
        ),
        notification=_notification(intent, config, return_password=return_password),
    )
    return Plan(document, return_password, () if only_tags else everything.caveats)


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


def _new_user(contact: Contact, email: str, password: str) -> NewUser:
    first, last = (FIRST_NAME.value_of(contact) or "", LAST_NAME.value_of(contact) or "")
    names = names_for(contact.id, email=email, first=first, last=last)
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
