"""What several commands share: the configuration file, and reading it."""

import os
import secrets
from collections.abc import Iterator, Mapping
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
    """Read the configuration; end the command with every mistake named if it is wrong.

    Args:
        config_file: The file.
        warn: Whether its warnings are printed.
        with_secrets: ``False`` for a command that uses none of them: then it does not matter that
            the server's variables are not set in the shell of whoever looks after it.

    Raises:
        ConfigurationWrong: With a line for each mistake.
    """
    try:
        loaded = load(config_file, os.environ if with_secrets else _EveryVariable())
    except ConfigProblems as problems:
        raise ConfigurationWrong(str(problems)) from None
    if warn:
        for warning in loaded.warnings:
            click.echo(f"warning: {warning.said_of(str(config_file))}", err=True)
    return loaded
