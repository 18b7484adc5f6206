"""Where a store may be, and what is said when it cannot be there."""

import stat
from pathlib import Path

import pytest

from bridge.store import Store, StoreRefused
from tests.bridge.store.examples import Clock


@pytest.mark.parametrize("spelling", ["{}", "sqlite:///{}"])
async def test_store_is_made_with_its_folders(tmp_path: Path, clock: Clock, spelling: str) -> None:
    """Otherwise the first start would need a person."""
    file = tmp_path / "a" / "b" / "bridge.db"

    async with await Store.open(spelling.format(file), clock=clock, owner="here"):
        pass

    assert file.exists()


async def test_nobody_else_reads_the_store(tmp_path: Path, clock: Clock) -> None:
    """Every account of the machine could read who the contacts are."""
    file = tmp_path / "a" / "bridge.db"

    async with await Store.open(file, clock=clock, owner="here"):
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in file.parent.iterdir()}

    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert {"bridge.db", "bridge.db-wal", "bridge.db-shm"} <= set(modes)
    assert {mode for name, mode in modes.items() if not name.endswith(".lock")} == {0o600}


@pytest.mark.parametrize(
    "url", ["mysql://localhost/bridge", "postgresql://localhost", "sqlite://", "://", "x:y://"]
)
async def test_url_of_something_else_is_refused(clock: Clock, url: str) -> None:
    """Otherwise deliveries would go where nobody looks for them, such as into memory."""
    with pytest.raises(StoreRefused, match="sqlite:///data"):
        await Store.open(url, clock=clock, owner="here")


async def test_memory_is_refused(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a store that cannot keep its log, as on a network disk, would lose deliveries."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(StoreRefused, match="local disk"):
        await Store.open("sqlite:///:memory:", clock=clock, owner="here")


@pytest.fixture
def in_the_way(tmp_path: Path) -> Path:
    """A file where a folder should be, and a folder where a lock file should be."""
    (tmp_path / "file").write_text("")
    (tmp_path / "bridge.db.lock").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "said"), [("file/bridge.db", "cannot be made"), ("bridge.db", "cannot be opened")]
)
async def test_place_that_cannot_be_written_is_said(
    in_the_way: Path, clock: Clock, name: str, said: str
) -> None:
    """Otherwise a person would see a stack trace."""
    with pytest.raises(StoreRefused, match=said):
        await Store.open(in_the_way / name, clock=clock, owner="here")
