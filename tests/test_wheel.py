"""The wheel: what is in it, and that it works where nothing but it and its dependencies are."""

import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from wp_client.companion import plugin_zip

ROOT = Path(__file__).parents[1]
PACKAGES = ("bridge", "keap_client", "wp_client")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

MIGRATE = """
import asyncio, pathlib, sqlite3, sys
from datetime import UTC, datetime
import bridge
from bridge.store import Reader, Store

async def open_and_close(path):
    async with await Store.open(path, clock=lambda: datetime.now(UTC), owner="wheel") as store:
        return store.unfinished

print(bridge.__file__)
# An empty table of versions: alembic's migrations run, where a new file would be made at once.
old = pathlib.Path("old.db")
connection = sqlite3.connect(old)
connection.execute("CREATE TABLE bridge_schema (version_num VARCHAR(32) NOT NULL)")
connection.commit()
connection.close()
asyncio.run(open_and_close(old))
print(Reader.open(old).counts()["done"])
"""


@dataclass(frozen=True, slots=True)
class Installed:
    """The wheel in an environment of its own."""

    environment: Path
    folder: Path
    """An empty folder to work in: the source is out of sight."""

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the environment's programs."""
        return subprocess.run(  # noqa: S603 - the programs that the wheel brings
            [self.environment / "bin" / program, *arguments],
            cwd=self.folder,
            env={},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    _python("-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT))
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An empty environment with the wheel; the dependencies are this environment's."""
    environment = tmp_path_factory.mktemp("environment")
    _python("-m", "venv", "--without-pip", str(environment))
    python = environment / "bin" / "python"
    _python("-m", "pip", "--python", str(python), "install", "--no-index", "--no-deps", str(wheel))
    (site_packages,) = environment.glob("lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return Installed(environment, tmp_path_factory.mktemp("elsewhere"))


def _python(*arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_holds_the_three_packages_and_nothing_else(wheel: Path) -> None:
    """Something would be missing after an installation, or tests and a configuration come along."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }

    assert names == files
    assert {
        "wp_client/companion/keap-bridge.php",
        "bridge/store/migrations/versions/v0001_first_schema.py",
        "bridge/demo/wordpress/files/wp-config.php",
        "keap_client/sandbox/__main__.py",
    } <= names


def test_it_says_what_it_needs(wheel: Path) -> None:
    """Pip would install a bridge that cannot start, or the tools of its developers with it."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(name).decode()
    needed = set(re.findall(r"^Requires-Dist: ([\w-]+)", metadata, re.MULTILINE))

    assert {"aiohttp", "sqlalchemy", "click", "pydantic"} <= needed
    assert not needed & {"pytest", "ruff", "mypy", "hypothesis", "keap-core-v2-sdk"}
    assert "\nLicense-Expression: MIT\n" in metadata


def test_the_command_tells_its_version(installed: Installed) -> None:
    """Somebody who reports a fault could not say which version has it."""
    assert installed.run("keap-bridge", "--version").stdout == f"keap-bridge {VERSION}\n"


@pytest.mark.parametrize(
    "command", ["serve", "check", "post", "preview", "deliveries", "sheet", "companion", "demo"]
)
def test_every_command_is_there(installed: Installed, command: str) -> None:
    """A command would work in a clone only."""
    ended = installed.run("keap-bridge", command, "--help")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"Usage: keap-bridge {command}")


def test_the_companion_comes_along(installed: Installed) -> None:
    """A site could not get its plugin without a clone."""
    ended = installed.run("keap-bridge", "companion", "--zip", "plugin.zip")

    assert ended.returncode == 0
    assert (installed.folder / "plugin.zip").read_bytes() == plugin_zip()


def test_a_wrong_configuration_ends_with_3(installed: Installed) -> None:
    """The installed bridge would end some other way than the documented one."""
    (installed.folder / "config.yaml").write_text("servr: {}\n")
    ended = installed.run("keap-bridge", "serve")

    assert ended.returncode == 3
    assert 'config.yaml:1: servr: there is no such key; did you mean "server"?' in ended.stderr


def test_an_old_store_is_brought_up_to_date(installed: Installed) -> None:
    """An update of the bridge would not find its migrations, and not start."""
    ended = installed.run("python", "-c", MIGRATE)

    assert (ended.returncode, ended.stderr) == (0, "")
    where, done = ended.stdout.split()
    assert Path(where).is_relative_to(installed.environment)
    assert done == "0"
