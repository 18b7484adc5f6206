"""A folder for each run of the demonstration or the tests; what killed runs left is swept away."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from bridge.demo.wordpress.launch import stop


@contextmanager
def own_folder(runs: Path) -> Iterator[Path]:
    """A folder for one run, whose programs are stopped at its end.

    The folder's lock is the kernel's and ends with this process, however that ends. So folders
    that nobody locks are leftovers of killed runs, and are stopped and removed here first.

    Args:
        runs: The folder that all runs have theirs in.
    """
    runs.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        with _locked(runs / "lock"):
            for leftover in runs.glob("run-*"):
                with suppress(BlockingIOError), _locked(leftover / "lock", fcntl.LOCK_NB):
                    _remove(leftover)
            folder = Path(tempfile.mkdtemp(prefix="run-", dir=runs))
            folder.chmod(0o755)  # the web server's account goes through it
            held.enter_context(_locked(folder / "lock"))
        try:
            yield folder
        finally:
            with _locked(runs / "lock"):  # or another run would help with removing it
                _remove(folder)


@contextmanager
def _locked(file: Path, option: int = 0) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | option)
        lock.write(str(os.getpid()))  # for a person who wonders whose it is
        lock.flush()
        yield


def _remove(folder: Path) -> None:
    for configuration in folder.rglob("nginx.conf"):
        stop(configuration.parent)
    shutil.rmtree(folder)
