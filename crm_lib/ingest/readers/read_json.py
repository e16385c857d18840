"""JSON lines -> columns of text, read in a child process; a line that is broken is set aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from crm_lib.ingest.children.in_child import UnreadableFile, seconds_for, told_by_child
from crm_lib.ingest.readers.raw import LINE, Rejected, Skipped, headers


@dataclass
class JsonLines:
    """`table` has LINE and a column a path, in the order in which they come first."""

    table: pa.Table
    rejected: list[Rejected] = field(default_factory=list)
    blank: list[Skipped] = field(default_factory=list)


def read_json(path: Path, encoding: str) -> JsonLines:
    """Raise UnreadableFile."""
    asked = {"path": str(path.resolve()), "encoding": encoding}
    told = told_by_child("json_child", asked, seconds_for(path.stat().st_size))
    found, tables = JsonLines(pa.table({})), []
    for head in told:
        tables.append(_table(head, told))
        rest = next(told, None)
        if rest is None:
            raise UnreadableFile("too_large")
        found.rejected += [Rejected(line, reason, (text,)) for line, reason, text in rest["rejected"]]
        found.blank += [Skipped(line, "blank") for line in rest["blank"]]
    found.table = _filled(pa.concat_tables(tables, promote_options="default"))
    return found


def _table(head: dict[str, Any], told: Iterator[Any]) -> pa.Table:
    columns = [next(told) for _ in head["columns"]]
    return pa.table([pa.array(head["lines"], pa.int64()), *columns], names=[LINE, *head["columns"]])


def _filled(table: pa.Table) -> pa.Table:
    """A path that some lines do not have is empty there."""
    names = headers(table.column_names[1:])
    columns = [column.fill_null("") for column in table.columns[1:]]
    return pa.table([table.column(0), *columns], names=[LINE, *names])
