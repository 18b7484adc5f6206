"""What the bridge writes holds no secret, whatever it was asked to write."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from bridge.logs import configure

SECRET = "aB3d-eF5h-iJ7l"
ADDRESS = "ann.lee@example.com"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@dataclass
class Lines:
    """What was written."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def text(self) -> str:
        """All of it."""
        return self.stream.getvalue()

    @property
    def all(self) -> list[dict[str, Any]]:
        """Each JSON line."""
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def one(self) -> dict[str, Any]:
        """The only one."""
        (line,) = self.all
        return line


@pytest.fixture
def start() -> Iterator[Callable[..., Lines]]:
    """Configure the logs, and undo it after the test."""
    undo: list[Callable[[], None]] = []

    def configured(stream: io.StringIO | None = None, **options: Any) -> Lines:
        lines = Lines(stream or io.StringIO())
        undo.append(configure(stream=lines.stream, **({"secrets": [SECRET]} | options)))
        return lines

    yield configured
    for step in reversed(undo):
        step()


def log() -> Any:
    """Give a logger as the bridge's modules do."""
    return structlog.get_logger("bridge.test")


def test_an_event_is_one_json_line(start: Callable[..., Lines]) -> None:
    """A log collector could not read the lines."""
    lines = start()
    log().info("post_kept", contact="1001", seconds=0.25, roles=("gold",), new=True, user=None)
    line = lines.one
    at = datetime.fromisoformat(line.pop("timestamp"))

    assert list(lines.one)[:3] == ["timestamp", "level", "event"]
    assert at.tzinfo == UTC
    assert line == {
        "level": "info",
        "event": "post_kept",
        "contact": "1001",
        "seconds": 0.25,
        "roles": ["gold"],
        "new": True,
        "user": None,
    }


def test_bound_context_is_in_the_line(start: Callable[..., Lines]) -> None:
    """The lines of one delivery could not be put together."""
    lines = start()
    with structlog.contextvars.bound_contextvars(delivery="01K"):
        log().info("attempt_finished")

    assert lines.one["delivery"] == "01K"


@dataclass
class Holder:
    """Something of ours with a secret in its repr."""

    password: str = SECRET


class Cyclic(dict[str, Any]):
    """A value that contains itself."""

    def __init__(self) -> None:
        super().__init__(password=SECRET)
        self["self"] = self


@pytest.mark.parametrize("console", [False, True])
@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f"before {SECRET} after",
        {"a": {"b": [{"c": SECRET}]}},
        {SECRET: 1},
        [(SECRET,)],
        {SECRET},
        SECRET.encode(),
        Holder(),
        ValueError(SECRET),
        Path("/") / SECRET,
        Cyclic(),
        {"url": f"https://x.org/?key={SECRET}", ("a", SECRET): datetime(2024, 5, 1, tzinfo=UTC)},
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_secret_in_any_value_is_taken_out(
    start: Callable[..., Lines],
    value: object,
    console: bool,  # noqa: FBT001 - a parameter
) -> None:
    """A secret would land in the log by way of a value nobody looked at."""
    lines = start(json=not console)
    log().info("post_kept", value=value)

    assert "post_kept" in lines.text
    assert "[secret]" in lines.text
    assert SECRET not in lines.text


@pytest.mark.parametrize("console", [False, True])
def test_a_traceback_shows_neither_message_nor_locals(
    start: Callable[..., Lines],
    console: bool,  # noqa: FBT001 - a parameter
) -> None:
    """An application password that a function had would land in the log."""
    lines = start(secrets=[SECRET], json=not console)

    not_known_to_the_logs = "generated password".replace(" ", "-")

    def fail(password: str) -> None:
        message = f"{SECRET} of {ADDRESS} was refused, like {len(password)} others"
        raise ValueError(message) from KeyError(SECRET)

    try:
        fail(not_known_to_the_logs)
    except ValueError:
        log().exception("attempt_failed")

    assert "ValueError" in lines.text
    assert "[secret] of a…@example.com was refused" in lines.text
    assert "in fail" in lines.text or '"name": "fail"' in lines.text
    for hidden in (SECRET, ADDRESS, not_known_to_the_logs):
        assert hidden not in lines.text


def test_a_traceback_is_data(start: Callable[..., Lines]) -> None:
    """A log collector would get a traceback as one long text."""
    lines = start()
    try:
        raise RuntimeError("odd")  # noqa: EM101, TRY301 - the shortest way to a traceback
    except RuntimeError:
        log().exception("attempt_failed")
    (exception,) = lines.one["exception"]

    assert (exception["exc_type"], exception["exc_value"]) == ("RuntimeError", "odd")
    assert "locals" not in exception["frames"][0]


