"""The rows of a file under whose header one of some texts stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb
import pyarrow as pa

from crm_lib.ingest import sql
from crm_lib.ingest.opened import Opened
from crm_lib.ingest.readers.raw import LINE
from crm_lib.ingest.standardise import Change


def texts_of(changes: Iterable[Change], source: str, column: str, rules: Sequence[str]) -> list[str]:
    """Distinct raw texts of a source's column that one of the rules stands for, in their order."""
    found = {c.raw for c in changes if c.source == source and c.column == column and c.rule in rules}
    return sorted(found)


def lines_with(
    connection: duckdb.DuckDBPyConnection, part: Opened, column: str, texts: Mapping[str, Sequence[str]]
) -> str:
    """Table of the lines of a file whose cell is one of the texts, with what is told of it: (_line, told...).

    texts: text -> what to tell, of one length."""
    width = len(next(iter(texts.values()), ()))
    arrays = [pa.array(list(texts), pa.string())]
    arrays += [pa.array([told[i] for told in texts.values()], pa.string()) for i in range(width)]
    names = ["text", *(f"told_{i}" for i in range(width))]
    sql.create_table(connection, "texts_wanted", pa.table(arrays, names=names))
    raw = f"CAST(raw.{sql.quoted(part.mapped[column].header)} AS VARCHAR)"
    told = "".join(f", w.told_{i}" for i in range(width))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE lines_wanted AS SELECT raw.{LINE} AS _line{told} FROM {part.file.relation} AS raw"
        f" JOIN texts_wanted AS w ON w.text = {raw}"
    )
    return "lines_wanted"


def of_file(part: Opened) -> str:
    """Condition that a row of `rows_<table>` is of the file."""
    return f"_source = {sql.string(part.source.name)} AND _file = {sql.string(part.file.name)}"


def has_header(part: Opened, column: str) -> bool:
    return column in part.mapped and part.mapped[column].constant is None
