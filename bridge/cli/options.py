"""What several commands share: the configuration file, and reading it."""

import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from bridge.cli.ending import ConfigurationWrong
from bridge.config import ConfigProblems, Loaded, load

SITE = "bridge.cli.site"
"""Where click keeps the site that a command was given."""

file_option = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config.yaml"),
    show_default=True,
    metavar="FILE",
    help="The configuration.",
)
"""``--config``, for a command that is for all sites of the file."""


def config_option(command: Any) -> Any:
    """Give a command the options ``--config`` and ``--site``; :func:`load_config` heeds both."""
    site_option = click.option(
        "--site",
        metavar="NAME",
        expose_value=False,
        callback=_keep_site,
        help="Which of the sites in the configuration; not needed where there is one.",
    )
    return file_option(site_option(command))


def _keep_site(ctx: click.Context, _option: click.Parameter, name: str | None) -> None:
    ctx.meta[SITE] = name


def site_named() -> str | None:
    """Give what ``--site`` says."""
    name: str | None = click.get_current_context().meta.get(SITE)
    return name


def one_site(loaded: Loaded, name: str | None) -> Loaded:
    """Give the configuration of the site that is meant.

    Raises:
        click.UsageError: None is named where there are several, or it is none of them.
    """
    if name is None and len(loaded.several) > 1:
        message = f"Say which site with --site: {', '.join(loaded.several)}."
        raise click.UsageError(message)
    return one_or_all(loaded, name)


def one_or_all(loaded: Loaded, name: str | None) -> Loaded:
    """Give the configuration of the site that is named, or of all if none is.

    Raises:
        click.UsageError: There is no such site.
    """
    if name is None:
        return loaded
    if name not in loaded.several:
        there = ", ".join(loaded.several)
        there = f"there are {there}" if there else "the configuration has no sites:"
        message = f"There is no site {name}: {there}."
        raise click.UsageError(message)
    config = loaded.several[name]
    return replace(loaded, config=config, several={name: config})


action_option = click.option(
    "--action",
    type=click.Choice(["add", "update", "update_tags", "test"], case_sensitive=False),
    default="add",
    show_default=True,
    help="What the HTTP Post asks for (wpf_action).",
)

role_option = click.option("--role", default="", metavar="ROLE", help="The role that it names.")


class _EveryVariable(Mapping[str, str]):
    """An environment in which every variable is set; one that is not has a random text."""

    def __getitem__(self, name: str) -> str:
        return os.environ.get(name) or secrets.token_hex(12)

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)


def load_config(config_file: Path, *, warn: bool = True, with_secrets: bool = True) -> Loaded:
    """Read one site's configuration; end the command with every mistake named if it is wrong.

    Of several sites it is the one that ``--site`` names.

    Args:
        config_file: The file.
        warn: Whether its warnings are printed.
        with_secrets: ``False`` for a command that uses none of them: then it does not matter that
            the server's variables are not set in the shell of whoever looks after it.

    Raises:
        ConfigurationWrong: With a line for each mistake.
        click.UsageError: As :func:`one_site`.
    """
    loaded = load_all(config_file, warn=warn, with_secrets=with_secrets)
    return one_site(loaded, site_named())


def load_all(config_file: Path, *, warn: bool = True, with_secrets: bool = True) -> Loaded:
    """Read the configuration of all sites, as :func:`load_config` does that of one."""
    try:
        loaded = load(config_file, os.environ if with_secrets else _EveryVariable())
    except ConfigProblems as problems:
        raise ConfigurationWrong(str(problems)) from None
    if warn:
        for warning in loaded.warnings:
            click.echo(f"warning: {warning.said_of(str(config_file))}", err=True)
    return loaded
