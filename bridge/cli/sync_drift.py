"""The dry run of a sync: Keap read in lists, WordPress asked what would change."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from types import ModuleType

import click

from bridge.allowance import rest_of_syncs_after
from bridge.cli.access import credentials_of
from bridge.cli.ending import Refused
from bridge.cli.ends import ending_of, way_of, wordpress_of
from bridge.config import Config
from bridge.delivery import NewDelivery
from bridge.drift import Drift, Format, Report, drift_of, incomparable, text_of
from bridge.intent import fold
from bridge.keap_end import MOST_AT_ONCE
from bridge.pace import pace_of
from bridge.passwords import new_password
from bridge.plan import for_missing, plan_for
from bridge.reading import NO_MODEL, Reading, Wanted, read_contact, read_contacts, read_tag_list
from bridge.store import Reader, StoreMissing
from bridge.store.neighbours import wait_of
from bridge.surroundings import Surroundings
from bridge.sync_pages import in_groups, keap_page
from bridge.sync_run import SyncWish
from bridge.tagging import NO_NEWS, TagNews
from bridge.verdicts import ConfigurationAtFault
from keap_client.errors import KeapError, NotFound
from keap_client.model import ContactModel, contact_model
from keap_client.over_requests import Keap
from wp_client import by_companion
from wp_client.document import UserDocument, UserResult
from wp_client.errors import WordPressError
from wp_client.over_requests import WordPress

LINKED_AT_ONCE = 1000


def show_drift(
    config: Config,
    wish: SyncWish,
    ids: Sequence[str],
    *,
    kind: Format,
    show_values: bool,
    max_changes: int | None,
) -> None:
    """Print how WordPress differs from what a sync would make of it.

    Raises:
        Refused: More users would be changed than allowed, or Keap's calls are kept for Posts.
        CannotReach: An end does not answer.
    """
    report = Report()
    halted = ""
    try:
        with (
            Keap(
                config.keap.url,
                credentials_of(config),
                total_seconds=config.keap.seconds,
                pace=_paced(config.keap.calls_per_minute // 2),
            ) as keap,
            wordpress_of(config) as unexplored,
        ):
            comparison = _Comparison(config, wish, keap, *way_of(unexplored, config.wordpress.url))
            for drifts, compared in comparison.of(ids):
                report.compared += compared
                report.drifts += drifts
                _tell(f"{report.compared:,} compared, {len(report.drifts):,} differ")
                if max_changes is not None and report.would_change > max_changes:
                    halted = f"Stopped: more than {max_changes} users would be changed."
                    break
    except (KeapError, WordPressError, ConfigurationAtFault) as error:
        raise ending_of(error) from None
    finally:
        _tell("")
    click.echo(text_of(report, kind, show_values=show_values))
    if halted:
        raise Refused(halted)


class _Comparison:
    """Compares the contacts of one wish."""

    def __init__(
        self,
        config: Config,
        wish: SyncWish,
        keap: Keap,
        wordpress: WordPress,
        way: ModuleType,
    ) -> None:
        # When tags were applied takes a call for each contact: dates are not compared.
        tags = config.tags.model_copy(update={"dates": False})
        self._config = config.model_copy(update={"tags": tags})
        self._wish = wish
        self._keap = keap
        self._wordpress = wordpress
        self._way = way
        self._surroundings = Surroundings()
        self._wanted = Wanted.by(self._config)
        self._model: ContactModel = NO_MODEL
        self._tags = NO_NEWS
        at = self._surroundings.clock()
        self._intent = fold([NewDelivery("", "", wish.action, at, wish.roles)])
        try:
            self._reader: Reader | None = Reader.open(config.server.store)
        except StoreMissing:
            self._reader = None  # the bridge has not run yet

    def of(self, ids: Sequence[str]) -> Iterator[tuple[list[Drift], int]]:
        """Give, group by group, who differs, and of how many."""
        if self._wanted.needs_model:
            self._model = self._keap.send(contact_model())
        if self._wanted.tag_names:
            self._tags = TagNews(self._keap.converse(read_tag_list()), {})
        seen: set[str] = set()
        for page in self._pages(ids):
            new = [contact for contact in dict.fromkeys(page) if contact not in seen]
            seen.update(new)
            for group in in_groups(new, MOST_AT_ONCE):
                self._leave_reserve()
                yield self._compare(group), len(group)

    def _pages(self, ids: Sequence[str]) -> Iterator[Sequence[str]]:
        match self._wish.kind:
            case "list":
                yield ids
            case "linked":
                yield from self._linked()
            case _:
                cursor: str | None = ""
                while cursor is not None:
                    page = self._keap.converse(keap_page(self._wish, cursor))
                    yield page.contacts
                    cursor = page.cursor

    def _linked(self) -> Iterator[Sequence[str]]:
        known: Sequence[str] = ()
        while self._reader is not None:
            known = self._reader.linked(known[-1] if known else "", LINKED_AT_ONCE)
            yield known
            if len(known) < LINKED_AT_ONCE:
                break
        after: int | None = 0
        while after is not None and self._way is by_companion:
            meta = self._config.tags.contact_id_meta
            links = self._wordpress.send(by_companion.linked(meta, after))
            if links is None:
                return
            yield links.contacts or ()
            after = links.following

    def _compare(self, contacts: Sequence[str]) -> list[Drift]:
        readings, drifts = self._read(contacts)
        users = self._reader.users_of(contacts) if self._reader else {}
        documents = [self._document(each, users.get(each.contact.id)) for each in readings]
        for group in in_groups(documents, by_companion.MOST):
            for document, outcome in zip(group, self._outcomes(group), strict=True):
                if drift := self._judge(document, outcome):
                    drifts.append(drift)
        return drifts

    def _read(self, contacts: Sequence[str]) -> tuple[list[Reading], list[Drift]]:
        found = dict(self._keap.converse(read_contacts(contacts, self._wanted, self._model)))
        gone = []
        for contact in contacts:
            if contact in found:
                continue
            try:  # a list may leave one out who is there
                alone = read_contact(contact, self._wanted, self._model)
                found[contact] = self._keap.converse(alone)
            except NotFound as error:
                gone.append(incomparable(contact, error))
        return [found[contact] for contact in contacts if contact in found], gone

    def _document(self, reading: Reading, user_id: int | None) -> UserDocument:
        return plan_for(
            reading.contact,
            self._intent,
            self._config,
            reading.mapping,
            delivery=self._surroundings.new_id(),
            user_id=user_id,
            password=new_password(self._surroundings.choose),
            tags=self._tags,
        ).document

    def _outcomes(self, documents: Sequence[UserDocument]) -> Sequence[UserResult | WordPressError]:
        if self._way is by_companion:
            return self._wordpress.converse(by_companion.dry_run_many(documents))
        return [self._alone(document) for document in documents]

    def _alone(self, document: UserDocument) -> UserResult | WordPressError:
        try:
            result: UserResult = self._wordpress.converse(self._way.dry_run(document))
        except WordPressError as error:
            return error
        return result

    def _judge(self, document: UserDocument, outcome: UserResult | WordPressError) -> Drift | None:
        missing = isinstance(outcome, UserResult) and outcome.state == "missing"
        if missing and for_missing(self._intent, self._config):
            return Drift(document.contact, None, ("missing_user",))
        return drift_of(document.contact, outcome, self._config.tags.meta)

    def _leave_reserve(self) -> None:
        """Stop where what is left of Keap's calls of the day is for Posts.

        Raises:
            Refused: It is.
        """
        reserve = self._config.keap.reserve_for_posts / 100
        if reserve and self._keap.quota is not None:
            now = self._surroundings.clock()
            if rest := rest_of_syncs_after(self._keap.quota, now, reserve):
                raise Refused(rest.reason)


def _paced(calls_per_minute: int) -> Callable[[], None]:
    """Give what waits before each call: a bridge beside us has the other half of the calls."""
    pace = pace_of(max(calls_per_minute, 1))
    next_at = timedelta(0)

    def wait() -> None:
        nonlocal next_at
        now = timedelta(seconds=time.monotonic())
        ahead = max(next_at - now, timedelta(0))
        next_at = now + ahead + pace.every
        time.sleep(wait_of(ahead, pace.every, pace.at_once).total_seconds())

    return wait


def _tell(line: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{line}", nl=False, err=True)
