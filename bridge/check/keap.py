"""What Keap's answers mean for the site's owner. Pure."""

from collections.abc import Iterator

from bridge.check.finding import Finding, Level, is_out_of_reach
from bridge.config import Config
from keap_client.account import Account
from keap_client.errors import KeapError, KeapRefused
from keap_client.fields import FieldError, resolve, writable_custom_field
from keap_client.model import ContactModel
from keap_client.quota import Allowance, Quota

SCARCE = 0.2
"""The share of calls left below which the owner should know."""

PERIODS = {"day": "today", "minute": "this minute"}


def on_account(account: Account) -> Finding:
    """Say that the token works, and whose application it opens."""
    app = f" (app {account.tenant_id})" if account.tenant_id else ""
    return Finding("ok", "Keap", f"the token works{app}")


def on_error(error: KeapError) -> Finding:
    """Say why Keap did not answer as it should."""
    advice = ""
    if isinstance(error, KeapRefused):
        advice = (
            "The token stands under keap.token in config.yaml, or where that line points to."
            " A token of another kind may need keap.token_header: x-keap-api-key."
        )
    return Finding("problem", "Keap", str(error), advice, out_of_reach=is_out_of_reach(error))


def fields_not_looked_at() -> Finding:
    """Say that the configured fields could not be compared with Keap's."""
    return Finding(
        "warning", "Keap", "the names under fields: were not compared with Keap's fields"
    )


def on_quota(quota: Quota | None, calls_per_minute: int) -> Iterator[Finding]:
    """Say how many calls are left, and whether the bridge's own pace fits."""
    if quota is None:
        return
    for allowance in (quota.day, quota.minute):
        yield from _on_allowance(allowance, "of the token's")
    for allowance in quota.tenant:
        yield from _on_allowance(allowance, "of the whole Keap app's", said_if_plenty=False)
    most = quota.minute.limit if quota.minute else None
    if most and calls_per_minute > most:
        yield Finding(
            "warning",
            "Keap",
            f"keap.calls_per_minute is {calls_per_minute}, but this token may make {most} calls"
            " a minute",
            f"Put keap.calls_per_minute: {max(1, most * 5 // 6)} into config.yaml.",
        )


def on_fields(model: ContactModel, config: Config) -> Iterator[Finding]:
    """Hold every Keap field that the configuration names against those that there are."""
    wrong = 0
    for target, source in config.fields.items():
        for keap_name in source.keap_names:
            try:
                resolve(keap_name, model)
            except FieldError as error:
                wrong += 1
                yield Finding("problem", "Keap", f"fields: {target}: {error}")
    if not wrong:
        yield Finding("ok", "Keap", f"it has all fields that fields: names ({len(config.fields)})")
    users = config.users
    for key, name, what in (
        ("return_password_to", users.return_password_to, "password"),
        ("return_to_keap.login", users.return_to_keap.login, "name"),
        ("return_to_keap.id", users.return_to_keap.id, "id"),
        ("return_to_keap.registered", users.return_to_keap.registered, "day of registration"),
    ):
        if name is not None:
            yield _on_field_written(key, name, what, model)


def _on_field_written(key: str, name: str, what: str, model: ContactModel) -> Finding:
    try:
        writable_custom_field(name, model)
    except FieldError as error:
        advice = "Until then no user is created: deliveries are held."
        return Finding("problem", "Keap", f"users.{key}: {error}", advice)
    return Finding("ok", "Keap", f"its field {name} can take the {what} of a new user")


def _on_allowance(
    allowance: Allowance | None, whose: str, *, said_if_plenty: bool = True
) -> Iterator[Finding]:
    if allowance is None or not allowance.limit or allowance.available is None:
        return
    scarce = allowance.available < SCARCE * allowance.limit
    if not scarce and not said_if_plenty:
        return
    level: Level = "warning" if scarce else "ok"
    period = PERIODS.get(allowance.unit, f"per {allowance.unit}" if allowance.unit else "for now")
    left = f"{allowance.available:,} {whose} {allowance.limit:,} calls are left {period}"
    yield Finding(level, "Keap", left, _on_scarcity(allowance) if scarce else "")


def _on_scarcity(allowance: Allowance) -> str:
    if allowance.unit == "minute":
        return "It passes within a minute; if it comes back, something else uses this token too."
    return (
        "A day's calls start afresh at midnight UTC; the bridge waits for it and loses nothing."
        " Other programs that use this token can get tokens of their own."
    )
