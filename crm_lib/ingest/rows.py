"""Which rows are accepted: one table `rows_<table>` a canonical table, each row with its reason if it is set aside."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from crm_lib.ingest import sql
from crm_lib.ingest.amend import (
    ACCEPTED,
    as_table,
    change,
    change_some,
    collect_large,
    increasing,
    is_large,
    set_aside,
)
from crm_lib.ingest.mapping import SURROGATE_IDS, decisive, source_columns
from crm_lib.tables import IDENTITY, Table

REFERENCE = tuple(column.name for column in IDENTITY)
# Table -> {what cannot come before: what it cannot come before}.
NOT_BEFORE = {
    "tickets": {"first_response_at": "opened_at", "closed_at": "opened_at"},
    "campaigns": {"ends_on": "starts_on"},
    "campaign_members": {"responded_on": "sent_on"},
}
END_OF_DAY = {"closed_at": "date_trunc('day', closed_at) + INTERVAL 86399 SECOND"}


def as_json(names: Sequence[str], relation: str = "") -> str:
    """SQL of columns as one JSON text."""
    prefix = f"{relation}." if relation else ""
    return "to_json({" + ", ".join(f"{sql.string(name)}: {prefix}{sql.quoted(name)}" for name in names) + "})"


def columns_of(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in source_columns(table))


def collect(connection: duckdb.DuckDBPyConnection, table: Table, selects: list[str], large: bool = False) -> None:
    """Make `rows_<table>` of every file's SELECT: `_reason`, `_column` and `_duplicate` say what becomes of a row.

    Where a file is large they are kept beside the rows and `rows_<table>` is a view (see `crm_lib.ingest.amend`).
    """
    reason, column = _verdict(table)
    if large:
        collect_large(connection, table, selects, reason, column)
        return
    parts = " UNION ALL BY NAME ".join(f"({select})" for select in selects)
    connection.execute(
        f'CREATE OR REPLACE TABLE "rows_{table.name}" AS SELECT *, {reason} AS _reason, {column} AS _column,'
        f" FALSE AS _duplicate FROM ({parts}) AS given"
    )


def _verdict(table: Table) -> tuple[str, str]:
    """SQL of the first reason to set a row aside, and of its column."""
    cases = []
    for column in source_columns(table):
        surrogate = column.name == SURROGATE_IDS.get(table.name)
        if decisive(table.name, column):
            reason = "not_allowed" if column.values else "invalid_value"
            cases.append((f'"bad_{column.name}"', reason, column.name))
        if column.required and not surrogate:
            cases.append((f'"{column.name}" IS NULL', "required_missing", column.name))
    if table.name == "customers":
        nobody = " AND ".join(f'"{column.name}" IS NULL' for column in IDENTITY)
        cases.append((nobody, "no_reference", ""))
    if not cases:
        return "CAST(NULL AS VARCHAR)", "CAST(NULL AS VARCHAR)"
    reasons = " ".join(f"WHEN {test} THEN '{reason}'" for test, reason, _ in cases)
    columns = " ".join(f"WHEN {test} THEN '{column}'" for test, _, column in cases)
    return f"CASE {reasons} END", f"CASE {columns} END"


def mend(connection: duckdb.DuckDBPyConnection, table: Table) -> list[tuple[str, str, str, int]]:
    """Values that follow from others. Return (source, column, rule, cells changed)."""
    rows = f'"rows_{table.name}"'
    if table.name == "order_lines":
        # Of what is said to be a refund; a positive line of what is only taken for one stays as it is.
        signed = _sign_refunds(connection, rows, table, ["amount"], "TRUE")
        _name_kinds(connection, rows, table)
        _number_given_back(connection, rows, table)
        _number_lines(connection, rows, table)
        return signed + _sign_refunds(connection, rows, table, ["cost", "quantity"], "amount <= 0")
    as_table(connection, table)
    blanked = _date_holdouts(connection, rows) if table.name == "campaign_members" else []
    blanked += _blank_impossible_times(connection, rows, table)
    if id := SURROGATE_IDS.get(table.name):
        content = as_json(columns_of(table))
        connection.execute(f'UPDATE {rows} SET "{id}" = _source || \'-\' || md5({content})[:12] WHERE "{id}" IS NULL')
    return blanked


def _date_holdouts(connection: duckdb.DuckDBPyConnection, rows: str) -> list[tuple[str, str, str, int]]:
    """Who is held out is sent nothing: without a day of their own they are compared from the first day that the campaign
    was sent to the others."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE first_sent AS SELECT campaign_id, MIN(sent_on) AS first_on FROM {rows}"
        " WHERE arm IS DISTINCT FROM 'holdout' AND _reason IS NULL GROUP BY campaign_id"
    )
    undated = "arm = 'holdout' AND _reason = 'required_missing' AND _column = 'sent_on'"
    known = f"{undated} AND campaign_id IN (SELECT campaign_id FROM first_sent WHERE first_on IS NOT NULL)"
    found = connection.execute(
        f"SELECT _source, COUNT(*) FROM {rows} WHERE {known} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    if found:
        connection.execute(
            f"UPDATE {rows} SET sent_on = first_sent.first_on, _reason = NULL, _column = NULL FROM first_sent"
            f" WHERE {rows}.campaign_id = first_sent.campaign_id AND {known.replace('campaign_id IN', rows + '.campaign_id IN')}"
        )
    return [(source, "sent_on", "holdout_day", count) for source, count in found]


def _blank_impossible_times(
    connection: duckdb.DuckDBPyConnection, rows: str, table: Table
) -> list[tuple[str, str, str, int]]:
    """An answer before its question is an error of typing: the row stays, the time is not known.

    Midnight of the day itself is a day without a time, not a moment before: what was closed that day was closed by its
    end, when it was answered is not known.
    """
    counts = []
    for column, start in NOT_BEFORE.get(table.name, {}).items():
        moment = table.column(column).type == "TIMESTAMP"
        same_day = f"CAST({column} AS DATE) = CAST({start} AS DATE) AND {column} = date_trunc('day', {column})"
        rules = [("same_day", f"{column} < {start} AND {same_day}", END_OF_DAY.get(column, "NULL"))] if moment else []
        for rule, wrong, value in [*rules, ("before_start", f"{column} < {start}", "NULL")]:
            found = connection.execute(
                f"SELECT _source, COUNT(*) FROM {rows} WHERE {wrong} GROUP BY ALL ORDER BY ALL"
            ).fetchall()
            if found:
                connection.execute(f"UPDATE {rows} SET {column} = {value} WHERE {wrong}")
            counts += [(source, column, rule, count) for source, count in found]
    return counts


def _name_kinds(connection: duckdb.DuckDBPyConnection, rows: str, table: Table) -> None:
    """Where nothing says so, an order's lines of a day are a refund when they come to less than nothing: one line may be a
    discount."""
    if not sql.one(connection, f"SELECT COUNT(*) FROM {rows} WHERE kind IS NULL"):
        return
    named = "'sale'"
    if sql.one(connection, f"SELECT COUNT(*) FROM {rows} WHERE kind IS NULL AND amount < 0"):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE refunding AS SELECT _source, order_id, ordered_on FROM {rows}"
            " WHERE kind IS NULL AND _reason IS NULL GROUP BY _source, order_id, ordered_on HAVING SUM(amount) < 0"
        )
        named = (
            "CASE WHEN (_source, order_id, ordered_on) IN (SELECT (_source, order_id, ordered_on) FROM refunding)"
            " THEN 'refund' ELSE 'sale' END"
        )
    change(connection, table, "kind", named, "kind IS NULL")


