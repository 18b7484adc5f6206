"""A site from outside: where its REST API is, whether it knows us, and what is missing.

One function for each question; the answers are values that ``check`` turns into advice.
Everything here is a conversation or a call, and performs no I/O.
"""

import re
import xmlrpc.client
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal
from urllib.parse import urlsplit

from wp_client.answers import error_of, reading
from wp_client.by_companion import NAMESPACE
from wp_client.call import Answer, Call, Conversation, ask
from wp_client.capabilities import NEEDED_BY_CORE
from wp_client.carrier import PLAIN, Credentials, SiteAddress
from wp_client.core_users import get_own_account
from wp_client.errors import (
    NotWordPress,
    RouteMissing,
    WordPressError,
    WordPressRedirected,
    WordPressRefused,
)
from wp_client.models import Index, WordPressUser

SignIn = Literal["works", "switched_off", "stripped", "wrong", "unknown"]
"""What becomes of the application password: it works; the site does not take any (a plugin, or
plain http); it is lost on the way, in the web server; it is wrong; we cannot tell."""

TOLD_BY_CODE: dict[str, SignIn] = {
    "incorrect_password": "wrong",
    "invalid_username": "wrong",
    "invalid_email": "wrong",
    "application_passwords_disabled": "switched_off",
    "application_passwords_disabled_for_user": "switched_off",
}
"""What WordPress says where a plugin makes it look at the sign-in early; even its index does then.

https://developer.wordpress.org/reference/functions/wp_authenticate_application_password/
"""

INDEX_FIELDS = ("_fields", "name,url,home,namespaces,authentication")

_read_index = reading(Index, "/")


@dataclass(frozen=True, slots=True)
class SiteIndex:
    """What a site tells anybody about its REST API."""

    name: str
    home: str
    application_passwords: bool
    """Whether it takes application passwords over this very connection."""
    core_users: bool
    """Whether it has WordPress's own REST routes."""
    companion: bool


@dataclass(frozen=True, slots=True)
class Account:
    """The account that we sign in with."""

    id: int
    login: str = field(repr=False)
    roles: tuple[str, ...]
    capabilities: frozenset[str]
    missing_for_core: tuple[str, ...]
    """Capabilities that it lacks for working without the companion."""
    meta_keys: frozenset[str]
    """User meta keys that WordPress keeps without the companion."""


def discover(url: str) -> Conversation[SiteAddress]:
    """Find the REST API of a site, whatever its permalinks and folders.

    Asked by a carrier whose address is :meth:`SiteAddress.unexplored`.
    https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/

    Args:
        url: The site's address, as a person knows it.

    Raises:
        WordPressRedirected: The site is somewhere else; with its right address.
        WordPressError: What stands there is no WordPress, or does not let us through.
    """
    site = url.rstrip("/")
    try:
        index = yield from ask(_index_at("wp-json/"))
    except (NotWordPress, RouteMissing, WordPressRedirected):
        pass  # with plain permalinks that is a page, or leads to one
    else:
        return _found(site, f"{site}/wp-json", index)
    try:
        index = yield from ask(_index_at("", ("rest_route", "/")))
    except (NotWordPress, RouteMissing):
        return (yield from _follow_link(site))
    return _found(site, f"{site}/{PLAIN}", index)


def read_index() -> Call[SiteIndex]:
    """What the site tells anybody about its REST API."""
    call = Call("GET", "", _read_index, query=(INDEX_FIELDS,), name="read_index")
    return call.then(
        lambda index: SiteIndex(
            name=index.name,
            home=index.home,
            application_passwords="application-passwords" in index.authentication,
            core_users="wp/v2" in index.namespaces,
            companion=NAMESPACE in index.namespaces,
        )
    )


def who_am_i() -> Call[Account]:
    """The account that we sign in with.

    Raises (when read):
        WordPressRefused: The sign-in failed; :func:`sign_in` finds out why.
    """
    return get_own_account().then(_account)


