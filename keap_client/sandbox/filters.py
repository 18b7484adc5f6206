"""The ``filter`` parameter: ``name==value`` clauses that must all hold, joined by ``;``.

A trailing ``*`` means "starts with"; some names take ``>``, ``<``, ``>=``, ``<=``;
text compares without regard to case, as the database behind it presumably does.
Of the documented names ``phone_number`` and ``lead_source_name`` are missing: nobody here asks for
them, and who does is refused rather than misled.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Generic, TypeAlias, TypeVar

from keap_client.sandbox.problems import refuse
from keap_client.sandbox.state import Category, Contact, CustomField, Tag, Tenant

T = TypeVar("T")

_CLAUSE = re.compile(r"\s*(\w+)\s*(==|>=|<=|>|<)(.*)", re.DOTALL)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_NUMERIC = {
    "WHOLE_NUMBER",
    "DECIMAL_NUMBER",
    "CURRENCY",
    "PERCENT",
    "YEAR",
    "MONTH",
    "DAY_OF_WEEK",
    "USER",
}
_DATES = {"DATE", "DATE_TIME"}


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition, as written."""

    name: str
    """In lower case: the names are not case-sensitive."""
    compare: str
    value: str


Rule: TypeAlias = Callable[[T, Clause], bool]


@dataclass(frozen=True, slots=True)
class Filter(Generic[T]):
    """The names that a list can be filtered by, and what each of them means."""

    rules: Mapping[str, Rule[T]]
    compared: frozenset[str] = frozenset()
    """Names that take more than ``==``."""

    def apply(self, items: Iterable[T], text: str) -> list[T]:
        """Keep the items for which every clause holds.

        Raises:
            Problem: 400, a clause that cannot be read, or a name unknown to this list.
        """
        clauses = read_clauses(text)
        for clause in clauses:
            if clause.name not in self.rules:
                refuse(f"Invalid filter field: {clause.name}")
            if clause.compare != "==" and clause.name not in self.compared:
                refuse(f"Filter field {clause.name} supports only ==")
        return [item for item in items if all(self.rules[one.name](item, one) for one in clauses)]


def read_clauses(text: str) -> list[Clause]:
    """Read a filter, decoded; a trailing ``;`` is allowed.

    Raises:
        Problem: 400, something between two ``;`` is no clause.
    """
    clauses = []
    for part in text.split(";"):
        if not part.strip():
            continue
        match = _CLAUSE.fullmatch(part)
        if match is None:
            refuse(f"Invalid filter: {part.strip()}")
        clauses.append(Clause(match[1].lower(), match[2], match[3].strip()))
    return clauses


def contact_filter(tenant: Tenant) -> Filter[Contact]:
    """Give the filter of the contact list; custom fields come after the standard names."""
    rules: dict[str, Rule[Contact]] = {}
    compared = {"contact_id"}
    for defined in tenant.custom_fields.values():
        name = defined.field_name.lower()
        rules[name] = _custom_rule(defined)
        if defined.field_type in _NUMERIC | _DATES:
            compared.add(name)
    for name in ("given_name", "family_name", "middle_name", "website"):
        rules[name] = _property_rule(name)
    for slot in ("billing", "shipping", "other"):
        for part in ("line1", "locality", "region", "postal_code", "country_code"):
            rules[f"{slot}_address_{part}"] = _address_rule(slot.upper(), part)
    rules |= {
        "email": lambda contact, clause: any(
            _text_equal(one["email"], clause.value)
            for one in contact.properties.get("email_addresses", ())
        ),
        "ids": lambda contact, clause: contact.id in _ids(clause),
        "contact_ids": lambda contact, clause: contact.id in _ids(clause),
        "contact_id": lambda contact, clause: _COMPARE[clause.compare](
            int(contact.id), _number(clause)
        ),
        "company_id": lambda contact, clause: (
            (contact.properties.get("company") or {}).get("id") == clause.value
        ),
        "city": _address_rule("BILLING", "locality"),
        "state": _address_rule("BILLING", "region"),
        "start_update_time": lambda contact, clause: contact.updated >= moment(clause.value),
        "end_update_time": lambda contact, clause: contact.updated <= moment(clause.value),
    }
    return Filter(rules, frozenset(compared))


