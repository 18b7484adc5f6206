"""Ann, as most tests want her."""

from dataclasses import replace
from typing import Any

from wp_client.document import NewUser, RoleRules, UserDocument

PASSWORD = "correct horse battery 9 staple"

ANN = UserDocument(
    delivery="01JD0000000000000000000ANN",
    contact="1001",
    email="ann+lee@site.example",
    new_user=NewUser(
        logins=("ann+lee@site.example", "ann.lee"),
        password=PASSWORD,
        nicename="ann-lee",
        nickname="Ann",
        display_name="Ann Lee",
    ),
    fields={
        "first_name": "Ann & Bo",
        "last_name": "Lée",
        "user_email": "ann+lee@site.example",
        "description": "One line\nand another",
    },
    roles=RoleRules(give=("member_a",), among=("subscriber", "member_a", "member_b")),
)


FRIEND = (
    "return wp_insert_user(wp_slash(['user_login' => $args[0], 'user_email' => $args[1],"
    " 'user_pass' => 'x', 'role' => $args[2]]));"
)
"""PHP: somebody who is there before us."""


def ann(**different: Any) -> UserDocument:
    """Ann's document, with some parts different."""
    return replace(ANN, **different)


def bob(**different: Any) -> UserDocument:
    """A document for another contact: Bob, who is found by his address."""
    told = {"delivery": "01JD0000000000000000000BOB", "contact": "2002", "fields": {}}
    return ann(**{**told, "email": "bob@site.example", **different})


def codes(caveats: Any) -> set[tuple[str, str]]:
    """What was left undone, as pairs."""
    return {(caveat.code, caveat.subject) for caveat in caveats}
