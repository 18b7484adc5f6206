"""What is special about working with the companion: on the real one, and where one plays it."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from aiohttp import web

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.carrying import Carrier, Watching, carrier_over, server
from tests.wp_client.conftest import signed_in
from tests.wp_client.documents import ANN, PASSWORD, ann, bob
from wp_client import by_companion, errors
from wp_client.carrier import Credentials
from wp_client.document import Conditions, UserResult


async def test_it_is_one_request_with_the_mail_in_it(
    wordpress_with_companion: RunningWordPress, to_companion: Carrier, watching: Watching
) -> None:
    """A burst would take several times as long; or a repetition would mail again."""
    document = ann(
        notification="password", meta={"city": "Ünna \\ 'x'", "infusionsoft_tags": ("91", "93")}
    )
    first = await to_companion.converse(by_companion.carry_out(document))
    second = await to_companion.converse(by_companion.carry_out(document))

    (user,) = wordpress_with_companion.users()
    (mail,) = wordpress_with_companion.mails()
    assert (first.notification, second.notification) == ("sent", "sent_before")
    assert PASSWORD in mail.get_content()
    assert user["meta"]["infusionsoft_tags"] == ["91", "93"]
    assert user["meta"]["city"] == "Ünna \\ 'x'"
    assert user["meta"]["infusionsoft_contact_id"] == "1001"
    assert watching.names == ["carry_out", "carry_out"]
    assert wordpress_with_companion.php_log() == ""


async def test_a_site_tells_what_it_offers(
    wordpress_with_companion: RunningWordPress, to_companion: Carrier
) -> None:
    """The check could not tell whether the configured roles exist."""
    site = await to_companion.send(by_companion.describe())

    given = {role.slug: role.may_be_given for role in site.roles}
    assert (given["subscriber"], given["administrator"]) == (True, False)
    assert site.protocol == by_companion.PROTOCOL
    assert site.wordpress == wordpress_with_companion.version
    assert site.default_role == "subscriber"
    assert not site.account.privileged
    assert site.locks


async def test_meta_is_tried_out(to_companion: Carrier) -> None:
    """The check would praise fields that are lost."""
    told = await to_companion.send(by_companion.meta_round_trip(["city", "wp_capabilities"]))

    assert told == {"city": "ok", "wp_capabilities": "refused"}


async def test_a_site_without_the_companion_says_so(to_core: Carrier) -> None:
    """The owner would not learn that the companion is what is missing."""
    with pytest.raises(errors.RouteMissing, match="keap-bridge/v1/users") as raised:
        await to_core.send(by_companion.describe())

    assert "companion" in str(raised.value)


async def test_an_account_without_the_right_is_told_which(
    wordpress_with_companion: RunningWordPress,
) -> None:
    """The owner would have to guess which role the account needs."""
    address, _ = signed_in(wordpress_with_companion)
    editor = wordpress_with_companion.accounts["editor1"]
    signed = Credentials(editor.login, editor.application_password)
    async with carrier_over("aiohttp", address, signed) as carrier:
        with pytest.raises(errors.WordPressRefused, match="role keap_bridge"):
            await carrier.converse(by_companion.carry_out(ANN))


async def test_a_mail_that_cannot_be_sent_leaves_the_user(
    wordpress_with_companion: RunningWordPress, to_companion: Carrier
) -> None:
    """Somebody new would count as notified; or the next attempt would not send."""
    document = ann(notification="link")
    broken = "add_filter('pre_wp_mail', '__return_false');"
    with (
        wordpress_with_companion.mu_plugin("mail", broken),
        pytest.raises(errors.NotificationFailed) as raised,
    ):
        await to_companion.converse(by_companion.carry_out(document))

    again = await to_companion.converse(by_companion.carry_out(document))

    assert raised.value.user_id == wordpress_with_companion.users()[0]["ID"]
    assert again.notification == "sent"
    assert len(wordpress_with_companion.mails()) == 1


@pytest.fixture
async def played() -> AsyncIterator[tuple[Carrier, list[Any], list[Any]]]:
    """A carrier to somebody who plays the companion: what was asked, and what to answer."""
    asked: list[Any] = []
    answers: list[Any] = []

    async def respond(request: web.Request) -> web.Response:
        asked.append(await request.json() if request.can_read_body else None)
        return web.json_response(answers.pop(0))

    async with server(respond) as origin, carrier_over("aiohttp", origin) as carrier:
        yield carrier, asked, answers


def told(**result: Any) -> dict[str, Any]:
    """One result about Ann."""
    return {"delivery": ANN.delivery, **result}


def results(*found: Any, protocol: int = 1) -> dict[str, Any]:
    """The companion's answer."""
    return {"companion": "9.9.9", "protocol": protocol, "results": found}