def _sign_refunds(
    connection: duckdb.DuckDBPyConnection, rows: str, table: Table, columns: Sequence[str], where: str
) -> list[tuple[str, str, str, int]]:
    """A refund takes money back: its amount, cost and quantity are negative, however the till writes them."""
    counts = []
    for column in columns:
        wrong = f"kind = 'refund' AND {where} AND {column} > 0"
        found = connection.execute(
            f"SELECT _source, COUNT(*) FROM {rows} WHERE {wrong} GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        if found:
            change(connection, table, column, f"-{column}", wrong)
        counts += [(source, column, "refund_sign", count) for source, count in found]
    return counts


def _number_given_back(connection: duckdb.DuckDBPyConnection, rows: str, table: Table) -> None:
    """A reversal often bears the number of the line that it takes back: lines of the day on which money is given back are
    numbered behind all others of their order where their number stands in the source for something else, too."""
    back = f"{ACCEPTED} AND line_no IS NOT NULL AND (kind = 'refund' OR amount < 0)"
    if not sql.one(connection, f"SELECT COUNT(*) FROM {rows} WHERE {back}"):
        return
    lines = (
        f"SELECT _source, _file, _line, order_id, line_no, CASE WHEN {back} THEN ordered_on END AS day FROM {rows} AS r"
        f" SEMI JOIN (SELECT order_id FROM {rows} WHERE {back}) AS b ON b.order_id = r.order_id"
        f" WHERE {ACCEPTED} AND line_no IS NOT NULL"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE back_lines AS SELECT *, MAX(line_no) OVER (PARTITION BY order_id)"
        " + DENSE_RANK() OVER (PARTITION BY _source, order_id ORDER BY day, line_no) AS value FROM ("
        "SELECT *, COUNT(DISTINCT COALESCE(day, DATE '0001-01-01')) OVER (PARTITION BY _source, order_id, line_no) AS turns"
        f" FROM ({lines})) QUALIFY day IS NOT NULL AND turns > 1"
    )
    change_some(connection, table, "line_no", "SELECT _source, _file, _line, value FROM back_lines")


def _number_lines(connection: duckdb.DuckDBPyConnection, rows: str, table: Table) -> None:
    """Lines without a number are numbered within their order by what they say, so that row order does not matter."""
    if not sql.one(connection, f"SELECT COUNT(*) FROM {rows} WHERE line_no IS NULL AND _reason IS NULL"):
        return
    as_table(connection, table)
    given = sql.one(connection, f"SELECT COUNT(line_no) FROM {rows}")
    some = [column.name for column in table.columns if column.of_some]
    lacking = {name for name in some if not sql.one(connection, f'SELECT COUNT("{name}") FROM {rows}')}
    content = ", ".join(sql.quoted(name) for name in columns_of(table) if name not in lacking)
    files = sql.one(connection, f"SELECT COUNT(*) FROM (SELECT DISTINCT _source, _file FROM {rows})")
    order = "PARTITION BY order_id" + (", _source, _file" if files > 1 else "")
    known = f"COALESCE(MAX(line_no) OVER ({order}), 0)" if given else "0"
    split = f"{order}, {ACCEPTED}, line_no IS NULL" if given else f"{order}, {ACCEPTED}"
    connection.execute(
        f"CREATE OR REPLACE TABLE {rows} AS SELECT * REPLACE (COALESCE(line_no, {known} + ROW_NUMBER() OVER ({split}"
        f" ORDER BY product_id, amount, hash({content}))) AS line_no) FROM {rows}"
    )


def settle_keys(connection: duckdb.DuckDBPyConnection, table: Table, sources: Sequence[str]) -> None:
    """Of rows with one key the fullest of the first source stays; the same again is a duplicate, others conflict. Of rows
    of several sources that agree wherever both say something the fullest stays, whichever its source.

    Customers have no key of their own: a row that says the very same again is a duplicate.
    """
    rows = f'"rows_{table.name}"'
    key, content = _key_and_content(table, set(sql.described(connection, rows)))
    keys = ", ".join(map(sql.quoted, key))
    given = " AND ".join(f'"{name}" IS NOT NULL' for name in table.key if name in key) or "TRUE"
    if _surely_unique(connection, table, rows, key):
        return
    double = f"SELECT {keys} FROM {rows} WHERE {ACCEPTED} AND {given} GROUP BY {keys} HAVING COUNT(*) > 1"
    if not sql.one(connection, f"SELECT COUNT(*) FROM ({double})"):
        return
    rank = "CASE _source " + " ".join(f"WHEN {sql.string(s)} THEN {i}" for i, s in enumerate(sources)) + " END"
    filled = " + ".join(f'CAST("{name}" IS NOT NULL AS INTEGER)' for name in content)
    same = " AND ".join(f'b."{name}" IS NOT DISTINCT FROM d."{name}"' for name in key)
    agree = " AND ".join(f'(MIN("{name}") OVER g IS NOT DISTINCT FROM MAX("{name}") OVER g)' for name in content)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE ranked AS SELECT _source, _file, _line, content, together,"
        " ROW_NUMBER() OVER w AS place, FIRST_VALUE(content) OVER w AS first, FIRST_VALUE(_source) OVER w AS other FROM ("
        f"SELECT *, {agree} AND MIN(_source) OVER g <> MAX(_source) OVER g AND BOOL_AND(alike) OVER g AS together FROM ("
        "SELECT *, MIN(content) OVER own = MAX(content) OVER own AS alike FROM ("
        f"SELECT *, {as_json(content)} AS content, {rank} AS rank, {filled} AS filled FROM {rows} AS b"
        f" SEMI JOIN ({double}) AS d ON {same} WHERE {ACCEPTED})"
        f" WINDOW own AS (PARTITION BY {keys}, _source)) WINDOW g AS (PARTITION BY {keys}))"
        f" WINDOW w AS (PARTITION BY {keys} ORDER BY CASE WHEN together THEN 0 ELSE rank END, filled DESC, rank,"
        " content, _file, _line)"
    )
    set_aside(
        connection,
        table,
        "SELECT _source, _file, _line, CASE WHEN content <> first AND NOT together THEN 'key_conflict' END AS reason,"
        f" CASE WHEN content <> first AND NOT together THEN {sql.string(table.key[0])} END AS col,"
        " content = first OR together AS duplicate FROM ranked WHERE place > 1",
    )
    _keep_twice(connection, table)


