"""How a preview reads: differences, lists, and what is left as it is."""

from dataclasses import replace

from bridge.config import Config
from bridge.delivery import Action, Caveat
from bridge.intent import Intent
from bridge.mapping import resolve_mapping
from bridge.plan import plan_for
from bridge.preview import Difference, LeftOut, Preview, preview_of
from bridge.preview_lines import lines_of
from bridge.reading import NO_MODEL, Reading
from keap_client.contacts import Contact
from tests.bridge.test_mapping import config
from wp_client.document import Caveat as SaidCaveat
from wp_client.document import Change, UserResult

NOTHING = Preview(
    contact="7",
    action="update",
    outcome="unchanged",
    user_id=3,
    roles=(),
    changes=(),
    left_out=(),
    consequences=(),
    warnings=(),
)
LONG = "a rather long description that goes on and on, until no line has room for two of them"

SETTINGS = config(
    fields={
        "first_name": "FirstName",
        "nickname": "Nickname",
        "user_email": "Email",
        "billing_city": "City",
        "born": {"from": "Birthday", "only": "create"},
        "met": {"from": "FirstName", "only": "update"},
        "kept": {"from": "FirstName", "if_wordpress_has": "keep"},
    },
    tags={"meta": "tags"},
)
CONTACT = Contact(id="7", given_name="Ann", birth_date="1990-01-02", tag_ids=("91",))


def left_out(action: Action, result: UserResult, settings: Config = SETTINGS) -> dict[str, str]:
    """What a preview for Ann says of the lines that would not be written."""
    mapping = resolve_mapping(settings.fields, NO_MODEL)
    plan = plan_for(
        CONTACT,
        Intent(action, (), notify=False),
        settings,
        mapping,
        delivery="01K",
        user_id=7,
        password="p" * 24,
    )
    reading = Reading(CONTACT, mapping)
    said = preview_of(result, plan, settings, reading, action, companion=True)
    return {each.name: each.reason.split(",")[0] for each in said.left_out}


def test_differences_are_read_at_a_glance() -> None:
    """Somebody would take what goes for what comes, or miss the end of a long value."""
    preview = replace(
        NOTHING,
        outcome="updated",
        changes=(
            Difference("first_name", None, "Ann "),
            Difference("last_name", "Li", "Lee"),
            Difference("locale", "de_DE", ""),
            Difference("description", "Hello\nthere", LONG),
            Difference(
                "meta:tags",
                "91, 95",
                "91, 93",
                is_list=True,
                added=("93",),
                removed=("95",),
                names={"93": "Gold"},
            ),
            Difference("roles", "a, b", "b, a", is_list=True),
        ),
        left_out=(LeftOut("nickname", "it is there"),),
        consequences=("A mail would be sent.",),
        warnings=(Caveat("unknown_role", "x"),),
    )

    assert lines_of(preview) == [
        "Contact 7, update: WordPress user 3 would be updated",
        '  + first_name   "Ann "',
        "  ~ last_name    Li → Lee",
        "  - locale       de_DE",
        "  ~ description  - Hello⏎there",
        f"                 + {LONG}",
        "  ~ meta:tags    + 93 Gold",
        "                 - 95",
        "  ~ roles        in another order",
        "Left as it is:",
        "    nickname     it is there",
        "Then:",
        "  A mail would be sent.",
        "  warning: WordPress has no role x",
        "Nothing was written.",
    ]
    assert lines_of(NOTHING) == [
        "Contact 7, update: WordPress user 3 would stay as it is",
        "Nothing was written.",
    ]


def test_why_a_line_is_left_out_is_said() -> None:
    """Somebody would look for a mistake in a line that does what it says."""
    there = UserResult(
        "updated",
        user_id=7,
        changes=(Change("meta:met", None, "Ann"),),
        caveats=(SaidCaveat("email_taken"),),
    )

    assert left_out("update", there) == {
        "first_name": "WordPress has it already",
        "nickname": "Keap has nothing there that could be written",
        "billing_city": "Keap has nothing there that could be written",
        "born": "the line is for new users",
        "kept": "WordPress has something there",
    }
    assert (
        left_out("add", UserResult("created"))["met"]
        == "the line is for users who are there already"
    )
    assert set(left_out("update_tags", there).values()) == {"update_tags leaves fields alone"}
    assert left_out("update", UserResult("missing")) == {}
