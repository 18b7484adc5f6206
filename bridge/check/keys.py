"""What the access keys, and where their Posts come from, ask of a person. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from bridge.check.finding import Finding
from bridge.config import Server

UNUSED = timedelta(days=30)
"""A campaign that still has an old key has mostly sent something in that time."""


def on_keys(names: Sequence[str], uses: Mapping[str, datetime], now: datetime) -> Iterator[Finding]:
    """Say when each key was used last, and which one can go.

    Args:
        names: Those of the keys in config.yaml.
        uses: When each was used last; one that never was is left out.
        now: The present time.
    """
    newest = max((uses[name] for name in names if name in uses), default=None)
    for name in names:
        last = uses.get(name)
        if last is None:
            yield Finding("ok", "server", f'the access key "{name}" has not been used yet')
        elif now - last < UNUSED or last == newest:
            yield Finding(
                "ok", "server", f'the access key "{name}" was last used {_ago(now, last)}'
            )
        else:
            yield Finding(
                "warning",
                "server",
                f'the access key "{name}" was last used {_ago(now, last)}: it can go',
                "Take it out of server.access_keys once no campaign in Keap has it any more.",
            )


def on_proxies(server: Server) -> Iterator[Finding]:
    """Say what cannot be done where nobody knows from where a Post comes."""
    if server.proxies or server.listen.host not in ("127.0.0.1", "::1", "localhost"):
        return
    name_it = "Name the web server that passes them on: server.proxies: [127.0.0.1]"
    if server.allow_from:
        yield Finding(
            "problem",
            "server",
            "server.allow_from keeps every Post out: all come from this machine",
            name_it,
        )
        return
    yield Finding(
        "ok",
        "server",
        "who guesses access keys is not slowed down: all Posts come from this machine",
        f"{name_it}, if it sets X-Forwarded-For.",
    )


def _ago(now: datetime, last: datetime) -> str:
    days = (now - last).days
    return "today" if days <= 0 else "a day ago" if days == 1 else f"{days} days ago"
