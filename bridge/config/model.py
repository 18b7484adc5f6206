"""The configuration as the bridge uses it: frozen, checked, secrets found.

Every key, its default and its meaning stand in docs/config.md too, which a test holds against
this module. Defaults are written here as the file would have them and are checked like it.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from bridge.config.addresses import (
    ListenAddress,
    RedirectUri,
    Route,
    SiteUrl,
    Store,
    Url,
    store_file,
    store_password,
)
from bridge.config.alerts import Alerts
from bridge.config.mapping import SPECIAL_TARGETS, WORDPRESS_FIELDS, KeapField, MetaKey, Target
from bridge.config.problems import refuse
from bridge.config.scalars import Duration, Flag, Number, Scalar, Text, Whole, or_nothing
from bridge.config.secret import AccessKey, AdminPassword, Secret, Token
from bridge.config.section import OrNothing, Section, Word
from bridge.config.sources import FieldSource
from bridge.hook_address import hook_token
from keap_client.oauth import AUTHORISE_URL, TOKEN_URL

HIGHEST_CALLS_PER_MINUTE = 240
"""What Keap allows one token a minute."""

_NEVER_SPECIAL = {"when_empty", "only", "if_wordpress_has"}
"""Keys of a line under ``fields:`` that mean nothing for the special targets."""

Seconds = Annotated[Number, Field(gt=0, le=3600)]
TagName = Text
"""A tag of Keap's: its name, or its id."""


def _default(written: object) -> Any:
    """Give a default as the file would have it, to be checked like the file."""
    return Field(default=written, validate_default=True)


class Server(Section):
    """The side that Keap posts to."""

    listen: ListenAddress = _default("127.0.0.1:8080")
    path: Route = "/keap"
    access_keys: Annotated[tuple[AccessKey, ...], Field(min_length=1)] = _default(
        [{"env": "KEAP_BRIDGE_ACCESS_KEY"}]
    )
    """Any of them opens; all different."""
    store: Store = Field(default="sqlite:///data/bridge.db", validate_default=True, repr=False)
    """A URL, a file's with an absolute path; of PostgreSQL perhaps with a password in it."""
    accept_query: Flag = False
    waiting_limit: Annotated[Whole, Field(ge=1)] = 100_000
    body_seconds: Seconds = 10
    stop_seconds: Seconds = 20
    admin_password: AdminPassword = _default(None)
    """Opens the page; ``None``: there is no page."""
    admin_listen: ListenAddress = _default("127.0.0.1:8081")
    """Apart from the door for Keap, which a reverse proxy shows to the world."""

    @property
    def store_file(self) -> Path | None:
        """The SQLite file of the store; ``None``: it is a PostgreSQL database."""
        return store_file(self.store)

    @model_validator(mode="after")
    def _keys_differ(self) -> "Server":
        keys = [key.get_secret_value() for key in self.access_keys]
        for position, key in enumerate(keys):
            if key in keys[:position]:
                message = "this access key is given twice"
                refuse(message, "take one out", at=("access_keys", position))
        return self


class OAuth(Section):
    """The application, registered at Keap, as which the bridge is let in."""

    client_id: Text
    client_secret: Secret
    redirect_uri: RedirectUri
    authorize_url: Url = AUTHORISE_URL
    token_url: Url = TOKEN_URL


class After(Section):
    """Tags that a contact gets in Keap once its delivery has ended; names, or ids in quotes."""

    done: Annotated[TagName | None, OrNothing] = None
    failed: Annotated[TagName | None, OrNothing] = None

    @model_validator(mode="after")
    def _differ(self) -> "After":
        if self.done is not None and self.done == self.failed:
            refuse("done has the same tag", "write another one", at=("failed",))
        return self


class Keap(Section):
    """Keap's REST API."""

    url: Url = "https://api.infusionsoft.com/crm/rest/v2"
    token: Annotated[Token | None, OrNothing] = _default({"env": "KEAP_TOKEN"})
    """``None``: there is ``oauth`` in its place."""
    oauth: OAuth | None = None
    backup_token: Annotated[Token | None, OrNothing] = None
    token_header: Annotated[Literal["bearer", "x-keap-api-key"], Word] = "bearer"  # noqa: S105 - a header's name
    calls_per_minute: Annotated[Whole, Field(ge=1, le=HIGHEST_CALLS_PER_MINUTE)] = 200
    reserve_for_posts: Annotated[Whole, Field(ge=0, le=90)] = 20
    """Percent of a day's calls that syncs leave."""
    seconds: Seconds = 30
    after: After = _default({})

    @model_validator(mode="before")
    @classmethod
    def _one_way_in(cls, data: object) -> object:
        if not isinstance(data, dict) or "oauth" not in data:
            return data
        if "token" in data:
            refuse("there are both token and oauth", "take one of them out", at=("token",))
        return {**data, "token": None}

    @model_validator(mode="after")
    def _some_way_in(self) -> "Keap":
        if self.oauth is None and self.token is None:
            hint = "write {env: NAME}, {file: PATH}, or the text itself in quotes"
            refuse("no secret is written here", hint, at=("token",))
        if self.backup_token is not None and self.backup_token == self.token:
            message = "this is the same token as keap.token"
            refuse(message, "make another one in Keap", at=("backup_token",))
        return self


