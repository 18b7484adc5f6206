"""``keap-bridge sheet``: what to type into Keap's HTTP Post."""

from pathlib import Path

import click

from bridge.cli.options import config_option, load_config

SHEET = """\
In Keap: campaign → sequence → Send HTTP Post. (Keap posts to ports 80 and 443 only.)

POST URL
  {url}

Name / value pairs
  {pairs}

  role            optional; one of: {roles}
  send_notification   optional; true: a new user gets WordPress's mail
  wpf_action      add: create or update · update: only users who exist · update_tags: only tags

Try it first with wpf_action = test: the answer is {{"success": true}}.
"""


@click.command("sheet")
@click.option(
    "--url",
    default="https://bridge.example.com",
    help="The address of the bridge as Keap reaches it (your reverse proxy).",
)
@click.option("--role", default="", help="A role to put on the sheet.")
@click.option("--show-key", is_flag=True, help="Print the access key itself.")
@config_option
def command(url: str, role: str, *, show_key: bool, config_file: Path) -> None:
    """Print the address and the name/value pairs to paste into Keap."""
    config = load_config(config_file).config
    key = config.server.access_keys[0].get_secret_value()
    pairs = [
        ("contactId", "~Contact.Id~"),
        ("wpf_action", "add"),
        ("access_key", key if show_key else "<your access key; --show-key prints it>"),
        ("role", role or (config.users.roles.allowed or ("subscriber",))[0]),
        ("send_notification", "true"),
    ]
    address = url.rstrip("/")
    if not address.endswith(config.server.path):
        address += config.server.path
    click.echo(
        SHEET.format(
            url=address,
            pairs="\n  ".join(f"{name:<18}{value}" for name, value in pairs),
            roles=", ".join(config.users.roles.allowed) or "none (users.roles.allowed is empty)",
        ),
        nl=False,
    )
