"""The command line as its user meets it, while the local Keap answers in this process."""

import asyncio
from pathlib import Path

import pytest

from tests.bridge.cli.calling import Ended, call


async def run(capsys: pytest.CaptureFixture[str], config: Path, *arguments: str) -> Ended:
    """Run ``keap-bridge`` in a thread: the sandbox has the event loop to itself."""
    return await asyncio.to_thread(call, capsys, *arguments, "--config", config)