HookEvent = Literal["contact.add", "contact.edit", "contactGroup.applied", "contactGroup.removed"]
"""Keap's events that name contacts, and after which there is something to do."""

HookAction = Annotated[Literal["add", "update", "update_tags"], Word]


class Sync(Section):
    """Syncs that nobody has to ask for."""

    linked_every: Annotated[Duration | None, OrNothing] = None
    """``None``: never."""


class WordPress(Section):
    """The WordPress site, and the account that the bridge signs in with."""

    url: SiteUrl
    user: Text = "keap-bridge"
    application_password: Secret = _default({"env": "WP_APPLICATION_PASSWORD"})
    requests_in_flight: Annotated[Whole, Field(ge=1, le=16)] = 4
    seconds: Seconds = 30

    @field_validator("user")
    @classmethod
    def _fits_basic_authentication(cls, user: str) -> str:
        if ":" in user:  # RFC 7617, section 2
            refuse("a user name with a colon cannot sign in", "use the account's e-mail")
        return user


def _role_slug(role: str) -> str:
    if role.lower() == "administrator":
        refuse("no Post may make an administrator", "make administrators in WordPress by hand")
    if not re.fullmatch(r"[a-z0-9_\-]+", role):
        hint = "such as subscriber: the role's slug, not its display name"
        refuse("a role's slug has small letters, digits, - and _", hint)
    return role


RoleSlug = Annotated[
    Text,
    AfterValidator(_role_slug),
    WithJsonSchema({"type": "string", "pattern": r"^(?!administrator$)[a-z0-9_\-]+$"}),
]


def _off_if_null(value: object) -> object:
    """Give ``None`` for ``null``; with nothing written the section has its defaults, as others."""
    return or_nothing(value) if isinstance(value, Scalar) and value.text else value


class Brake(Section):
    """How many roles may be taken away in how long, before a person looks at it."""

    removals: Annotated[Whole, Field(ge=1)] = 100
    minutes: Annotated[Whole, Field(ge=1, le=10_080)] = 60


class Roles(Section):
    """Which roles a Post may give."""

    allowed: tuple[RoleSlug, ...] = ("subscriber",)
    mode: Annotated[Literal["replace", "add", "keep"], Word] = "replace"
    brake: Annotated[Brake | None, BeforeValidator(_off_if_null)] = _default({})
    """``None``: roles are taken away however many they are."""

    @field_validator("allowed")
    @classmethod
    def _each_once(cls, roles: tuple[str, ...]) -> tuple[str, ...]:
        for position, role in enumerate(roles):
            if role in roles[:position]:
                refuse("this role is listed twice", "take one out", at=(position,))
        return roles


class ReturnToKeap(Section):
    """Which custom fields in Keap learn of a new user."""

    login: Annotated[KeapField | None, OrNothing] = None
    """Gets the user name."""
    id: Annotated[KeapField | None, OrNothing] = None
    """Gets the number that WordPress gives the user."""


class Users(Section):
    """How users are made and kept."""

    username: Annotated[Literal["email", "first_last", "first_number"], Word] = "email"
    roles: Roles = _default({})
    notify: Annotated[Literal["as_posted", "always", "never"], Word] = "as_posted"
    notification: Annotated[Literal["link", "password"], Word] = "link"
    return_password_to: Annotated[KeapField | None, OrNothing] = None
    return_to_keap: ReturnToKeap = _default({})
    when_linked_to_another_contact: Annotated[Literal["refuse", "relink"], Word] = "refuse"
    when_missing: Annotated[Literal["ignore", "create"], Word] = "ignore"

    @model_validator(mode="after")
    def _one_value_for_each_keap_field(self) -> "Users":
        taken = [self.return_password_to]
        for name, field in (("login", self.return_to_keap.login), ("id", self.return_to_keap.id)):
            if field is not None and field in taken:
                message = "this Keap field would get two values"
                refuse(message, "name another one", at=("return_to_keap", name))
            taken.append(field)
        return self


class Passwords(Section):
    """Where passwords come from."""

    from_keap: Flag = False
    """Whether ``fields:`` may say which Keap field holds the user's password."""


