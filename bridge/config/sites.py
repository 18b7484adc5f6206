"""Several sites in one file. Pure.

What stands under ``sites.NAME`` and the shared ``server:`` make the configuration of one site. That
is checked like a file of its own; its mistakes are told where they stand in the real one.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from bridge.config.keys import SITES, known_keys, say_unknown
from bridge.config.model import Config
from bridge.config.problems import KeyPath, Problem
from bridge.config.scalars import Scalar
from bridge.config.yaml_tree import Node, YamlTree, as_written

OWN = ("path", "access_keys", "store", "accept_query", "waiting_limit")
"""Keys of ``server:`` that each site has for itself; they stand directly under its name."""

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")

_SECTION = ("keys are wanted here", "write them indented below, as docs/sites.md does")


def names_sites(tree: YamlTree) -> bool:
    """Whether the file has ``sites:``."""
    return isinstance(tree.root, dict) and SITES in tree.root


@dataclass(frozen=True, slots=True)
class Parts:
    """A file of several sites, taken apart."""

    trees: Mapping[str, YamlTree]
    """By the site's name: what would stand in a file of its own."""
    problems: tuple[Problem, ...]


def take_apart(tree: YamlTree) -> Parts:
    """Give each site's part of a file that has ``sites:``."""
    root = tree.root if isinstance(tree.root, dict) else {}
    server, sites = _section(root.get("server")), _section(root[SITES])
    problems = [*_beside(root, tree), *_not_shared(server, tree)]
    trees = {}
    if not sites:
        problems.append(_problem(tree, (SITES,), "no site is named here", _SECTION[1]))
    for name, written in (sites or {}).items():
        site = _section(written)
        if not NAME.fullmatch(name):
            message = "a site's name has small letters, digits and - between them"
            problems.append(_problem(tree, (SITES, name), message, "such as shop, at most 40"))
        elif site is None:
            problems.append(_problem(tree, (SITES, name), *_SECTION))
        else:
            problems += _not_own(name, site, tree)
            shared = root.get("server") if server is None else server
            trees[name] = replace(tree, root=_alone(name, site, shared), origin=origin_of(name))
    return Parts(trees, tuple(problems))


def _section(node: "Node | None") -> dict[str, Node] | None:
    """Give a section's keys; ``None``: something else stands there."""
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return {}
    return node if isinstance(node, dict) else None


def _alone(name: str, site: dict[str, Node], shared: "Node | None") -> Node:
    """Give what the site's own file would say."""
    own: dict[str, Node] = {"path": Scalar(f"/keap/{name}"), "store": default_store(name)}
    own |= {key: node for key, node in site.items() if key in OWN}
    rest = {key: node for key, node in site.items() if key not in OWN and key != "server"}
    if not isinstance(shared, dict):
        return {"server": shared, **rest} if isinstance(shared, Scalar | list) else rest
    return {"server": {**{k: v for k, v in shared.items() if k not in OWN}, **own}, **rest}


def default_store(name: str) -> Scalar:
    """Give where a site's deliveries are kept if it does not say."""
    return Scalar(f"sqlite:///data/{name}.db")


def origin_of(name: str) -> Callable[[KeyPath], KeyPath]:
    """Give what says where in the file something stands that a site's own would have at a path.

    Args:
        name: The site's; empty: the file has no ``sites:``.
    """
    if not name:
        return as_written

    def origin(path: KeyPath) -> KeyPath:
        if path[:1] != ("server",):
            return (SITES, name, *path)
        return (SITES, name, *path[1:]) if path[1:2] and path[1] in OWN else path

    return origin


def _beside(root: Mapping[str, Node], tree: YamlTree) -> Iterator[Problem]:
    for key in root.keys() - {"server", SITES}:
        if key in known_keys()[()]:
            message = "beside sites: only server: is possible"
            hint = "write it under each site's name; & and * repeat it, as docs/sites.md shows"
            yield _problem(tree, (key,), message, hint)
        else:
            path, message, hint = say_unknown((key,))
            place = tree.place((key,))
            yield replace(_problem(tree, path, message, hint), line=place.line if place else None)


