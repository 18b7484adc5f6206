"""The files in deploy/ fit the program and its defaults."""

import configparser
import shlex
from pathlib import Path

import click
import pytest

from bridge.cli import group
from bridge.cli.ending import ConfigurationWrong
from bridge.config import Server
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
