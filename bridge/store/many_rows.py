"""Many rows inserted by one statement, as each engine does it best."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    Connection,
    Insert,
    Text,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.types import TypeEngine

from bridge.store.engines import is_shared
from bridge.store.schema import Moment, as_number


def insert_rows(
    connection: Connection, statement: Insert, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert the rows in this order; all have the same columns.

    To SQLite all rows go as one JSON text: row after row, Python's module would give up the
    interpreter around each, and wait for the event loop to hand it back. To PostgreSQL one array a
    column travels in one message, in two thirds of the time that a message a row takes; a
    statement with hundreds of values takes longer than either.
    """
    names = tuple(rows[0])
    if not is_shared(connection):
        kinds = [statement.table.c[name].type for name in names]
        values = [
            [_plain(row[name], kind) for name, kind in zip(names, kinds, strict=True)]
            for row in rows
        ]
        connection.execute(_from_json(statement, names), {"all_rows": json.dumps(values)})
        return
    arrays = {f"all_{name}": [_element(row[name]) for row in rows] for name in names}
    connection.execute(_from_arrays(statement, names), arrays)


def _plain(value: object, kind: TypeEngine[Any]) -> object:
    if isinstance(kind, Moment) and isinstance(value, datetime):
        return as_number(value)
    return value


@cache
def _from_json(statement: Insert, names: tuple[str, ...]) -> Insert:
    rows = func.json_each(bindparam("all_rows", type_=Text())).table_valued("key", "value")
    values = (
        func.json_extract(rows.c.value, literal_column(f"'$[{place}]'"))
        for place in range(len(names))
    )
    # With a condition, or SQLite would take the ON of "ON CONFLICT" for a join's.
    listed = select(*values).where(true()).order_by(rows.c.key)
    return statement.from_select(names, listed)


def _element(value: object) -> object:
    # PostgreSQL would take a list among the elements for a further dimension.
    return json.dumps(value) if isinstance(value, list) else value


@cache
def _from_arrays(statement: Insert, names: tuple[str, ...]) -> Insert:
    given = {name: statement.table.c[name].type for name in names}
    sent = {name: Text() if isinstance(kind, JSON) else kind for name, kind in given.items()}
    arrays = (bindparam(f"all_{name}", type_=ARRAY(kind)) for name, kind in sent.items())
    columns = (column(name, kind) for name, kind in sent.items())
    rows = func.unnest(*arrays).table_valued(*columns, with_ordinality="place").render_derived()
    # In order: rows are numbered as they come.
    listed = select(*(cast(rows.c[name], kind) for name, kind in given.items()))
    return statement.from_select(names, listed.order_by(rows.c.place))
