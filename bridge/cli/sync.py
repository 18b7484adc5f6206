"""``keap-bridge sync``: many contacts made right, without a Post for each."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

import click

from bridge.cli.ending import CannotReach, Refused
from bridge.cli.ends import ending_of, keap_of
from bridge.cli.options import config_option, load_config, role_option
from bridge.cli.sync_drift import show_drift
from bridge.cli.sync_running import end_sync, run_sync
from bridge.config import Config
from bridge.store import Reader, StoreMissing
from bridge.store.errors import StoreError, SyncUnderWay
from bridge.sync_run import SyncRun, SyncWish
from keap_client.errors import KeapError
from keap_client.tags import Tag, all_tags

if TYPE_CHECKING:
    from bridge.delivery import Action
    from bridge.drift import Format


@click.command("sync")
@click.option("--tag", metavar="NAME", help="The contacts who have this tag (its name or id).")
@click.option("--all", "everybody", is_flag=True, help="All contacts.")
@click.option("--linked", is_flag=True, help="The contacts who are linked to a WordPress user.")
@click.option(
    "--contacts",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="The contacts whose ids stand in this file, one a line; - reads standard input.",
)
@click.option("--resume", is_flag=True, help="Go on with the sync that is not over.")
@click.option("--stop", is_flag=True, help="End the sync that is not over.")
@click.option(
    "--action",
    type=click.Choice(["add", "update", "update_tags"], case_sensitive=False),
    default="update",
    show_default=True,
    help="What is done for each, as an HTTP Post's wpf_action.",
)
@role_option
@click.option("--dry-run", is_flag=True, help="Only report how WordPress differs from Keap.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="Of the report of --dry-run.",
)
@click.option("--show-values", is_flag=True, help="Personal data too, in that report.")
@click.option(
    "--max-changes", type=click.IntRange(1), metavar="N", help="Stop when N users have changed."
)
@config_option
def command(  # noqa: PLR0913 - an argument for each option
    tag: str | None,
    contacts: TextIO | None,
    action: str,
    role: str,
    kind: str,
    max_changes: int | None,
    *,
    everybody: bool,
    linked: bool,
    resume: bool,
    stop: bool,
    dry_run: bool,
    show_values: bool,
    config_file: Path,
) -> None:
    """Bring many users up to date, while Posts go first; the same command goes on after a halt."""
    chosen = [tag is not None, everybody, linked, contacts is not None, resume, stop]
    if sum(chosen) != 1:
        message = "Say whom: one of --tag, --all, --linked, --contacts; or --resume, or --stop."
        raise click.UsageError(message)
    if dry_run and (resume or stop):
        message = "--dry-run is about --tag, --all, --linked or --contacts."
        raise click.UsageError(message)
    loaded = load_config(config_file, with_secrets=not stop)
    config = loaded.config
    try:
        if stop:
            end_sync(loaded)
            return
        ids = _ids_in(contacts) if contacts is not None else ()
        if resume:
            run = _unfinished(config)
            wish = run.wish
            max_changes = max_changes or run.max_changes
        else:
            _must_be_allowed(role, config)
            roles = (role,) if role else ()
            act = cast("Action", action)
            if tag is not None:
                wish = SyncWish("tag", _tag_id(config, tag), act, roles)
            elif contacts is not None:
                wish = SyncWish("list", _known_by(ids), act, roles)
            else:
                wish = SyncWish("all" if everybody else "linked", "", act, roles)
        if dry_run:
            show_drift(
                config,
                wish,
                ids,
                kind=cast("Format", kind),
                show_values=show_values,
                max_changes=max_changes,
            )
        else:
            run_sync(loaded, wish, ids, max_changes)
    except SyncUnderWay as error:
        raise Refused(str(error)) from None
    except StoreError as error:
        raise CannotReach(str(error)) from None


def _ids_in(file: TextIO) -> tuple[str, ...]:
    """Read a list of ids, each once; empty lines and what stands behind # are passed over."""
    ids: dict[str, None] = {}
    for number, line in enumerate(file, start=1):
        word = line.partition("#")[0].strip().lstrip("\ufeff")
        if not word:
            continue
        if not re.fullmatch(r"[0-9]{1,20}", word):
            message = f"--contacts: line {number} is no contact's id; write one a line, in digits."
            raise click.UsageError(message)
        ids[word] = None
    if not ids:
        message = "--contacts: there is no id in it."
        raise click.UsageError(message)
    return tuple(ids)


def _known_by(ids: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:32]


def _must_be_allowed(role: str, config: Config) -> None:
    if role and role not in config.users.roles.allowed:
        message = f'--role: "{role}" is not among users.roles.allowed.'
        raise click.UsageError(message)


def _unfinished(config: Config) -> SyncRun:
    """Give the sync that is not over.

    Raises:
        Refused: There is none, or only somebody who has its list can go on with it.
    """
    try:
        standing = Reader.open(config.server.store).sync()
    except StoreMissing:
        standing = None
    if standing is None or standing.run.state not in ("open", "stopped"):
        message = "No sync waits to be gone on with."
        raise Refused(message)
    if standing.run.wish.kind == "list" and not standing.run.all_read:
        message = "Its list was not taken to the end: give it again with --contacts."
        raise Refused(message)
    return standing.run


def _tag_id(config: Config, name: str) -> str:
    """Find a tag by its id or name; in Keap several may have one name."""
    try:
        with keap_of(config) as keap:
            tags = keap.converse(all_tags())
    except KeapError as error:
        raise ending_of(error) from None
    found = [tag for tag in tags if tag.id == name] or [
        tag for tag in tags if tag.name.strip().casefold() == name.strip().casefold()
    ]
    if len(found) == 1:
        return found[0].id
    raise Refused(_no_such(name, found))


def _no_such(name: str, found: Sequence[Tag]) -> str:
    if not found:
        return f'Keap has no tag "{name}".'
    ids = ", ".join(tag.id for tag in found)
    return f'Keap has several tags "{name}": name one by its id ({ids}).'
