"""What a contact's tags mean for their user: the user meta beside the ids, and roles. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bridge.config import Tags
from bridge.delivery import Caveat
from keap_client.tags import TagList
from wp_client.document import MetaValue

NO_TAGS = TagList({})


@dataclass(frozen=True, slots=True)
class TagNews:
    """What Keap says of tags, beside the ids that come with a contact."""

    known: TagList = NO_TAGS
    """All tags there are; empty where the configuration needs no names."""
    applied_at: Mapping[str, str] = field(default_factory=dict)
    """When each of the contact's tags was applied; empty where nobody wants to know."""


NO_NEWS = TagNews()


@dataclass(frozen=True, slots=True)
class TagRoles:
    """The roles that follow a contact's tags."""

    give: tuple[str, ...]
    take: tuple[str, ...]
    unsure: tuple[str, ...]
    """Roles that are neither given nor taken: Keap has no such tag, or several."""
    caveats: tuple[Caveat, ...]


def roles_of(rules: Mapping[str, str], held: Collection[str], known: TagList) -> TagRoles:
    """Say which roles a contact's tags give, and which they take away.

    Args:
        rules: ``tags.roles``: tags, by name or id, and the role of each.
        held: The ids of the contact's tags.
        known: All tags that Keap has.

    A role that several tags give is taken only when the contact has none of them; and when one
    of them cannot be found in Keap, it is not taken at all: perhaps the contact has that tag.
    """
    give: dict[str, None] = {}
    unsure: dict[str, None] = {}
    caveats = []
    for tag, role in rules.items():
        meant = known.meant_by(tag)
        if len(meant) != 1:
            unsure[role] = None
            caveats.append(Caveat("tag_ambiguous" if meant else "tag_unknown", tag))
        elif meant[0] in held:
            give[role] = None
    take = dict.fromkeys(r for r in rules.values() if r not in give and r not in unsure)
    left = tuple(role for role in unsure if role not in give)
    return TagRoles(tuple(give), tuple(take), left, tuple(caveats))


def meta_of(tags: Tags, held: tuple[str, ...], news: TagNews) -> Mapping[str, MetaValue]:
    """Give the user meta that tags fill: lists of one order, and no rows where there are no tags.

    A tag whose name is not known has its id in the place of the name; a time that is not known is
    an empty text.
    """
    meta: dict[str, MetaValue] = {}
    if tags.meta is not None:
        meta[tags.meta] = held
    if tags.names_meta is not None:
        meta[tags.names_meta] = tuple(news.known.names.get(tag, tag) for tag in held)
    if tags.dates_meta is not None:
        meta[tags.dates_meta] = tuple(news.applied_at.get(tag, "") for tag in held)
    return meta
