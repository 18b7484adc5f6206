"""Tags: list them and those of a contact, find the one that is meant, apply one to contacts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from keap_client.answers import AnswerModel, Items, PageToken, read_json, segment
from keap_client.call import Call, Conversation, ask
from keap_client.errors import ContactNotFound, KeapBroken, NotFound


class Tag(AnswerModel):
    """A tag as it is defined in Keap."""

    id: str
    name: str
    description: str | None = None


class TagPage(AnswerModel):
    """Some of the list of tags."""

    tags: Items[Tag]
    next_page_token: PageToken = None


class _AppliedTag(AnswerModel):
    tag: Tag
    applied_time: str | None = None


class _AppliedTagPage(AnswerModel):
    tags: Items[_AppliedTag]
    next_page_token: PageToken = None


class TaggedContact(AnswerModel):
    """A contact who has a tag."""

    id: str


class TaggedPage(AnswerModel):
    """Some of the contacts who have a tag."""

    contacts: Items[TaggedContact]
    next_page_token: PageToken = None


class _Applied(AnswerModel):
    results: dict[str, str]


@dataclass(frozen=True, slots=True)
class TagList:
    """The tags that an application has."""

    names: Mapping[str, str]
    """By their ids."""

    @classmethod
    def of(cls, tags: Iterable[Tag]) -> "TagList":
        """Give the list of these tags."""
        return cls({tag.id: tag.name for tag in tags})

    def meant_by(self, wanted: str) -> tuple[str, ...]:
        """Give the ids of the tags that somebody means: none, one, or several of that name.

        An id comes before a name, and a name as it is written before one in another case. Keap
        lets tags of different categories have the same name.
        """
        if wanted in self.names:
            return (wanted,)
        same = tuple(tag_id for tag_id, name in self.names.items() if name == wanted)
        if same:
            return same
        folded = wanted.casefold()
        return tuple(tag_id for tag_id, name in self.names.items() if name.casefold() == folded)


def list_tags(page_token: str | None = None) -> Call[TagPage]:
    """Read a thousand tags.

    Args:
        page_token: Of the page before; ``None`` for the first.
    """
    query: tuple[tuple[str, str], ...] = (("page_size", "1000"),)
    if page_token is not None:
        query += (("page_token", page_token),)
    return Call("GET", "tags", lambda answer: read_json(answer, TagPage), query, name="list_tags")


def all_tags() -> Conversation[tuple[Tag, ...]]:
    """Read all tags, page by page.

    Raises:
        KeapBroken: The pages lead in a circle.
    """
    tags: list[Tag] = []
    seen: set[str] = set()
    token: str | None = None
    while True:
        page = yield from ask(list_tags(token))
        tags += page.tags
        token = page.next_page_token
        if token is None:
            return tuple(tags)
        _refuse_circle(token, seen)


def list_tags_of(contact_id: str, page_token: str | None = None) -> Call[_AppliedTagPage]:
    """Read a thousand tags that a contact has, with the time at which each was applied.

    Args:
        contact_id: Whose.
        page_token: Of the page before; ``None`` for the first.

    Raises (when read):
        ContactNotFound: Keap has no such contact.
    """
    query: tuple[tuple[str, str], ...] = (("page_size", "1000"),)
    if page_token is not None:
        query += (("page_token", page_token),)
    missing = ContactNotFound(contact_id)
    return Call(
        "GET",
        f"contacts/{segment(contact_id)}/tags",
        lambda answer: read_json(answer, _AppliedTagPage, missing=missing),
        query,
        name="list_tags_of_contact",
    )


def times_applied(contact_id: str) -> Conversation[Mapping[str, str]]:
    """Read when each of a contact's tags was applied, by the tags' ids, as Keap writes it (UTC).

    Raises:
        ContactNotFound: Keap has no such contact.
        KeapBroken: The pages lead in a circle.
    """
    times: dict[str, str] = {}
    seen: set[str] = set()
    token: str | None = None
    while True:
        page = yield from ask(list_tags_of(contact_id, token))
        times |= {each.tag.id: each.applied_time or "" for each in page.tags}
        token = page.next_page_token
        if token is None:
            return times
        _refuse_circle(token, seen)


def _refuse_circle(token: str, seen: set[str]) -> None:
    if token in seen:
        raise KeapBroken(200, "the pages of the list of tags lead in a circle")
    seen.add(token)


def list_tagged(tag_id: str, page_token: str | None = None) -> Call[TaggedPage]:
    """Read the ids of a thousand contacts who have a tag, those first who have had it longest.

    Args:
        tag_id: Digits.
        page_token: Of the page before; ``None`` for the first.

    Raises:
        NotFound: From the call's ``read``; Keap has no such tag.
    """
    query: tuple[tuple[str, str], ...] = (("order_by", "applied_time asc"), ("page_size", "1000"))
    if page_token is not None:
        query += (("page_token", page_token),)
    missing = NotFound(f"tag {tag_id}")
    return Call(
        "GET",
        f"tags/{segment(tag_id)}/contacts",
        lambda answer: read_json(answer, TaggedPage, missing=missing),
        query,
        name="list_tagged",
    )


def apply_tag(tag_id: str, contact_ids: Iterable[str]) -> Call[Mapping[str, str]]:
    """Give a tag to contacts.

    The result says for each contact how it went: ``SUCCESS``, ``DUPLICATE`` (it had the tag),
    ``CONTACT_NOT_FOUND``, ``TAG_ID_NOT_FOUND``, ``FAILURE``, ``NO_PERMISSION``, or a word that Keap
    has added since. A contact that failed does not make the call fail.

    Raises:
        NotFound: From the call's ``read``; Keap has no such tag.
    """
    missing = NotFound(f"tag {tag_id}")
    return Call(
        "POST",
        f"tags/{segment(tag_id)}/contacts:applyTags",
        read=lambda answer: read_json(answer, _Applied, missing=missing).results,
        body={"contact_ids": list(contact_ids)},
        name="apply_tag",
    )
