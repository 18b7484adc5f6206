"""What several commands share: the configuration file, and reading it."""

import os
from pathlib import Path
from typing import Any

import click

from bridge.cli.ending import ConfigurationWrong
from bridge.config import ConfigProblems, Loaded, load


def config_option(command: Any) -> Any:
    """Give a command the option ``--config``."""
    return click.option(
        "--config",
        "config_file",
        type=click.Path(path_type=Path, dir_okay=False),
        default=Path("config.yaml"),
        show_default=True,
        metavar="FILE",
        help="The site's configuration.",
    )(command)


action_option = click.option(
    "--action",
    type=click.Choice(["add", "update", "update_tags", "test"], case_sensitive=False),
    default="add",
    show_default=True,
    help="What the HTTP Post asks for (wpf_action).",
)

role_option = click.option("--role", default="", metavar="ROLE", help="The role that it names.")


def load_config(config_file: Path, *, warn: bool = True) -> Loaded:
    """Read the configuration; end the command with every mistake named if it is wrong.

    Raises:
        ConfigurationWrong: With a line for each mistake.
    """
    try:
        loaded = load(config_file, os.environ)
    except ConfigProblems as problems:
        raise ConfigurationWrong(str(problems)) from None
    if warn:
        for warning in loaded.warnings:
            click.echo(f"warning: {warning.said_of(str(config_file))}", err=True)
    return loaded
