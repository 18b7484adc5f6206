"""``keap-bridge backup``: a copy of the store, while the bridge runs or not."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import click

from bridge.cli.ending import CannotReach, Refused
from bridge.cli.options import config_option, load_config
from bridge.store import Reader
from bridge.store.errors import StoreError

PAGES = 1000
"""Copied at a time: the server waits no longer for its turn."""

ELSEWHERE = """\
The store is a PostgreSQL database: pg_dump makes its backup, and pg_restore puts it back.\
"""


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def command(file: Path, config_file: Path) -> None:
    """Write a copy of the store to FILE, which must not exist yet.

    The copy is of one moment, whatever the bridge does meanwhile. To restore it: stop the bridge,
    put the copy in the place of the store, take away the files beside it that end in -wal and -shm,
    start the bridge.
    """
    config = load_config(config_file, warn=False, with_secrets=False).config
    store = config.server.store_file
    if store is None:
        raise Refused(ELSEWHERE)
    if file.exists():
        message = f"{file} is there already: name another file."
        raise Refused(message)
    try:
        Reader.open(config.server.store)  # says so where there is none, or it is not the bridge's
        size = _copy(store, file)
    except StoreError as error:
        raise CannotReach(str(error)) from None
    except (sqlite3.Error, OSError) as error:
        file.unlink(missing_ok=True)
        message = f"The store could not be copied to {file}: {error}."
        raise CannotReach(message) from error
    click.echo(f"{file}: {size:,} bytes, complete and checked.")


def _copy(store: Path, file: Path) -> int:
    """Copy a database page by page; give the copy's size in bytes."""
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with (
        closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(file)) as copy,
    ):
        source.backup(copy, pages=PAGES)
        (found,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(str(found))
    return file.stat().st_size