def _keep_twice(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Table `twice`: lines of orders that another source delivers, too, by file and day."""
    if table.name != "order_lines":
        return
    connection.execute(
        "CREATE OR REPLACE TABLE twice AS SELECT r._source AS source, r._file AS file, r.other, t.ordered_on AS day,"
        " COUNT(*) AS rows, CAST(SUM(t.amount) AS DOUBLE) AS amount"
        f' FROM ranked AS r JOIN "rows_{table.name}" AS t USING (_source, _file, _line)'
        " WHERE r.place > 1 AND r.other <> r._source AND (r.content = r.first OR r.together) GROUP BY ALL"
    )


def _surely_unique(connection: duckdb.DuckDBPyConnection, table: Table, rows: str, key: Sequence[str]) -> bool:
    """A cheap proof for many rows that none shares its key, where there is one: lines of an order as bits of a number."""
    if table.key != ("order_id", "line_no") or len(key) != 2 or not is_large(connection, table):
        return False
    bit = "CASE WHEN line_no BETWEEN 0 AND 62 THEN CAST(1 AS BIGINT) << line_no ELSE 0 END"
    twice = (
        f"SELECT order_id FROM {rows} WHERE {ACCEPTED} AND order_id IS NOT NULL AND line_no IS NOT NULL"
        f" GROUP BY order_id HAVING COUNT(*) > bit_count(BIT_OR({bit}))"
    )
    return increasing(connection, table) or not sql.one(connection, f"SELECT COUNT(*) FROM ({twice})")


def _key_and_content(table: Table, present: set[str]) -> tuple[list[str], list[str]]:
    """Columns that a row must not share with another, and those that tell a repetition from a conflict."""
    if table.name == "customers":
        return ["_source", *columns_of(table)], list(columns_of(table))
    resolved = "customer_id" in present
    content = [name for name in columns_of(table) if not (resolved and name in REFERENCE)]
    return [name for name in table.key if name in present], content + ["customer_id"] * resolved


def settle_arms(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """A customer in both arms of a campaign (two records, one person) tells nothing of its effect: set aside."""
    rows = f'"rows_{table.name}"'
    as_table(connection, table)
    connection.execute(
        f"UPDATE {rows} SET _reason = 'both_arms', _column = 'arm' FROM (SELECT campaign_id AS c, customer_id AS p"
        f" FROM {rows} WHERE {ACCEPTED} AND customer_id IS NOT NULL GROUP BY c, p HAVING COUNT(DISTINCT arm) > 1) AS d"
        f" WHERE campaign_id = d.c AND customer_id = d.p AND {ACCEPTED}"
    )
