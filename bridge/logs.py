"""What the bridge writes about itself: one line an event, without secrets.

Events are past-tense words, noun first: ``post_kept``, ``attempt_finished``; what there is to
know about one stands beside it as values. Other libraries' log records take the same way.
aiohttp's access log is to stay off (``access_log=None``): it prints addresses, and so secrets.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from datetime import date
from json import JSONEncoder
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bridge.redaction import Redaction, redaction

TALKATIVE = ("aiohttp.access", "alembic", "asyncio", "sqlalchemy", "urllib3", "watchfiles")
"""Libraries whose lines below a warning show statements, addresses, or nothing of use."""

_DEEPEST = 6
_JSON = JSONEncoder(ensure_ascii=False)


def configure(
    *,
    stream: TextIO,
    json: bool | None = None,
    secrets: Iterable[str] = (),
    level: str = "info",
    show_emails: bool = False,
) -> Callable[[], None]:
    """Send structlog's events and logging's records to a stream, redacted.

    Args:
        stream: where lines go; stays open.
        json: one JSON object a line, else text for a person; ``None``: text on a terminal only.
        secrets: texts that are never written, whatever holds them.
        level: ``debug``, ``info``, ``warning`` or ``error``: what is less is left out.
        show_emails: leave e-mail addresses whole.

    Returns:
        What undoes it.
    """
    as_json = not stream.isatty() if json is None else json
    on_the_way: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    redact = redaction(secrets, show_emails=show_emails)
    to_text: list[Processor] = [
        _exceptions_as_data() if as_json else structlog.processors.format_exc_info,
        _redact_all(redact),
        *_renderers(stream, as_json=as_json),
    ]
    handler = _Handler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*on_the_way, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *to_text],
        )
    )
    # Our own lines do not go by way of logging: a record of it takes longer than a Post to read.
    one_text = _one_text(to_text, at_once=_at_once(redact) if as_json else None)
    structlog.configure(
        processors=[*on_the_way, structlog.processors.StackInfoRenderer(), one_text],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: handler.lines,
        cache_logger_on_first_use=True,
    )
    return _attach(handler, level.upper())


def _attach(handler: logging.Handler, level: str) -> Callable[[], None]:
    root = logging.getLogger()
    before = {name: logging.getLogger(name).level for name in TALKATIVE}
    level_before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))

    def undo() -> None:
        root.removeHandler(handler)
        root.setLevel(level_before)
        for name, was in before.items():
            logging.getLogger(name).setLevel(was)
        structlog.reset_defaults()

    return undo


class _Handler(logging.StreamHandler[TextIO]):
    """Writes the records of other libraries; :attr:`lines` writes ours to the same stream."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.lines = _Lines(self)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say that a line was lost: logging itself would print its values, unredacted."""
        self.lines.write(_lost(record.name))


class _Lines:
    """What structlog calls with a finished line: a method for each level."""

    def __init__(self, handler: logging.StreamHandler[TextIO]) -> None:
        self._handler = handler

    def write(self, line: str) -> None:
        """Write a line at once; a log that cannot be written fails nothing that it tells of."""
        handler = self._handler
        with handler.lock or nullcontext(), suppress(OSError, ValueError):
            handler.stream.write(f"{line}\n")
            handler.stream.flush()

    debug = info = warning = error = critical = write


def _one_text(
    processors: Sequence[Processor], at_once: Callable[[EventDict], str | None] | None
) -> Processor:
    def processor(logger: WrappedLogger, method: str, event: EventDict) -> str:
        if at_once is not None and (line := at_once(event)) is not None:
            return line
        value: Any = event
        try:
            for each in processors:
                value = each(logger, method, value)
        except Exception:  # noqa: BLE001 - a value whose repr fails, say: its traceback shows values
            return _lost("bridge")
        return str(value)

    return processor


def _at_once(redact: Redaction) -> Callable[[EventDict], str | None]:
    """Give what makes the line of an event as most are: plain values, nothing to be taken out.

    That takes half the time of looking at each value by itself.
    """

    def line_of(event: EventDict) -> str | None:
        if "exc_info" in event:
            return None
        try:
            line = _JSON.encode(_first_things_first(event))
        except (TypeError, ValueError, RecursionError):  # no plain values, or one within itself
            return None
        # Where nothing had to be escaped, all texts stand in the line as they are.
        plain = line.isascii() and "\\" not in line
        return line if plain and redact(line) == line else None

    return line_of


def _lost(logger: str) -> str:
    return f'{{"level": "error", "event": "line_lost", "logger": "{logger}"}}'


def _exceptions_as_data() -> Processor:
    # With its default, show_locals=True, a traceback holds every password that a function had.
    transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return structlog.processors.ExceptionRenderer(transformer)


def _renderers(stream: TextIO, *, as_json: bool) -> list[Processor]:
    if as_json:
        return [_in_reading_order, _as_json]
    # Its other formatters would print exceptions after they had passed the redaction.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)]


def _in_reading_order(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return _first_things_first(event)


def _first_things_first(event: EventDict) -> EventDict:
    first = {name: event[name] for name in ("timestamp", "level", "event") if name in event}
    return {**first, **event}


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return _JSON.encode(event)


def _redact_all(redact: Redaction) -> Processor:
    def processor(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {name: _shown(value, redact, 0) for name, value in event.items()}

    return processor


def _shown(value: object, redact: Redaction, depth: int) -> Any:
    """Give a value of plain types, in which every text is redacted; others become their repr."""
    if type(value) is str:  # most are: the others are looked at one kind after another
        return redact(_text(value))
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth < _DEEPEST and isinstance(value, Mapping):
        return {
            redact(_text(key)): _shown(below, redact, depth + 1) for key, below in value.items()
        }
    if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [_shown(below, redact, depth + 1) for below in value]
    return redact(_text(value))


def _text(value: object) -> str:
    text = str(value) if isinstance(value, str | date) else repr(value)
    # Half a surrogate pair cannot be written to a stream; the line would be lost.
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()
