"""What users of WP Fusion and its like complain about, and what shows that it is not so here.

A name without a path is a scenario of this folder.
"""

FAULTS: dict[str, tuple[str, ...]] = {
    "A firewall, captcha page or redirect in the way counts as success, and nobody is told": (
        "tests/bridge/faults/test_wordpress_answers.py::test_nothing_but_strange_answers",
        "tests/bridge/test_brakes.py::test_a_firewall_that_refuses_everybody_stops_the_queue",
        "tests/bridge/check/test_at_wordpress.py::test_what_stands_in_front_is_told",
    ),
    "A redirect loses the Post": (
        "tests/wp_client/test_carriers.py::test_a_redirected_write_is_an_error",
        "tests/bridge/cli/test_post.py::test_a_redirect_is_told_and_not_followed",
    ),
    "Many Posts at once crash the site, or some are skipped": (
        "tests/bridge/test_bursts.py::test_two_hundred_posts_at_once",
        "tests/bridge/test_bursts.py::test_one_document_that_breaks_wordpress_fails_its_neighbours_only_once",
    ),
    'A slow site makes Keap say "failed", though it was done': (
        "a_post_is_kept_while_wordpress_is_down",
        "tests/bridge/faults/test_wordpress_answers.py::test_a_slow_site_is_no_trouble",
    ),
    "Failures are answered with 200": (
        "a_post_without_contact_is_refused_with_a_sentence",
        "an_unknown_action_is_refused_with_a_sentence",
        "tests/bridge/test_receive.py::test_what_cannot_be_kept_is_not_answered_with_200",
    ),
    "Keap's failure counts as success": (
        "tests/bridge/faults/test_keap_answers.py::test_strange_answers_to_a_reading",
    ),
    "Repeated Posts are dropped, also after a failure": (
        "a_second_post_in_the_same_minute_counts",
        "a_post_after_a_failed_one_is_worked",
    ),
    "Two Posts at the same moment make twins": (
        "tests/bridge/test_actions.py::test_two_contacts_with_one_address_at_once_make_one_user",
    ),
    "Work that failed is not tried again, nor can it be": (
        "tests/bridge/test_outage.py::test_the_posts_survive_three_days",
        "tests/bridge/admin/test_pages.py::test_a_time_range_bounds_what_is_sent_again",
    ),
    "Work that was accepted is lost with the process": (
        "tests/bridge/kill/test_kill.py::test_everything_survives_a_kill_at_every_step",
        "tests/bridge/faults/test_power_cut.py::test_a_power_cut_loses_nothing_that_was_confirmed",
    ),
    "Notices about contacts without a user confuse": (
        "an_update_without_user_is_ignored_and_said",
    ),
    "A merged or deleted contact's link goes stale": (
        "a_merged_contact_is_found_again",
        "tests/bridge/test_identity.py::test_a_user_whom_none_or_several_may_have_is_left_to_a_person",
    ),
    "Two contacts with one address relink the account silently": (
        "a_user_of_another_contact_is_not_taken_silently",
    ),
    "Long addresses, other scripts, taken names: no user": (
        "user_names_are_of_the_chosen_form",
        "user_name_and_password_may_come_from_keap",
    ),
    "The author address shows the e-mail address": ("user_names_are_of_the_chosen_form",),
    "A changed address breaks the log-in, or goes unnoticed": ("a_changed_address_is_followed",),
    "A short key, compared loosely, written into the log": (
        "the_old_key_opens_and_another_does_not",
        "tests/bridge/test_secrets.py::test_nothing_secret_is_printed_or_stored",
        "tests/bridge/test_receive.py::test_a_second_key_opens_too",
    ),
    "Whoever guesses keys may go on for ever": (
        "tests/bridge/test_wrong_keys.py::test_who_guesses_waits_ever_longer",
    ),
    "The key stands in the address": (
        "tests/bridge/test_receive.py::test_values_in_the_address_are_ignored_unless_wanted",
    ),
    "Passwords stand in the log": (
        "every_post_has_a_timeline",
        "tests/bridge/test_secrets.py::test_nothing_secret_is_printed_or_stored",
    ),
    "A password from Keap is altered, or set again at every update": (
        "user_name_and_password_may_come_from_keap",
    ),
    "Administrator is given to users who exist": ("administrator_is_never_given",),
    "Somebody mighty loses the role by posting their own address": ("the_mighty_stay_as_they_are",),
    "The answer shows the user's meta, sessions too": (
        "the_test_says_success",
        "tests/bridge/test_receive.py::test_a_post_is_kept_and_answered_with_its_receipt",
    ),
    "`tags` in a Post replaces Keap's": ("tags_in_a_post_are_ignored",),
    "`no`, `off` and `async=false` mean yes": (
        "flags_are_read_as_words",
        "asynchronous_posts_do_the_same",
    ),
    "Webhooks come back in a loop and wipe tags": ("an_update_writes_nothing_to_keap",),
    "Roles are replaced wholesale; several only by capabilities; networks strip them": (
        "several_roles_come_in_one_post",
        "tests/bridge/test_roles.py::test_roles_that_the_configuration_does_not_name_stay",
        "tests/wp_client/companion/test_network.py::test_a_user_of_the_network_joins_the_site",
    ),
    "One wrong campaign takes the role from everybody": (
        "tests/bridge/test_role_brake.py::test_a_campaign_that_takes_roles_is_stopped_until_a_person_has_looked",
    ),
    "Empty values never clear": ("an_empty_field_erases_nothing_unless_wanted",),
    "Line breaks are lost": ("custom_fields_go_by_label_or_id",),
    "Countries, dates and choices come in no useful form": (
        "countries_and_regions_may_be_converted",
        "dates_are_dates_and_go_into_any_form",
        "tests/bridge/test_converting.py::test_values_arrive_as_configured",
    ),
    "The password reaches Keap after the answer, or never; others' fields are lost with it": (
        "a_generated_password_opens_and_goes_to_keap_once",
        "tests/bridge/test_passwords.py::test_the_password_goes_to_keap_and_logs_in",
        "tests/bridge/test_trouble.py::test_a_password_that_could_not_be_returned_is_renewed_not_lost",
    ),
    "The campaign has to guess how long to wait": (
        "tests/bridge/test_aftermath.py::test_the_tag_comes_last",
    ),
    "Somebody is welcomed twice, or not at all": (
        "adding_somebody_again_updates",
        "tests/bridge/test_trouble.py::test_mail_that_wordpress_cannot_send_is_tried_again",
    ),
    "A silent import swallows other plugins' mails": (
        "a_silent_post_mails_nothing_and_hushes_nobody",
    ),
    "Labels with signs, more than 1,000 tags, changed APIs break the mapping": (
        "custom_fields_go_by_label_or_id",
        "tests/keap_client/test_field_list.py::test_every_field_listed_is_in_keaps_document",
        "tests/bridge/test_sync_pages.py::test_a_tags_contacts_are_read_by_token",
    ),
    "Mapped fields are not asked for, so they do not load": (
        "fields_go_by_the_names_of_wp_fusion",
    ),
    "Calls run out": (
        "an_update_writes_nothing_to_keap",
        "tests/bridge/test_bursts.py::test_many_waiting_posts_cost_few_calls",
        "tests/bridge/tokens/test_backup.py::test_it_is_shown_until_midnight",
    ),
    "A Post that never came is never made up for": (
        "tests/bridge/test_sync_worker.py::test_what_is_linked_is_reconciled_by_itself",
    ),
    "Posts stop coming, or an end breaks, and nobody is told": (
        "tests/bridge/test_alarms.py::test_silence_is_what_the_owner_says",
        "tests/bridge/test_alarms.py::test_each_trouble_is_told_once_and_once_when_it_is_over",
    ),
    "Looking does it: no dry run": ("a_look_changes_nothing",),
    "Application passwords switched off, or the header lost, and nobody knows which": (
        "tests/bridge/check/test_at_wordpress.py::test_a_sign_in_that_cannot_work_is_told_apart",
    ),
    "A token that is withdrawn stops all, unseen": (
        "tests/bridge/test_trouble.py::test_refused_credentials_are_held_until_the_next_start",
        "tests/bridge/test_brakes.py::test_what_was_held_goes_on_once_the_end_lets_us_in",
    ),
}
