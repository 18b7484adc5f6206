"""The bridge's server with a heartbeat in its event loop: ``serve`` measures itself.

A program of its own: ``python -m tests.bench.beating_bridge CONFIG BEATS``.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from bridge import logs
from bridge.config import load
from bridge.server import serve
from bridge.surroundings import Surroundings
from tests.bench.heartbeat import heartbeat


async def main(config_file: Path, beats: Path) -> None:
    """Serve until SIGTERM."""
    loaded = load(config_file, os.environ)
    logs.configure(stream=sys.stderr, json=True, secrets=loaded.secret_texts())
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with heartbeat(beats):
        await serve(loaded, surroundings=Surroundings(), stop=stop)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
