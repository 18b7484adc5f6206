"""Noticing that a file has changed, however it is replaced: editors, links, config maps."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

STEP = 250
"""Milliseconds between two looks at what the kernel has told. Nothing is read from the disk then:
an idle bridge stays idle. A stop of the bridge waits for the next look."""

DEBOUNCE = 2000
"""Milliseconds for which changes that follow each other closely are gathered at most."""

MOST_PARTS = 200
"""Parts of a path, with the links in it followed; more are a link that leads to itself."""


def spots_of(file: Path) -> frozenset[Path]:
    """Give the file itself, and each link on the way to it.

    One of them changes when the file does. In Kubernetes, ``config.yaml`` is a link into
    ``..data``, and ``..data`` a link that is exchanged for another one.
    https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
    """
    links: set[Path] = set()
    at, *parts = Path(os.path.normpath(file.absolute())).parts
    here, ahead = Path(at), deque(parts)
    for _ in range(MOST_PARTS):
        if not ahead:
            break
        part = ahead.popleft()
        next_ = here.parent if part == os.pardir else here / part
        if not next_.is_symlink():
            here = next_
            continue
        links.add(next_)
        target = next_.readlink()
        here = Path(target.anchor) if target.is_absolute() else here
        ahead.extendleft(reversed(target.relative_to(target.anchor).parts))
    return frozenset({*links, here})


async def changes_of(file: Path, stop: asyncio.Event) -> AsyncGenerator[None, None]:
    """Yield when the file may have changed, until ``stop`` is set.

    Yields once more whenever watching begins, so that nothing falls between two watches: the
    caller looks at the file after that.

    Raises:
        OSError: The system does not let us watch: too many watches, an odd file system.
    """
    from watchfiles import Change, awatch  # noqa: PLC0415 - only serve needs its 20 ms

    spots = spots_of(file)

    def concerns_us(_change: Change, path: str) -> bool:
        return Path(path) in spots

    while not stop.is_set():
        spots = spots_of(file)
        folders = {spot.parent for spot in spots if spot.parent.is_dir()}
        changes = awatch(
            *folders,
            watch_filter=concerns_us,
            debounce=DEBOUNCE,
            step=STEP,
            rust_timeout=0,  # none: it would only begin anew
            stop_event=stop,
            recursive=False,
        )
        async with aclosing(changes):
            yield
            async for _ in changes:
                yield
                if spots_of(file) != spots:
                    break
