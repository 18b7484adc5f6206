"""Whether Keap has the tags that the configuration names. Pure."""

import difflib
from collections.abc import Iterator

from bridge.check.finding import Finding
from bridge.config import Config
from keap_client.tags import TagList

UNTIL_THEN = {
    "tags.roles": "Until then the role that follows it is neither given nor taken.",
    "keap.after": "Until then contacts do not get it, and campaigns that wait for it wait.",
}


def tags_named(config: Config) -> tuple[tuple[str, str], ...]:
    """Give every tag that the configuration names, each with the key where it does."""
    after = (("done", config.keap.after.done), ("failed", config.keap.after.failed))
    ends = ((f"keap.after.{key}", tag) for key, tag in after if tag is not None)
    return (*(("tags.roles", tag) for tag in config.tags.roles), *ends)


def on_tags(known: TagList, config: Config) -> Iterator[Finding]:
    """Hold every tag that the configuration names against those that there are."""
    named = tags_named(config)
    wrong = [each for each in named if len(known.meant_by(each[1])) != 1]
    for key, tag in wrong:
        yield Finding("problem", "Keap", *_trouble(key, tag, known))
    if named and not wrong:
        yield Finding("ok", "Keap", f"it has all tags that the configuration names ({len(named)})")


def _trouble(key: str, tag: str, known: TagList) -> tuple[str, str]:
    until_then = next(text for start, text in UNTIL_THEN.items() if key.startswith(start))
    if several := known.meant_by(tag):
        ids = ", ".join(f'"{each}"' for each in several)
        return (
            f'{key}: several tags are called "{tag}"',
            f"Write the id of the one that you mean, in quotes: {ids}. {until_then}",
        )
    near = difflib.get_close_matches(tag, known.names.values(), n=1)
    meant = f'Did you mean "{near[0]}"? ' if near else "Make the tag in Keap, or correct the name. "
    return f'{key}: there is no tag "{tag}"', meant + until_then
