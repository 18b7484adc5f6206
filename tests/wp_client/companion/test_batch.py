"""Several documents in one request: each by itself, within its time, past others' noise."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.companion.talking import ON_THE_OLDEST, Companion, document, new_user


def somebody(number: int, **different: Any) -> dict[str, Any]:
    """One of many."""
    address = f"{number}@site.example"
    return document(
        **{
            "delivery": f"01JD{number}",
            "contact": str(number),
            "email": address,
            "new_user": new_user(logins=[address]),
            **different,
        }
    )


def test_a_document_that_fails_does_not_touch_its_neighbours(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, one broken contact stops two dozen others."""
    fault = """
        add_action('user_register', function ($id) {
            if ('2@site.example' === get_userdata($id)->user_email) undefined_function();
        });
    """
    with site.mu_plugin("fault", fault):
        results = companion.post(
            somebody(1), somebody(2), somebody(3, email="no address"), somebody(4)
        )
    assert [result.get("state") for result in results] == ["created", None, None, "created"]
    assert [result["delivery"] for result in results] == [f"01JD{n}" for n in (1, 2, 3, 4)]
    assert results[1]["error"]["code"] == "keap_bridge_failed"
    assert "2@site.example" not in json.dumps(results[1])
    assert results[2]["error"] == {
        "code": "keap_bridge_bad_email",
        "message": "WordPress does not accept the e-mail address.",
        "retry": False,
        "data": {},
    }


def test_twenty_five_documents_go_in_one_request(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, the batch that DESIGN counts on is not one."""
    results = companion.post(*(somebody(number) for number in range(25)))
    assert {result["state"] for result in results} == {"created"}
    assert len(site.users()) == 25


COUNT_LOOKS = """
    add_filter('query', function ($sql) {
        static $looks = 0;
        if (strpos($sql, 'm.meta_value')) header('X-Looks: ' . ++$looks);
        return $sql;
    });
"""


def test_the_contacts_of_a_batch_are_looked_for_together(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a batch on a site with many users walks through all of them for each document."""
    made = companion.post(*(somebody(number) for number in range(5)))
    again = [somebody(number, delivery=f"01JE{number}") for number in range(5)]
    with site.mu_plugin("looks", COUNT_LOOKS):
        answer = companion.request("POST", {"documents": again})

    found = answer.json()["results"]
    assert [each["user_id"] for each in found] == [each["user_id"] for each in made]
    assert answer.headers["X-Looks"] == "1"


def test_a_user_who_was_linked_elsewhere_meanwhile_is_not_taken(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, what was read before the lock was had decides who gets a contact's data."""
    made = companion.post(somebody(1), somebody(2))
    meanwhile = """
        add_filter('query', function ($sql) {
            static $done = false;
            if (!$done && strpos($sql, 'GET_LOCK')) {
                $done = true;
                $id = get_user_by('email', '2@site.example')->ID;
                update_user_meta($id, 'infusionsoft_contact_id', '77');
            }
            return $sql;
        });
    """
    with site.mu_plugin("meanwhile", meanwhile):
        one, two = companion.post(somebody(1, delivery="01JE1"), somebody(2, delivery="01JE2"))
    assert one["user_id"] == made[0]["user_id"]
    assert two["error"]["code"] == "keap_bridge_linked_elsewhere"


def test_documents_that_there_is_no_time_for_are_busy(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, a slow site is cut off in the midst of a document."""
    slow = """
        ini_set('max_execution_time', 1);
        add_action('user_register', function () { usleep(600000); });
    """
    with site.mu_plugin("slow", slow):
        first, second = companion.post(somebody(1), somebody(2))
    assert first["state"] == "created"
    assert (second["error"]["code"], second["error"]["retry"]) == ("keap_bridge_busy", True)
    assert len(site.users()) == 1


def test_what_plugins_print_does_not_break_the_json(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, one notice hides from the bridge that the user was made."""
    noise = """
        add_action('user_register', function () { echo 'Notice: '; ob_start(); echo 'more'; });
        add_action('set_user_role', function () { print 'Deprecated: '; });
    """
    with site.mu_plugin("noise", noise):
        assert companion.carry_out()["state"] == "created"


@pytest.mark.parametrize("instead", ["SELECT NULL", "SELECT no_such_function()"])
def test_a_database_without_locks_is_told_of_and_still_served(
    companion: Companion, site: RunningWordPress, instead: str
) -> None:
    """If false, sites on SQLite or a cluster get no users, or believe that they are safe."""
    without = f"""
        add_filter('query', fn($sql) => preg_match('/_LOCK\\(/', $sql) ? '{instead}' : $sql);
    """
    with site.mu_plugin("without", without):
        assert companion.request("GET").json()["locks"] is False
        assert companion.carry_out()["state"] == "created"
    assert site.php_log() == ""


@ON_THE_OLDEST
def test_a_contact_that_another_request_works_on_is_busy(
    companion: Companion, site: RunningWordPress
) -> None:
    """If false, two requests change one user at the same time."""
    with _held(site, "contact:1001"):
        (promised,) = companion.post(document(), dry_run=True)
        assert promised["state"] == "created"
        assert companion.post(somebody(1))[0]["state"] == "created"
        error = companion.refusal()
        assert (error["code"], error["retry"]) == ("keap_bridge_busy", True)
    assert companion.carry_out()["state"] == "created"


@contextmanager
def _held(site: RunningWordPress, lock: str) -> Iterator[None]:
    """Inside, another connection has one of the companion's locks."""
    name = """global $wpdb; $name = 'keap_bridge_' . sha1(DB_NAME . "|$wpdb->users|$args[0]");"""
    row = "SELECT COUNT(*) FROM $wpdb->options WHERE option_name = 'let_go'"
    hold = f"""{name}
        $wpdb->query("SELECT GET_LOCK('$name', 0)");
        for ($i = 0; $i < 600 && !$wpdb->get_var("{row}"); $i++) usleep(100000);
        return 1;
    """
    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(site.ask, hold, lock)
        try:
            while (
                site.ask(f"""{name} return $wpdb->get_var("SELECT IS_FREE_LOCK('$name')");""", lock)
                != "0"
            ):
                assert not holding.done()
            yield
        finally:
            site.ask("update_option('let_go', 1); return 1;")
