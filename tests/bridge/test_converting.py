"""What `fields:` converts reaches WordPress, and what cannot be converted is said."""

from pathlib import Path

import pytest

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Sandbox
from tests.bridge.commanding import run
from tests.bridge.running import bridge_between

MORE = """\
fields:
  first_name: FirstName
  user_email: Email
  display_name: {template: "{FirstName} {LastName}"}
  description: {from: _Notesforstaff, as: multiline, if_wordpress_has: keep}
  billing_country: {from: Country, as: country_alpha2}
  billing_state: {from: State, as: region_code}
  birthday: {from: Birthday, as: date, format: "%d/%m/%Y"}
  interests: {from: _Whatsup, as: list}
  age: {from: _Country, as: integer}
  full: {template: "{FirstName} {_Nosuch}"}
  campaign: {from: FirstUtmSource, only: create}
  stage: {value: "member", only: update}
"""
META = ("billing_country", "billing_state", "birthday", "interests", "campaign", "stage", "age")


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_values_arrive_as_configured(
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    wordpress_with_companion: RunningWordPress,
    tmp_path: Path,
) -> None:
    """A site would get Keap's country codes, or one odd value would keep everything else away."""
    wordpress = wordpress_with_companion
    sandbox.tenant.set_custom("1001", "Notes for staff", "Likes tea.\r\nCalls on Mondays.")
    async with bridge_between(sandbox, wordpress, tmp_path, more=MORE) as bridge:
        await bridge.post()
        (created,) = await bridge.settled()
        user = wordpress.user("zoe@example.com")
        sandbox.tenant.set_custom("1001", "Notes for staff", "Gone.")
        sandbox.tenant.contacts["1001"].properties["utm_parameters"][1]["utmSource"] = "bing"
        sandbox.tenant.contacts["1001"].properties["given_name"] = "Zoe"
        foreseen = await run(capsys, tmp_path / "config.yaml", "preview", "1001")
        await bridge.post()
        _, updated = await bridge.settled()
        later = wordpress.user("zoe@example.com")

    assert user["display_name"] == "Zoë Smith"
    assert user["meta"]["description"] == "Likes tea.\nCalls on Mondays."
    assert {key: user["meta"].get(key) for key in META} == {
        "billing_country": "US",
        "billing_state": "AZ",
        "birthday": "15/03/1985",
        "interests": ["All well"],
        "campaign": "google",
        "stage": None,
        "age": None,
    }
    for delivery in (created, updated):
        assert delivery.state == "done"
        caveats = {(each.code, each.subject) for each in delivery.caveats}
        assert caveats == {("keap_field_unknown", "_Nosuch"), ("value_not_converted", "age")}
    assert "what Keap has for age is not of the kind" in foreseen.out
    assert "United States" not in foreseen.out
    assert later["meta"] == {**user["meta"], "first_name": "Zoe", "stage": "member"}
    assert sandbox.record.counts()["GET contacts/{contact_id}"] == 3
