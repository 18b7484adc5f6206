"""Any document, carried out twice on the real WordPress, changes nothing the second time."""

from dataclasses import replace
from itertools import count
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.demo.wordpress import RunningWordPress
from bridge.demo.wordpress.database import query
from tests.bridge.faults.scene import SOAK
from tests.wp_client.carrying import Carrier
from tests.wp_client.conftest import to_wordpress, watching, way  # noqa: F401 - fixtures
from tests.wp_client.documents import ANN
from wp_client.document import RoleRules, UserDocument
from wp_client.errors import ConcernsDocument

ROLES = ("subscriber", "member_a", "member_b")

texts = st.text(max_size=40) | st.sampled_from(
    ["", " ", "0", "O'Neil", 'a "b" \\c', "<b>Ann</b> & Bo", "50%", "a\n b", "Zoë 😀", "x" * 300]
)
fields = st.dictionaries(
    st.sampled_from(
        [
            *("first_name", "last_name", "display_name", "nickname", "description", "user_url"),
            *("locale", "user_nicename"),
        ]
    ),
    texts | st.sampled_from(["https://a.example/?b=1&c=2", "de_DE", "en_US"]),
    max_size=4,
)
meta = st.dictionaries(
    st.sampled_from(["billing_city", "infusionsoft_tags", "Straße", "x-1", "_secret"]),
    texts | st.none() | st.lists(texts, max_size=3).map(tuple),
    max_size=3,
)
roles = st.builds(
    RoleRules,
    give=st.lists(st.sampled_from([*ROLES, "administrator", "nobody"]), max_size=2).map(tuple),
    among=st.just(ROLES),
    mode=st.sampled_from(["replace", "add", "keep"]),
)
passwords = st.none() | st.sampled_from(["blue Kettle 7", "back\\slash", 'it\'s "é" & <b>'])
documents = st.builds(
    replace, st.just(ANN), fields=fields, meta=meta, roles=roles, password=passwords
)
NUMBERS = count(1)


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
@settings(
    max_examples=100 if SOAK else 25,
    deadline=None,
    database=None,
    # Each example has an address of its own: the site need not be clean.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(document=documents)
async def test_a_document_twice_changes_nothing(
    wordpress: RunningWordPress,
    way: ModuleType,  # noqa: F811 - the fixture
    to_wordpress: Carrier,  # noqa: F811 - the fixture
    document: UserDocument,
) -> None:
    """Every Post would write, and fire every plugin's hooks, though nothing has changed."""
    own = _with_own_address(document, next(NUMBERS))
    try:
        await to_wordpress.converse(way.carry_out(own))
    except ConcernsDocument:
        return  # WordPress will never take it: it is told, and nothing is there
    before = _state(wordpress, own)
    again = await to_wordpress.converse(way.carry_out(own))

    assert (again.state, again.changes) == ("unchanged", ())
    assert _state(wordpress, own) == before
    assert "member" in before or "subscriber" in before
    assert "administrator" not in before


def _with_own_address(document: UserDocument, number: int) -> UserDocument:
    """Give the document to somebody new."""
    assert document.new_user
    address = f"p{number}@site.example"
    return replace(
        document,
        delivery=f"{document.delivery}{number}",
        contact=f"{5000 + number}",
        email=address,
        new_user=replace(document.new_user, logins=(address,)),
    )


def _state(wordpress: RunningWordPress, document: UserDocument) -> str:
    """Give all that the database has about the user, the numbers of the rows included."""
    of = f"FROM wp_users WHERE user_email = '{document.email}'"
    meta = f"SELECT * FROM wp_usermeta WHERE user_id = (SELECT ID {of}) ORDER BY umeta_id;"  # noqa: S608 - our own address
    return query(wordpress.folder, f"SELECT * {of}; {meta}", database="wordpress")
