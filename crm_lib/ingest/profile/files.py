"""A file that nobody has seen -> what it is: its layout, what its columns hold, the table and columns that they could be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from crm_lib.engagement import Source
from crm_lib.ingest import sql
from crm_lib.ingest.databases.sqlite_tables import is_sqlite, rows_of, tables_of
from crm_lib.ingest.load import RawFile, load
from crm_lib.ingest.profile.layout import Page, find_header, goes_on_below, pages
from crm_lib.ingest.profile.match import DOUBTED, Suggestion, TableGuess, guess_table
from crm_lib.ingest.profile.returns import of_after_sales, rows_of_refunds, stands_once
from crm_lib.ingest.profile.synonyms import (
    given_back,
    header_form,
    is_complaint_flag,
    is_refusal,
    is_status,
    known_values,
    no_orders,
    not_yet,
    prepaid,
    unpaid,
    void,
)
from crm_lib.ingest.profile.values import Evidence, evidence, evidence_of_cells
from crm_lib.ingest.profile.whole_orders import WholeOrder, whole_order
from crm_lib.ingest.readers.file_kind import WORKBOOKS
from crm_lib.ingest.readers.raw import headers
from crm_lib.ingest.readers.two_headers import joined
from crm_lib.ingest.values.numbers import parse_integer
from crm_lib.ingest.values.text import folded, match_form
from crm_lib.ingest.values.words import parse_boolean, parse_word
from crm_lib.tables import SOURCE_TABLES

_UNITS = {"万": 10000, "千": 1000}
_UNIT = re.compile(r"[(（\[]?(?:单位[:：])?([万千])元?[)）\]]?\s*$")
_REFUND = ("refund", "退款")
_READABLE = 0.5  # share of dates


@dataclass(frozen=True)
class Values:
    """Of a column that takes certain words only: the client's word -> ours; words of rows that are no data; of orders that
    are not paid, which the client has to tell; words of sales that were given back and have no row of a sale; words that
    nobody knows. `prepaid`: of `not_data`, those of money paid in ahead."""

    header: str
    known: Mapping[str, str] = field(default_factory=dict)
    not_data: tuple[str, ...] = ()
    unpaid: tuple[str, ...] = ()
    given_back: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    prepaid: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """One text or sheet. `settings` are keys of a source that readers do not find by themselves; `date_order` is ''
    where none is needed, `order_sure` whether only one order fits; `first_row` whether there seems to be no header."""

    path: Path
    format: str
    encoding: str
    delimiter: str
    sheet: str
    hidden: bool
    settings: Mapping[str, str | int]
    header_row: int
    upper: bool
    headless: bool
    rows: int
    rejected: Mapping[str, int]
    not_data: Mapping[str, int]
    columns: tuple[Evidence, ...]
    guess: TableGuess
    values: Mapping[str, Values]
    date_order: str = ""
    order_sure: bool = True
    amount_unit: int = 1
    merged: int = 0  # cells that got the value of their merged region
    whole: WholeOrder = field(default_factory=WholeOrder)

    @property
    def mapping(self) -> tuple[Suggestion, ...]:
        return self.guess.mapping

    def column(self, header: str) -> Evidence:
        return next(column for column in self.columns if column.header == header)


def profile(path: Path) -> list[Profile]:
    """Every sheet of a file, every table of an SQLite file. Raise what `load.load` raises."""
    if is_sqlite(path):
        with sql.connect() as connection:
            return [_of_table(connection, path, name) for name in tables_of(path)]
    found = pages(path) or [Page(path, "", ())]
    with sql.connect() as connection:
        return [_profile(connection, page, i) for i, page in enumerate(found)]


def _of_table(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> Profile:
    query = f"SELECT * FROM {sql.quoted(name)}"
    table = rows_of(path, query)
    connection.register("asked", table)
    columns = tuple(evidence(connection, "asked", header) for header in table.column_names)
    guess = guess_table(columns, f"{path.stem} {name}")
    values = _values(guess, columns, rows_of_refunds(connection, "asked", guess.table, guess.mapping))
    order, sure = _date_order(guess, columns)
    connection.unregister("asked")
    return Profile(
        path, "sql", "", "", name, False, {"query": query}, 1, False, False, table.num_rows, {}, {}, columns,
        _less_sure(guess, values), values, order, sure,
    )  # fmt: skip


def _profile(connection: duckdb.DuckDBPyConnection, page: Page, number: int) -> Profile:
    header = find_header(page.rows)
    below = header is not None and page.format in WORKBOOKS and goes_on_below(page.rows, header)
    row = header.row + below if header else 1
    both = below or (header is not None and header.upper and page.format in WORKBOOKS)
    settings = _settings(page, row - both, 1 + both)
    said = f"{page.path.stem} {page.sheet}"
    serials = page.format in WORKBOOKS
    early = guess_table(_early(page, row - both, row, serials), said)
    source = Source.model_validate(
        {
            "name": f"file_{number}",
            "file": page.path.name,
            "format": page.format or None,
            "table": early.table,
            **settings,
        }
        | {"columns": {one.column: one.header for one in early.mapping}}
    )
    (file,) = load(source, page.path.parent, connection)
    columns = tuple(evidence(connection, file.relation, name, serials) for name in file.headers)
    guess = guess_table(columns, said)
    order, sure = _date_order(guess, columns)
    values = _values(guess, columns, rows_of_refunds(connection, file.relation, guess.table, guess.mapping))
    whole = whole_order(connection, file.relation, guess, columns)
    values = taken_off(values) if whole.given_back else values
    guess = _of_rows(_less_sure(guess, values), whole)
    return Profile(
        page.path, file.format, file.encoding, page.delimiter, page.sheet, page.hidden, settings, row,
        below or (header is not None and header.upper), header is None and bool(page.rows), _rows(connection, file),
        Counter(one.reason for one in file.rejected), Counter(one.kind for one in file.skipped),
        columns, guess, values, order, sure, _unit(guess), sum(note.n for note in file.notes if note.kind == "merged"),
        whole,
    )  # fmt: skip


def _settings(page: Page, row: int, rows: int) -> dict[str, str | int]:
    """What has to be said of a source beside its file."""
    given = {"sheet": page.sheet, "encoding": page.encoding, "delimiter": page.delimiter}
    places = {"header_row": row, "header_rows": rows}
    return {k: v for k, v in given.items() if v} | {
        k: n for k, n in places.items() if rows > 1 or (k == "header_row" and n > 1)
    }


def _early(page: Page, first: int, row: int, serials: bool) -> list[Evidence]:
    """Evidence of the first rows, from which the rows of totals are told."""
    if not page.rows:
        return []
    names = headers(joined(page.rows[first - 1 : row], first - 1, None))
    body = [list(cells) + [""] * (len(names) - len(cells)) for cells in page.rows[row:]]
    return [evidence_of_cells(name, [cells[i] for cells in body], serials) for i, name in enumerate(names)]


def _rows(connection: duckdb.DuckDBPyConnection, file: RawFile) -> int:
    read = sql.one(connection, f"SELECT COUNT(*) FROM {file.relation}")
    return read + len(file.rejected) + len(file.skipped)


def _date_order(guess: TableGuess, columns: Sequence[Evidence]) -> tuple[str, bool]:
    """The order of day, month and year that most dates of the mapped columns can be read in; whether it is the only one."""
    table = {column.name: column for column in SOURCE_TABLES[guess.table].columns}
    named = {
        one.header for one in guess.mapping if table.get(one.column) and table[one.column].type in ("DATE", "TIMESTAMP")
    }
    dated = [c for c in columns if c.header in named and c.filled and c.share("date") >= _READABLE]
    total = {order: sum(c.orders[order] * c.filled for c in dated) for order in ("YMD", "DMY", "MDY")}
    best = max(total, key=lambda order: total[order])
    if best == "YMD":
        return "", True
    return best, total["DMY"] != total["MDY"]


def _unit(guess: TableGuess) -> int:
    amounts = SOURCE_TABLES[guess.table].amounts
    found = (_UNIT.search(match_form(one.header)) for one in guess.mapping if one.column in amounts)
    return next((_UNITS[match[1]] for match in found if match), 1)


def _values(guess: TableGuess, columns: Sequence[Evidence], refunds: frozenset[str]) -> dict[str, Values]:
    """Column -> what is to be said of its words, of those that take certain words only."""
    by_header = {column.header: column for column in columns}
    table = {column.name: column for column in SOURCE_TABLES[guess.table].columns}
    found = {}
    for one in guess.mapping:
        if one.column in table and table[one.column].values:
            if is_complaint_flag(guess.table, one.column, one.header):
                said = _complained(by_header[one.header])
            else:
                said = _words(guess.table, one.column, by_header[one.header], refunds)
            if said.known or said.not_data or said.unpaid or said.given_back or said.unknown:
                found[one.column] = said
        elif one.column in table and (scale := known_values(guess.table, one.column)):
            said = _scaled(by_header[one.header], scale)
            if said.known:
                found[one.column] = said
        elif one.column == "may_contact" and is_refusal(one.header):
            found[one.column] = _turned(by_header[one.header])
    if guess.table == "order_lines":
        mapped = {one.header for one in guess.mapping}
        for column in columns:  # a document's own status (an ERP's 单据状态), beside what it is
            words = tuple(sorted(word for word in column.words if header_form(word) in void()))
            if words and column.header not in mapped and is_status(column.header):
                found[column.header] = Values(column.header, not_data=words)
        for header, words in of_after_sales([column for column in columns if column.header not in mapped]).items():
            found[header] = Values(header, given_back=words)
    return found


def _turned(found: Evidence) -> Values:
    """Yes is no: the header says who may not be contacted."""
    read = {word: parse_boolean(word) for word in sorted(found.words)}
    known = {word: "false" if said == "true" else "true" for word, said in read.items() if said}
    return Values(found.header, known, unknown=tuple(word for word, said in read.items() if not said))


def _scaled(found: Evidence, scale: Mapping[str, str]) -> Values:
    """Words that stand for a number of the scale; numbers say themselves."""
    words = [word for word in sorted(found.words) if parse_integer(word) is None]
    known = {word: scale[header_form(word)] for word in words if header_form(word) in scale}
    return Values(found.header, known, unknown=tuple(word for word in words if word not in known))


def _complained(found: Evidence) -> Values:
    """Yes is a complaint; what is none is taken for a request."""
    read = {word: parse_boolean(word) for word in sorted(found.words)}
    known = {word: "complaint" if said == "true" else "request" for word, said in read.items() if said}
    return Values(found.header, known, unknown=tuple(word for word, said in read.items() if not said))


def taken_off(values: Mapping[str, Values]) -> dict[str, Values]:
    """Where what was given back is taken off the amount, a sale that was given back, wholly or in part, is a sale."""
    found = {}
    for column, said in values.items():
        part = tuple(word for word in said.unknown if any(one in header_form(word) for one in _REFUND))
        sales = dict.fromkeys((*said.given_back, *part), "sale") if column == "kind" else {}
        unknown = tuple(word for word in said.unknown if word not in sales)
        found[column] = replace(said, known={**said.known, **sales}, given_back=(), unknown=unknown)
    return found


def _of_rows(guess: TableGuess, whole: WholeOrder) -> TableGuess:
    """What stands once an order numbers no rows."""
    return replace(
        guess, mapping=tuple(o for o in guess.mapping if o.column != "line_no" or o.header not in whole.once)
    )


def _less_sure(guess: TableGuess, values: Mapping[str, Values]) -> TableGuess:
    """Where not every word of a column is known it is not sure that it is that column."""
    open_ = {name for name, said in values.items() if said.unknown or said.unpaid}
    mapping = (
        replace(one, confidence=min(one.confidence, DOUBTED), reason="doubtful") if one.column in open_ else one
        for one in guess.mapping
    )
    return replace(guess, mapping=tuple(mapping))


def _words(table: str, column: str, found: Evidence, refunds: frozenset[str]) -> Values:
    """`refunds`: words whose rows are refunds by what stands in them."""
    known: dict[str, str] = {}
    not_data: list[str] = []
    back: list[str] = []
    open_: list[str] = []
    unknown: list[str] = []
    orders = (table, column) == ("order_lines", "kind")
    ours = known_values(table, column)
    idle = no_orders() if orders else not_yet() if (table, column) == ("visits", "status") else frozenset()
    for word in {folded(word): word for word in sorted(found.words)}.values():
        if orders and word not in refunds and stands_once(found.header, word):
            back.append(word)
        elif parse_word(word, table, column) is not None:
            continue
        elif orders and header_form(word) in given_back():
            known[word] = "refund"
        elif header_form(word) in ours:
            known[word] = ours[header_form(word)]
        elif header_form(word) in idle:
            not_data.append(word)
        elif orders and header_form(word) in unpaid():
            open_.append(word)
        else:
            unknown.append(word)
    ahead = _paid_ahead(found, ours) if orders else []
    known = {word: value for word, value in known.items() if word not in ahead}
    not_data, unknown = [*not_data, *ahead], [word for word in unknown if word not in ahead]
    listed = (tuple(sorted(words)) for words in (not_data, open_, back, unknown, ahead))
    return Values(found.header, known, *listed)


def _paid_ahead(found: Evidence, ours: Mapping[str, str]) -> list[str]:
    """Words of top-ups, where other rows of the file are sales: what is paid from a card is sold there."""
    ahead = [word for word in found.words if header_form(word) in prepaid()]
    rest = [word for word in found.words if word not in ahead]
    sold = any("sale" in (parse_word(w, "order_lines", "kind"), ours.get(header_form(w))) for w in rest)
    return ahead if sold else []
