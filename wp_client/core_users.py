"""WordPress core's own users over REST, as calls.

https://developer.wordpress.org/rest-api/reference/users/
"""

from dataclasses import dataclass

from wp_client.answers import reading
from wp_client.call import Answer, Call, Json
from wp_client.errors import WordPressRefused
from wp_client.models import WordPressUser

ROUTE = "wp/v2/users"
EDIT = ("context", "edit")
"""Without it WordPress shows neither address nor roles nor capabilities."""

PAGE = 100
"""Users on one page; WordPress allows no more."""

_read_user = reading(WordPressUser, ROUTE)
_read_users = reading(tuple[WordPressUser, ...], ROUTE)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of users."""

    users: tuple[WordPressUser, ...]
    more: bool
    """Whether there are further pages."""


def get_user(user_id: int) -> Call[WordPressUser]:
    """Read one user.

    Raises (when read):
        WordPressRejected: ``rest_user_invalid_id``, there is no such user.
    """
    return Call("GET", f"{ROUTE}/{user_id}", _read_user, query=(EDIT,), name="get_user")


def get_own_account() -> Call[WordPressUser]:
    """Read the user who asks."""
    return Call("GET", f"{ROUTE}/me", _read_user, query=(EDIT,), name="get_own_account")


def search_users(text: str, *, page: int = 1) -> Call[Page]:
    """Read users whose address has this text in it: WordPress cannot ask for the whole address.

    From 6.8 ``search_columns`` keeps it from looking elsewhere; before, an ``@`` in the text does.
    """
    query = (
        EDIT,
        ("search", text),
        ("search_columns", "email"),
        ("orderby", "id"),
        ("per_page", str(PAGE)),
        ("page", str(page)),
    )
    return Call("GET", ROUTE, _read_page, query=query, name="search_users")


def users_with_slug(slug: str) -> Call[Page]:
    """Read the user with exactly this ``user_nicename``, which is unique."""
    return Call("GET", ROUTE, _read_page, query=(EDIT, ("slug", slug)), name="users_with_slug")


def create_user(body: dict[str, Json]) -> Call[WordPressUser]:
    """Create a user; WordPress sends no mail. An error is no proof that nothing was created."""
    return Call("POST", ROUTE, _read_user, body=body, name="create_user")


def update_user(user_id: int, body: dict[str, Json]) -> Call[WordPressUser]:
    """Change what the body names, not all at once: an error may leave a part of it written."""
    return Call("POST", f"{ROUTE}/{user_id}", _read_user, body=body, name="update_user")


def _read_page(answer: Answer) -> Page:
    users = _read_users(answer)
    if not users and answer.headers.get("x-wp-total", "0") != "0":
        # Counted, but not shown: nobody must take that for "there is no such user".
        raise WordPressRefused(code="no_user_shown", needs="the capability edit_users")
    return Page(users, more=len(users) == PAGE)