def _not_shared(server: Mapping[str, Node] | None, tree: YamlTree) -> Iterator[Problem]:
    for key in OWN:
        if key in (server or {}):
            message = "each site has its own"
            yield _problem(tree, ("server", key), message, f"write {key}: under the site's name")


def _not_own(name: str, site: Mapping[str, Node], tree: YamlTree) -> Iterator[Problem]:
    if "server" in site:
        hint = f"of its keys a site has {', '.join(OWN)}, directly under its name"
        message = "server: is shared by all sites"
        yield _problem(tree, (SITES, name, "server"), message, hint)


def _problem(tree: YamlTree, path: KeyPath, message: str, hint: str) -> Problem:
    place = tree.place(path)
    line, column = (place.line, place.column) if place else (None, None)
    return Problem(message, hint, tree.shown(path), line, column)


def in_own_schema(name: str, config: Config) -> Config:
    """Give a site its own schema where its store is a PostgreSQL database that others may share.

    A URL that says something of ``options`` is left as it is: it may name a schema itself.
    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-OPTIONS
    """
    store = config.server.store
    if not store.startswith("postgresql:") or "options=" in urlsplit(store).query:
        return config
    sign = "&" if urlsplit(store).query else "?"
    options = f"options=-csearch_path%3D{schema_of(name)}"
    server = config.server.model_copy(update={"store": f"{store}{sign}{options}"})
    return config.model_copy(update={"server": server})


def schema_of(name: str) -> str:
    """Name the PostgreSQL schema of a site."""
    return f"bridge_{name.replace('-', '_')}"


def clashes(sites: Mapping[str, Config], trees: Mapping[str, YamlTree]) -> Iterator[Problem]:
    """Say what two sites have in common and must not.

    Args:
        sites: Those that are valid by themselves, each in its own schema.
        trees: What stands in the file of each.
    """
    first: dict[tuple[str, str], str] = {}
    for name, config in sites.items():
        for path, value, message, hint in _own_things(config):
            owner = first.setdefault((message, value), name)
            # Two equal keys within one site are told by the model itself.
            if owner != name:
                yield _problem(trees[name], path, message.format(f"sites.{owner}"), hint)


def _own_things(config: Config) -> Iterator[tuple[KeyPath, str, str, str]]:
    """Give what no other site may have: where it stands, itself, what is wrong, what to do."""
    server = config.server
    path = server.path.rstrip("/")
    yield ("server", "path"), path, "{} has the same path", "write another, such as /keap/shop"
    store = str(server.store_file.resolve()) if server.store_file else server.store
    yield ("server", "store"), store, "{} has the same store", "each site keeps its own"
    for position, key in enumerate(server.access_keys):
        hint = "make another one with: openssl rand -hex 16"
        where: KeyPath = ("server", "access_keys", position)
        yield where, key.get_secret_value(), "{} has the same access key", hint


def shared_ends(sites: Mapping[str, Config], trees: Mapping[str, YamlTree]) -> Iterator[Problem]:
    """Warn of sites that use up each other's calls, or take each other's users for their own."""
    tokens: dict[str, str] = {}
    users: dict[tuple[str, str], str] = {}
    for name, config in sites.items():
        token = config.keap.token
        owner = tokens.setdefault(token.get_secret_value() if token else f"oauth of {name}", name)
        if owner != name:
            message = f"sites.{owner} has the same token: both use up its calls of a minute"
            hint = "make another one in Keap, or share keap.calls_per_minute out between them"
            yield _problem(trees[name], ("keap", "token"), message, hint)
        contacts = (config.wordpress.url, config.tags.contact_id_meta)
        owner = users.setdefault(contacts, name)
        if owner != name:
            message = f"sites.{owner} has the same WordPress and notes contacts under the same key"
            hint = "if their contacts are of two Keaps: another tags.contact_id_meta for one"
            yield _problem(trees[name], ("wordpress", "url"), message, hint)
