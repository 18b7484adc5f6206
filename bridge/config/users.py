"""``users:`` and ``passwords:``, how users are made and kept."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bridge.config.mapping import KeapField
from bridge.config.problems import refuse
from bridge.config.roles import RoleSlug
from bridge.config.scalars import Flag, Scalar, Whole, or_nothing
from bridge.config.section import OrNothing, Section, Word, default


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
    brake: Annotated[Brake | None, BeforeValidator(_off_if_null)] = default({})
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
    registered: Annotated[KeapField | None, OrNothing] = None
    """Gets the day on which the account was made."""

    @property
    def named(self) -> Mapping[str, str | None]:
        """The fields by what they get."""
        return {"login": self.login, "id": self.id, "registered": self.registered}


class Users(Section):
    """How users are made and kept."""

    username: Annotated[Literal["email", "first_last", "first_number"], Word] = "email"
    roles: Roles = default({})
    notify: Annotated[Literal["as_posted", "always", "never"], Word] = "as_posted"
    notification: Annotated[Literal["link", "password"], Word] = "link"
    return_password_to: Annotated[KeapField | None, OrNothing] = None
    return_to_keap: ReturnToKeap = default({})
    when_linked_to_another_contact: Annotated[Literal["refuse", "relink"], Word] = "refuse"
    when_missing: Annotated[Literal["ignore", "create"], Word] = "ignore"

    @model_validator(mode="after")
    def _one_value_for_each_keap_field(self) -> "Users":
        taken = [self.return_password_to]
        for name, field in self.return_to_keap.named.items():
            if field is not None and field in taken:
                message = "this Keap field would get two values"
                refuse(message, "name another one", at=("return_to_keap", name))
            taken.append(field)
        return self


class Passwords(Section):
    """Where passwords come from."""

    from_keap: Flag = False
    """Whether ``fields:`` may say which Keap field holds the user's password."""
