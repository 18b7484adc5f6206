"""What ``fields:`` makes of contacts as they are: always empty, never chosen, not convertible.

Pure. Nothing of a contact is in a finding but how many there are.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from bridge.check.finding import Finding
from bridge.config import Config
from bridge.mapping import resolve_mapping, values_of
from keap_client.contacts import Contact
from keap_client.fields import FieldError, resolve
from keap_client.model import ContactModel, CustomField

MOST_OPTIONS_SAID = 12


def on_contacts(
    contacts: Sequence[Contact], config: Config, model: ContactModel
) -> Iterator[Finding]:
    """Say of each line of ``fields:`` what comes of it for these contacts.

    Args:
        contacts: With all their properties.
        config: The site's configuration.
        model: Keap's custom fields.
    """
    if not contacts:
        yield Finding("warning", "Keap", "it has no contacts to try fields: with")
        return
    mapping = resolve_mapping(config.fields, model)
    filled: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for contact in contacts:
        values = values_of(contact, mapping)
        filled.update(key for key, value in (*values.fields.items(), *values.meta.items()) if value)
        failed.update(each.subject for each in values.caveats)
    several = f"{len(contacts)} contacts" if len(contacts) > 1 else "the one contact"
    for target in (mapped.target for mapped in mapping.fields):
        yield from _on_line(target, filled[target], failed[target], several)
        for name in config.fields[target].keap_names:
            yield from _on_options(target, name, contacts, model)


def _on_line(target: str, filled: int, failed: int, several: str) -> Iterator[Finding]:
    if failed:
        yield Finding(
            "warning",
            "Keap",
            f"fields: {target}: the value of {failed} of {several} cannot be converted",
            "Correct the values in Keap, or choose another word after as: for this line.",
        )
    if filled:
        yield Finding("ok", "Keap", f"fields: {target}: {filled} of {several} have a value")
    elif not failed:
        yield Finding(
            "warning",
            "Keap",
            f"fields: {target}: empty in all of {several}",
            "See whether the line names the field that you mean: keap-bridge preview shows what"
            " comes of a contact that you know.",
        )


def _on_options(
    target: str, name: str, contacts: Sequence[Contact], model: ContactModel
) -> Iterator[Finding]:
    field = _custom_field(name, model)
    if field is None or not field.options:
        return
    chosen = {text for contact in contacts for text in _chosen(contact, field)}
    unused = [each for each in field.options if each.id not in chosen and each.label not in chosen]
    if not unused:
        return
    said = [f'"{each.label or each.id}"' for each in unused[:MOST_OPTIONS_SAID]]
    more = ["…"] if len(unused) > MOST_OPTIONS_SAID else []
    yield Finding("ok", "Keap", f"fields: {target}: nobody has {', '.join([*said, *more])}")


def _custom_field(name: str, model: ContactModel) -> CustomField | None:
    try:
        meant = resolve(name, model)
    except FieldError:
        return None
    custom = {each.id: each for each in model.custom_fields}
    return custom.get(meant.slot or "") if meant.property == "custom_fields" else None


def _chosen(contact: Contact, field: CustomField) -> Iterator[str]:
    """Give the options that a contact has: Keap writes ids or labels, in a list or with commas."""
    for each in contact.custom_fields:
        if each.id != field.id or each.content is None:
            continue
        contents = each.content if isinstance(each.content, list) else [each.content]
        for content in contents:
            yield str(content)  # a label may have a comma in it
            yield from (part.strip() for part in str(content).split(","))
