"""A machine between a local Keap and a real WordPress, each behind a front that can kill."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Sandbox
from tests.bridge.faults.front import Front
from tests.bridge.kill.host import Host
from tests.bridge.kill.people import FIELD
from tests.bridge.running import free_port, write_config


@pytest.fixture
async def before_keap(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Front]:
    """What stands before Keap."""
    async with Front(sandbox.origin, hold=tmp_path / "hold").running() as front:
        yield front


@pytest.fixture
async def before_wordpress(wordpress: RunningWordPress, tmp_path: Path) -> AsyncIterator[Front]:
    """What stands before WordPress."""
    async with Front(wordpress.url, hold=tmp_path / "hold").running() as front:
        yield front


@pytest.fixture
async def host(
    sandbox: Sandbox,
    wordpress: RunningWordPress,
    before_keap: Front,
    before_wordpress: Front,
    tmp_path: Path,
) -> AsyncIterator[Host]:
    """The machine, which starts the bridge quickly."""
    port = free_port()
    file = write_config(
        tmp_path,
        sandbox.url.replace(sandbox.origin, before_keap.origin),
        sandbox.token,
        replace(wordpress, url=before_wordpress.origin),
        users={"return_password_to": FIELD},
        port=port,
    )
    host = Host(file, port)
    async with host.many_starts():
        yield host
