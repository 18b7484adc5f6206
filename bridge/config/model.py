"""The configuration as the bridge uses it: frozen, checked, secrets found.

Every key, its default and its meaning stand in docs/config.md too, which a test holds against
this module. Defaults are written here as the file would have them and are checked like it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import (
    Field,
    field_validator,
    model_validator,
)

from bridge.config.addresses import (
    ListenAddress,
    Route,
    SiteUrl,
    Store,
    store_file,
    store_password,
)
from bridge.config.alerts import Alerts
from bridge.config.keap import HookAction, HookEvent, Keap, Seconds, Sync
from bridge.config.mapping import SPECIAL_TARGETS, WORDPRESS_FIELDS, Target
from bridge.config.problems import refuse
from bridge.config.scalars import Flag, Text, Whole
from bridge.config.secret import AccessKey, AdminPassword, Secret
from bridge.config.section import Section, default
from bridge.config.sources import FieldSource
from bridge.config.tags import Tags
from bridge.config.users import Passwords, Users
from bridge.hook_address import hook_token

_NEVER_SPECIAL = {"when_empty", "only", "if_wordpress_has"}
"""Keys of a line under ``fields:`` that mean nothing for the special targets."""


class Server(Section):
    """The side that Keap posts to."""

    listen: ListenAddress = default("127.0.0.1:8080")
    path: Route = "/keap"
    access_keys: Annotated[tuple[AccessKey, ...], Field(min_length=1)] = default(
        [{"env": "KEAP_BRIDGE_ACCESS_KEY"}]
    )
    """Any of them opens; all different."""
    store: Store = Field(default="sqlite:///data/bridge.db", validate_default=True, repr=False)
    """A URL, a file's with an absolute path; of PostgreSQL perhaps with a password in it."""
    accept_query: Flag = False
    waiting_limit: Annotated[Whole, Field(ge=1)] = 100_000
    body_seconds: Seconds = 10
    stop_seconds: Seconds = 20
    admin_password: AdminPassword = default(None)
    """Opens the page; ``None``: there is no page."""
    admin_listen: ListenAddress = default("127.0.0.1:8081")
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


class WordPress(Section):
    """The WordPress site, and the account that the bridge signs in with."""

    url: SiteUrl
    user: Text = "keap-bridge"
    application_password: Secret = default({"env": "WP_APPLICATION_PASSWORD"})
    requests_in_flight: Annotated[Whole, Field(ge=1, le=16)] = 4
    seconds: Seconds = 30

    @field_validator("user")
    @classmethod
    def _fits_basic_authentication(cls, user: str) -> str:
        if ":" in user:  # RFC 7617, section 2
            refuse("a user name with a colon cannot sign in", "use the account's e-mail")
        return user


class Config(Section):
    """The whole of one site's configuration."""

    server: Server = default({})
    keap: Keap = default({})
    wordpress: WordPress = default({})
    users: Users = default({})
    fields: Mapping[Target, FieldSource] = default(
        {"first_name": "FirstName", "last_name": "LastName", "user_email": "Email"}
    )
    """WordPress field or user meta key to Keap field."""
    passwords: Passwords = default({})
    tags: Tags = default({})
    hooks: Mapping[HookEvent, HookAction] = default(
        {"contact.edit": "update", "contactGroup.applied": "update_tags"}
    )
    """Keap's event to what is done for its contacts; used once Keap was told to send them."""
    sync: Sync = default({})
    alerts: Alerts = default({})

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
