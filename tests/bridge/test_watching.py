"""A change of the configuration file is noticed, however it is made."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.watching import changes_of, spots_of

PATIENCE = 20.0


def in_place(file: Path) -> None:
    """Write into the file, as ``echo >>`` does."""
    with file.open("a") as end:
        end.write("# more\n")


def by_another(file: Path) -> None:
    """Put another file in its place, as most editors do."""
    draft = file.with_name(".config.yaml.swp")
    draft.write_text("new: true\n")
    draft.rename(file)


def by_a_config_map(file: Path) -> None:
    """Exchange the folder behind the links, as Kubernetes does."""
    fresh = file.parent / "..fresh"
    fresh.mkdir()
    (fresh / "config.yaml").write_text("new: true\n")
    link = file.parent / "..data_tmp"
    link.symlink_to(fresh.name)
    link.rename(file.parent / "..data")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file in a folder of its own."""
    (tmp_path / "config.yaml").write_text("old: true\n")
    return tmp_path / "config.yaml"


@pytest.fixture
def mounted(tmp_path: Path) -> Path:
    """A file as Kubernetes mounts it."""
    (tmp_path / "..old").mkdir()
    (tmp_path / "..old" / "config.yaml").write_text("old: true\n")
    (tmp_path / "..data").symlink_to("..old")
    (tmp_path / "config.yaml").symlink_to("..data/config.yaml")
    return tmp_path / "config.yaml"


async def noticed(file: Path, *changes: Callable[[Path], None]) -> int:
    """Make changes, each once the one before was noticed; give how many were."""
    stop, seen = asyncio.Event(), 0
    todo = list(changes)
    async with asyncio.timeout(PATIENCE):
        async for _ in changes_of(file, stop):
            if not todo:
                stop.set()
            else:
                seen += 1
                # After this step, when the watch stands.
                asyncio.get_running_loop().call_soon(todo.pop(0), file)
    return seen


@pytest.mark.parametrize("change", [in_place, by_another])
async def test_a_file_that_changes(file: Path, change: Callable[[Path], None]) -> None:
    """An owner would save the file and nothing would happen."""
    assert await noticed(file, change, change) == 2


async def test_a_config_map_that_changes(mounted: Path) -> None:
    """In Kubernetes an edit would need a restart, or only the first one would not."""
    assert await noticed(mounted, by_a_config_map, lambda file: in_place(file.resolve())) == 2


def test_links_are_followed(mounted: Path) -> None:
    """A file that is reached over links would be watched where it never changes."""
    folder = mounted.parent

    assert spots_of(mounted) == {
        folder / "config.yaml",
        folder / "..data",
        folder / "..old" / "config.yaml",
    }


def test_a_link_to_itself_ends(tmp_path: Path) -> None:
    """The bridge would hang over a link that leads nowhere."""
    (tmp_path / "config.yaml").symlink_to("config.yaml")

    assert tmp_path / "config.yaml" in spots_of(tmp_path / "config.yaml")
