"""Figures for Prometheus: https://prometheus.io/docs/practices/naming/ decides about the names.

Every metric has the label ``site``, which is empty where the bridge has one.
"""

import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from bridge.circuit import Destination
from bridge.delivery import Verdict, Work
from bridge.measures import Exchange

ACCEPTING = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
"""Seconds: Keap hangs up after a few."""

CALLING = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
ATTEMPTING = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a site is at the moment of a scrape."""

    waiting: int
    """Deliveries that are not finished."""
    oldest_seconds: float
    """How long the oldest of them has waited; 0: there is none."""
    well: dict[Destination, bool]
    quota_left: dict[str, int]
    """Keap's calls left, by the unit that they are counted in: ``day``, ``minute``."""


class Metrics:
    """All figures of one process. Has a registry of its own, so that a process can begin twice."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._standings: dict[str, Callable[[], Standing]] = {}
        ProcessCollector(registry=self._registry)
        self._registry.register(_Now(self._standings))
        self._posts = Counter(
            "bridge_posts",
            "HTTP Posts answered, by status.",
            ("site", "status"),
            registry=self._registry,
        )
        self._accepting = Histogram(
            "bridge_accept_seconds",
            "From the head of an HTTP Post to its answer.",
            ("site",),
            buckets=ACCEPTING,
            registry=self._registry,
        )
        self._deliveries = Counter(
            "bridge_deliveries",
            "Deliveries that ended, by action and outcome.",
            ("site", "action", "outcome"),
            registry=self._registry,
        )
        self._attempts = Histogram(
            "bridge_attempt_seconds",
            "Attempts, by outcome.",
            ("site", "outcome"),
            buckets=ATTEMPTING,
            registry=self._registry,
        )
        self._errors = Counter(
            "bridge_attempt_errors",
            "Attempts that met an error, by its kind (docs/errors.md).",
            ("site", "error"),
            registry=self._registry,
        )
        self._calls = Histogram(
            "bridge_call_seconds",
            "Calls to Keap and WordPress, by name and status; none: no answer came.",
            ("site", "destination", "call", "status"),
            buckets=CALLING,
            registry=self._registry,
        )

    def of(self, site: str) -> "SiteMetrics":
        """Give what one site, by the value of its label, tells its figures to."""
        return SiteMetrics(self, site)

    def ask(self, site: str, standing: Callable[[], Standing]) -> None:
        """Ask this function, at every scrape, how a site is."""
        self._standings[site] = standing

    def exposed(self, accept: str) -> tuple[bytes, str]:
        """Give all figures as text, and its content type, as an ``Accept`` header wants them."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def answering(self, site: str) -> Callable[[int, float], None]:
        """Give what counts the answers of one site; its labels are looked up once, not per Post."""
        accepting = self._accepting.labels(site)
        posts = cache(lambda status: self._posts.labels(site, str(status)))

        def post_answered(status: int, seconds: float) -> None:
            posts(status).inc()
            accepting.observe(seconds)

        return post_answered

    def attempt_finished(self, site: str, work: Work, verdict: Verdict, seconds: float) -> None:
        """An attempt is over."""
        self._attempts.labels(site, verdict.state).observe(seconds)
        for delivery in work.deliveries:
            outcome = "failed" if delivery.id in verdict.give_up else verdict.state
            if outcome != "waiting":
                self._deliveries.labels(site, delivery.action, outcome).inc()

    def attempt_failed(self, site: str, error: Exception) -> None:
        """An attempt met an error."""
        self._errors.labels(site, type(error).__name__).inc()

    def exchanged(self, site: str, end: Destination, exchange: Exchange) -> None:
        """A request to an end is over."""
        status = "none" if exchange.status is None else str(exchange.status)
        self._calls.labels(site, end, exchange.name, status).observe(exchange.seconds)


class SiteMetrics:
    """The figures of one site; a :class:`bridge.measures.Measures`."""

    def __init__(self, metrics: Metrics, site: str) -> None:
        self._metrics = metrics
        self._site = site
        self._post_answered = metrics.answering(site)

    def post_answered(self, status: int, seconds: float) -> None:
        """An HTTP Post has its answer."""
        self._post_answered(status, seconds)

    def attempt_failed(self, error: Exception) -> None:
        """An attempt met an error."""
        self._metrics.attempt_failed(self._site, error)

    def attempt_finished(self, work: Work, verdict: Verdict, seconds: float) -> None:
        """An attempt is over."""
        self._metrics.attempt_finished(self._site, work, verdict, seconds)

    def exchanged(self, end: Destination, exchange: Exchange) -> None:
        """A request to an end is over."""
        self._metrics.exchanged(self._site, end, exchange)


class _Now(Collector):
    """What is asked at every scrape, rather than counted as it happens."""

    def __init__(self, standings: dict[str, Callable[[], Standing]]) -> None:
        self._standings = standings

    def collect(self) -> Iterator[Metric]:
        """Give how every site is at this moment."""
        info = InfoMetricFamily("bridge", "The program.")
        program = {"version": version("keap-wordpress-bridge"), "python": platform.python_version()}
        info.add_metric([], program)
        yield info
        waiting = GaugeMetricFamily(
            "bridge_deliveries_waiting", "Deliveries that are not finished.", labels=["site"]
        )
        oldest = GaugeMetricFamily(
            "bridge_oldest_waiting_seconds",
            "How long the oldest delivery that is not finished has waited.",
            labels=["site"],
        )
        well = GaugeMetricFamily(
            "bridge_destination_well",
            "1: it answers and lets us in; 0: it is down, throttles or refuses.",
            labels=["site", "destination"],
        )
        quota = GaugeMetricFamily(
            "bridge_keap_calls_left", "Calls that Keap still allows.", labels=["site", "per"]
        )
        for site, ask in self._standings.items():
            standing = ask()
            waiting.add_metric([site], standing.waiting)
            oldest.add_metric([site], standing.oldest_seconds)
            for destination, is_well in standing.well.items():
                well.add_metric([site, destination], float(is_well))
            for unit, left in standing.quota_left.items():
                quota.add_metric([site, unit], left)
        yield from (waiting, oldest, well, quota)
