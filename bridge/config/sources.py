"""Where a WordPress field or user meta key takes its value from, and what is made of it.

docs/mapping.md shows every key at work.
"""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, field_validator, model_validator

from bridge.config.mapping import KeapField, keap_field
from bridge.config.problems import refuse
from bridge.config.scalars import Scalar, Text
from bridge.config.section import Section, Word
from bridge.conversions import KEYS, Style
from bridge.conversions.countries import country_code
from bridge.conversions.dates import unknown_signs
from bridge.conversions.template import has_stray_brace, names_in
from keap_client.fields import UnknownField, resolve, standard_field
from keap_client.model import ContactModel

ConversionName = Literal[
    "text",
    "multiline",
    "integer",
    "number",
    "boolean",
    "date",
    "datetime",
    "list",
    "option_label",
    "option_id",
    "country_alpha2",
    "country_alpha3",
    "country_name",
    "region_code",
    "region_name",
    "phone_e164",
    "json",
]
"""The keys of :data:`bridge.conversions.CONVERTERS`, for the type checker."""

_NO_MODEL = ContactModel(custom_fields=())


def _template(text: str) -> str:
    if has_stray_brace(text):
        hint = "write {FirstName}; for a brace itself {{ or }}"
        refuse("a brace is opened or closed alone", hint)
    names = names_in(text)
    if not names:
        refuse("no Keap field is in the template", "such as {FirstName}; fixed text goes to value:")
    for name in names:
        keap_field(name)
        # A label could be any words: a slip in FirstName would not be noticed before a Post comes.
        if not standard_field(name) and not name.startswith("_") and not name.isdigit():
            refuse(f"Keap has no standard field {name}", _instead_of(name))
    return text


def _instead_of(name: str) -> str:
    try:
        resolve(name, _NO_MODEL)
    except UnknownField as unknown:
        if unknown.suggestions:
            return f"did you mean {{{unknown.suggestions[0]}}}?"
    return "a custom field begins with an underscore, as in {_ShoeSize}"


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        refuse("this time zone is not known", "such as Europe/Berlin or America/New_York")
    return name


def _country(text: str) -> str:
    if country_code(text) is None:
        refuse("this country is not known", "such as US or Germany")
    return text


class FieldSource(Section):
    """Where a WordPress field or user meta key takes its value from."""

    SHORT_FOR = "from"

    keap_field: KeapField | None = Field(default=None, alias="from")
    template: Annotated[Text, AfterValidator(_template)] | None = None
    value: Text | None = None
    conversion: Annotated[ConversionName, Word] | None = Field(default=None, alias="as")
    format: Text | None = None
    timezone: Annotated[Text, AfterValidator(_time_zone)] | None = None
    separator: str | None = None
    country: Annotated[Text, AfterValidator(_country)] | None = None
    when_empty: Annotated[Literal["keep", "clear"], Word] = "keep"
    only: Annotated[Literal["create", "update", "always"], Word] = "always"
    if_wordpress_has: Annotated[Literal["keep", "replace"], Word] = "replace"

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, data: object) -> object:
        return {"from": data} if isinstance(data, str | Scalar) else data

    @field_validator("separator", mode="before")
    @classmethod
    def _any_signs(cls, value: object) -> object:
        text = value.text if isinstance(value, Scalar) else value
        if not isinstance(text, str) or not text:
            refuse("nothing is written here", 'write the sign in quotes, such as ";"')
        return text

    @model_validator(mode="after")
    def _one_source(self) -> "FieldSource":
        given = [self.keap_field, self.template, self.value]
        if given.count(None) == len(given):
            refuse("it is not said where the value comes from", "write from:, template: or value:")
        if given.count(None) < len(given) - 1:
            refuse("only one of from:, template: and value: is possible", "take the others out")
        if self.value is not None:
            self._refuse_for_constant()
        if self.if_wordpress_has == "keep" and self.when_empty == "clear":
            message = "if_wordpress_has: keep leaves nothing to clear"
            refuse(message, "take one of the two out", at=("when_empty",))
        return self

    def _refuse_for_constant(self) -> None:
        for key in ("conversion", "when_empty"):
            if key in self.model_fields_set:
                name = "as" if key == "conversion" else key
                refuse("a fixed value is written as it stands", "take the line out", at=(name,))

    @model_validator(mode="after")
    def _keys_suit_the_conversion(self) -> "FieldSource":
        for key, conversions in KEYS.items():
            if key in self.model_fields_set and self.conversion not in conversions:
                needs = " or ".join(f"as: {each}" for each in conversions)
                refuse(f"{key}: means nothing here", f"it goes with {needs}", at=(key,))
        if self.format is not None:
            unknown = unknown_signs(self.format, with_time=self.conversion == "datetime")
            if unknown:
                message = f"{unknown[0]} stands for nothing in a {self.conversion}'s format"
                refuse(message, "such as %d/%m/%Y; docs/mapping.md lists the signs", at=("format",))
        return self

    @model_validator(mode="after")
    def _options_are_custom_fields(self) -> "FieldSource":
        of_options = self.conversion in ("option_label", "option_id")
        if of_options and (self.keap_field is None or standard_field(self.keap_field)):
            hint = "options belong to custom fields; take the line out"
            refuse("there are no options here", hint, at=("as",))
        return self

    @property
    def keap_names(self) -> tuple[str, ...]:
        """The names of all Keap fields that the value is made of."""
        if self.template is not None:
            return tuple(names_in(self.template))
        return () if self.keap_field is None else (self.keap_field,)

    @property
    def style(self) -> Style:
        """What is said beside ``as:``."""
        return Style(self.format, self.timezone, self.separator, self.country)