def sign_in(credentials: Credentials) -> Conversation[SignIn]:
    """Find out what becomes of the application password.

    WordPress mostly says the same 401 whatever is wrong. But its index tells whether it takes
    application passwords at all, and XML-RPC, which has them in its body, whether this one is
    right.

    Raises:
        WordPressError: Other than a refused sign-in.
    """
    try:
        yield from ask(get_own_account())
    except WordPressRefused as refused:
        if refused.needs:
            raise
        if refused.code in TOLD_BY_CODE:
            return TOLD_BY_CODE[refused.code]
    else:
        return "works"
    try:
        index = yield from ask(read_index())
    except WordPressRefused:  # a plugin shows it to nobody who is not signed in
        taken = None
    else:
        taken = index.application_passwords
    if taken is False:
        return "switched_off"
    try:
        told = yield from ask(_ask_xml_rpc(credentials))
    except WordPressError:
        return "unknown"  # many sites have it closed
    return "unknown" if told == "wrong" and taken is None else told


def _account(user: WordPressUser) -> Account:
    held = frozenset(capability for capability, has in user.capabilities.items() if has)
    return Account(
        id=user.id,
        login=user.username,
        roles=user.roles,
        capabilities=held,
        missing_for_core=tuple(needed for needed in NEEDED_BY_CORE if needed not in held),
        meta_keys=frozenset(user.meta),
    )


def _index_at(path: str, *query: tuple[str, str]) -> Call[Index]:
    return Call(
        "GET",
        path,
        _read_index,
        query=(*query, INDEX_FIELDS),
        target="site",
        name="discover",
    )


def _follow_link(site: str) -> Conversation[SiteAddress]:
    """Take the address that WordPress puts into the header of every page."""
    root = yield from ask(Call("GET", "", _read_link, target="site", signed=False, name="discover"))
    begin, _, _ = root.partition("?")
    if not f"{begin}/".startswith(f"{site}/"):
        raise WordPressRedirected(re.sub(r"/(wp-json|index\.php)?/*$", "", begin))
    query = (("rest_route", "/"),) if PLAIN in root else ()
    index = yield from ask(_index_at(begin.removeprefix(f"{site}/"), *query))
    return _found(site, root.rstrip("/"), index)


def _found(site: str, rest: str, index: Index) -> SiteAddress:
    """The address of a site whose index was read.

    WordPress answers ``rest_route`` below any of its pages, so that only the index tells where the
    site begins; and its files, log-in page included, may be in a folder of their own.
    Scheme and host stay as they were reached: behind a proxy WordPress may know others.
    """
    origin = site.removesuffix(urlsplit(site).path)
    home, files = (urlsplit(url).path.rstrip("/") for url in (index.home, index.url))
    if origin + home != site:
        raise WordPressRedirected(origin + home)
    return SiteAddress(origin + files, rest)


def _read_link(answer: Answer) -> str:
    """The root of the REST API, from the front page's header ``Link`` (RFC 8288)."""
    links = answer.headers.get("link", "")
    found = re.search(r"<([^>]+)>\s*;[^,]*rel=\"https://api\.w\.org/\"", links)
    if found and answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return found[1]
    raise error_of(answer)


def _ask_xml_rpc(credentials: Credentials) -> Call[SignIn]:
    """https://developer.wordpress.org/reference/classes/wp_xmlrpc_server/wp_getprofile/."""
    request = (1, credentials.user, credentials.application_password, ["user_id"])
    return Call(
        "POST",
        "xmlrpc.php",
        _read_xml_rpc,
        xml=xmlrpc.client.dumps(request, "wp.getProfile").encode(),
        target="site",
        signed=False,
        name="ask_xml_rpc",
    )


def _read_xml_rpc(answer: Answer) -> SignIn:
    """Told by the words: XML from afar is not parsed."""
    if answer.status != HTTPStatus.OK or b"<methodResponse>" not in answer.body:
        raise error_of(answer)
    if b"<fault>" not in answer.body:
        return "stripped"
    return "wrong" if b"<int>403</int>" in answer.body else "unknown"
