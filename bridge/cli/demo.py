"""``keap-bridge demo``: the whole on this machine."""

import asyncio
import os

import click

from bridge.cli.ending import CannotReach
from bridge.demo.bridge_process import DidNotStart
from bridge.demo.run import DemoFailed, run
from bridge.demo.wordpress import LaunchError


@click.command("demo")
@click.option(
    "--keep",
    is_flag=True,
    default=lambda: bool(os.environ.get("KEEP")),
    help="Stay up afterwards, and print the addresses to open.  [env: KEEP]",
)
@click.option(
    "--suite",
    default="distro",
    show_default=True,
    help="The Debian suite to take WordPress from (trixie has 6.8).",
)
def command(*, keep: bool, suite: str) -> None:
    """Start a real WordPress, a local Keap and the bridge; send one HTTP Post through all of it.

    On Debian or Ubuntu, as root: what is missing is installed. Everything listens on loopback only,
    and nothing stays behind but the packages and a cache of downloads.
    """
    try:
        asyncio.run(run(keep=keep, suite=suite, say=lambda text: click.echo(f"{text}\n")))
    except KeyboardInterrupt:
        click.echo("Stopped.")
    except (LaunchError, DidNotStart, DemoFailed) as error:
        raise CannotReach(str(error)) from None
