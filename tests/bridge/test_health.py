"""What machines that watch the bridge are told."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from bridge.config import load
from bridge.delivery import NewDelivery
from bridge.demo.wordpress import RunningWordPress
from bridge.server import make_app
from bridge.site import Site, open_site
from bridge.surroundings import Surroundings, now
from keap_client.sandbox import Sandbox
from tests.bridge.admin.showing import CONFIG
from tests.bridge.running import bridge_between

Client = TestClient[web.Request, web.Application]
Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A site whose ends are not there."""
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)
    file.chmod(0o600)
    loaded = load(file, {})
    async with open_site(loaded.config, version="v", surroundings=Surroundings()) as site:
        yield site


@pytest.fixture
async def client(site: Site) -> AsyncIterator[Client]:
    """Asks its door."""
    async with TestClient(TestServer(make_app(site))) as client:
        yield client


def figures_in(text: str) -> Figures:
    """Every sample by its name and labels, as Prometheus itself reads them."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(figures: Figures, name: str, **labels: str) -> float:
    """The sample of the one site with these labels."""
    return figures[name, frozenset({"site": "", **labels}.items())]


async def test_ready_is_only_who_works(site: Site, client: Client) -> None:
    """A load balancer would wait for a bridge that keeps Posts and never does them."""
    assert (await client.get("/readyz")).status == 503
    assert (await client.get("/healthz")).status == 200

    stop = asyncio.Event()
    working = asyncio.create_task(site.worker.run(stop, grace=0))
    await asyncio.sleep(0)
    assert (await client.get("/readyz")).status == 200

    stop.set()
    await working
    assert (await client.get("/readyz")).status == 503


async def test_a_store_in_trouble_is_told(site: Site, client: Client) -> None:
    """Nobody would be called although Posts are refused."""
    await site.store.close()

    assert (await client.get("/healthz")).status == 503
    figures = figures_in(await (await client.get("/metrics")).text())
    assert of(figures, "bridge_deliveries_waiting") == 0


async def test_of_several_sites_the_one_in_trouble_is_named(site: Site, tmp_path: Path) -> None:
    """Whoever is called at night would not know which of ten stores to look at."""
    store = f"sqlite:///{tmp_path}/club.db"
    server = site.config.server.model_copy(update={"store": store})
    config = site.config.model_copy(update={"server": server})
    async with (
        open_site(config, version="v", surroundings=Surroundings(), name="club") as club,
        TestClient(TestServer(make_app(replace(site, name="shop"), club))) as client,
    ):
        good = await (await client.get("/healthz")).json()
        idle = await (await client.get("/readyz")).json()
        await club.store.close()
        bad = await client.get("/healthz")

        assert good["sites"].keys() == {"shop", "club"}
        assert "Deliveries of shop and of club are kept, but not worked on" in idle["error"]
        assert (bad.status, (await bad.json())["error"]) == (
            503,
            "The store of club does not answer.",
        )


async def test_what_waits_is_counted_and_grows_old(site: Site, client: Client) -> None:
    """An alarm on Posts that nobody does would never ring."""
    await site.store.put(NewDelivery("D1", "1", "add", now()))
    await asyncio.sleep(0.02)

    figures = figures_in(await (await client.get("/metrics")).text())

    assert of(figures, "bridge_deliveries_waiting") == 1
    assert 0.01 < of(figures, "bridge_oldest_waiting_seconds") < 60


async def test_openmetrics_is_spoken_where_it_is_wanted(client: Client) -> None:
    """Prometheus asks for it first."""
    answer = await client.get("/metrics", headers={"Accept": "application/openmetrics-text"})

    assert answer.content_type == "application/openmetrics-text"
    assert (await answer.text()).endswith("# EOF\n")


@pytest.mark.parametrize("wordpress_version", ["6.8"], indirect=True)
async def test_every_post_attempt_and_call_is_counted(
    sandbox: Sandbox, wordpress_with_companion: RunningWordPress, tmp_path: Path
) -> None:
    """The dashboard would show something else than what happened."""
    async with bridge_between(sandbox, wordpress_with_companion, tmp_path) as bridge:
        await bridge.post("1001", "add")
        await bridge.settled()
        await bridge.post("1002", "update")
        await bridge.post("999999", "add")
        await bridge.settled()
        await bridge.send(data={"contactId": "1", "wpf_action": "add", "access_key": "wrong"})
        root = bridge.url.removesuffix("/keap")
        async with bridge.client.get(f"{root}/metrics") as answer:
            text = await answer.text()

    figures = figures_in(text)
    assert of(figures, "bridge_posts_total", status="200") == 3
    assert of(figures, "bridge_posts_total", status="403") == 1
    assert of(figures, "bridge_accept_seconds_count") == 4
    for action, outcome in (("add", "done"), ("update", "ignored"), ("add", "failed")):
        assert of(figures, "bridge_deliveries_total", action=action, outcome=outcome) == 1
        assert of(figures, "bridge_attempt_seconds_count", outcome=outcome) == 1
    assert of(figures, "bridge_attempt_errors_total", error="ContactNotFound") == 1
    call = {"destination": "keap", "call": "get_contact"}
    assert of(figures, "bridge_call_seconds_count", **call, status="404") >= 1
    assert of(figures, "bridge_call_seconds_count", **call, status="200") >= 1
    assert of(figures, "bridge_destination_well", destination="wordpress") == 1
    assert of(figures, "bridge_keap_calls_left", per="day") == 0  # as this sandbox says
    assert not any("1001" in value for _, labels in figures for _, value in labels)
    assert "@" not in text
