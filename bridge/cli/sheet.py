"""``keap-bridge sheet``: what to type into Keap's HTTP Post."""

from pathlib import Path

import click

from bridge.cli.options import config_option, load_config
from bridge.sheet import is_reached_by_keap, sheet_of

HIDDEN_KEY = "<your access key; --show-key prints it>"

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
    key = config.server.access_keys[0].get_secret_value() if show_key else HIDDEN_KEY
    sheet = sheet_of(config, url=url, role=role, key=key)
    click.echo(
        SHEET.format(
            url=sheet.url,
            pairs="\n  ".join(f"{name:<20}{value}" for name, value in sheet.pairs),
            roles=", ".join(sheet.roles) or "none (users.roles.allowed is empty)",
        ),
        nl=False,
    )


def check_url(url: str) -> None:
    """End the command unless Keap can post to the address."""
    if not is_reached_by_keap(url):
        message = "--url begins with https://, and has no port: Keap posts to 443 and 80 only."
        raise click.UsageError(message)
