"""Choices: one or several options of a Keap field, as labels, ids, or a list. Pure.

Keap's document leaves open whether it writes an option's id or its label, and whether several come
as a list or with commas between them: every form is understood.
"""

from bridge.conversions.given import Converted, Given, NotConvertible, Style
from keap_client.field import as_text

SEPARATOR = ","
"""How Keap writes several choices in one text."""


def texts_of(given: Given, style: Style) -> Converted:
    """Give a list of texts; an option's id becomes its label."""
    labels = {each.id: each.label for each in given.options}
    known = set(labels.values())
    parts = _parts(given, style.separator or SEPARATOR)
    return tuple(part if part in known else labels.get(part) or part for part in parts)


def labels(given: Given, style: Style) -> Converted:
    """Give the labels of the options chosen, with the separator between several."""
    by_id = {each.id: each.label or each.id for each in given.options}
    return _named(given, style, {label: label for label in by_id.values()}, by_id)


def ids(given: Given, style: Style) -> Converted:
    """Give the ids of the options chosen, with the separator between several."""
    by_label = {each.label: each.id for each in given.options if each.label}
    return _named(given, style, by_label, {each.id: each.id for each in given.options})


def _named(
    given: Given, style: Style, by_label: dict[str, str], by_id: dict[str, str]
) -> Converted:
    """Give each choice its name; a label comes first, since labels may be digits too.

    Raises:
        NotConvertible: Keap lists no such option.
    """
    names = by_id | by_label
    whole = given.text
    # A label may have a comma in it, so that the whole is tried before its parts.
    parts = [whole] if whole in names else _parts(given, SEPARATOR)
    if any(part not in names for part in parts):
        raise NotConvertible
    return (style.separator or SEPARATOR).join(names[part] for part in parts)


def _parts(given: Given, separator: str) -> list[str]:
    contents = given.content
    if not isinstance(contents, list):
        contents = [*given.text.split(separator)]
    texts = ((as_text(each) or "").strip() for each in contents)
    return [text for text in texts if text]
