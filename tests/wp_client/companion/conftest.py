"""The companion on a clean site, in each version of WordPress."""

import pytest

from bridge.demo.wordpress import RunningWordPress
from tests.wp_client.companion.talking import Companion


@pytest.fixture
def site(wordpress_with_companion: RunningWordPress) -> RunningWordPress:
    """A clean site with the companion."""
    return wordpress_with_companion


@pytest.fixture
def companion(site: RunningWordPress) -> Companion:
    """Its companion, for the account that has the companion's role and nothing else."""
    return Companion(site)
