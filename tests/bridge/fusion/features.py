"""WP Fusion's features for Keap's HTTP Posts, one by one, and what stands for each here.

The rows are what a site may rely on today; docs/from-wp-fusion.md has the same table for owners.
"""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["same", "better", "less", "elsewhere"]
"""``less``: something is not there, and ``how`` says what; ``elsewhere``: no webhook's matter."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of WP Fusion's."""

    number: int
    name: str
    verdict: Verdict
    how: str
    shown_by: tuple[str, ...]
    """Scenarios of this folder by name, or tests elsewhere by node id."""


def _feature(number: int, name: str, verdict: Verdict, how: str, *shown_by: str) -> Feature:
    return Feature(number, name, verdict, how, shown_by)


FEATURES = (
    _feature(
        1,
        "Actions `add`, `update`, `update_tags`, `test`",
        "better",
        "The same four. An unknown one is refused with a sentence, not answered with the home"
        " page.",
        "each_action_does_its_part",
        "an_unknown_action_is_refused_with_a_sentence",
    ),
    _feature(
        2,
        "Values in form, address or JSON",
        "same",
        "In the address only with `server.accept_query: true`, since web servers log addresses."
        " In JSON action and key may stand too.",
        "pairs_come_in_form_address_or_json",
        "tests/bridge/test_receive.py::test_values_in_the_address_are_ignored_unless_wanted",
    ),
    _feature(
        3,
        "The contact's id as `contactId` or `contact_id`",
        "better",
        "Both, and four more names that other receivers know.",
        "the_contact_is_known_by_both_names",
        "tests/keap_client/test_http_post.py::test_the_contact_is_found_under_each_of_its_names",
    ),
    _feature(
        4,
        "An access key of eight characters; 403 without it",
        "better",
        "It works, `check` advises a longer one; several may be valid at once. Compared in"
        " constant time.",
        "the_old_key_opens_and_another_does_not",
    ),
    _feature(
        5,
        '`test` answers `{"success": true}`',
        "same",
        "And keeps nothing.",
        "the_test_says_success",
    ),
    _feature(
        6,
        'No contact: 200 "Abort"',
        "better",
        "400 with a sentence that says what to write in Keap.",
        "a_post_without_contact_is_refused_with_a_sentence",
    ),
    _feature(
        7,
        "`update` for nobody: ignored",
        "better",
        "Ignored with its reason, or the user is made: `users.when_missing`.",
        "an_update_without_user_is_ignored_and_said",
        "tests/bridge/test_actions.py::test_update_can_create_where_the_owner_wants_it",
    ),
    _feature(
        8,
        "A field `email` finds a user without link",
        "better",
        "The user is found by the contact's address in Keap, so the field is not needed, and nobody"
        " can choose a user by it.",
        "a_user_without_link_is_found_by_keaps_address",
    ),
    _feature(
        9,
        "A second Post within 60 seconds is dropped",
        "better",
        "None is dropped: those that wait are worked together, and Keap is read after the last"
        " one came.",
        "a_second_post_in_the_same_minute_counts",
    ),
    _feature(
        10,
        "The lock stays for a minute after a failure",
        "better",
        "There is no lock: a new Post is worked at once.",
        "a_post_after_a_failed_one_is_worked",
    ),
    _feature(
        11,
        "`async`: a queue in WordPress, no second try",
        "better",
        "Every Post is kept on disk and tried for three days; role and mail as without `async`.",
        "asynchronous_posts_do_the_same",
        "tests/bridge/test_outage.py::test_the_posts_survive_three_days",
    ),
    _feature(
        12,
        "`api.php`: a fast address that only queues",
        "better",
        "The one address is as fast, also while WordPress is down; the key need not be in it.",
        "a_post_is_kept_while_wordpress_is_down",
    ),
    _feature(
        13,
        "One contact a Post",
        "better",
        "Several are refused, where WP Fusion takes the first; for many there is `keap-bridge"
        " sync`.",
        "a_post_is_for_one_contact",
    ),
    _feature(
        14,
        "`add` for somebody who is there updates",
        "same",
        "No second user, no mail.",
        "adding_somebody_again_updates",
    ),
    _feature(
        15,
        "Users are found by contact id, then by address",
        "same",
        "In the same order.",
        "the_link_comes_before_the_address",
    ),
    _feature(
        16,
        "A user found by address is linked to the new contact",
        "better",
        "If they belong to another contact, the delivery is held with both ids;"
        " `users.when_linked_to_another_contact: relink` does as WP Fusion does.",
        "a_user_of_another_contact_is_not_taken_silently",
    ),
    _feature(
        17,
        "Merged contacts are found again by address",
        "better",
        "For every action, and the delivery names both contacts.",
        "a_merged_contact_is_found_again",
    ),
    _feature(
        18,
        "No e-mail address: error 500",
        "better",
        "The Post is kept; its delivery fails with a sentence, and can be sent again once there"
        " is one.",
        "without_an_address_nobody_is_made",
    ),
    _feature(
        19,
        "User names: from a field, e-mail, FirstLast, First12345",
        "better",
        "The same choices; long addresses, other scripts and names that are taken work too.",
        "user_names_are_of_the_chosen_form",
        "user_name_and_password_may_come_from_keap",
    ),
    _feature(
        20,
        "Passwords: from a field, or 12 generated characters",
        "better",
        "24 characters; one from Keap, if allowed, is set when it changes there, letter by letter.",
        "a_generated_password_opens_and_goes_to_keap_once",
        "user_name_and_password_may_come_from_keap",
    ),
    _feature(
        21,
        "WordPress nags about a generated password",
        "same",
        "Where the companion is.",
        "a_generated_password_is_nagged_about",
    ),
    _feature(
        22,
        "No role: the site's default role",
        "same",
        "Of *Settings → General*.",
        "without_a_role_the_sites_default_holds",
    ),
    _feature(
        23,
        "`administrator` is refused for new users",
        "better",
        "It is refused for everybody; only roles of `users.roles.allowed` are given.",
        "administrator_is_never_given",
    ),
    _feature(
        24,
        "An unknown role is passed over",
        "same",
        "New users get the default role, others keep theirs; the delivery says so.",
        "an_unknown_role_is_said_and_the_rest_done",
    ),
    _feature(
        25,
        "Administrators keep role, address and password",
        "better",
        "So do editors, shop managers and others with rights over the site.",
        "the_mighty_stay_as_they_are",
    ),
    _feature(
        26,
        "Several roles through `wp_capabilities`",
        "better",
        "`role=a,b` gives both, and rights granted one by one stay; `role` may come from a Keap"
        " field.",
        "several_roles_come_in_one_post",
        "tests/bridge/test_special_fields.py::test_the_posts_role_comes_before_the_fields",
    ),
    _feature(
        27,
        "A changed address is followed",
        "better",
        "Where another user has it, the delivery says so and does the rest.",
        "a_changed_address_is_followed",
    ),
    _feature(
        28,
        "Empty fields erase nothing unless *raw*",
        "same",
        "`when_empty: clear` in place of *raw*; a zero is a value.",
        "an_empty_field_erases_nothing_unless_wanted",
    ),
    _feature(
        29,
        "User meta `infusionsoft_contact_id`, `infusionsoft_tags`",
        "same",
        "The same keys, so users of WP Fusion are known; other keys can be named.",
        "link_and_tags_are_the_rows_of_wp_fusion",
    ),
    _feature(
        30,
        "Tags as a serialized array of ids",
        "same",
        "Byte for byte; the row goes with the last tag.",
        "link_and_tags_are_the_rows_of_wp_fusion",
    ),
    _feature(
        31,
        "Keys of their own for each site of a network",
        "same",
        "Name them with the prefix: `tags.contact_id_meta: wp_2_infusionsoft_contact_id`.",
        "tests/wp_client/companion/test_network.py::test_meta_keys_of_a_site_are_its_own",
    ),
    _feature(
        32,
        "WordPress's mail to new users, with a link",
        "same",
        'To the new user alone; without the companion the "lost password" mail.',
        "the_mail_is_wordpresss_own",
    ),
    _feature(
        33,
        "*Send Welcome Email* for everybody",
        "same",
        "`users.notify: always`.",
        "every_new_user_may_be_mailed",
    ),
    _feature(
        34,
        "During an import every mail of WordPress is blanked",
        "better",
        "Nothing is mailed that was not asked for, and mails of other plugins are not lost. A"
        " plugin"
        " that greets new users by itself has a switch of its own.",
        "a_silent_post_mails_nothing_and_hushes_nobody",
    ),
    _feature(
        35,
        "*Return Password*",
        "better",
        "`users.return_password_to`; it is in Keap before the delivery is done and before any"
        " mail.",
        "a_generated_password_opens_and_goes_to_keap_once",
    ),
    _feature(
        36,
        "User name, number and date of registration to Keap",
        "same",
        "`users.return_to_keap: {login: …, id: …, registered: …}`, in one call with the password.",
        "name_and_number_go_to_keap",
        "tests/bridge/test_special_fields.py::test_name_id_and_generated_password_go_back_together",
    ),
    _feature(
        37,
        "Hooks for other plugins",
        "same",
        "WordPress's own, WP Fusion's `wpf_tags_applied`, `wpf_tags_removed`, `wpf_tags_modified`,"
        " and `keap_bridge_user_synced` for what hung on `wpf_user_imported` and the like.",
        "plugins_hear_of_everything",
    ),
    _feature(
        38,
        "A page to map fields",
        "same",
        "`fields:` in config.yaml, with the names that WP Fusion shows; `keap-bridge fields`"
        " lists them.",
        "fields_go_by_the_names_of_wp_fusion",
        "the_fields_are_listed",
    ),
    _feature(
        39,
        "Custom fields as `_Label`",
        "better",
        "By label or id too, so that a new label breaks nothing; lines of a text stay lines.",
        "custom_fields_go_by_label_or_id",
    ),
    _feature(
        40,
        "Addresses, phones, e-mail addresses by place",
        "better",
        "Extensions, the third address, the names of the contact too, which WP Fusion no longer"
        " loads.",
        "fields_go_by_the_names_of_wp_fusion",
    ),
    _feature(
        41,
        "Dates as the site writes them, in UTC",
        "better",
        "Any form, any time zone: `as: datetime` with `format` and `timezone`.",
        "dates_are_dates_and_go_into_any_form",
    ),
    _feature(
        42,
        "Countries and states as Keap has them",
        "better",
        "Or as WooCommerce wants them: `as: country_alpha2`, `as: region_code`.",
        "countries_and_regions_may_be_converted",
    ),
    _feature(
        43,
        "A throttled Keap is asked once more; a second key",
        "better",
        "Asked again for three days, when Keap says; `keap.backup_token`.",
        "tests/bridge/faults/test_keap_answers.py::test_every_form_of_429_waits",
        "tests/bridge/tokens/test_backup.py::test_a_bridge_uses_it_and_says_so",
    ),
    _feature(
        44,
        "A log with filters and a retry",
        "better",
        "`keap-bridge deliveries`, `resend`, or the page: a timeline for each Post, without"
        " passwords or"
        " addresses; JSON in place of CSV.",
        "every_post_has_a_timeline",
        "tests/bridge/admin/test_pages.py::test_the_list_is_what_was_asked_for",
    ),
    _feature(
        45,
        "A button that tests the webhook",
        "better",
        "`keap-bridge post --action test`; `check` recognises what blocks.",
        "a_test_is_one_command",
        "tests/bridge/check/test_at_wordpress.py::test_what_stands_in_front_is_told",
    ),
    _feature(
        46,
        "A page that shows what was loaded",
        "better",
        "`keap-bridge preview ID` says it without doing it.",
        "a_look_changes_nothing",
    ),
    _feature(
        47,
        "Content protected by tags",
        "elsewhere",
        "WP Fusion, or a plugin that protects by role or by user meta: the bridge writes both.",
        "link_and_tags_are_the_rows_of_wp_fusion",
        "roles_follow_tags",
    ),
    _feature(
        48,
        "Enrolments and roles linked to tags",
        "same",
        "Roles: `tags.roles`. Courses and groups: WP Fusion, active beside the bridge, hears of"
        " tags as from"
        " its own webhooks.",
        "roles_follow_tags",
        "plugins_hear_of_everything",
    ),
    _feature(
        49,
        "An import by tag or of everybody",
        "less",
        "`keap-bridge sync --tag … --action add`, after a `--dry-run`, resumable. It does not"
        " delete what an"
        " import has made.",
        "everybody_with_a_tag_is_imported",
        "tests/bridge/test_sync_resumed.py::test_five_thousand_contacts_killed_half_way",
    ),
    _feature(
        50,
        "Staging: a copied site does not write to Keap",
        "better",
        "A copied site holds nothing that leads to Keap; `check` says if `wordpress.url` is a"
        " copy that"
        " believes to be the original.",
        "a_copied_site_is_noticed_and_reaches_no_keap",
    ),
    _feature(
        51,
        "A snippet against webhooks that come back",
        "better",
        "Not needed: an update writes nothing to Keap.",
        "an_update_writes_nothing_to_keap",
    ),
    _feature(
        52,
        "Resync contact ids and tags of all users",
        "same",
        "`keap-bridge sync --linked`; once a day with `sync.linked_every`.",
        "all_links_and_tags_are_resynchronised",
        "tests/bridge/test_sync_worker.py::test_what_is_linked_is_reconciled_by_itself",
    ),
)


def table() -> str:
    """Give the table as docs/from-wp-fusion.md shows it."""
    rows = [f"| {each.number} | {each.name} | {each.verdict} | {each.how} |" for each in FEATURES]
    return "\n".join(("| | WP Fusion | the bridge | how |", "|---|---|---|---|", *rows))
