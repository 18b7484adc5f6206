"""What WordPress's answers look like; unknown keys are ignored, PHP's quirks are evened out."""

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _object(value: object) -> object:
    """PHP writes an empty object as an empty list."""
    return {} if value == [] else value


PhpObject: TypeAlias = Annotated[dict[str, Any], BeforeValidator(_object)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class WordPressUser(_Answer):
    """A user as ``/wp/v2/users`` shows one with ``context=edit``.

    https://developer.wordpress.org/rest-api/reference/users/
    """

    id: int
    username: str
    email: str
    name: str
    first_name: str
    last_name: str
    nickname: str
    slug: str
    """``user_nicename``: the readable end of the author address."""
    url: str
    description: str
    locale: str
    """The site's language where the user has chosen none."""
    roles: tuple[str, ...]
    capabilities: PhpObject
    meta: PhpObject
    """Every meta key registered for REST, set or not; no other."""
    registered_date: str = ""
    """When the account was made: ISO 8601, UTC."""


class Index(_Answer):
    """The root of the REST API: ``/wp-json/``."""

    name: str = ""
    home: str
    """The site's address."""
    url: str
    """Where WordPress's own files are, ``wp-login.php`` among them."""
    namespaces: tuple[str, ...]
    authentication: PhpObject
    """Empty where application passwords are switched off."""


class GivenRole(_Answer):
    """A role of the site and whether the companion gives it."""

    slug: str
    name: str
    may_be_given: bool


class CompanionAccount(_Answer):
    """The account that asked."""

    id: int
    privileged: bool
    """Whether it can do more than it should."""


class CompanionSite(_Answer):
    """What a site with the companion offers."""

    companion: str
    protocol: int
    wordpress: str
    php: str
    multisite: bool
    site: str
    locks: bool
    """Whether its database has locks that keep twins away."""
    roles: tuple[GivenRole, ...]
    default_role: str
    account: CompanionAccount
    beside: tuple[str, ...] = ()
    """Active plugins that write users to or from Keap too, as WordPress names them."""


class ErrorData(_Answer):
    """What an error of one document is about."""

    user_id: int = 0
    contact: str = ""
    roles: tuple[str, ...] = ()
    code: str = ""
    """WordPress's own word, where it is WordPress that refuses."""


class DocumentError(_Answer):
    """Why the companion left a document undone."""

    code: str
    retry: bool = False
    data: Annotated[ErrorData, BeforeValidator(_object)] = ErrorData()


class CompanionResults(_Answer):
    """The companion's answer to documents, one result each, still to be read."""

    protocol: int
    results: tuple[dict[str, Any], ...]


class CompanionLinks(_Answer):
    """Contacts that users are linked to, and the user after whom others follow."""

    protocol: int
    contacts: tuple[str, ...] | None = None
    """``None``: this companion does not tell."""
    following: int | None = None


class CompanionMeta(_Answer):
    """What became of a value under each meta key: ``ok``, ``refused``, ``lost``."""

    protocol: int
    meta: dict[str, str]
