"""A local Keap for every test that asks for one."""

from collections.abc import AsyncIterator

import pytest

from keap_client.sandbox import Limits, Quirks, Sandbox, running_sandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A running sandbox with the demo's contacts.

    It counts calls, but refuses none: how fast a test runs must not decide how it ends.
    """
    unlimited = Limits(per_second=None, per_minute=None, per_day=None)
    async with running_sandbox(quirks=Quirks(limits=unlimited)) as running:
        yield running
