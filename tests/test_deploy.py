"""The files in deploy/ fit the program and its defaults."""

import configparser
import json
import re
import shlex
from pathlib import Path

import click
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from bridge.cli import group
from bridge.cli.ending import ConfigurationWrong
from bridge.config import Server
from bridge.metrics import Metrics, Standing
from bridge.receive import LARGEST_BODY

DEPLOY = Path(__file__).parents[1] / "deploy"


def default(key: str) -> object:
    """Give the default of a key under ``server:``."""
    return Server.model_fields[key].default


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_the_proxies_lead_to_where_the_bridge_listens(name: str) -> None:
    """An owner who copies the file would get 502 or 404 for every Post."""
    text = (DEPLOY / name).read_text("utf-8")

    assert f"{default('listen')}" in text
    assert f" {default('path')} {{" in text


def test_the_proxies_let_the_largest_post_through() -> None:
    """A Post that the bridge takes would be refused on its way."""
    assert LARGEST_BODY == 64 * 1024
    assert "client_max_body_size 64k;" in (DEPLOY / "nginx.conf").read_text("utf-8")
    assert "max_size 64KiB" in (DEPLOY / "Caddyfile").read_text("utf-8")


def test_the_service_starts_the_bridge_and_lets_it_finish() -> None:
    """Systemd would call what does not exist, kill work under way, or restart for ever."""
    service = configparser.ConfigParser(strict=False, interpolation=None)
    service.optionxform = str  # type: ignore[assignment]  # as its documentation says
    service.read(DEPLOY / "keap-bridge.service")
    unit = service["Service"]
    _, name, option, _ = shlex.split(unit["ExecStart"])
    command = group.get_command(click.Context(group), name)

    assert command is not None
    assert option in {each for param in command.params for each in param.opts}
    assert float(unit["TimeoutStopSec"]) > float(str(default("stop_seconds")))
    assert str(ConfigurationWrong.code) in unit["RestartPreventExitStatus"].split()


def test_the_dashboard_asks_for_figures_that_there_are() -> None:
    """An owner would import a dashboard whose panels stay empty."""
    metrics = Metrics()
    nothing = Standing(waiting=0, oldest_seconds=0, well={"keap": True}, quota_left={"day": 1})
    metrics.ask("", lambda: nothing)
    text, _ = metrics.exposed("")
    families = list(text_string_to_metric_families(text.decode()))
    known = {name for each in families for name in _names_of(each)}
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]

    used = {name for expr in asked for name in re.findall(r"\b(?:bridge|process)_\w+", expr)}

    assert len(used) >= 10
    assert used <= known


def _names_of(family: Metric) -> set[str]:
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_count")}
    return {family.name + suffix for suffix in suffixes.get(family.type, ("",))}
