"""The sandbox as a program of its own: ``python -m keap_client.sandbox``."""

import asyncio
import json
import signal

import click

from keap_client.sandbox.running import running_sandbox
from keap_client.sandbox.sandbox import TOKEN


@click.command()
@click.option("--port", default=0, help="Where to listen on loopback; 0 takes any free port.")
@click.option("--token", default=TOKEN, help="The token that the API takes.")
def main(port: int, token: str) -> None:
    """Run a local Keap until SIGTERM or Ctrl-C.

    Once it listens, it prints one JSON line: ``url`` is the API's base URL, ``control_url`` that
    of the sandbox's own controls, ``token`` the token to use.
    """
    asyncio.run(_serve(port, token))


async def _serve(port: int, token: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running_sandbox(token=token, port=port) as sandbox:
        ready = {"url": sandbox.url, "control_url": sandbox.control_url, "token": token}
        click.echo(json.dumps(ready))  # click flushes, so that a waiting parent reads it at once
        await stop.wait()


if __name__ == "__main__":
    main()
