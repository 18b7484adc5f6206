"""``keap-bridge completion``: what a shell needs to complete commands and options."""

import click
from click.shell_completion import get_completion_class

PROGRAM = "keap-bridge"
VARIABLE = "_KEAP_BRIDGE_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script that completes commands and options in SHELL.

    For bash: eval "$(keap-bridge completion bash)", in ~/.bashrc to have it always.
    """
    from bridge.cli import group  # noqa: PLC0415 - the group imports its commands, not they it

    complete = get_completion_class(shell)
    assert complete is not None  # noqa: S101 - click has all three
    click.echo(complete(group, {}, PROGRAM, VARIABLE).source())
