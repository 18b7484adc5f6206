"""A finished installation kept in the cache, so that the next WordPress starts from a copy."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from bridge.demo.wordpress import daemons, database, php
from bridge.demo.wordpress.failure import run
from bridge.demo.wordpress.folder import SHIPPED, Folder
from bridge.demo.wordpress.tree import Tree


def lay(folder: Folder, tree: Tree, cache: Path, say: Callable[[str], None]) -> None:
    """Put a freshly installed WordPress into a folder that has none; nothing runs in it yet.

    Raises:
        LaunchError: The installation failed; with what WordPress or MariaDB said.
    """
    template = Folder(cache / "templates" / f"{tree.version}-{_mark(tree)}")
    if not template.root.exists():
        say(f"installing WordPress {tree.version}")
        for outdated in template.root.parent.glob(f"{tree.version}-*"):
            daemons.stop(Folder(outdated))  # an installation that was killed half-way
            shutil.rmtree(outdated)
        draft = Folder(template.root.with_name(template.root.name + "-draft"))
        _install(draft, tree)
        draft.root.rename(template.root)
    copies = {template.database: folder.database, template.accounts: folder.accounts}
    for source, target in copies.items():  # the accounts last: they say that all is there
        run(["cp", "-aT", "--reflink=auto", source, target], "copy the finished installation")


def _install(draft: Folder, tree: Tree) -> None:
    draft.make()
    draft.configure(tree.root, port=80)
    database.create(draft)
    database.start(draft)
    try:
        database.query(
            draft,
            "CREATE DATABASE wordpress; CREATE USER wordpress@localhost;"
            " GRANT ALL ON wordpress.* TO wordpress@localhost;",
        )
        accounts = php.script(draft, "install.php", tree.root, what="install WordPress")
    finally:
        daemons.stop(draft)
    draft.accounts.touch(mode=0o600)
    draft.accounts.write_text(accounts, "utf-8")


def _mark(tree: Tree) -> str:
    """Changes with whatever the finished installation depends on."""
    parts = [
        str(tree.root),
        run(["mariadbd", "--no-defaults", "--version"], "ask MariaDB its version"),
        *(path.read_text("utf-8") for path in sorted(SHIPPED.iterdir())),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]
