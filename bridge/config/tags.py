"""``tags:``, where tags and the contact's id go, and which roles follow tags."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import model_validator

from bridge.config.mapping import MetaKey
from bridge.config.problems import refuse
from bridge.config.roles import RoleSlug
from bridge.config.scalars import Flag, Text
from bridge.config.section import OrNothing, Section, default

TagName = Text
"""A tag of Keap's: its name, or its id."""


class Tags(Section):
    """Where tags and the contact's id go, and which roles follow tags."""

    meta: Annotated[MetaKey | None, OrNothing] = "infusionsoft_tags"
    """``None``: tags are not written."""
    names: Flag = False
    """Whether the tags' names are written too, in the order of their ids."""
    dates: Flag = False
    """Whether the times at which they were applied are written too, in the same order."""
    contact_id_meta: MetaKey = "infusionsoft_contact_id"
    roles: Mapping[TagName, RoleSlug] = default({})
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