def tag_filter() -> Filter[Tag]:
    """Give the filter of the tag list."""
    rules: dict[str, Rule[Tag]] = {
        "name": lambda tag, clause: _text_equal(tag.name, clause.value),
        "description": lambda tag, clause: _or_none(tag.description, clause),
        "category_id": lambda tag, clause: _or_none(tag.category_id, clause),
        "tag_ids": lambda tag, clause: tag.id in _ids(clause),
    }
    return Filter(rules | _created("create") | _created("update"))


def category_filter() -> Filter[Category]:
    """Give the filter of the list of tag categories."""
    rules: dict[str, Rule[Category]] = {
        "name": lambda category, clause: _or_none(category.name, clause),
        "description": lambda category, clause: _or_none(category.description, clause),
    }
    return Filter(rules | _created("create") | _created("update"))


def applied_tag_filter(contact: Contact) -> Filter[Tag]:
    """Give the filter of the list of one contact's tags."""
    return Filter(
        {
            name: rule
            for name, rule in tag_filter().rules.items()
            if name != "tag_ids"  # this list does not know it
        }
        | {
            "since_applied_time": lambda tag, clause: contact.tags[tag.id] >= moment(clause.value),
            "until_applied_time": lambda tag, clause: contact.tags[tag.id] <= moment(clause.value),
        }
    )


def tagged_contact_filter(tag_id: str) -> Filter[Contact]:
    """Give the filter of the list of one tag's contacts."""
    return Filter(
        {
            "given_name": lambda one, clause: _or_none(one.properties.get("given_name"), clause),
            "family_name": lambda one, clause: _or_none(one.properties.get("family_name"), clause),
            "email": lambda one, clause: _or_none(one.email(), clause),
            "since_applied_time": lambda one, clause: one.tags[tag_id] >= moment(clause.value),
            "until_applied_time": lambda one, clause: one.tags[tag_id] <= moment(clause.value),
        }
    )


def moment(text: str) -> datetime:
    """Read a filter's time.

    Raises:
        Problem: 400, a time without a zone, or no time.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"Invalid date-time: {text}")
    if read.tzinfo is None:
        refuse(f"Invalid date-time, time zone missing: {text}")
    return read.astimezone(UTC)


def _created(kind: str) -> dict[str, Rule[Any]]:
    return {
        f"since_{kind}_time": lambda one, clause: one.created >= moment(clause.value),
        f"until_{kind}_time": lambda one, clause: one.created <= moment(clause.value),
    }


def _text_equal(have: object, asked: str) -> bool:
    text = "" if have is None else str(have)
    if asked.endswith("*"):
        return text.casefold().startswith(asked[:-1].casefold())
    return text.casefold() == asked.casefold()


def _or_none(have: str | None, clause: Clause) -> bool:
    """``NONE`` asks for records where the property is not set."""
    return not have if clause.value == "NONE" else _text_equal(have, clause.value)


def _property_rule(name: str) -> Rule[Contact]:
    return lambda contact, clause: _text_equal(contact.properties.get(name), clause.value)


def _address_rule(slot: str, part: str) -> Rule[Contact]:
    return lambda contact, clause: any(
        address.get("field") == slot and _text_equal(address.get(part), clause.value)
        for address in contact.properties.get("addresses", ())
    )


def _custom_rule(defined: CustomField) -> Rule[Contact]:
    def rule(contact: Contact, clause: Clause) -> bool:
        content = contact.custom.get(defined.id)
        if defined.field_type in _DATES:
            asked = moment(clause.value)
            return content is not None and _COMPARE[clause.compare](_stored(content), asked)
        if defined.field_type in _NUMERIC:
            number = _number(clause)
            return content is not None and _COMPARE[clause.compare](float(content), number)
        return _text_equal(content, clause.value)

    return rule


def _stored(content: object) -> datetime:
    read = datetime.fromisoformat(str(content))
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


@lru_cache(maxsize=1)  # it is asked for each of thousands of contacts
def _ids(clause: Clause) -> frozenset[str]:
    ids = frozenset(one.strip() for one in clause.value.split(","))
    if not all(one.isdigit() for one in ids):
        refuse(f"Invalid {clause.name}: {clause.value}")
    return ids


def _number(clause: Clause) -> float:
    try:
        return float(clause.value)
    except ValueError:
        refuse(f"Invalid number for {clause.name}: {clause.value}")