class Tags(Section):
    """Where tags and the contact's id go, and which roles follow tags."""

    meta: Annotated[MetaKey | None, OrNothing] = "infusionsoft_tags"
    """``None``: tags are not written."""
    names: Flag = False
    """Whether the tags' names are written too, in the order of their ids."""
    dates: Flag = False
    """Whether the times at which they were applied are written too, in the same order."""
    contact_id_meta: MetaKey = "infusionsoft_contact_id"
    roles: Mapping[TagName, RoleSlug] = _default({})
    """Tag to the role that it gives, and whose end takes the role away."""

    @property
    def names_meta(self) -> str | None:
        """The user meta key of the names, where they are written."""
        return f"{self.meta}_names" if self.meta is not None and self.names else None

    @property
    def dates_meta(self) -> str | None:
        """The user meta key of the times, where they are written."""
        return f"{self.meta}_dates" if self.meta is not None and self.dates else None

    @property
    def own_keys(self) -> Mapping[str, str]:
        """Which user meta keys the bridge itself fills, each with the setting that says so."""
        keys = {
            "meta": self.meta,
            "names": self.names_meta,
            "dates": self.dates_meta,
            "contact_id_meta": self.contact_id_meta,
        }
        return {key: setting for setting, key in keys.items() if key is not None}

    @model_validator(mode="after")
    def _beside_ids(self) -> "Tags":
        for name, wanted in (("names", self.names), ("dates", self.dates)):
            if wanted and self.meta is None:
                refuse("this stands beside the tags' ids", "give tags.meta a key", at=(name,))
        return self


class Config(Section):
    """The whole of one site's configuration."""

    server: Server = _default({})
    keap: Keap = _default({})
    wordpress: WordPress = _default({})
    users: Users = _default({})
    fields: Mapping[Target, FieldSource] = _default(
        {"first_name": "FirstName", "last_name": "LastName", "user_email": "Email"}
    )
    """WordPress field or user meta key to Keap field."""
    passwords: Passwords = _default({})
    tags: Tags = _default({})
    hooks: Mapping[HookEvent, HookAction] = _default(
        {"contact.edit": "update", "contactGroup.applied": "update_tags"}
    )
    """Keap's event to what is done for its contacts; used once Keap was told to send them."""
    sync: Sync = _default({})
    alerts: Alerts = _default({})

    @model_validator(mode="after")
    def _one_writer_for_each_key(self) -> "Config":
        tags = self.tags
        if tags.meta == tags.contact_id_meta:
            message = "tags.contact_id_meta has the same key"
            refuse(message, "write another one", at=("tags", "meta"))
        for key, name in tags.own_keys.items():
            if key in self.fields:
                message = f"the bridge itself fills this key (tags.{name})"
                refuse(message, "take the line out", at=("fields", key))
        for name, filled in (("names", tags.names_meta), ("dates", tags.dates_meta)):
            if filled == tags.contact_id_meta:
                message = "tags.contact_id_meta has the key that this would fill"
                refuse(message, "choose another tags.contact_id_meta", at=("tags", name))
        return self

    @model_validator(mode="after")
    def _tags_give_what_is_allowed(self) -> "Config":
        for tag, role in self.tags.roles.items():
            if role not in self.users.roles.allowed:
                message = "users.roles.allowed does not have this role"
                refuse(message, "list it there too", at=("tags", "roles", tag))
        return self

    @model_validator(mode="after")
    def _special_targets_are_meant(self) -> "Config":
        if "user_pass" in self.fields and not self.passwords.from_keap:
            message = "everybody who may read contacts in Keap would know this password"
            hint = "take the line out, or write passwords: {from_keap: true} if you want that"
            refuse(message, hint, at=("fields", "user_pass"))
        for name in filter(self.fields.__contains__, SPECIAL_TARGETS):
            said = self.fields[name].model_fields_set
            # A password is never converted: what goes wrong there is told.
            if said & _NEVER_SPECIAL or (name == "user_pass" and said != {"keap_field"}):
                hint = "the line holds the name of a Keap field, and nothing else"
                refuse(f"{name} has rules of its own", hint, at=("fields", name))
        return self

    @model_validator(mode="after")
    def _sources_suit_their_targets(self) -> "Config":
        for target, source in self.fields.items():
            if target in WORDPRESS_FIELDS and source.conversion == "list":
                hint = "lists go to user meta; option_label gives one text"
                refuse("WordPress keeps one text here", hint, at=("fields", target, "as"))
            if target == "user_email" and source.value is not None:
                hint = "such as from: Email"
                refuse("all users would have the same address", hint, at=("fields", target))
        return self

    def secret_texts(self) -> tuple[str, ...]:
        """Give every secret in each form that could turn up in a log line."""
        password = self.wordpress.application_password.get_secret_value()
        keap, oauth = self.keap, self.keap.oauth
        keys = (keap.token, keap.backup_token, oauth.client_secret if oauth else None)
        return (
            *(key.get_secret_value() for key in self.server.access_keys),
            *(hook_token(key.get_secret_value()) for key in self.server.access_keys),
            *(key.get_secret_value() for key in keys if key is not None),
            password,
            password.replace(" ", ""),
            f"{self.wordpress.user}:{password}",
            *filter(None, [store_password(self.server.store)]),
            *(address.get_secret_value() for address in self.alerts.to),
            *([page.get_secret_value()] if (page := self.server.admin_password) else []),
        )
