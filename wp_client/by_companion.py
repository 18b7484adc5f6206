"""Carry documents out through the companion: one request for up to 25 of them.

``companion/PROTOCOL.md`` is the contract; everything here is a conversation and performs no I/O.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter, ValidationError

from wp_client.answers import reading
from wp_client.call import Answer, Call, Conversation, Json, ask
from wp_client.document import UserDocument, UserResult
from wp_client.errors import (
    CompanionUnsuited,
    ContactIdMetaRefused,
    LinkedToAnotherContact,
    NotificationFailed,
    NotWordPress,
    WordPressBroken,
    WordPressBusy,
    WordPressError,
    WordPressRejected,
    WouldRemoveRoles,
)
from wp_client.models import (
    CompanionLinks,
    CompanionMeta,
    CompanionResults,
    CompanionSite,
    DocumentError,
)

NAMESPACE = "keap-bridge/v1"
ROUTE = f"{NAMESPACE}/users"
PROTOCOL = 1
MOST = 25
"""Documents that one request may hold."""

_read_site = reading(CompanionSite, ROUTE)
_read_results = reading(CompanionResults, ROUTE)
_read_meta = reading(CompanionMeta, ROUTE)
_read_links = reading(CompanionLinks, ROUTE)
_document = TypeAdapter(UserDocument)
_result = TypeAdapter(UserResult)


def describe() -> Call[CompanionSite]:
    """What the companion at the site is and offers.

    Raises (when read):
        RouteMissing: There is no companion.
        CompanionUnsuited: It speaks another version of the protocol.
        WordPressError: Anything else.
    """

    def read(answer: Answer) -> CompanionSite:
        site = _read_site(answer)
        _check(site.protocol)
        return site

    return Call("GET", ROUTE, read, name="describe_companion")


def carry_out(document: UserDocument) -> Conversation[UserResult]:
    """Make WordPress agree with a document.

    Raises:
        WordPressError: It was not done; ``may_be_done`` tells whether that is certain.
            Repeating is always safe: the companion recognises its own work.
    """
    (outcome,) = yield from carry_out_many([document])
    return _result_or_raise(outcome)


def carry_out_many(
    documents: Sequence[UserDocument],
) -> Conversation[tuple[UserResult | WordPressError, ...]]:
    """Make WordPress agree with up to 25 documents, each by itself.

    Returns:
        For each document, in order, what came of it or why it failed.

    Raises:
        WordPressError: The request as a whole failed.
    """
    if not documents:
        return ()
    return (yield from ask(_post(documents, dry_run=False)))


def dry_run(document: UserDocument) -> Conversation[UserResult]:
    """What carrying out a document would change; nothing is written or sent.

    Raises:
        WordPressError: As :func:`carry_out`.
    """
    (outcome,) = yield from ask(_post([document], dry_run=True))
    return _result_or_raise(outcome)


def dry_run_many(
    documents: Sequence[UserDocument],
) -> Conversation[tuple[UserResult | WordPressError, ...]]:
    """What carrying out up to 25 documents would change, each by itself; nothing is written.

    Raises:
        WordPressError: The request as a whole failed.
    """
    return (yield from ask(_post(documents, dry_run=True)))


def linked(contact_id_meta: str, after: int = 0) -> Call[CompanionLinks | None]:
    """Contacts that users are linked to, up to a thousand, in the order of the users' ids.

    The call's result is ``None`` where the companion is too old to tell.

    Args:
        contact_id_meta: The user meta key that holds the contact's id.
        after: The user with whom the page before ended; 0 for the first.
    """

    def read(answer: Answer) -> CompanionLinks | None:
        links = _read_links(answer)
        _check(links.protocol)
        return None if links.contacts is None else links

    query = (("linked_by", contact_id_meta), ("after", str(after)))
    return Call("GET", ROUTE, read, query=query, name="list_linked")


def notify(document: UserDocument, user: UserResult) -> Conversation[UserResult]:
    """Send the notification that ``later`` put off, at most once for a delivery.

    Args:
        document: The document as it was carried out, now with the notification wanted,
            ``link`` or ``password``.
        user: What carrying it out came to.

    Raises:
        NotificationFailed: WordPress could not send the mail.
        WordPressError: As :func:`carry_out`.
    """
    if document.notification not in {"link", "password"} or user.notification != "due":
        message = "Nothing to send: the document must ask for a notification that is due."
        raise ValueError(message)
    return (yield from carry_out(document))


def meta_round_trip(keys: Sequence[str]) -> Call[dict[str, str]]:
    """Whether values under these user meta keys survive, tried out on our own account.

    The result says ``ok``, ``refused`` or ``lost`` for each key.
    """

    def read(answer: Answer) -> dict[str, str]:
        tried = _read_meta(answer)
        _check(tried.protocol)
        return tried.meta

    return Call("POST", ROUTE, read, body={"check": {"meta": [*keys]}}, name="check_meta")


def _post(
    documents: Sequence[UserDocument], *, dry_run: bool
) -> Call[tuple[UserResult | WordPressError, ...]]:
    if len(documents) > MOST:
        message = f"The companion takes {MOST} documents at once, not {len(documents)}."
        raise ValueError(message)
    body: Json = {
        "dry_run": dry_run,
        "documents": [_json(document) for document in documents],
    }
    read = partial(_read_outcomes, tuple(documents))
    return Call("POST", ROUTE, read, body=body, name="dry_run" if dry_run else "carry_out")


def _json(document: UserDocument) -> Json:
    """A document as the protocol has it, which is how the dataclass has it."""
    plain = replace(document, fields=dict(document.fields), meta=dict(document.meta))
    said: Json = _document.dump_python(plain, mode="json")
    return said


def _read_outcomes(
    documents: tuple[UserDocument, ...], answer: Answer
) -> tuple[UserResult | WordPressError, ...]:
    said = _read_results(answer)
    _check(said.protocol)
    if [result.get("delivery") for result in said.results] != [d.delivery for d in documents]:
        raise NotWordPress(status=answer.status, found="results of other documents")
    try:
        return tuple(map(_outcome, documents, said.results))
    except ValidationError:  # its own words quote what came
        raise NotWordPress(status=answer.status, found="a result of another shape") from None


def _outcome(document: UserDocument, said: dict[str, Any]) -> UserResult | WordPressError:
    if "error" in said:
        return _error(document, DocumentError.model_validate(said["error"]))
    return _result.validate_python(said)


def _error(document: UserDocument, said: DocumentError) -> WordPressError:
    error: WordPressError = WordPressRejected(said.data.code or said.code)
    match said.code:
        case "keap_bridge_linked_elsewhere":
            error = LinkedToAnotherContact(said.data.user_id, said.data.contact, document.contact)
        case "keap_bridge_would_remove_roles":
            error = WouldRemoveRoles(said.data.user_id, said.data.roles)
        case "keap_bridge_mail_failed":
            error = NotificationFailed(said.data.user_id)
        case "keap_bridge_bad_contact_id_meta":
            error = ContactIdMetaRefused(document.contact_id_meta)
        case "keap_bridge_failed":
            error = WordPressBroken(status=HTTPStatus.OK, code=said.code)
        case _ if said.retry:
            error = WordPressBusy()
    return error


def _result_or_raise(outcome: UserResult | WordPressError) -> UserResult:
    if isinstance(outcome, WordPressError):
        raise outcome
    return outcome


def _check(protocol: int) -> None:
    if protocol != PROTOCOL:
        raise CompanionUnsuited(protocol)
