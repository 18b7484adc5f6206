"""``keap-bridge sheet``: what to type into Keap's HTTP Post."""

from pathlib import Path
from urllib.parse import urlsplit

import click

from bridge.cli.options import config_option, load_config

KEAPS_PORTS = (None, 80, 443)
"""Keap posts to no others (facts: https://learn.thryv.com, Send HTTP Post)."""

SHEET = """\
In Keap: campaign → sequence → Send HTTP Post

POST URL
  {url}

Name / value pairs
  {pairs}

wpf_action          add: create or update; update: only users who exist; update_tags: only tags
role                may be left out; one of: {roles}
send_notification   may be left out; true: a new user gets WordPress's mail

Try it first with wpf_action = test: the answer is {{"success": true}}.
"""


@click.command("sheet")
@click.option("--url", help="The bridge's address as Keap reaches it: your reverse proxy's.")
@click.option("--role", metavar="ROLE", help="The role to put on the sheet.")
@click.option("--show-key", is_flag=True, help="Print the access key itself.")
@config_option
def command(url: str | None, role: str | None, *, show_key: bool, config_file: Path) -> None:
    """Print the address and the name/value pairs to paste into Keap."""
    if url is not None:
        check_url(url)
    config = load_config(config_file, warn=False, with_secrets=show_key).config
    allowed = config.users.roles.allowed
    if role is not None and role not in allowed:
        message = f"users.roles.allowed does not list {role}; it has: {', '.join(allowed)}"
        raise click.UsageError(message)
    key = config.server.access_keys[0].get_secret_value()
    pairs = {
        "contactId": "~Contact.Id~",
        "wpf_action": "add",
        "access_key": key if show_key else "<your access key; --show-key prints it>",
        "role": role or next(iter(allowed), None),
        "send_notification": "true",
    }
    click.echo(
        SHEET.format(
            url=address_of(url, config.server.path),
            pairs="\n  ".join(f"{name:<20}{value}" for name, value in pairs.items() if value),
            roles=", ".join(allowed) or "none (users.roles.allowed is empty)",
        ),
        nl=False,
    )


def check_url(url: str) -> None:
    """End the command unless Keap can post to the address."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("https", "http") and parts.hostname and parts.port in KEAPS_PORTS
    except ValueError:
        sound = False
    if not sound:
        message = "--url begins with https://, and has no port: Keap posts to 443 and 80 only."
        raise click.UsageError(message)


def address_of(url: str | None, path: str) -> str:
    """Give the address for HTTP Posts, given the proxy's with or without its path."""
    if url is None:
        return f"https://<the address of your reverse proxy>{path}"
    address = url.rstrip("/")
    return address if address.endswith(path) else address + path
