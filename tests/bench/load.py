"""Sends HTTP Posts as fast as they are answered, or at a fixed rate; a program of its own.

It does as little as can be done for a request, so that the server is what is measured: the bytes
are prepared, the connections kept. ``python -m tests.bench.load`` prints one line of JSON.
"""

import asyncio
import itertools
import json
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import perf_counter

from tests.bench.figures import percentile
from tests.bench.processes import program

ACCESS_KEY = "f3a9c1d27b5e4086a1c4e2b9"
FIRST_CONTACT = 1_000_000_000
"""All contacts have as many digits, and so all requests one length."""

_BODY = (
    "contactId={contact}&wpf_action=add&role=subscriber&send_notification=true"
    f"&access_key={ACCESS_KEY}"
)
_HEAD = (
    "POST /keap HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: */*\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Order:
    """What to send."""

    port: int
    seconds: float
    connections: int = 64
    rate: float | None = None
    """Requests a second, whatever is answered; ``None``: each connection waits for its answer."""
    first_contact: int = FIRST_CONTACT
    one_contact: bool = False
    """Whether all Posts are of the first contact."""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it; times in milliseconds, from when a request was to be sent."""

    answered: int
    refused: int
    """Answers other than 200."""
    per_second: float
    p50: float
    p99: float
    longest: float


async def load(order: Order) -> Load:
    """Have a process of its own carry out an order.

    Raises:
        RuntimeError: The server refused requests, or the generator failed.
    """
    said = await program("tests.bench.load", json.dumps(asdict(order)))
    done = Load(**json.loads(said))
    if done.refused:
        message = f"{done.refused} of {done.answered} requests were refused."
        raise RuntimeError(message)
    return done


def request_for(contact: int) -> bytes:
    """Give the bytes of an HTTP Post."""
    body = _BODY.format(contact=contact)
    return (_HEAD.format(length=len(body)) + body).encode()


class _Connection(asyncio.Protocol):
    """One kept connection with at most one request under way."""

    def __init__(self, answered: Callable[["_Connection", bool, float], None]) -> None:
        self._answered = answered
        self._began = 0.0
        self._read = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, request: bytes, began: float) -> None:
        assert self._transport is not None
        self._began = began
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if not end:
            return
        length = head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]
        if len(body) < int(length):
            return
        self._read = b""
        self._answered(self, head[9:12] == b"200", perf_counter() - self._began)

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()


class _Generator:
    def __init__(self, order: Order) -> None:
        self._order = order
        self._step = 0 if order.one_contact else 1
        head, tail = request_for(order.first_contact).split(str(order.first_contact).encode())
        self._head, self._tail = head, tail
        self._contacts = itertools.count(order.first_contact, self._step)
        self._times: list[float] = []
        self._refused = 0
        self._idle: deque[_Connection] = deque()
        self._due: deque[float] = deque()
        self._ends_at = 0.0
        self._under_way = 0
        self._all_sent = order.rate is None  # else there is always one more until the end
        self._done = asyncio.Event()

    async def run(self) -> Load:
        loop = asyncio.get_running_loop()
        connections = []
        for _ in range(self._order.connections):
            _, connection = await loop.create_connection(
                lambda: _Connection(self._answered), "127.0.0.1", self._order.port
            )
            connections.append(connection)
        began = perf_counter()
        self._ends_at = began + self._order.seconds
        if self._order.rate is None:
            for connection in connections:
                self._send(connection, perf_counter())
        else:
            self._idle.extend(connections)
            await self._at_a_rate(began, self._order.rate)
            self._all_sent = True
            self._see_whether_done()
        await asyncio.wait_for(self._done.wait(), 60)
        took = perf_counter() - began
        for connection in connections:
            connection.close()
        times = [1000 * each for each in self._times]
        return Load(
            answered=len(times),
            refused=self._refused,
            per_second=len(times) / took,
            p50=percentile(times, 50),
            p99=percentile(times, 99),
            longest=max(times),
        )

    async def _at_a_rate(self, began: float, rate: float) -> None:
        for number in range(int(rate * self._order.seconds)):
            scheduled = began + number / rate
            if (pause := scheduled - perf_counter()) > 0:
                await asyncio.sleep(pause)
            if self._idle:
                self._send(self._idle.popleft(), scheduled)
            else:
                self._due.append(scheduled)

    def _send(self, connection: _Connection, began: float) -> None:
        self._under_way += 1
        contact = str(next(self._contacts)).encode()
        connection.send(self._head + contact + self._tail, began)

    def _answered(self, connection: _Connection, well: bool, took: float) -> None:  # noqa: FBT001 - a callback
        self._times.append(took)
        self._refused += not well
        self._under_way -= 1
        if self._order.rate is None and perf_counter() < self._ends_at:
            self._send(connection, perf_counter())
        elif self._due:
            self._send(connection, self._due.popleft())
        else:
            self._idle.append(connection)
        self._see_whether_done()

    def _see_whether_done(self) -> None:
        if self._all_sent and not self._under_way and not self._due:
            self._done.set()


async def _main() -> None:
    done = await _Generator(Order(**json.loads(sys.argv[1]))).run()
    sys.stdout.write(json.dumps(asdict(done)))


if __name__ == "__main__":
    asyncio.run(_main())
