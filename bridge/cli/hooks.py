"""``keap-bridge hooks``: what Keap tells the bridge by itself (REST Hooks)."""

import json
from collections.abc import Iterator
from pathlib import Path

import click

from bridge.cli.ending import Refused
from bridge.cli.ends import ending_of, keap_of
from bridge.cli.options import config_option, load_config
from bridge.cli.sheet import address_of, check_url
from bridge.config import Config
from bridge.hook_address import hook_token
from keap_client.errors import KeapError
from keap_client.hooks import Hook, list_hooks, make_hook, remove_hook, verify_hook
from keap_client.over_requests import Keap

VERIFIED = "Verified"
WHAT = ("subscribe", "list", "verify", "remove")


@click.command("hooks")
@click.argument("what", type=click.Choice(WHAT), default="list")
@click.argument("key", required=False)
@click.option("--url", help="The bridge's address as Keap reaches it: your reverse proxy's.")
@click.option("--json", "as_json", is_flag=True, help="For programs: a JSON object a line.")
@config_option
def command(
    what: str, key: str | None, url: str | None, *, as_json: bool, config_file: Path
) -> None:
    """Let Keap tell of changes by itself.

    \b
    subscribe   to the events under hooks: in config.yaml; needs --url
    list        the hooks that lead to this bridge (what it does without a word, too)
    verify      KEY, or all of them: after Keap has given them up (Inactive)
    remove      KEY, or all of them
    """  # noqa: D301 - \b is click's, and keeps the lines
    if (url is None) == (what == "subscribe"):
        message = "subscribe needs --url, and nothing else takes it."
        raise click.UsageError(message)
    config = load_config(config_file).config
    try:
        with keap_of(config, v1=True) as keap:
            if url is not None:
                check_url(url)
                _subscribe(keap, config, address_of(url, config.server.path), as_json=as_json)
                return
            hooks = [hook for hook in _ours(keap, config) if key in (None, hook.key)]
            if not hooks:
                message = "Keap has no such hook." if key else "Keap has no hook to this bridge."
                raise Refused(message)
            for hook in hooks:
                _tell(_done(keap, what, hook), as_json=as_json)
    except KeapError as error:
        raise ending_of(error) from None


def _subscribe(keap: Keap, config: Config, address: str, *, as_json: bool) -> None:
    """See to it that every event of the configuration has a hook to here, and no other has."""
    target = f"{address}/hooks/{hook_token(config.server.access_keys[0].get_secret_value())}"
    there = {hook.event: hook for hook in _ours(keap, config) if hook.url == target}
    for event in config.hooks:
        hook = there.get(event) or keap.send(make_hook(event, target))
        if hook.status != VERIFIED:
            hook = keap.send(verify_hook(hook.key))
        _tell(hook, as_json=as_json)
        if hook.status != VERIFIED:
            message = (
                f"Keap could not verify {event}: is the bridge running, and does --url lead to it"
                " from outside?"
            )
            raise Refused(message)
    for hook in _ours(keap, config):
        if hook.event not in config.hooks or hook.url != target:
            # Made for another address, an older key, or an event that is no longer wanted.
            keap.send(remove_hook(hook.key))
            _tell(hook.model_copy(update={"status": "removed"}), as_json=as_json)


def _done(keap: Keap, what: str, hook: Hook) -> Hook:
    match what:
        case "verify":
            return keap.send(verify_hook(hook.key))
        case "remove":
            keap.send(remove_hook(hook.key))
            return hook.model_copy(update={"status": "removed"})
        case _:
            return hook


def _ours(keap: Keap, config: Config) -> Iterator[Hook]:
    """Give the hooks that lead to here: Keap lists other programs' too."""
    ends = [f"/hooks/{hook_token(key.get_secret_value())}" for key in config.server.access_keys]
    for hook in keap.send(list_hooks()):
        if any(hook.url.endswith(end) for end in ends):
            yield hook


def _tell(hook: Hook, *, as_json: bool) -> None:
    # Without the end of the address, which is a secret.
    told = {
        "key": hook.key,
        "event": hook.event,
        "status": hook.status,
        "url": f"{hook.url.rpartition('/')[0]}/…",
    }
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else "  ".join(told.values()))
