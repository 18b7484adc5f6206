"""``alerts:``, whom the bridge calls, and when."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, WithJsonSchema

from bridge.config.problems import refuse
from bridge.config.scalars import Duration, Scalar, Whole, as_duration, as_word
from bridge.config.secret import Secret
from bridge.config.section import OrNothing, Section


def _address(secret: SecretStr) -> SecretStr:
    """Check the form of an address, without a message that repeats it."""
    if not re.match(r"[a-z][a-z0-9+]*://\S+$", secret.get_secret_value(), re.IGNORECASE):
        hint = "such as mailto://user:password@mail.site.org?to=me@site.org, or a chat's webhook"
        refuse("this is no address that apprise knows", hint)
    return secret


def _silence(value: object) -> Any:
    """Read a length of time, or the word ``usual``."""
    if as_word(value) == "usual":
        return "usual"
    if isinstance(value, Scalar) and not re.match(r"\d", value.text):
        refuse("write a length of time in hours or days, usual, or null", "such as 24h")
    return as_duration(value)


def _time_of_day(value: object) -> timedelta:
    # The text is taken as written: YAML 1.1 reads an unquoted 08:00 as a number.
    text = value.text if isinstance(value, Scalar) else value
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text) if isinstance(text, str) else None
    if match is None:
        refuse("write a time of day", "such as 08:00")
    return timedelta(hours=int(match[1]), minutes=int(match[2]))


Address = Annotated[Secret, AfterValidator(_address)]
Silence = Annotated[
    timedelta | Literal["usual"],
    BeforeValidator(_silence),
    WithJsonSchema({"type": "string", "pattern": "^(usual|[1-9][0-9]{0,3}[hd])$"}),
]
TimeOfDay = Annotated[
    timedelta,
    BeforeValidator(_time_of_day),
    WithJsonSchema({"type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"}),
]


class Alerts(Section):
    """Whom the bridge calls, and when."""

    to: tuple[Address, ...] = ()
    """Addresses as apprise has them; empty: nobody is called."""
    waiting_over: Duration = Field(default="1h", validate_default=True)
    quota_under: Annotated[Whole, Field(ge=0, le=90)] = 20
    """Percent."""
    disk_under: Annotated[Whole, Field(ge=0)] = 500
    """Megabytes."""
    silence: Annotated[Silence | None, OrNothing] = Field(default="usual", validate_default=True)
    """``None``: no silence is too long."""
    daily: Annotated[TimeOfDay | None, OrNothing] = None
    """``None``: the day is not summed up."""
