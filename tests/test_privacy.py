"""docs/privacy.md lists every column of the store, and nothing else."""

import re
from pathlib import Path

from bridge.store.belongings import rows_of
from bridge.store.schema import metadata

PAGE = (Path(__file__).parents[1] / "docs" / "privacy.md").read_text("utf-8")
ROW = re.compile(r"^\| (`[^|]+`) \| [^|]+ \| (no|yes: [a-z ]+) \|$", re.MULTILINE)


def told() -> dict[str, str]:
    """Give each column of the page's table, and whether it says something of a person."""
    return {
        column: said
        for names, said in ROW.findall(PAGE)
        for column in re.findall(r"`(\w+\.\w+)`", names)
    }


def test_every_column_is_listed() -> None:
    """Something would be stored of people that nobody was told of."""
    columns = {f"{table.name}.{each.name}" for table in metadata.sorted_tables for each in table.c}

    assert set(told()) == columns


def test_what_is_about_a_person_is_forgotten_and_told() -> None:
    """``forget`` and ``export`` would leave out what the page calls a person's."""
    about = {column.partition(".")[0] for column, said in told().items() if said != "no"}

    assert about <= {table.name for table in rows_of("1")}
