"""Where everything of one WordPress lies, and the shipped files that are written into it."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from bridge.demo.wordpress.failure import LaunchError

WEB_USER = "www-data"
"""Debian's account for web servers: PHP, nginx and this MariaDB run as it."""

LONGEST = 80
"""Characters: the sockets' paths must stay below the 108 of ``sockaddr_un``, see unix(7)."""

SHIPPED = Path(__file__).parent / "files"

WRITABLE = ("db", "run", "log", "mail", "opcache", "wp-content/uploads", "wp-content/mu-plugins")


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of one WordPress."""

    root: Path

    @property
    def database(self) -> Path:
        """MariaDB's data."""
        return self.root / "db"

    @property
    def socket(self) -> Path:
        """Where MariaDB listens."""
        return self.root / "run/mariadb.sock"

    @property
    def mail(self) -> Path:
        """One ``.eml`` for each mail that WordPress sent."""
        return self.root / "mail"

    @property
    def mu_plugins(self) -> Path:
        """PHP files that WordPress loads without being asked."""
        return self.root / "wp-content/mu-plugins"

    @property
    def accounts(self) -> Path:
        """The accounts and their passwords as JSON, for root's eyes only."""
        return self.root / "accounts.json"

    @property
    def port(self) -> Path:
        """The port that nginx listens on; it stays when WordPress is started again."""
        return self.root / "port"

    @property
    def restore(self) -> Path:
        """The SQL that takes the database back to what was remembered of it."""
        return self.root / "restore.sql"

    def log(self, name: str) -> Path:
        """What a program has to say."""
        return self.root / f"log/{name}.log"

    def pid(self, program: str) -> Path:
        """The file in which a running program keeps its process id."""
        return self.root / f"run/{program}.pid"

    def make(self) -> None:
        """Make what is missing of it.

        Raises:
            LaunchError: The web server's account could not reach it, or its path is too long.
        """
        if len(str(self.root)) > LONGEST:
            message = f"The path {self.root} is too long for sockets: at most {LONGEST} characters."
            raise LaunchError(message)
        self.root.mkdir(parents=True, exist_ok=True)
        reachable(self.root)
        owner = pwd.getpwnam(WEB_USER)
        for name in WRITABLE:
            place = self.root / name
            place.mkdir(parents=True, exist_ok=True)
            os.chown(place, owner.pw_uid, owner.pw_gid)
        # Whoever can open the database's socket is its master.
        (self.root / "run").chmod(0o700)

    def configure(self, tree: Path, port: int) -> None:
        """Write the shipped files into it, with the ``@NAME@`` in them replaced."""
        values = {
            "@FOLDER@": str(self.root),
            "@TREE@": str(tree),
            "@PORT@": str(port),
            "@URL@": f"http://127.0.0.1:{port}",
        }
        for shipped in SHIPPED.iterdir():
            text = shipped.read_text("utf-8")
            for name, value in values.items():
                text = text.replace(name, value)
            (self.root / shipped.name).write_text(text, "utf-8")
        (self.root / "sendmail").chmod(0o755)
        (self.root / "site.php").replace(self.mu_plugins / "site.php")
        themes = self.root / "wp-content/themes"
        themes.unlink(missing_ok=True)
        themes.symlink_to(tree / "wp-content/themes")


def reachable(place: Path) -> None:
    """Make sure that the web server's account can get into a folder.

    Raises:
        LaunchError: A folder above it is closed to it, as ``/root`` is.
    """
    for parent in (place, *place.parents):
        if not parent.stat().st_mode & 0o001:
            message = (
                f"The web server's account {WEB_USER} cannot reach {place}, because {parent} is"
                f" closed to others: choose a folder elsewhere, such as one below /var."
            )
            raise LaunchError(message)
