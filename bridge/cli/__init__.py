"""The command line ``keap-bridge``; each command stands in a module of its own name."""

import importlib
import sys
from collections.abc import Sequence

import click

from bridge.cli.ending import Ending

COMMANDS = {
    "serve": "Receive HTTP Posts and carry them out.",
    "check": "Look at both ends and say what to do about each finding.",
    "post": "Send the HTTP Post that Keap would.",
    "preview": "Show what would change in WordPress for a contact; write nothing.",
    "deliveries": "List deliveries, or show the timeline of one.",
    "sheet": "Print the name/value pairs to paste into Keap.",
    "companion": "Write the WordPress plugin that belongs to this version.",
    "demo": "Run the whole on this machine: WordPress, a local Keap, the bridge.",
}
"""In the order in which they are listed."""


class _Commands(click.Group):
    """Imports a command when it is called for: ``serve`` starts without what ``demo`` needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order of :data:`COMMANDS`."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command by its name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"bridge.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 ok, 1 bug, 2 usage, 3 configuration, 4 cannot reach, 5 refused.",
)
@click.version_option(package_name="keap-wordpress-bridge")
def group() -> None:
    """Turn HTTP Posts of a Keap campaign into WordPress users."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code."""
    try:
        group.main(args=arguments, prog_name="keap-bridge", standalone_mode=False)
    except Ending as ending:
        if str(ending):
            click.echo(str(ending), err=True)
        sys.exit(ending.code)
    except click.exceptions.Abort:
        sys.exit(130)  # as a shell reports a program ended by Ctrl-C
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
