"""``keap-bridge post``: the HTTP Post that Keap would send."""

import json
from pathlib import Path
from urllib.parse import urlsplit

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
    if url is not None and not url.lower().startswith(("https://", "http://")):
        message = "--url is a whole address, such as https://bridge.example.com/keap"
        raise click.UsageError(message)
    config = load_config(config_file).config
    key = config.server.access_keys[0].get_secret_value()
    pairs = {
        "contactId": contact_id or "",
        "wpf_action": action,
        "access_key": key,
        "role": role,
    }
    if send_notification is not None:
        pairs["send_notification"] = str(send_notification).lower()
    # What answers may repeat what it was sent.
    answer = _post(url or _own_address(config), pairs).replace(key, "…")
    click.echo(answer)
    if delivery := _said(answer).get("delivery"):
        click.echo(f"What becomes of it: keap-bridge deliveries {delivery}", err=True)


def _own_address(config: Config) -> str:
    address = config.server.own_address
    if address is None:
        message = "server.listen has port 0, which is any: say with --url where the bridge is."
        raise click.UsageError(message)
    return address


def _post(url: str, pairs: dict[str, str]) -> str:
    """Give the body of the answer 200.

    Raises:
        CannotReach: No answer came.
        Refused: Another one came.
    """
    where = urlsplit(url)._replace(query="").geturl()  # a query may hold a key
    with requests.Session() as session:
        session.trust_env = False  # a proxy or .netrc of this shell is not Keap's
        try:
            answer = session.post(url, data=pairs, timeout=SECONDS, allow_redirects=False)
        except requests.exceptions.SSLError as error:
            message = f"No safe connection to {where}: no valid certificate, or no https at all."
            raise CannotReach(message) from error
        except requests.Timeout as error:
            message = f"No answer from {where} within {SECONDS:.0f} seconds."
            raise CannotReach(message) from error
        except requests.RequestException as error:
            message = f"Nothing answers at {where}: is keap-bridge serve running there?"
            raise CannotReach(message) from error
    text = answer.text.strip()
    if answer.status_code != requests.codes.ok or _said(text).get("success") is not True:
        message = f"HTTP {answer.status_code}: {_sentence(answer)}".replace(
            pairs["access_key"], "…"
        )
        raise Refused(message)
    return text


def _sentence(answer: requests.Response) -> str:
    if answer.is_redirect:
        return f"the address leads to {answer.headers['Location']}, and Keap is not known to follow"
    said = _said(answer.text).get("error")
    return str(said) if said else "this is no answer of the bridge; is the address right?"


def _said(text: str) -> dict[str, object]:
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
