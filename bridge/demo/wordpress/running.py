"""A WordPress that runs: its address and accounts, and ways to look into it and disturb it."""

import email
import email.policy
import http.client
import json
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from bridge.demo.wordpress import daemons, database, php, web
from bridge.demo.wordpress.folder import Folder

OURS = ("site.php", "keap-bridge.php")
"""The mu-plugins that stay when the site is reset."""

USER = """
    $user = get_user_by('id', (int) $id);
    $found = (array) $user->data + ['roles' => array_values($user->roles), 'meta' => []];
    $found['ID'] = $user->ID;
    foreach (get_user_meta($user->ID) as $key => $rows) {
        if (count($rows) > 1) throw new Exception("User $user->ID has several rows of meta $key.");
        $found['meta'][$key] = maybe_unserialize($rows[0]);
    }
"""


@dataclass(frozen=True, slots=True)
class Account:
    """One of the accounts that a WordPress of ours begins with."""

    id: int
    login: str
    role: str
    password: str = field(repr=False)
    application_password: str = field(repr=False)

    @property
    def email(self) -> str:
        """Its address; its mails stay on this machine like all others."""
        return f"{self.login}@site.example"


@dataclass(frozen=True, slots=True)
class RunningWordPress:
    """A real WordPress, installed and answering."""

    folder: Folder
    url: str
    """Where it is, without a slash at the end."""
    version: str
    """WordPress's own: ``6.8.3``."""
    tree: Path
    """Its PHP files, shared and read only."""
    companion: bool
    """Whether ``keap-bridge.php`` is installed."""
    accounts: Mapping[str, Account]
    """By login: ``admin``; ``editor1``; ``svc``, which manages users over core's REST API;
    with the companion also ``keap-bridge``, which has the companion's role and nothing else."""

    @property
    def admin(self) -> Account:
        """The site's administrator."""
        return self.accounts["admin"]

    @property
    def service(self) -> Account:
        """The account for the bridge: ``keap-bridge``, or ``svc`` where there is no companion."""
        return self.accounts["keap-bridge" if self.companion else "svc"]

    def stop(self) -> None:
        """End its programs; the folder stays and can be started again."""
        daemons.stop(self.folder)

    @contextmanager
    def down(self) -> Iterator[None]:
        """Inside, nobody listens at its address."""
        daemons.stop(self.folder, "nginx")
        try:
            yield
        finally:
            web.start(self.folder)

    @contextmanager
    def mu_plugin(self, name: str, code: str) -> Iterator[None]:
        """Inside, WordPress loads one more plugin.

        Args:
            name: Its file's name without ``.php``.
            code: PHP without the opening tag.
        """
        file = self.folder.mu_plugins / f"{name}.php"
        draft = file.with_suffix(".draft")
        draft.write_text(f"<?php\n{code}\n", "utf-8")
        draft.rename(file)
        try:
            yield
        finally:
            file.unlink(missing_ok=True)  # a reset may have come first

    def php(self, code: str, *args: str) -> str:
        """Run PHP inside this WordPress and give back what it prints.

        Args:
            code: PHP without the opening tag.
            args: Strings, which the code finds in ``$args``.

        Raises:
            LaunchError: An exception or a fatal error in PHP; with its text.
        """
        at = urllib.parse.urlsplit(self.url)
        words: tuple[str | Path, ...] = (self.tree, at.netloc, at.path, *args)
        return php.script(self.folder, "run.php", *words, what="run PHP", code=code)

    def ask(self, code: str, *args: str) -> Any:
        """Run PHP inside this WordPress and give back the value that it returns, through JSON.

        Any, because that is what JSON holds.
        """
        body = f"echo json_encode((function () use ($args) {{\n{code}\n}})());"
        return json.loads(self.php(body, *args))

    def users(self) -> list[dict[str, Any]]:
        """All users but the accounts that the site began with, in the order of their ids.

        Each has the columns of ``wp_users`` by their names (``ID`` as a number, the others as
        text), ``roles`` (slugs) and ``meta`` (unserialised values by key).
        """
        found: list[dict[str, Any]] = self.ask(
            "$all = [];"
            "foreach (get_users(['fields' => 'ID', 'orderby' => 'ID', 'exclude' => $args]) as $id)"
            f" {{ {USER} $all[] = $found; }} return $all;",
            *(str(account.id) for account in self.accounts.values()),
        )
        return found

    def user(self, email: str) -> dict[str, Any]:
        """The one user with this address, in the shape of :meth:`users`.

        Raises:
            LookupError: There is none, or there are several.
        """
        ids = self.ask(
            "global $wpdb; return $wpdb->get_col($wpdb->prepare("
            '"SELECT ID FROM $wpdb->users WHERE user_email = %s", $args[0]));',
            email,
        )
        if len(ids) != 1:
            message = f"{len(ids)} users have the address {email}."
            raise LookupError(message)
        found: dict[str, Any] = self.ask(f"$id = $args[0]; {USER} return $found;", ids[0])
        return found

    def log_in(self, login: str, password: str) -> bool:
        """Whether WordPress's login form accepts this password."""
        at = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(at.netloc, timeout=30)
        form = urllib.parse.urlencode({"log": login, "pwd": password})
        content = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request("POST", f"{at.path}/wp-login.php", form, content)
            cookies = connection.getresponse().headers.get_all("Set-Cookie", [])
        finally:
            connection.close()
        return any(cookie.startswith("wordpress_logged_in_") for cookie in cookies)

    def mails(self) -> list[EmailMessage]:
        """The mails that WordPress has sent, oldest first."""
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(self.folder.mail.glob("*.eml"))
        ]

    def clear_mails(self) -> None:
        """Forget the mails sent so far."""
        for path in self.folder.mail.glob("*.eml"):
            path.unlink()

    def php_log(self) -> str:
        """Warnings, notices and errors of PHP since the last reset, from the web and from here."""
        log = self.folder.log("php")
        return log.read_text("utf-8", "replace") if log.exists() else ""

    def remember(self) -> None:
        """Keep a copy of the database for :meth:`reset`."""
        database.remember(self.folder)

    def reset(self) -> None:
        """Make the site again what it was at :meth:`remember`: users, options, roles, content.

        Mails, PHP's log and other people's mu-plugins go. Ids are not given out a second time.
        """
        database.restore(self.folder)
        self.clear_mails()
        self.folder.log("php").unlink(missing_ok=True)
        for plugin in self.folder.mu_plugins.iterdir():
            if plugin.name not in OURS:
                plugin.unlink()
