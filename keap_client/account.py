"""Whose token it is: the cheapest question that shows whether the credentials work."""

from typing import Self

from pydantic import model_validator

from keap_client.answers import AnswerModel, read_json
from keap_client.call import Call


class Account(AnswerModel):
    """The Keap user on whose behalf the token acts."""

    id: str | None = None
    email: str | None = None
    tenant_id: str | None = None
    """The Keap application, where Keap names it."""
    is_admin: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        # Nothing in Keap's document is required, but an answer without any of these is none.
        if self.id is None and self.email is None:
            reason = "neither id nor email"
            raise ValueError(reason)
        return self


def who_am_i() -> Call[Account]:
    """Ask whose token this is."""
    return Call(
        "GET",
        "oauth/connect/userinfo",
        read=lambda answer: read_json(answer, Account),
        name="who_am_i",
    )
