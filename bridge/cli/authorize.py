"""``keap-bridge authorize``: a Keap user lets the bridge in (OAuth)."""

import secrets
from pathlib import Path

import click

from bridge.cli.access import authorise
from bridge.cli.ending import ConfigurationWrong, Refused
from bridge.cli.ends import ending_of
from bridge.cli.loopback import listening_at
from bridge.cli.options import config_option, load_config
from keap_client.errors import AuthorisationRefused, KeapError
from keap_client.oauth import authorisation_url, code_in

GO_THERE = """\
1. Open this address in a browser in which you are signed in to Keap, and press Allow:

   {url}
"""

PASTE = """\
2. Keap then sends the browser to {redirect_uri}. It does not matter what is shown there.
   Copy the whole address out of the browser's address bar and paste it here."""


@click.command("authorize")
@click.option(
    "--listen",
    is_flag=True,
    help="Wait at keap.oauth.redirect_uri, an address of this machine, instead of for a paste.",
)
@config_option
def command(config_file: Path, *, listen: bool) -> None:
    """Let the bridge into Keap by OAuth; not needed with a token."""
    config = load_config(config_file).config
    oauth = config.keap.oauth
    if oauth is None:
        message = "config.yaml has a token, and no keap.oauth: there is nothing to authorise."
        raise ConfigurationWrong(message)
    state = secrets.token_urlsafe(24)
    url = authorisation_url(oauth.authorize_url, oauth.client_id, oauth.redirect_uri, state)
    if listen:
        with listening_at(oauth.redirect_uri) as wait:
            click.echo(GO_THERE.format(url=url))
            click.echo(f"2. Waiting at {oauth.redirect_uri} …")
            came = wait()
    else:
        click.echo(GO_THERE.format(url=url))
        click.echo(PASTE.format(redirect_uri=oauth.redirect_uri))
        came = click.prompt("   Address")
    try:
        by_server = authorise(config, code_in(came, state), oauth.redirect_uri)
    except AuthorisationRefused as error:
        raise Refused(str(error)) from None
    except KeapError as error:
        raise ending_of(error) from None
    click.echo("\nThe bridge may use Keap now; it renews this by itself.")
    if by_server:
        click.echo("What was held because of it goes on at once.")
