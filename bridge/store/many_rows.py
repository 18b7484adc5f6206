"""Many rows inserted by one statement, which is put together once for each engine."""

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Insert,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    true,
)

from bridge.store.engines import is_shared

_ROWS = "all_rows"


class _Prepared(NamedTuple):
    text: str
    is_positional: bool


class ManyRows:
    """An ``INSERT`` of rows that travel as one JSON text, and are inserted in their order.

    Row after row, Python's module for SQLite would give up the interpreter around each, and wait
    for the event loop to hand it back; to PostgreSQL an array a column takes twice the client's
    time. And SQLAlchemy, asked to execute such a statement, takes longer to find that it knows it
    than SQLite takes for thirty rows: so it is compiled once, and its text goes to the driver.

    Args:
        insert: The statement without its rows, for a connection's engine.
        columns: What each row gives, in this order.
    """

    def __init__(self, insert: Callable[[Connection], Insert], *columns: Column[Any]) -> None:
        self._insert = insert
        self._columns = columns
        self._prepared: dict[str, _Prepared] = {}

    def add(self, connection: Connection, rows: Sequence[Sequence[object]]) -> None:
        """Insert the rows; a moment is given as the whole microseconds that the table keeps."""
        connection.exec_driver_sql(*self.statement(connection, rows))

    def statement(
        self, connection: Connection, rows: Sequence[Sequence[object]]
    ) -> tuple[str, tuple[str] | dict[str, str]]:
        """The text and the values with which a connection's driver inserts the rows."""
        dialect = connection.dialect.name
        if dialect not in self._prepared:
            self._prepared[dialect] = self._prepare(connection)
        text, is_positional = self._prepared[dialect]
        given = as_rows(rows)
        return text, (given,) if is_positional else {_ROWS: given}

    def _prepare(self, connection: Connection) -> _Prepared:
        listed = (_on_postgresql if is_shared(connection) else _on_sqlite)(self._columns)
        names = [column.name for column in self._columns]
        statement = self._insert(connection).from_select(names, listed)
        compiled = statement.compile(dialect=connection.dialect)
        return _Prepared(compiled.string, is_positional=bool(compiled.positional))


def as_rows(rows: Sequence[Sequence[object]]) -> str:
    """Rows as the one text in which they travel."""
    return json.dumps(rows)


def _on_sqlite(columns: Sequence[Column[Any]]) -> Any:
    rows = func.json_each(bindparam(_ROWS, type_=Text())).table_valued("key", "value")
    values = (
        func.json_extract(rows.c.value, literal_column(f"'$[{place}]'"))
        for place in range(len(columns))
    )
    # With a condition, or SQLite would take the ON of "ON CONFLICT" for a join's.
    return select(*values).where(true()).order_by(rows.c.key)


def _on_postgresql(columns: Sequence[Column[Any]]) -> Any:
    from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415  as in engines.database_at

    given = func.jsonb_array_elements(bindparam(_ROWS, type_=JSONB()))
    rows = given.table_valued("value", with_ordinality="place").render_derived()
    values = (_element(rows.c.value, place, column) for place, column in enumerate(columns))
    return select(*values).order_by(rows.c.place)


def _element(row: ColumnElement[Any], place: int, column: Column[Any]) -> ColumnElement[Any]:
    sign = "->" if isinstance(column.type, JSON) else "->>"
    return cast(row.op(sign)(literal_column(str(place))), column.type)
