"""A bridge between a local Keap and a real WordPress, each behind a front that can go wrong."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Sandbox
from tests.bridge.faults.front import Front
from tests.bridge.faults.scene import FIELD, Scene
from tests.bridge.running import write_config


@pytest.fixture
async def scene(
    sandbox: Sandbox, wordpress: RunningWordPress, tmp_path: Path
) -> AsyncIterator[Scene]:
    """Both ends, and a configuration that leads to them, with short patience."""
    async with Front(wordpress.url).running() as front:
        file = write_config(
            tmp_path,
            sandbox.url,
            sandbox.token,
            replace(wordpress, url=front.origin),
            users={"return_password_to": FIELD},
        )
        text = file.read_text()
        for section in ("keap", "wordpress"):
            text = text.replace(f"{section}:\n", f"{section}:\n  seconds: 2\n")
        file.write_text(text)
        yield Scene(file, sandbox, wordpress, front)
