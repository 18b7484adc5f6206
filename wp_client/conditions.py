"""Which fields and meta of a document are due: rule 10 of ``companion/PROTOCOL.md``. Pure."""

from collections.abc import Callable
from dataclasses import replace

from wp_client.differences import PARAMETERS, is_made_by, stored
from wp_client.document import Conditions, UserDocument
from wp_client.models import WordPressUser


def due_at_creation(document: UserDocument) -> UserDocument:
    """Give the document without what a user who is created does not get, and no conditions."""
    conditions = document.conditions
    return _only(document, lambda name: name not in conditions.only_on_update)


def due_for(document: UserDocument, user: WordPressUser) -> UserDocument:
    """Give the document without what this user, who exists, does not get, and no conditions."""
    conditions = document.conditions
    own = is_made_by(user, document)

    def is_due(name: str) -> bool:
        has = _has(user, name)
        if name in conditions.only_on_update and own:
            return False
        if name in conditions.only_on_create and (not own or has):
            return False
        return not has or name not in conditions.only_if_empty

    return _only(document, is_due)


def _has(user: WordPressUser, name: str) -> bool:
    return stored(user, PARAMETERS.get(name, f"meta.{name}")) != ""


def _only(document: UserDocument, is_due: Callable[[str], bool]) -> UserDocument:
    return replace(
        document,
        fields={name: value for name, value in document.fields.items() if is_due(name)},
        meta={key: value for key, value in document.meta.items() if is_due(key)},
        conditions=Conditions(),
    )