@pytest.mark.parametrize("console", [False, True])
def test_other_libraries_take_the_same_way(
    start: Callable[..., Lines],
    console: bool,  # noqa: FBT001 - a parameter
) -> None:
    """A library's message or exception would go past the redaction."""
    lines = start(json=not console)
    try:
        raise ValueError(SECRET)  # noqa: TRY301 - the shortest way to a traceback
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error for %s by %s", ADDRESS, SECRET)

    assert "Error for a…@example.com by [secret]" in lines.text
    assert "aiohttp.server" in lines.text
    assert SECRET not in lines.text
    assert ADDRESS not in lines.text


def test_a_record_that_cannot_be_written_shows_nothing(
    start: Callable[..., Lines], capsys: pytest.CaptureFixture[str]
) -> None:
    """The values of a broken record would be printed to standard error, by logging itself."""
    lines = start()
    # Straight to the bridge's own: pytest's handler on the root logger raises instead.
    (ours,) = [one for one in logging.getLogger().handlers if type(one).__module__ == "bridge.logs"]
    ours.handle(logging.LogRecord("odd", logging.ERROR, "", 0, "%d of them", (SECRET,), None))

    assert lines.one == {"level": "error", "event": "line_lost", "logger": "odd"}
    assert SECRET not in "".join(capsys.readouterr())


class Odd:
    """A value that cannot be shown."""

    def __repr__(self) -> str:
        """Fail, with a secret in the error."""
        raise ValueError(SECRET)


def test_an_event_that_cannot_be_shown_is_told_and_fails_nothing(
    start: Callable[..., Lines], capsys: pytest.CaptureFixture[str]
) -> None:
    """A Post that is kept would be answered with an error, or a secret would be in a traceback."""
    lines = start()
    log().info("post_kept", value=Odd())

    assert lines.one == {"level": "error", "event": "line_lost", "logger": "bridge"}
    assert SECRET not in "".join(capsys.readouterr())


def test_a_log_that_cannot_be_written_fails_nothing(start: Callable[..., Lines]) -> None:
    """With the log's disk full, a Post that is kept would be answered with an error."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        start(full)
        log().info("post_kept")
        with suppress(OSError):
            full.close()  # it would try once more


def test_half_a_surrogate_pair_loses_no_line(start: Callable[..., Lines], tmp_path: Path) -> None:
    """A Post with broken text could make its own line vanish."""
    with (tmp_path / "log").open("w+", encoding="utf-8") as file:
        start(file)
        log().info("post_kept", name="a\ud800b")
        file.seek(0)

        assert json.loads(file.read())["name"] == "a\\ud800b"


def test_addresses_are_shortened_unless_asked_for(start: Callable[..., Lines]) -> None:
    """People's addresses would be in the log; or an owner who needs them could not have them."""
    short = start()
    log().info("user_created", email=ADDRESS)
    whole = start(show_emails=True)
    log().info("user_created", email=ADDRESS)

    assert short.all[0]["email"] == "a…@example.com"
    assert whole.one["email"] == ADDRESS


def test_what_is_less_than_the_level_is_left_out(start: Callable[..., Lines]) -> None:
    """The log would be full of what nobody asked for."""
    lines = start(level="warning")
    log().info("post_kept")
    log().warning("post_refused")
    logging.getLogger("aiohttp.server").info("told")

    assert [line["event"] for line in lines.all] == ["post_refused"]


def test_talkative_libraries_are_kept_to_warnings(start: Callable[..., Lines]) -> None:
    """At debug the database's statements would be written, with the values in them."""
    lines = start(level="debug")
    logging.getLogger("sqlalchemy.engine").info("INSERT …")
    logging.getLogger("urllib3.connectionpool").debug("GET …")
    logging.getLogger("alembic").warning("odd")
    log().debug("lane_taken")

    assert [line["event"] for line in lines.all] == ["odd", "lane_taken"]


def test_a_terminal_gets_text_and_a_pipe_gets_json(start: Callable[..., Lines]) -> None:
    """A person would read JSON, or a collector coloured text."""
    terminal = start(Terminal())
    log().info("post_kept", contact="1001")

    assert "post_kept" in terminal.text
    with pytest.raises(json.JSONDecodeError):
        json.loads(terminal.text)


def test_undone_it_leaves_nothing_behind(capsys: pytest.CaptureFixture[str]) -> None:
    """A second configuration in one process would write every line twice."""
    root, stream = logging.getLogger(), io.StringIO()
    before = (root.level, list(root.handlers), logging.getLogger("alembic").level)
    configure(stream=stream)()
    log().info("post_kept")

    assert (root.level, list(root.handlers), logging.getLogger("alembic").level) == before
    assert stream.getvalue() == ""
    assert "post_kept" in capsys.readouterr().out


def test_a_log_on_a_full_disk_stops_nothing() -> None:
    """A Post would not be answered, or the bridge end, since a line cannot be written."""
    with io.TextIOWrapper(io.FileIO("/dev/full", "w"), write_through=True) as full:
        undo = configure(stream=full, json=True)
        try:
            structlog.get_logger().info("post_kept")
        finally:
            undo()
