"""What works but is probably not meant, or not safe: warnings, said once at the start."""

import difflib
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from bridge.config.addresses import store_password
from bridge.config.mapping import SPECIAL_TARGETS, WORDPRESS_FIELDS
from bridge.config.model import Config
from bridge.config.problems import KeyPath, Problem
from bridge.config.scalars import Scalar
from bridge.config.secret import SAFE_ACCESS_KEY
from bridge.config.yaml_tree import Node, YamlTree

_OFTEN_MEANT = {
    "firstname": "first_name",
    "givenname": "first_name",
    "lastname": "last_name",
    "surname": "last_name",
    "familyname": "last_name",
    "email": "user_email",
    "mail": "user_email",
    "emailaddress": "user_email",
    "usermail": "user_email",
    "displayname": "display_name",
    "nickname": "nickname",
    "website": "user_url",
    "url": "user_url",
    "userurl": "user_url",
    "bio": "description",
    "username": "user_login",
    "login": "user_login",
    "password": "user_pass",
    "pass": "user_pass",
    "userpassword": "user_pass",
    "nicename": "user_nicename",
    "userrole": "role",
}
_WOOCOMMERCE_WANTS = {
    "billing_country": "country_alpha2",
    "shipping_country": "country_alpha2",
    "billing_state": "region_code",
    "shipping_state": "region_code",
}
"""User meta keys in which WooCommerce keeps codes, and the conversion that gives them."""

_SECRETS = (
    ("keap", "token"),
    ("keap", "backup_token"),
    ("keap", "oauth", "client_secret"),
    ("wordpress", "application_password"),
)
_CLOSE = 0.85
_FIELDS = (*WORDPRESS_FIELDS, *SPECIAL_TARGETS)
_READABLE_BY_OTHERS = stat.S_IRGRP | stat.S_IROTH
_APPLICATION_PASSWORD = re.compile(r"[A-Za-z0-9]{24}")


def cautions(config: Config, tree: YamlTree, file: Path) -> tuple[Problem, ...]:
    """Look over a configuration that is valid."""
    found = [
        *_open_secrets(tree, file),
        *_open_store(config, tree),
        *_short_access_keys(config, tree),
        *_application_password(config, tree),
        *_near_misses(config, tree),
        *_passwords_of_nobody(config, tree),
        *_codes_of_woocommerce(config, tree),
    ]
    return tuple(sorted(found, key=lambda problem: problem.line or 0))


def _open_secrets(tree: YamlTree, file: Path) -> Iterator[Problem]:
    for path, node in _secrets(tree.root):
        if isinstance(node, Scalar) and _others_can_read(file):
            message = "this secret stands in a file that others on this machine can read"
            elsewhere = "set PGPASSWORD" if path == ("server", "store") else "give {env: NAME}"
            yield _caution(tree, path, message, f"chmod 600 {file.name}, or {elsewhere}")
        name = node.get("file") if isinstance(node, dict) else None
        if isinstance(name, Scalar) and _others_can_read(file.parent / name.text):
            message = "others on this machine can read this secret's file"
            yield _caution(tree, path, message, "chmod 600 the file")


def _open_store(config: Config, tree: YamlTree) -> Iterator[Problem]:
    store = config.server.store_file
    if store is not None and store.exists() and _others_can_read(store):
        message = "others on this machine can read the store: the contacts' ids, and what was done"
        yield _caution(tree, ("server", "store"), message, f"chmod 600 {store.name}*")


def _secrets(root: "Node | None") -> "Iterator[tuple[KeyPath, Node]]":
    for path in _SECRETS:
        if (node := _at(root, path)) is not None:
            yield path, node
    store = _at(root, ("server", "store"))
    if isinstance(store, Scalar) and store_password(store.text):
        yield ("server", "store"), store
    keys = _at(root, ("server", "access_keys"))
    for position, node in enumerate(keys if isinstance(keys, list) else []):
        yield ("server", "access_keys", position), node


def _at(root: "Node | None", path: tuple[str, ...]) -> "Node | None":
    for key in path:
        root = root.get(key) if isinstance(root, dict) else None
    return root


def _others_can_read(file: Path) -> bool:
    return bool(file.stat().st_mode & _READABLE_BY_OTHERS)


def _short_access_keys(config: Config, tree: YamlTree) -> Iterator[Problem]:
    for position, key in enumerate(config.server.access_keys):
        if len(key.get_secret_value()) < SAFE_ACCESS_KEY:
            message = f"this access key has fewer than {SAFE_ACCESS_KEY} characters"
            hint = "it works; put a longer one beside it, change the campaigns, take this one out"
            yield _caution(tree, ("server", "access_keys", position), message, hint)


def _application_password(config: Config, tree: YamlTree) -> Iterator[Problem]:
    password = config.wordpress.application_password.get_secret_value()
    # https://developer.wordpress.org/reference/classes/wp_application_passwords/ : 24 characters,
    # shown in groups of four.
    if not _APPLICATION_PASSWORD.fullmatch(password.replace(" ", "")):
        message = "this does not look like an application password (24 letters and digits)"
        hint = "make one in WordPress under Users, Profile; the login password does not work here"
        yield _caution(tree, ("wordpress", "application_password"), message, hint)


def _codes_of_woocommerce(config: Config, tree: YamlTree) -> Iterator[Problem]:
    # https://woocommerce.github.io/code-reference/classes/WC-Customer.html
    for name, source in config.fields.items():
        conversion = _WOOCOMMERCE_WANTS.get(name)
        if conversion is None or source.keap_field is None or source.conversion is not None:
            continue
        message = "WooCommerce wants a code here, and Keap has another one, or a name"
        hint = f"write {{from: {source.keap_field}, as: {conversion}}}"
        yield _caution(tree, ("fields", name), message, hint)


def _near_misses(config: Config, tree: YamlTree) -> Iterator[Problem]:
    for name in config.fields:
        if name not in _FIELDS and (meant := _meant(name)):
            hint = f"did you mean {meant}?"
            yield _caution(tree, ("fields", name), "this is written as user meta", hint)


def _passwords_of_nobody(config: Config, tree: YamlTree) -> Iterator[Problem]:
    if config.passwords.from_keap and "user_pass" not in config.fields:
        message = "no line under fields: says which Keap field holds the password"
        hint = "such as user_pass: _Password, or take this out"
        yield _caution(tree, ("passwords", "from_keap"), message, hint)


def _meant(name: str) -> str | None:
    squeezed = re.sub(r"[^a-z0-9]", "", name.lower())
    near = difflib.get_close_matches(name.lower(), _FIELDS, n=1, cutoff=_CLOSE)
    return _OFTEN_MEANT.get(squeezed) or (near[0] if near else None)


def _caution(tree: YamlTree, path: KeyPath, message: str, hint: str) -> Problem:
    place = tree.place(path)
    line, column = (place.line, place.column) if place else (None, None)
    return Problem(message, hint, tree.shown(path), line, column)
