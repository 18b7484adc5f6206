"""Speaking to the companion in plain HTTP, and Ann's document as it goes over the wire."""

import json
from typing import Any

import pytest
import requests

from bridge.demo.wordpress import Account, RunningWordPress

PASSWORD = "Kw7rT2mXq9LbV4nZs8Hd"
DELIVERY = "01JD0000000000000000000ANN"
ADDRESS = "ann@site.example"
ON_THE_OLDEST = pytest.mark.parametrize("wordpress_version", ["6.1"], indirect=True)
"""For tables of our own rules, whose every row is the same in each version."""


def document(**different: Any) -> dict[str, Any]:
    """Ann, whom nobody has created yet; some parts different."""
    return {
        "delivery": DELIVERY,
        "contact": "1001",
        "email": ADDRESS,
        "user_id": None,
        "new_user": new_user(),
        "fresh_password": False,
        "when_linked_to_another_contact": "refuse",
        "fields": {"first_name": "Ann", "last_name": "Lee"},
        "meta": {},
        "contact_id_meta": "infusionsoft_contact_id",
        "roles": roles("member_a"),
        "notification": "none",
        **different,
    }


def new_user(**different: Any) -> dict[str, Any]:
    """How Ann is created; some parts different."""
    return {
        "logins": [ADDRESS, "ann.lee"],
        "password": PASSWORD,
        "nicename": "ann-lee",
        "nickname": "Ann",
        "display_name": "Ann Lee",
        **different,
    }


def roles(*give: str, mode: str = "replace", among: tuple[str, ...] = ()) -> dict[str, Any]:
    """Role rules, among the roles that every site of ours has unless told otherwise."""
    return {
        "give": [*give],
        "among": [*(among or ("subscriber", "member_a", "member_b"))],
        "mode": mode,
    }


class Companion:
    """The companion's route on one site, for one account."""

    def __init__(self, site: RunningWordPress, account: Account | None = None) -> None:
        self.site = site
        self.url = f"{site.url}/wp-json/keap-bridge/v1/users"
        chosen = account or site.service
        self.auth: tuple[str, str] | None = (chosen.login, chosen.application_password)

    def request(self, method: str, body: Any = None, url: str = "") -> requests.Response:
        """One request, here or to another address of the site, signed in as this account."""
        return requests.request(
            method,
            url or self.url,
            json=body,
            auth=self.auth,
            headers={"Accept": "application/json"},
            timeout=60,
        )

    def post(self, *documents: dict[str, Any], dry_run: bool = False) -> list[dict[str, Any]]:
        """The results of documents, in order."""
        answer = self.request("POST", {"dry_run": dry_run, "documents": [*documents]})
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    def carry_out(self, **different: Any) -> dict[str, Any]:
        """The result of Ann's document."""
        (result,) = self.post(document(**different))
        return result

    def refusal(self, **different: Any) -> dict[str, Any]:
        """The error that Ann's document is answered with."""
        error: dict[str, Any] = self.carry_out(**different)["error"]
        return error

    def insert(self, **user: Any) -> int:
        """Create a user behind the companion's back; ``meta`` is an object of meta values."""
        made: int = self.site.ask(
            "$user = json_decode($args[0], true);"
            "$id = wp_insert_user(array_diff_key($user, ['meta' => 1]) + ['user_pass' => 'x']);"
            "if (is_wp_error($id)) throw new Exception($id->get_error_message());"
            "foreach ($user['meta'] ?? [] as $key => $value) update_user_meta($id, $key, $value);"
            "return $id;",
            json.dumps(user),
        )
        return made


def codes(result: dict[str, Any]) -> set[tuple[str, str]]:
    """What was left undone, as pairs of code and subject."""
    return {(caveat["code"], caveat["subject"]) for caveat in result["caveats"]}


def changed(result: dict[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    """What was changed, by name: before and after."""
    return {change["name"]: (change["before"], change["after"]) for change in result["changes"]}
