"""Quality by column: complete, valid, unique, consistent, timely; as the files stood and as the canonical tables stand.

Each is a share, NULL where it says nothing of the column. `_before` is of the rows as they were read, the other of the
accepted rows after standardising and filling.

complete: cells that hold something. valid: of these, those that could be read; what is left after is all valid.
standard_before: of these, those that stood in the standard form already. unique: different values of those that are there, of columns that number a row or a customer. consistent: of
values that another of the same row or another source contradicts or could; before: dates that are not before what they
cannot be before; after: in lists of customers, values equal to the golden customer's where several records say one,
`compared` of them.
timely (`known_by`): weeks with a record among the last 13 up to the day, of the column that dates a row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import duckdb
import pandas as pd

from crm_lib.engagement import Source
from crm_lib.ingest import sql
from crm_lib.ingest.mapping import Mapped, source_columns
from crm_lib.ingest.opened import Opened
from crm_lib.ingest.rows import ACCEPTED, NOT_BEFORE
from crm_lib.ingest.standardise import Change
from crm_lib.ingest.values.cells import UNREAD
from crm_lib.ingest.values.text import VAGUE, gives_less
from crm_lib.tables import CUSTOMERS, SOURCE_TABLES, Column

WEEKS = 13
_RULED = frozenset({"before_start", "same_day"})
_ADDED = frozenset(
    {
        "refund_sign",
        "converted",
        "tax_added",
        "tax_removed",
        "refund_linked",
        "repeated_hour",
        "mapped",
        "before_start",
        "same_day",
        "holdout_day",
        "from_duration",
        "duration_differs",
    }
)
_UNIQUE = frozenset({"customer_key", "phone", "email"})


def quality_frame(
    connection: duckdb.DuckDBPyConnection,
    opened: Sequence[Opened],
    changes: Sequence[Change],
    mended: Sequence[tuple[str, str, str, int]],
    files: pd.DataFrame,
    columns: pd.DataFrame,
) -> pd.DataFrame:
    """Frame 'quality'; `files` and `columns` are those of the account."""
    agreeing = _agreement(connection, opened)
    own: dict[tuple[str, str], list[Change]] = defaultdict(list)
    for change in changes:
        own[change.source, change.column].append(change)
    rows = []
    for source in {part.source.name: part.source for part in opened}.values():
        parts = [part for part in opened if part.source.name == source.name]
        raw = _raw_counts(connection, parts)
        known = columns[columns["source"] == source.name].set_index("column")
        for column in (c for c in source_columns(SOURCE_TABLES[source.table]) if c.name in known.index):
            after = known.loc[column.name]
            rows.append(_row(source, column, raw[column.name], after, own[source.name, column.name], mended, agreeing))
    frame = pd.DataFrame(rows)
    newest = pd.Series(_newest(files, frame), index=frame.index, dtype=object)
    return frame.assign(newest=newest, age_days=None, timely=None)


def _row(
    source: Source,
    column: Column,
    raw: tuple[int, int, int],
    after: Any,
    changes: Sequence[Change],
    mended: Sequence[tuple[str, str, str, int]],
    agreeing: Mapping[tuple[str, str], tuple[float, int]],
) -> dict[str, object]:
    total, given, distinct = raw
    unread = sum(c.cells for c in changes if c.rule in UNREAD)
    odd = _changed_cells(changes)
    key = _is_key(source.table, column.name) and not source.people  # an account has several
    ruled = column.name in NOT_BEFORE.get(source.table, {})
    agree, compared = agreeing.get((source.name, column.name), (None, None))
    wrong = sum(n for s, name, rule, n in mended if s == source.name and name == column.name and rule in _RULED)
    return {
        "source": source.name,
        "table": source.table,
        "column": column.name,
        "complete_before": _share(given, total),
        "complete": _share(after["filled"], after["rows"]),
        "standard_before": _share(max(given - odd, 0), given),
        "valid_before": _share(max(given - unread, 0), given),
        "valid": 1.0 if after["filled"] else None,
        "unique_before": _share(distinct, given) if key else None,
        "unique": _share(after["distinct"], after["filled"]) if key else None,
        "consistent_before": _share(max(given - wrong, 0), given) if ruled else None,
        "consistent": 1.0 if ruled and after["filled"] else agree,
        "compared": None if ruled else compared,
    }


def _changed_cells(changes: Sequence[Change]) -> int:
    """Cells that were not as they should be; one that several rules changed once, one text of several files in each."""
    cells: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for change in changes:
        if change.rule not in _ADDED:
            cells[change.raw, id(change.each)][change.rule] += change.cells
    return sum(max(by_rule.values()) for by_rule in cells.values())


def _is_key(table: str, column: str) -> bool:
    return (table == "customers" and column in _UNIQUE) or SOURCE_TABLES[table].key == (column,)


def _share(part: Any, whole: Any) -> float | None:
    return float(part) / float(whole) if whole else None


def _raw_counts(connection: duckdb.DuckDBPyConnection, parts: Sequence[Opened]) -> dict[str, tuple[int, int, int]]:
    """Column -> (rows that are data, cells that hold something, of keys different texts), over a source's files."""
    names = list(dict.fromkeys(name for part in parts for name in part.mapped))
    selects, aside = [], 0
    for part in parts:
        aside += len(part.file.rejected)
        cells = ", ".join(f'{_cell(part, part.mapped.get(name))} AS "{name}"' for name in names)
        selects.append(f"SELECT {cells} FROM {part.file.relation} AS raw")
    table = parts[0].source.table
    distinct = {name: f'COUNT(DISTINCT "{name}")' if _is_key(table, name) else "0" for name in names}
    counts = ", ".join(f'COUNT("{name}"), {distinct[name]}' for name in names)
    query = f"SELECT COUNT(*), {counts} FROM ({' UNION ALL '.join(selects)}) AS cells"
    total, *found = connection.execute(query).fetchone() or (0,)
    return {name: (total + aside, found[2 * i], found[2 * i + 1]) for i, name in enumerate(names)}


