"""Statements about what Keap gave to the bridge by OAuth, which stands here sealed."""

from datetime import datetime

from sqlalchemy import Connection, select

from bridge.store.engines import Upsert
from bridge.store.schema import grants

_keep = Upsert(
    grants,
    grants.c.client,
    lambda new: {"sealed": new.sealed, "changed_at": new.changed_at},
)


def sealed_grant(connection: Connection, client: str) -> str | None:
    """What the application was given last; ``None``: nothing yet."""
    found: str | None = connection.scalar(select(grants.c.sealed).where(grants.c.client == client))
    return found


def keep_grant(connection: Connection, client: str, sealed: str, now: datetime) -> None:
    """The application was given this."""
    row = {"client": client, "sealed": sealed, "changed_at": now}
    connection.execute(_keep.on(connection), row)
