"""One process at a time: the lock file beside the database."""

import fcntl
import os
from pathlib import Path
from typing import Self, TextIO

from bridge.store.errors import StoreRefused


class StoreLock:
    """The right to write to one database file, held until :meth:`release` or the process's end.

    The kernel takes the lock away from a process that dies, so none is ever left behind;
    the file stays, and names the process that holds it or held it last.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    @classmethod
    def acquire(cls, database: Path) -> Self:
        """The lock on ``database``.

        Raises:
            StoreRefused: another process holds it, or the lock file cannot be written.
        """
        path = database.with_name(database.name + ".lock")
        try:
            file = path.open("a+", encoding="ascii")
        except OSError as error:
            msg = f"The store's lock file {path} cannot be opened: {error.strerror}."
            raise StoreRefused(msg) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            msg = (
                f"Another process (pid {file.read().strip()}) already works with the store "
                f"{database}; it holds {path}. "
                "Stop that process first, or give this one another server.store."
            )
            file.close()
            raise StoreRefused(msg) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        return cls(file)

    def release(self) -> None:
        """The next process may come in; nothing changes when it was let in already."""
        self._file.close()
