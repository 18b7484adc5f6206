"""What a new version of the configuration changes, and which of it a running bridge takes. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from bridge.config.keys import SITES
from bridge.config.model import Config
from bridge.config.problems import KeyPath, dotted
from bridge.config.sites import origin_of

TAKEN_AT_ONCE = ("users", "fields", "tags")
"""The sections of which the next attempt takes a new version. All others shape what is opened once
(the door, the store, the ways to both ends) and wait for a restart."""

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Renewal:
    """A new version of the configuration, as far as a running bridge can follow it."""

    config: Config
    """What holds from now on."""
    changed: tuple[str, ...]
    """The keys that hold now, written with dots: ``users.notify``, ``fields.birthday``."""
    wait_for_restart: tuple[str, ...]
    """The keys whose old values stay until the bridge is started again."""


@dataclass(frozen=True, slots=True)
class Renewals:
    """A new version of the whole file."""

    configs: Mapping[str, Config]
    """By the site's name: what holds from now on."""
    changed: tuple[str, ...]
    wait_for_restart: tuple[str, ...]


def renewals(
    started: Mapping[str, Config], running: Mapping[str, Config], new: Mapping[str, Config]
) -> Renewals:
    """Take of a new version what can be taken; sites that come or go wait for a restart.

    Args:
        started: The configuration of each site, by its name, that the bridge was started with.
        running: Those that hold now.
        new: Valid ones.
    """
    configs = dict(running)
    changed: list[str] = []
    waiting: list[str] = []
    for name in started.keys() & new.keys():
        each = renewal(started[name], running[name], new[name], name)
        configs[name] = each.config
        changed += each.changed
        waiting += each.wait_for_restart
    for name in started.keys() ^ new.keys():
        waiting.append(f"{SITES}.{name}" if name else SITES)
    return Renewals(configs, _once(changed), _once(waiting))


def _once(keys: Iterable[str]) -> tuple[str, ...]:
    """Give keys in order, one of ``server:`` only once though all sites share it."""
    return tuple(sorted(set(keys)))


def renewal(started: Config, running: Config, new: Config, site: str = "") -> Renewal:
    """Take of a new configuration what can be taken without a restart.

    Args:
        started: The configuration that the bridge was started with.
        running: The one that holds now.
        new: A valid one.
        site: Whose they are, where there are several.
    """
    taken = {name: getattr(new, name) for name in TAKEN_AT_ONCE}
    config = started.model_copy(update=taken)
    return Renewal(config, differences(running, config, site), differences(config, new, site))


def differences(one: Config, other: Config, site: str = "") -> tuple[str, ...]:
    """Name the keys whose values differ, in the order of the model; never the values."""
    origin = origin_of(site)
    return tuple(dict.fromkeys(dotted(origin(path)) for path in _differing(one, other, ())))


def _differing(one: object, other: object, path: KeyPath) -> list[KeyPath]:
    if one == other:
        return []
    if not (_is_section(one) and _is_section(other)):
        return [path]
    before, after = _parts(one), _parts(other)
    return [
        found
        for key in dict.fromkeys((*before, *after))
        for found in _differing(before.get(key, _ABSENT), after.get(key, _ABSENT), (*path, key))
    ]


def _is_section(value: object) -> bool:
    return isinstance(value, BaseModel | Mapping)


def _parts(section: object) -> dict[str, object]:
    if isinstance(section, BaseModel):
        named = type(section).model_fields.items()
        return {field.alias or name: getattr(section, name) for name, field in named}
    return (
        {str(key): value for key, value in section.items()} if isinstance(section, Mapping) else {}
    )
