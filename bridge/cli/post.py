"""``keap-bridge post``: the HTTP Post that Keap would send."""

from pathlib import Path

import click
import requests

from bridge.cli.ending import CannotReach, Refused
from bridge.cli.options import action_option, config_option, load_config, role_option
from bridge.config import Config

SECONDS = 30.0


@click.command("post")
@click.argument("contact_id", required=False, metavar="[CONTACT_ID]")
@action_option
@role_option
@click.option(
    "--send-notification/--no-send-notification",
    default=None,
    help="Whether a new user gets WordPress's new-user notification.",
)
@click.option("--url", help="Where to post to.  [default: server.listen and server.path]")
@config_option
def command(
    contact_id: str | None,
    action: str,
    role: str,
    *,
    send_notification: bool | None,
    url: str | None,
    config_file: Path,
) -> None:
    """Send the HTTP Post that Keap would send for CONTACT_ID, and print the answer."""
    if contact_id is None and action != "test":
        message = "Name a contact's id (only --action test needs none)."
        raise click.UsageError(message)
    config = load_config(config_file).config
    pairs = {
        "contactId": contact_id or "",
        "wpf_action": action,
        "access_key": config.server.access_keys[0].get_secret_value(),
        "role": role,
    }
    if send_notification is not None:
        pairs["send_notification"] = str(send_notification).lower()
    click.echo(_post(url or own_address(config), pairs))


def own_address(config: Config) -> str:
    """Give the address at which the bridge listens on this machine."""
    listen = config.server.listen
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen.host, listen.host)  # noqa: S104 - where every address is listened at, the loopback one is asked
    return f"http://{f'[{host}]' if ':' in host else host}:{listen.port}{config.server.path}"


def _post(url: str, pairs: dict[str, str]) -> str:
    with requests.Session() as session:
        session.trust_env = False  # a proxy or .netrc of this shell is not Keap's
        try:
            answer = session.post(url, data=pairs, timeout=SECONDS, allow_redirects=False)
        except requests.RequestException as error:
            message = f"Nothing answers at {url}: is keap-bridge serve running there?"
            raise CannotReach(message) from error
    if answer.status_code != requests.codes.ok:
        message = f"HTTP {answer.status_code}: {answer.text.strip()[:1000]}"
        raise Refused(message)
    return answer.text.strip()
