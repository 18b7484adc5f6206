"""The names of roles that the configuration may list."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from bridge.config.problems import refuse
from bridge.config.scalars import Text


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
