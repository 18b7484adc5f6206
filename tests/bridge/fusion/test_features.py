"""WP Fusion's features, one by one, shown on a real WordPress."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from types import ModuleType

import pytest
import pytest_asyncio

from keap_client.sandbox import Limits, Quirks, running_sandbox
from tests.bridge.fusion import copying, fields, people, posting, tools
from tests.bridge.fusion.scene import MAPPING, Scene, write_config
from tests.bridge.running import running_bridge
from tests.wordpress import Sites


def scenarios_of(module: ModuleType) -> dict[str, Callable[[Scene], Awaitable[None]]]:
    """Give a module's scenarios by name."""
    functions = inspect.getmembers(module, inspect.iscoroutinefunction)
    return {name: each for name, each in functions if each.__module__ == module.__name__}


WORDPRESS_S_PART = scenarios_of(people) | scenarios_of(copying)
BRIDGES_PART = scenarios_of(posting) | scenarios_of(fields) | scenarios_of(tools)
SCENARIOS = WORDPRESS_S_PART | BRIDGES_PART
CASES = [*(("6.1", name) for name in WORDPRESS_S_PART), *(("6.8", name) for name in SCENARIOS)]
"""What is the bridge's own affair is shown with one version."""

CHEAP_PASSWORDS = "add_filter('wp_hash_password_options', function () { return ['cost' => 4]; });"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(
    wordpress_sites: Sites, wordpress_version: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """One bridge for all scenarios: each brings people of its own."""
    wordpress = wordpress_sites.clean(wordpress_version, companion=True)
    folder = tmp_path_factory.mktemp("fusion")
    unlimited = Quirks(limits=Limits(per_second=None, per_minute=None, per_day=None))
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(running_sandbox(quirks=unlimited))
        for label in ("WP User", "WP User Id", "User", "Login password"):
            sandbox.tenant.add_custom_field(label)
        stack.enter_context(wordpress.mu_plugin("cheap-passwords", CHEAP_PASSWORDS))
        file = write_config(folder, sandbox, wordpress, MAPPING)
        bridge = await stack.enter_async_context(running_bridge(file))
        yield Scene(sandbox, wordpress, folder, bridge)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("wordpress_version", "scenario"), CASES, indirect=["wordpress_version"])
async def test_it_is_so(site: Scene, capsys: pytest.CaptureFixture[str], scenario: str) -> None:
    """A site that moves over from WP Fusion would miss what this scenario's text says."""
    await SCENARIOS[scenario](replace(site, capsys=capsys))
