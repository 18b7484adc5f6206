"""Which user a document means, looked for over core's REST API."""

from wp_client.call import Conversation, ask
from wp_client.core_users import get_user, search_users, users_with_slug
from wp_client.differences import RESERVED_META, as_text, is_made_by, nicename, same_address
from wp_client.document import UserDocument
from wp_client.errors import ContactIdMetaRefused, LinkedToAnotherContact, WordPressRejected
from wp_client.models import WordPressUser


def find(document: UserDocument) -> Conversation[WordPressUser | None]:
    """The user whom a document means, if there is one.

    Raises:
        ContactIdMetaRefused: The contact's id would have to go where nobody may write.
        LinkedToAnotherContact: The one with this address is another contact's.
        WordPressError: WordPress could not be asked.
    """
    if RESERVED_META.match(document.contact_id_meta):
        raise ContactIdMetaRefused(document.contact_id_meta)
    user = yield from _by_id(document)
    if user is None:
        user = yield from find_by_address(document)
    if user is None:
        user = yield from find_by_mark(document)
    return user


def find_by_address(document: UserDocument) -> Conversation[WordPressUser | None]:
    """The oldest user with exactly this address, in any case, unless another contact's.

    Raises:
        LinkedToAnotherContact: As the document wishes where the site shows that meta key.
    """
    if not document.email:
        return None
    page, more = 0, True
    while more:
        page += 1
        found = yield from ask(search_users(document.email, page=page))
        more = found.more
        for user in found.users:
            # ann@example.com also finds joann@example.com
            if same_address(user.email, document.email):
                _refuse_another_contacts(document, user)
                return user
    return None


def find_by_mark(document: UserDocument) -> Conversation[WordPressUser | None]:
    """The user whom this delivery created, whatever address they have by now."""
    if document.new_user is None:
        return None
    found = yield from ask(users_with_slug(nicename(document)))
    return next((user for user in found.users if is_made_by(user, document)), None)


def _by_id(document: UserDocument) -> Conversation[WordPressUser | None]:
    if document.user_id is None:
        return None
    try:
        user = yield from ask(get_user(document.user_id))
    except WordPressRejected as gone:
        if gone.code != "rest_user_invalid_id":
            raise
        return None
    return user if _is_the_contacts(document, user) else None


def _is_the_contacts(document: UserDocument, user: WordPressUser) -> bool:
    """Whether the user that the caller has linked to the contact still is the contact's."""
    if document.contact_id_meta not in user.meta:
        return True  # the site does not show it: the caller's link is all there is
    contact = as_text(user.meta[document.contact_id_meta])
    if contact:
        return contact in (document.contact, document.formerly)
    return same_address(user.email, document.email)


def _refuse_another_contacts(document: UserDocument, user: WordPressUser) -> None:
    contact = as_text(user.meta.get(document.contact_id_meta))
    linked = contact not in ("", document.contact, document.formerly)
    if linked and document.when_linked_to_another_contact == "refuse":
        raise LinkedToAnotherContact(user.id, contact, document.contact)
