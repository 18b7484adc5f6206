"""``keap-bridge demo``: the whole on this machine."""

import asyncio
import sys

import click

from bridge.cli.ending import CannotReach, Ending
from bridge.demo.bridge_process import DidNotStart
from bridge.demo.run import DemoFailed, run
from bridge.demo.wordpress import LaunchError

TERMINATED = 143
"""As a shell reports a program that SIGTERM ended."""


@click.command("demo")
@click.option(
    "--keep",
    is_flag=True,
    envvar="KEEP",
    show_envvar=True,
    help="Stay up afterwards, and print the addresses to open.",
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
        asyncio.run(run(keep=keep, suite=suite, say=click.echo))
    except (LaunchError, DidNotStart) as error:
        raise CannotReach(str(error)) from None
    except DemoFailed as error:
        message = f"\nThis is not as it should be: {error}."
        raise Ending(message) from None
    except asyncio.CancelledError:
        sys.exit(TERMINATED)
