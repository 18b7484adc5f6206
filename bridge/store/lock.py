"""One process at a time: the lock file beside the database."""

import fcntl
import os
from pathlib import Path
from typing import Self

from bridge.store.errors import StoreRefusedError


class StoreLock:
    """The right to write to one database file, held until :meth:`release` or the process's end.

    The kernel takes the lock away from a process that dies, so none is ever left behind;
    the file stays, and names the process that holds it.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def acquire(cls, database: Path) -> Self:
        """The lock on ``database``.

        Raises:
            StoreRefusedError: another process holds it, or the lock file cannot be written.
        """
        path = database.with_name(database.name + ".lock")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            msg = f"The store's lock file {path} cannot be opened: {error.strerror}."
            raise StoreRefusedError(msg) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 20, 0).decode().strip() or "unknown"
            os.close(descriptor)
            msg = (
                f"Another process (pid {holder}) already works with the store {database}; "
                f"it holds {path}. Stop it first, or give this one another server.store."
            )
            raise StoreRefusedError(msg) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return cls(descriptor)

    def release(self) -> None:
        """Let the next process in."""
        os.close(self._descriptor)
