"""``keap:``, ``hooks:`` and ``sync:``, the way to Keap and what is asked of it."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from bridge.config.addresses import RedirectUri, Url
from bridge.config.problems import refuse
from bridge.config.scalars import Duration, Number, Text, Whole
from bridge.config.secret import Secret, Token
from bridge.config.section import OrNothing, Section, Word, default
from bridge.config.tags import TagName
from keap_client.oauth import AUTHORISE_URL, TOKEN_URL

HIGHEST_CALLS_PER_MINUTE = 240
"""What Keap allows one token a minute."""

Seconds = Annotated[Number, Field(gt=0, le=3600)]


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
    token: Annotated[Token | None, OrNothing] = default({"env": "KEAP_TOKEN"})
    """``None``: there is ``oauth`` in its place."""
    oauth: OAuth | None = None
    backup_token: Annotated[Token | None, OrNothing] = None
    token_header: Annotated[Literal["bearer", "x-keap-api-key"], Word] = "bearer"  # noqa: S105 - a header's name
    calls_per_minute: Annotated[Whole, Field(ge=1, le=HIGHEST_CALLS_PER_MINUTE)] = 200
    reserve_for_posts: Annotated[Whole, Field(ge=0, le=90)] = 20
    """Percent of a day's calls that syncs leave."""
    seconds: Seconds = 30
    after: After = default({})

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
