"""Three days without WordPress, and ten thousand Posts that wait for it, in simulated time."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bridge.circuit import PAUSES
from bridge.schedule import ATTEMPTS
from bridge.store import Reader, Store
from keap_client.errors import KeapUnreachable
from tests.bridge.simulated import NOON, World, post
from wp_client.errors import WordPressUnreachable

OUTAGE = timedelta(hours=72)
SIDE_BY_SIDE = 40

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """A folder without a disk where there is one: what is tried here outlives no power cut."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


@pytest.mark.parametrize(
    ("error", "posts"),
    [
        (WordPressUnreachable("it is down", sent=False), 10_000),
        (KeapUnreachable("it is down"), 500),
    ],
)
async def test_the_posts_survive_three_days(error: Exception, posts: int, in_memory: Path) -> None:
    """Each Post would burn its attempts, ten thousand in all would storm a site that comes up."""
    world = World()
    world.trouble = lambda _work: None if world.now >= NOON + OUTAGE else error
    file = in_memory / "bridge.db"
    async with await Store.open(file, clock=world.clock, owner="test") as store:
        await post(store, *(str(contact) for contact in range(posts)))
        await world.work(store, until=lambda: store.unfinished == 0, side_by_side=SIDE_BY_SIDE)
        took = world.now - NOON

    counts = Reader.open(file).counts()
    in_vain = [contact for at, contact in world.attempts if at < NOON + OUTAGE]
    # The first wave, the growing pauses, and then a probe each time that the longest is over.
    bound = SIDE_BY_SIDE + len(PAUSES) + OUTAGE // PAUSES[-1]
    assert counts == {**dict.fromkeys(counts, 0), "done": posts}
    assert OUTAGE // PAUSES[-1] / 2 < len(in_vain) <= bound
    assert max(Counter(in_vain).values()) < ATTEMPTS
    assert len(world.attempts) == len(in_vain) + posts
    assert took < OUTAGE + timedelta(minutes=10)