async def test_a_document_travels_as_the_protocol_says(played: Any) -> None:
    """The companion would ignore, or refuse, what it does not know under that name."""
    carrier, asked, answers = played
    answers.append(results(told(state="missing")))

    await carrier.converse(
        by_companion.dry_run(
            ann(
                meta=MappingProxyType({"tags": ("91",), "none": None}),
                fields=MappingProxyType({}),
                conditions=Conditions(only_if_empty=("tags",)),
                roles=replace(ANN.roles, add=("member_b",)),
            )
        )
    )

    assert asked == [
        {
            "dry_run": True,
            "documents": [
                {
                    "delivery": ANN.delivery,
                    "contact": "1001",
                    "email": "ann+lee@site.example",
                    "user_id": None,
                    "when_linked_to_another_contact": "refuse",
                    "contact_id_meta": "infusionsoft_contact_id",
                    "new_user": {
                        "logins": ["ann+lee@site.example", "ann.lee"],
                        "password": PASSWORD,
                        "nicename": "ann-lee",
                        "nickname": "Ann",
                        "display_name": "Ann Lee",
                    },
                    "attempt": None,
                    "fresh_password": False,
                    "password": None,
                    "fields": {},
                    "meta": {"tags": ["91"], "none": None},
                    "conditions": {
                        "only_on_create": [],
                        "only_on_update": [],
                        "only_if_empty": ["tags"],
                    },
                    "roles": {
                        "give": ["member_a"],
                        "among": ["subscriber", "member_a", "member_b"],
                        "mode": "replace",
                        "add": ["member_b"],
                        "take": [],
                        "may_remove": True,
                    },
                    "notification": "none",
                }
            ],
        }
    ]
    assert json.dumps(asked)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": "keap_bridge_busy", "retry": True, "data": []}, errors.WordPressBusy),
        ({"code": "keap_bridge_failed", "retry": True}, errors.WordPressBroken),
        ({"code": "keap_bridge_refused", "retry": True}, errors.WordPressBusy),
        ({"code": "keap_bridge_bad_contact_id_meta"}, errors.ContactIdMetaRefused),
        ({"code": "keap_bridge_no_login", "retry": False}, errors.WordPressRejected),
        ({"code": "keap_bridge_something_new", "retry": False}, errors.WordPressRejected),
        (
            {"code": "keap_bridge_mail_failed", "retry": True, "data": {"user_id": 17}},
            errors.NotificationFailed,
        ),
        (
            {"code": "keap_bridge_linked_elsewhere", "data": {"user_id": 17, "contact": "2"}},
            errors.LinkedToAnotherContact,
        ),
    ],
)
async def test_each_error_of_a_document_is_told_apart(
    played: Any, error: dict[str, Any], kind: type[errors.WordPressError]
) -> None:
    """What passes would fail for good, and what cannot work would be tried for three days."""
    carrier, _, answers = played
    good = {"delivery": bob().delivery, "state": "unchanged", "user_id": 5, "some": "new key"}
    answers.append(results(told(error={"message": "joe@x", **error}), good))

    failed, done = await carrier.converse(by_companion.carry_out_many([ANN, bob()]))

    assert type(failed) is kind
    assert "joe" not in str(failed)
    assert done == UserResult(state="unchanged", user_id=5)


@pytest.mark.parametrize(
    "answer",
    [
        results(),
        results({"delivery": "01JDOTHER", "state": "unchanged"}),
        results(told(state="unchanged"), told(state="unchanged")),
        results(told(state="perhaps")),
        results(told(error="joe@x")),
        {"results": []},
        [],
    ],
)
async def test_an_answer_that_is_not_the_protocols_is_unknown(played: Any, answer: Any) -> None:
    """A wrong document's result would be booked for a delivery."""
    carrier, _, answers = played
    answers.append(answer)

    with pytest.raises(errors.NotWordPress) as raised:
        await carrier.converse(by_companion.carry_out(ANN))

    assert "joe" not in str(raised.value)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


async def test_wordpress_s_own_word_is_told(played: Any) -> None:
    """The owner would learn that a user cannot be saved, and not why."""
    carrier, _, answers = played
    error = {"code": "keap_bridge_refused", "retry": False, "data": {"code": "user_url_too_long"}}
    answers.append(results(told(error=error)))

    with pytest.raises(errors.WordPressRejected, match="user_url_too_long"):
        await carrier.converse(by_companion.carry_out(ANN))


async def test_another_protocol_is_refused(played: Any) -> None:
    """Half of a newer companion's answer would be understood, and wrongly."""
    carrier, _, answers = played
    answers.append(results(told(state="unchanged"), protocol=2))

    with pytest.raises(errors.CompanionUnsuited, match="version 2"):
        await carrier.converse(by_companion.carry_out(ANN))


def test_too_many_documents_are_a_mistake_of_the_caller() -> None:
    """WordPress would refuse the whole request, and 26 deliveries would fail."""
    with pytest.raises(ValueError, match="25"):
        next(by_companion.carry_out_many([ANN] * 26))