def _cell(part: Opened, mapped: Mapped | None) -> str:
    if mapped is None:
        return "CAST(NULL AS VARCHAR)"
    if mapped.constant is not None:
        return sql.string(mapped.constant)
    raw = f"raw.{sql.quoted(mapped.header)}"
    if part.file.types[mapped.header] != "VARCHAR":
        return f"CAST({raw} AS VARCHAR)"
    return f"CASE WHEN {raw} > ' ' THEN {raw} END"


def _agreement(
    connection: duckdb.DuckDBPyConnection, opened: Sequence[Opened]
) -> dict[tuple[str, str], tuple[float, int]]:
    """(source, column) of lists of customers -> share of the values equal to the golden one, where another record of
    the customer says something too, and how many these are. A vague name (张姐, 丽娟) does not speak against a whole one."""
    lists = [part for part in opened if part.source.table == "customers" and not part.source.people]
    names = [name for name in CUSTOMERS.names if any(name in part.mapped for part in lists)]
    if not lists or not names or not _exists(connection, "golden_customers"):
        return {}
    own = ", ".join(sql.string(part.source.name) for part in lists)
    said = ", ".join(f'COUNT("{n}") OVER (PARTITION BY customer_id) AS "n_{n}"' for n in names)
    both = {n: f'FILTER (r."n_{n}" > 1 AND r."{n}" IS NOT NULL)' for n in names}
    less = f"(regexp_matches(r.name, {sql.string(VAGUE)}) OR {gives_less('r.name', 'g.name')})"
    both |= {n: f"{both[n][:-1]} AND {less} IS NOT TRUE)" for n in names if n == "name"}
    same = ", ".join(f'AVG(CAST(r."{n}" = g."{n}" AS INTEGER)) {both[n]}, COUNT(*) {both[n]}' for n in names)
    rows = connection.execute(
        f"SELECT r._source, {same} FROM (SELECT *, {said} FROM named_customers WHERE {ACCEPTED} AND customer_id IS NOT NULL AND _source IN ({own}))"
        " AS r JOIN golden_customers AS g USING (customer_id) GROUP BY r._source ORDER BY r._source"
    ).fetchall()
    places = {n: 2 * i + 1 for i, n in enumerate(names)}
    return {(row[0], n): (row[i], row[i + 1]) for row in rows for n, i in places.items() if row[i] is not None}


def _exists(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    query = f"SELECT COUNT(*) FROM duckdb_views() WHERE view_name = {sql.string(name)}"
    return bool(sql.one(connection, query))


def _newest(files: pd.DataFrame, frame: pd.DataFrame) -> list[date | None]:
    """Day of the newest accepted row of the source, beside the column that dates it."""
    newest = files.dropna(subset=["newest"]).groupby("source")["newest"].max()
    dated = [
        SOURCE_TABLES[table].event == column for table, column in zip(frame["table"], frame["column"], strict=True)
    ]
    return [newest.get(source) if is_so else None for source, is_so in zip(frame["source"], dated, strict=True)]


def timely(quality: pd.DataFrame, days: pd.DataFrame, day: date) -> pd.DataFrame:
    """`quality` with newest, age_days and timely as they stand at the end of a day."""
    known = days.assign(day=pd.to_datetime(days["day"]).astype("datetime64[ns]"))
    known = known[known["day"] <= pd.Timestamp(day)]
    newest = known.groupby("source")["day"].max()
    age = (pd.Timestamp(day) - known["day"]).dt.days
    weeks = (age[age < 7 * WEEKS] // 7).groupby(known["source"]).nunique() / WEEKS
    dated = quality["newest"].notna().tolist()
    pairs = zip(quality["source"], dated, strict=True)
    own = [newest.get(source, pd.NaT) if is_so else pd.NaT for source, is_so in pairs]
    latest = pd.Series(own, index=quality.index, dtype="datetime64[ns]")
    share = [float(weeks.get(s, 0.0)) if pd.notna(n) else None for s, n in zip(quality["source"], own, strict=True)]
    return quality.assign(
        newest=latest,
        age_days=(pd.Timestamp(day) - latest).dt.days,
        timely=pd.Series(share, index=quality.index, dtype="float64"),
    )
