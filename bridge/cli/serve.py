"""``keap-bridge serve``: the server."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import click
import structlog

from bridge import logs
from bridge.cli.ending import CannotReach
from bridge.cli.options import file_option, load_all
from bridge.config import Loaded, load
from bridge.listening import CannotListen
from bridge.reload import Reload
from bridge.server import serve
from bridge.store.errors import StoreError
from bridge.surroundings import Surroundings


@click.command("serve")
@file_option
@click.option(
    "--log-format",
    type=click.Choice(["auto", "json", "console"]),
    default="auto",
    show_default=True,
    help="auto: for people on a terminal, JSON lines elsewhere.",
)
@click.option("--show-emails", is_flag=True, help="Do not shorten e-mail addresses in the log.")
def command(config_file: Path, log_format: str, *, show_emails: bool) -> None:
    """Receive HTTP Posts and carry them out, until SIGTERM or Ctrl-C."""
    loaded = load_all(config_file, warn=False)
    logs.configure(
        stream=sys.stderr,
        json={"auto": None, "json": True, "console": False}[log_format],
        secrets=loaded.secret_texts(),
        show_emails=show_emails,
    )
    for warning in loaded.warnings:
        structlog.get_logger().warning("config_warning", warning=warning.said_of(config_file.name))
    run(loaded, Surroundings(), config_file)


def run(loaded: Loaded, surroundings: Surroundings, config_file: Path | None = None) -> None:
    """Serve until a signal says stop.

    Args:
        loaded: The configuration to begin with.
        surroundings: Time, ids, chance.
        config_file: Where newer versions of it come from; ``None``: there will be none.

    Raises:
        CannotReach: The store cannot be opened, or the address cannot be listened at.
    """
    try:
        asyncio.run(_serve_until_signal(loaded, surroundings, config_file))
    except StoreError as error:
        raise CannotReach(str(error)) from None
    except CannotListen as error:
        message = f"Cannot listen at {error.listen} ({error.key}): {_why(error.cause)}."
        raise CannotReach(message) from None


def _why(error: OSError) -> str:
    if error.errno is None or isinstance(error, socket.gaierror):
        return str(error.strerror or error)
    return os.strerror(error.errno)  # asyncio's own strerror says the address once more


async def _serve_until_signal(
    loaded: Loaded, surroundings: Surroundings, config_file: Path | None
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    reload = None
    if config_file is not None:
        reload = Reload(config_file, loaded, lambda file: load(file, os.environ))
        loop.add_signal_handler(signal.SIGHUP, reload.ask)
    await serve(loaded, surroundings=surroundings, stop=stop, reload=reload)
