"""The command line ``keap-bridge``; each command stands in a module of its own name."""

import difflib
import importlib
import sys
from collections.abc import Sequence

import click

from bridge.cli.ending import Ending

COMMANDS = {
    "init": "Ask a few questions, write config.yaml and an access key.",
    "serve": "Receive HTTP Posts and carry them out.",
    "check": "Look at both ends and say what to do about each finding.",
    "post": "Send the HTTP Post that Keap would.",
    "preview": "Show what would change in WordPress for a contact; write nothing.",
    "deliveries": "List deliveries, or show the timeline of one.",
    "resend": "Do deliveries afresh, once what was in their way is mended.",
    "sync": "Bring many users up to date, or report how they differ from Keap.",
    "authorize": "Let the bridge into Keap by OAuth; not needed with a token.",
    "hooks": "Let Keap tell of changes by itself: subscribe, list, verify, remove.",
    "sheet": "Print the name/value pairs to paste into Keap.",
    "fields": "List Keap's fields with the names to write in config.yaml.",
    "companion": "Write the WordPress plugin that belongs to this version.",
    "backup": "Write a copy of the store, while the bridge runs or not.",
    "completion": "Print what a shell needs to complete commands and options.",
    "demo": "Run the whole on this machine: WordPress, a local Keap, the bridge.",
}
"""In the order in which they are listed."""

INTERRUPTED = 130
"""As a shell reports a program that Ctrl-C ended."""


class _Commands(click.Group):
    """Imports a command when it is called for: ``serve`` starts without what ``demo`` needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order of :data:`COMMANDS`."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command by its name; say what may be meant by one that is none."""
        if cmd_name not in COMMANDS:
            near = difflib.get_close_matches(cmd_name, COMMANDS, n=1)
            hint = f'Did you mean "{near[0]}"?' if near else f"There are {', '.join(COMMANDS)}."
            ctx.fail(f'There is no command "{cmd_name}". {hint}')
        command: click.Command = importlib.import_module(f"bridge.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _say_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click calls it so
    if not wanted:
        return
    # A fourth of the whole start, and no command needs it.
    from importlib import metadata  # noqa: PLC0415

    try:
        version = metadata.version("keap-wordpress-bridge")
    except metadata.PackageNotFoundError:
        version = "(run from its source, not installed)"
    click.echo(f"keap-bridge {version}")
    ctx.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 ok, 1 bug, 2 usage, 3 configuration, 4 cannot reach, 5 refused.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_say_version,
    help="Show the version and exit.",
)
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
        sys.exit(INTERRUPTED)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
