"""``keap-bridge init``: a few questions, and a configuration that can be used."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import click

from bridge.cli.ending import CannotReach, Refused
from bridge.config import ConfigProblems, load
from bridge.first_config import (
    ACCESS_KEY,
    ADMIN_PASSWORD,
    APPLICATION_PASSWORD,
    KEAP_TOKEN,
    SECRETS,
    Answers,
    config_text,
)

FINISHED = """\

{file} and the secrets in {secrets}/ are written; only you can read them.

Next
  1  keap-bridge companion         how to install the WordPress plugin, and make the account
  2  keap-bridge check             looks at both ends, and says what to do
  3  keap-bridge serve             receives HTTP Posts
  4  keap-bridge sheet --show-key  what to type into Keap's HTTP Post
"""

LATER = """\
{file} is written, and has still to be completed:
{problems}
A secret that you left empty goes into its file in {secrets}/.
"""


@click.command("init")
@click.option("--wordpress-url", metavar="URL", help="The address of the site.")
@click.option("--wordpress-user", metavar="NAME", help="The bridge's account there.")
@click.option("--roles", metavar="A,B", help="The roles that a Post may give.")
@click.option("--page/--no-page", default=None, help="Whether there is a page for people.")
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config.yaml"),
    show_default=True,
    metavar="FILE",
    help="Where to write it.",
)
@click.option("--force", is_flag=True, help="Overwrite what is there.")
def command(
    wordpress_url: str | None,
    wordpress_user: str | None,
    roles: str | None,
    config_file: Path,
    *,
    page: bool | None,
    force: bool,
) -> None:
    """Ask a few questions, write config.yaml and an access key.

    What is given as an option is not asked for. Secrets are asked for without being shown, or read
    from KEAP_TOKEN, WP_APPLICATION_PASSWORD and KEAP_BRIDGE_ADMIN_PASSWORD, and may be left empty
    until you have them.
    """
    folder = config_file.parent / SECRETS
    if not force and (config_file.exists() or folder.exists()):
        there = config_file if config_file.exists() else folder
        message = f"{there} is there already; --force overwrites it, and makes a new access key."
        raise Refused(message)
    answers = _ask(wordpress_url, wordpress_user, roles, page)
    kept = _secrets(page=answers.page)
    try:
        _write(config_file, config_text(answers), folder, kept)
    except OSError as error:
        message = f"{error.filename} cannot be written: {error.strerror}."
        raise CannotReach(message) from error
    _tell(config_file, folder)


def _ask(url: str | None, user: str | None, roles: str | None, page: bool | None) -> Answers:  # noqa: FBT001 - an answer
    if url is None:
        url = click.prompt("Address of the WordPress site (https://…)")
    if user is None:
        user = click.prompt("The bridge's account in WordPress", default="keap-bridge")
    if roles is None:
        roles = click.prompt("Roles that a Post may give, comma between", default="subscriber")
    if page is None:
        page = click.confirm("A page for people, at http://127.0.0.1:8081/admin/?", default=True)
    named = tuple(role.strip() for role in roles.split(",") if role.strip())
    return Answers(url.strip(), user.strip(), named, page)


def _secrets(*, page: bool) -> Mapping[str, str]:
    """Give each secret by its file's name; the access key is made, the others are asked for."""
    kept = {
        ACCESS_KEY: secrets.token_hex(16),
        KEAP_TOKEN: _secret("Keap's Personal Access Token", "KEAP_TOKEN"),
        APPLICATION_PASSWORD: _secret(
            "The account's application password", "WP_APPLICATION_PASSWORD"
        ),
    }
    if page:
        kept[ADMIN_PASSWORD] = _secret("A password for the page", "KEAP_BRIDGE_ADMIN_PASSWORD")
    return kept


def _secret(question: str, variable: str) -> str:
    if variable in os.environ:
        return os.environ[variable]
    text: str = click.prompt(
        f"{question} (empty: later)", default="", hide_input=True, show_default=False
    )
    return text.strip()


def _write(config_file: Path, text: str, folder: Path, kept: Mapping[str, str]) -> None:
    """Write everything so that only this account reads it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name, secret in kept.items():
        _write_private(folder / name, f"{secret}\n" if secret else "")
    _write_private(config_file, text)


def _write_private(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)  # what was there may be open to others
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
        out.write(text)


def _tell(config_file: Path, folder: Path) -> None:
    """Say how to go on, and what the configuration still lacks."""
    try:
        load(config_file, os.environ)
    except ConfigProblems as problems:
        click.echo(LATER.format(file=config_file, problems=problems, secrets=folder))
    else:
        click.echo(FINISHED.format(file=config_file, secrets=folder), nl=False)
