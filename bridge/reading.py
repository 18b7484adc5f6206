"""Reading one contact, and holding the configuration against what Keap has. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bridge.config import Config, FieldSource, ReturnToKeap
from bridge.mapping import ResolvedMapping, needs_model, resolve_mapping
from bridge.tagging import NO_NEWS, NO_TAGS, TagNews
from bridge.verdicts import ConfigurationAtFault
from keap_client.call import Conversation, ask
from keap_client.contact import Contact
from keap_client.contacts import get_contact, list_contacts
from keap_client.errors import KeapBroken, KeapRejected
from keap_client.fields import FieldError, writable_custom_field
from keap_client.model import ContactModel
from keap_client.tags import TagList, all_tags, times_applied

NO_MODEL = ContactModel(custom_fields=())

MOST_SPOILT = 12
"""After so many lists in vain and none that could be read, Keap or the configuration is at fault:
250 contacts are halved eight times until one is found that spoils its list."""

_SUCCESS = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the configuration wants to know of a contact, and to write back."""

    fields: Mapping[str, FieldSource]
    return_password_to: str | None
    return_to_keap: ReturnToKeap = field(default_factory=ReturnToKeap)
    tag_names: bool = False
    """Whether tags are named, so that Keap's list of them is needed."""
    tag_times: bool = False
    """Whether it matters when a contact's tags were applied: one more call for each contact."""

    @classmethod
    def by(cls, config: Config) -> "Wanted":
        """Give what a configuration wants."""
        tags = config.tags
        return cls(
            config.fields,
            config.users.return_password_to,
            config.users.return_to_keap,
            tag_names=tags.names or bool(tags.roles),
            tag_times=tags.dates,
        )

    @property
    def needs_model(self) -> bool:
        """Whether any custom field is meant, so that Keap's model has to be read."""
        written = (self.return_password_to, *self.return_to_keap.named.values())
        return any(each is not None for each in written) or needs_model(self.fields)


@dataclass(frozen=True, slots=True)
class WriteBack:
    """The ids of the custom fields in Keap that learn of a new user; ``None``: not configured."""

    password: str | None = None
    login: str | None = None
    user_id: str | None = None
    registered: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A contact as Keap has it now."""

    contact: Contact
    mapping: ResolvedMapping
    write_back: WriteBack = WriteBack()
    tags: TagNews = NO_NEWS
    """What Keap says of tags beside their ids; read after the contact, if at all."""


def read_contact(contact_id: str, wanted: Wanted, model: ContactModel) -> Conversation[Reading]:
    """Read a contact and its tags in one call.

    Args:
        contact_id: Whom.
        wanted: What the configuration asks for.
        model: Keap's custom fields; :data:`NO_MODEL` where none is needed.

    Raises:
        KeapError: Keap did not give it.
        ConfigurationAtFault: A field for the password cannot take one: better to say so
            before a user is made whose password nobody learns.
    """
    mapping = resolve_mapping(wanted.fields, model)
    write_back = write_back_of(wanted, model)
    contact = yield from ask(get_contact(contact_id, mapping.properties))
    return Reading(contact, mapping, write_back)


def read_tag_list() -> Conversation[TagList]:
    """Read all tags that Keap has.

    Raises:
        KeapError: Keap did not give them.
    """
    return TagList.of((yield from all_tags()))


def read_tag_news(contact_id: str, wanted: Wanted) -> Conversation[TagNews]:
    """Read what is wanted of a contact's tags beside their ids.

    Raises:
        KeapError: Keap did not give it.
    """
    known = (yield from read_tag_list()) if wanted.tag_names else NO_TAGS
    times = (yield from times_applied(contact_id)) if wanted.tag_times else {}
    return TagNews(known, times)


def write_back_of(wanted: Wanted, model: ContactModel) -> WriteBack:
    """Find the fields that learn of a new user.

    Raises:
        ConfigurationAtFault: One of them cannot take any text.
    """
    back = wanted.return_to_keap
    return WriteBack(
        password=_text_field("users.return_password_to", wanted.return_password_to, model),
        login=_text_field("users.return_to_keap.login", back.login, model),
        user_id=_text_field("users.return_to_keap.id", back.id, model),
        registered=_text_field("users.return_to_keap.registered", back.registered, model),
    )


def read_contacts(
    contact_ids: Sequence[str], wanted: Wanted, model: ContactModel
) -> Conversation[Mapping[str, Reading]]:
    """Read many contacts and their tags in one call, or a few.

    A list that Keap refuses, or that cannot be read, is asked for by halves: one contact may have
    spoilt it for all.

    Args:
        contact_ids: Whom; as many as a URL holds.
        wanted: As for :func:`read_contact`.
        model: As for :func:`read_contact`.

    Returns:
        By their ids those that were found. What is not among them has to be read alone: only then
        is it certain what is the matter.

    Raises:
        KeapError, ConfigurationAtFault: As :func:`read_contact`, and it concerns all of them.
    """
    mapping = resolve_mapping(wanted.fields, model)
    write_back = write_back_of(wanted, model)
    found: dict[str, Reading] = {}
    spoilt = 0
    groups = [tuple(contact_ids)]
    while groups:
        group = groups.pop()
        try:
            contacts = yield from _list(group, mapping)
        except (KeapRejected, KeapBroken) as error:
            spoilt += 1
            if not _may_be_spoilt(error) or (not found and spoilt == MOST_SPOILT):
                raise
            middle = len(group) // 2
            halves = (group[middle:], group[:middle])
            groups += [half for half in halves if len(half) > 1]
        else:
            found |= {each.id: Reading(each, mapping, write_back) for each in contacts}
    return found


def _list(group: Sequence[str], mapping: ResolvedMapping) -> Conversation[Sequence[Contact]]:
    """Give the contacts of a group, page by page for as long as pages bring some."""
    missing = set(group)
    contacts: list[Contact] = []
    token: str | None = None
    while missing:
        page = yield from ask(list_contacts(group, mapping.properties, token))
        # One person's data must never end in another one's account: strangers are left out.
        wanted = {each.id: each for each in page.contacts if each.id in missing}
        contacts += wanted.values()
        missing -= wanted.keys()
        token = page.next_page_token
        if token is None or not wanted:
            break
    return contacts


def _may_be_spoilt(error: KeapRejected | KeapBroken) -> bool:
    """Whether one contact may be to blame; what Keap itself suffers from concerns all."""
    return isinstance(error, KeapRejected) or error.status // 100 == _SUCCESS


def _text_field(key: str, name: str | None, model: ContactModel) -> str | None:
    if name is None:
        return None
    try:
        return writable_custom_field(name, model).id
    except FieldError as error:
        message = f"{key}: {error}"
        raise ConfigurationAtFault(message) from error
