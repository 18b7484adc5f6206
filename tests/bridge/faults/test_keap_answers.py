"""Keap, or what stands before it, answers strangely: nothing is lost, and nothing doubled."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest

from keap_client.sandbox import Fault
from tests.bridge.faults.scene import FIELD, SOAK, SOMEBODY, ZOE_ID, Scene

pytestmark = pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)

WAITS = {
    "429": (Fault("throttled", retry_after=100), "too many were made"),
    "500_page": (Fault("error_html"), "makes no sense (HTTP 500"),
    "500_json": (Fault("error_json"), "makes no sense (HTTP 500"),
    "502": (Fault("bad_gateway"), "makes no sense (HTTP 502"),
    "503": (Fault("unavailable", retry_after=100), "makes no sense (HTTP 503"),
    "504": (Fault("gateway_timeout"), "makes no sense (HTTP 504"),
    "200_page": (Fault("page_instead"), "makes no sense (HTTP 200"),
    "half_json": (Fault("truncated_json"), "makes no sense (HTTP 200"),
    "cut_off": (Fault("cut_off"), "could not be reached"),
    "hang_up": (Fault("hang_up"), "could not be reached"),
    "time_out": (Fault("never_answer"), "could not be reached"),
}
HELD = {
    "401_invalid": (Fault("invalid_token"), "does not accept the token"),
    "401_expired": (Fault("expired_token"), "has expired"),
    "403": (Fault("forbidden"), "may not do this"),
    "302": (Fault("redirect"), "never followed"),
}
TABLE = [
    *(pytest.param(fault, "waiting", said, id=name) for name, (fault, said) in WAITS.items()),
    *(pytest.param(fault, "held", said, id=name) for name, (fault, said) in HELD.items()),
]


@pytest.mark.parametrize("wordpress", ["companion"], indirect=True)
@pytest.mark.parametrize(("fault", "state", "said"), TABLE)
async def test_strange_answers_to_a_reading(
    scene: Scene, fault: Fault, state: str, said: str
) -> None:
    """The Post would be lost, or the owner not be told what to do."""
    met = replace(fault, path=f"contacts/{ZOE_ID}")
    troubled = await scene.first_attempt(lambda: scene.sandbox.faults.add(met))
    assert len(scene.sandbox.faults) == 0
    done = await scene.in_the_end()

    assert troubled.state == state
    assert said in troubled.reason
    if fault.retry_after and state == "waiting":
        pause = timedelta(seconds=fault.retry_after)
        assert troubled.due_at
        assert troubled.due_at >= troubled.received_at + pause
    scene.judge(done)


TO_THE_PASSWORD = {
    name: fault
    for name, (fault, _) in (WAITS | HELD).items()
    if SOAK or name in {"500_page", "hang_up", "401_expired"}
}


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("fault", TO_THE_PASSWORD.values(), ids=TO_THE_PASSWORD.keys())
async def test_strange_answers_to_the_password(
    scene: Scene, *, fault: Fault, carried_out: bool
) -> None:
    """Keap would tell a password that opens nothing, or somebody be welcomed twice or never."""
    met = replace(fault, method="PATCH", carried_out=carried_out)
    troubled = await scene.first_attempt(lambda: scene.sandbox.faults.add(met))
    assert len(scene.sandbox.faults) == 0
    done = await scene.in_the_end()

    # Some answers to a PATCH say enough: it was carried out, whatever the rest was.
    assert troubled.state in {"waiting", "held", "done"}
    scene.judge(done)


@pytest.mark.parametrize("wordpress", ["companion"], indirect=True)
@pytest.mark.parametrize("form", ["quota", "fault", "application"])
async def test_every_form_of_429_waits(
    scene: Scene, form: Literal["quota", "fault", "application"]
) -> None:
    """One of Keap's three ways to say "later" would be taken for a refusal."""
    scene.sandbox.quirks = replace(scene.sandbox.quirks, throttled=form)
    fault = Fault("throttled", path=f"contacts/{ZOE_ID}")
    troubled = await scene.first_attempt(lambda: scene.sandbox.faults.add(fault))
    done = await scene.in_the_end()

    assert troubled.state == "waiting"
    assert "too many were made" in troubled.reason
    scene.judge(done)


@pytest.mark.parametrize("wordpress", ["companion"], indirect=True)
async def test_a_contact_who_is_gone_fails_and_says_so(scene: Scene) -> None:
    """A contact that was merged into another would be asked for during three days."""
    tenant = scene.sandbox.tenant
    failed = await scene.first_attempt(lambda: tenant.merge_contacts(ZOE_ID, into=SOMEBODY))
    still = await scene.in_the_end()

    assert (failed.state, still.state) == ("failed", "failed")
    assert "Keap has no contact" in failed.reason
    assert len(scene.wordpress.users()) == 1  # the other one
    assert tenant.custom_value(SOMEBODY, FIELD) is not None
