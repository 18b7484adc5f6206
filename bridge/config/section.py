"""What every section of the file is made of."""

from typing import Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bridge.config.scalars import Scalar, as_word, or_nothing

Word = BeforeValidator(as_word)
OrNothing = BeforeValidator(or_nothing)


class Section(BaseModel):
    """A part of the file; a section with nothing under it has its defaults."""

    SHORT_FOR: ClassVar[str | None] = None
    """The key whose value may stand in the section's place."""

    # A message of pydantic's own would quote the input: a secret under a misspelt key.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_written(cls, data: object) -> object:
        return {} if isinstance(data, Scalar) and data.is_null else data


def default(written: object) -> Any:
    """Give a default as the file would have it, to be checked like the file."""
    return Field(default=written, validate_default=True)
