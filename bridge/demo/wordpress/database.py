"""A MariaDB of this WordPress's own: on a socket, no network, no durability."""

import time

from bridge.demo.wordpress import daemons
from bridge.demo.wordpress.failure import LaunchError, run
from bridge.demo.wordpress.folder import WEB_USER, Folder

PATIENCE = 30.0
"""Seconds that it has to come up."""

SMALL = (
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=8M",
    "--performance-schema=off",
)

FAST = (
    "--innodb-flush-log-at-trx-commit=0",
    "--skip-innodb-doublewrite",
)
"""Nobody keeps anything here: a crash of the machine may lose it."""

KEEP = """
DROP TABLE IF EXISTS kept_{table};
CREATE TABLE kept_{table} LIKE {table};
INSERT INTO kept_{table} SELECT * FROM {table};
"""

RESTORE = """
DELETE FROM {table};
INSERT INTO {table} SELECT * FROM kept_{table};
"""


def create(folder: Folder) -> None:
    """Lay an empty database into the folder.

    Raises:
        LaunchError: With what MariaDB said.
    """
    run(
        [
            "mariadb-install-db",
            "--no-defaults",
            f"--user={WEB_USER}",
            f"--datadir={folder.database}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--force",  # a machine without /etc/hosts cannot look up its own name
            *SMALL,
        ],
        "make a database",
        log=folder.log("mariadb-install"),
    )


def start(folder: Folder) -> None:
    """Start the database unless it runs, and wait until it answers.

    Raises:
        LaunchError: It did not come up; where its log is.
    """
    if daemons.running(folder, "mariadb"):
        return
    run(
        [
            "setsid",
            "--fork",
            "mariadbd",
            "--no-defaults",
            f"--user={WEB_USER}",
            f"--datadir={folder.database}",
            f"--socket={folder.socket}",
            f"--pid-file={folder.pid('mariadb')}",
            f"--log-error={folder.log('mariadb')}",
            "--skip-networking",
            "--character-set-server=utf8mb4",
            *SMALL,
            *FAST,
        ],
        "start MariaDB",
        log=folder.log("mariadb-start"),
    )
    deadline = time.monotonic() + PATIENCE
    while not _answers(folder):
        if time.monotonic() > deadline:
            message = f"MariaDB did not come up: see {folder.log('mariadb')}."
            raise LaunchError(message)
        time.sleep(0.02)


def query(folder: Folder, sql: str, *, database: str = "") -> str:
    """Carry out SQL as the database's master.

    Args:
        folder: Whose database.
        sql: Statements, each with its semicolon.
        database: The database that they mean.

    Returns:
        The rows, columns separated by tabs, without headings.

    Raises:
        LaunchError: With what MariaDB said.
    """
    client = ["mariadb", "--no-defaults", "--user=root", f"--socket={folder.socket}", "--batch"]
    client += ["--skip-column-names", *([database] if database else [])]
    return run(client, "ask the database", stdin=sql)


def remember(folder: Folder) -> None:
    """Keep a copy of all WordPress tables beside them.

    Raises:
        LaunchError: With what MariaDB said.
    """
    found = query(folder, "SHOW TABLES LIKE 'wp\\_%';", database="wordpress")
    tables = found.split()
    query(folder, "".join(KEEP.format(table=table) for table in tables), database="wordpress")
    folder.restore.write_text("".join(RESTORE.format(table=table) for table in tables), "utf-8")


def restore(folder: Folder) -> None:
    """Make all tables what they were when they were remembered.

    Raises:
        LaunchError: With what MariaDB said.
    """
    query(folder, folder.restore.read_text("utf-8"), database="wordpress")


def _answers(folder: Folder) -> bool:
    if not folder.socket.exists() or not daemons.running(folder, "mariadb"):
        return False
    try:
        query(folder, "SELECT 1;")
    except LaunchError:
        return False
    return True
