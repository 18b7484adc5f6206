"""The files in deploy/ fit the program and its defaults."""

import configparser
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
import yaml
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from bridge import receive_hooks
from bridge.cli import group
from bridge.cli.ending import ConfigurationWrong
from bridge.config import Server
from bridge.demo.wordpress import default_cache, packages
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


def test_the_proxies_let_the_largest_delivery_of_a_hook_through() -> None:
    """Keap would give the hook up after the first change of many contacts."""
    assert receive_hooks.LARGEST_BODY == 1024 * 1024
    for name, limit in (("nginx.conf", "client_max_body_size 1m;"), ("Caddyfile", "max_size 1MiB")):
        below = (DEPLOY / name).read_text("utf-8").partition("/keap/hooks/")[2]
        assert limit in below


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


@pytest.fixture(scope="module")
def systemd_analyze() -> str:
    """Systemd's own judge of units; its package is installed where it is not."""
    if shutil.which("systemd-analyze") is None:
        packages.install(["systemd"], default_cache() / "apt.log", print)
    found = shutil.which("systemd-analyze")
    assert found is not None
    return found


def test_systemd_finds_the_service_hardened(systemd_analyze: str) -> None:
    """A hole in the bridge would be one in the machine."""
    judge = [systemd_analyze, "security", "--offline=true", "--no-pager", "--threshold=20"]

    ended = run_program([*judge, DEPLOY / "keap-bridge.service"])

    assert ended.returncode == 0, ended.stdout[-300:]


def test_systemd_understands_the_service(systemd_analyze: str, tmp_path: Path) -> None:
    """A line that systemd does not know would be left out with no more than a word in its log."""
    text = (DEPLOY / "keap-bridge.service").read_text("utf-8")
    unit = tmp_path / "keap-bridge.service"
    unit.write_text(text.replace("/opt/keap-bridge/.venv/bin/keap-bridge", "/bin/true"))

    ended = run_program([systemd_analyze, "verify", unit])

    assert (ended.returncode, ended.stdout) == (0, "")


def run_program(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run a program; give what it says."""
    return subprocess.run(  # noqa: S603 - systemd's own program
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def test_the_image_is_made_of_what_is_there() -> None:
    """The image could not be built, or would start what does not exist."""
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ").splitlines()
    said = [shlex.split(line) for line in lines if line and not line.startswith("#")]
    sources = [
        each for word, *given in said if word == "COPY" for each in given[:-1] if each[0] != "-"
    ]
    ignored = (DEPLOY.parent / ".dockerignore").read_text("utf-8").splitlines()

    for source in sources:
        if not source.startswith("/"):
            assert (DEPLOY.parent / source).exists()
            assert f"!{source.split('/', maxsplit=1)[0]}" in ignored
    command = json.loads(lines[-1].removeprefix("CMD "))
    assert group.get_command(click.Context(group), command[0]) is not None
    assert json.loads(lines[-2].removeprefix("ENTRYPOINT ")) == ["keap-bridge"]
    assert any("--require-hashes" in words for words in said)
    assert ["USER", "keap-bridge"] in said


def test_the_containers_fit_the_program() -> None:
    """The bridge would be killed at work, or the store would not be found."""
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    services = yaml.safe_load(text)["services"]
    wanted = "".join(re.findall(r"^#   ((?:server:| ).*\n)", text, re.MULTILINE))
    server = yaml.safe_load(wanted)["server"]

    assert float(services["bridge"]["stop_grace_period"].rstrip("s")) > float(
        str(default("stop_seconds"))
    )
    assert set(server) <= set(Server.model_fields)
    user, database = re.fullmatch(r"postgresql://(\w+)@database/(\w+)", server["store"]).groups()  # type: ignore[union-attr]
    given = services["database"]["environment"]
    assert (user, database) == (given["POSTGRES_USER"], given["POSTGRES_DB"])
    for port in services["bridge"]["ports"]:
        assert port.startswith("127.0.0.1:"), "the world would reach the page"
