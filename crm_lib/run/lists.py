"""The lists that the reports speak of, with names and telephones: a workbook for those who call, never for sending.

`.work/lists.xlsx` holds personal data: mode 0600, never in `reports/`. A sheet for each list that the handoffs name, one
row a customer, the greatest loss that is expected or the most revenue first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

from crm_lib.engagement import Engagement
from crm_lib.handoff import ARTIFACTS
from crm_lib.ingest import sql
from crm_lib.ingest.source_labels import source_labels
from crm_lib.language import Catalogue, Value, term
from crm_lib.report._xlsx_formats import write_date
from crm_lib.report._xlsx_sheets import sheet_names
from crm_lib.run.plan import LISTS

MOST = 50_000  # rows of a sheet
_LITTLE = 20_000  # rows that are held in memory, where they are written faster
# Handoff -> what it adds to every list, where it is known of anybody.
FORECASTS = {
    "churn_scores": ("churn_probability", "repurchase_probability", "reasons", "stage"),
    "lifetime_values": ("clv", "clv_low", "clv_high", "expected_purchases"),
}
_KEY = "key:"
_LAYERED = ("operating_class", "segment", "recency_days", "frequency", "monetary")
_PERSON = ("name", "phone", "email", "city", "owner", "may_contact")
_WORDS = {"segment": "segment", "quadrant": "quadrant", "operating_class": "class", "stage": "churn.stage"}
_SPOKEN = (*_WORDS, "owner", "reasons")  # columns whose cells are words of the catalogue
_MONEY = "#,##0.00"
_FORMATS = {"DOUBLE": _MONEY, "BIGINT": "#,##0", "DATE": "yyyy-mm-dd"}
_OWN_FORMATS = {"churn_probability": "0%", "repurchase_probability": "0%", "expected_purchases": "0.0"}


@dataclass(frozen=True)
class List:
    """One sheet: the customers of a handoff that have this value."""

    artifact: str
    value: str
    customers: int


def write(handoffs: Sequence[Path], canonical: Path, path: Path, engagement: Engagement) -> Path | None:
    """Workbook of the lists in a cycle's handoffs, the first folder that has one; None, and no file, where there are
    none or no customers."""
    files = {name: file for name in (*LISTS, *FORECASTS) if (file := _file(handoffs, name))}
    with sql.connect(1) as connection:
        found = list(_lists(connection, files)) if (canonical / "customers.parquet").exists() else []
        if not found:
            path.unlink(missing_ok=True)
            return None
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        path.chmod(0o600)
        _write(path, found, _Source(connection, files, canonical, engagement))
    return path


def _file(handoffs: Sequence[Path], name: str) -> Path | None:
    return next((path for folder in handoffs if (path := folder / f"{name}.parquet").exists()), None)


def _lists(connection: Any, files: Mapping[str, Path]) -> Iterator[List]:
    for artifact in (name for name in LISTS if name in files):
        column, file = sql.quoted(LISTS[artifact]), files[artifact]
        query = f"SELECT {column}, COUNT(*) FROM read_parquet(?) WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 1"
        for value, n in connection.execute(query, [str(file)]).fetchall():
            yield List(artifact, str(value), int(n))


@dataclass(frozen=True)
class _Source:
    """Where a list's rows come from."""

    connection: Any
    files: Mapping[str, Path]
    canonical: Path
    engagement: Engagement

    @cached_property
    def words(self) -> Catalogue:
        return self.engagement.words(self.engagement.report.languages[0])

    def rows(self, one: List) -> tuple[list[str], list[str], list[tuple[Any, ...]]]:
        """Names and types of columns, and the rows of a list, the most revenue first."""
        plain = [name for name in ARTIFACTS[one.artifact].columns if name not in ("customer_id", LISTS[one.artifact])]
        layered = _LAYERED if one.artifact != "layers" and "layers" in self.files else ()
        shown = [f"p.{sql.quoted(name)}" for name in self.people] + [f'l."{name}"' for name in plain]
        shown += [f'y."{name}"' for name in layered]
        first = [
            f"{name} DESC NULLS LAST" for name in ("expected_loss", "spent", "monetary") if name in (*plain, *layered)
        ]
        found = self.connection.execute(
            f"SELECT {', '.join(shown)} FROM {self._table(one.artifact)} AS l JOIN people AS p USING (customer_id)"
            + (f" LEFT JOIN {self._table('layers')} AS y USING (customer_id)" if layered else "")
            + f" WHERE l.{sql.quoted(LISTS[one.artifact])} = ? ORDER BY {', '.join([*first, 'customer_id'])} LIMIT {MOST}",
            [one.value],
        )
        described = found.description
        return [column[0] for column in described], [str(column[1]) for column in described], found.fetchall()

    @cached_property
    def people(self) -> list[str]:
        """Make the table `people` of what every list says of a customer; its columns."""
        shown = ["c.customer_id", *(f"k.{sql.quoted(_KEY + space)}" for space in self.spaces)]
        shown += [f'c."{name}"' for name in _PERSON] + [f'"{file}"."{name}"' for file, name in self.forecasts]
        self.connection.execute(
            f"CREATE TEMP TABLE people AS SELECT {', '.join(shown)}"
            f" FROM read_parquet({_path(self.canonical, 'customers')}) AS c"
            f" LEFT JOIN ({self._keys()}) AS k USING (customer_id)"
            + "".join(
                f" LEFT JOIN {self._table(file)} AS {file} USING (customer_id)"
                for file in FORECASTS
                if file in self.files
            )
        )
        told = self.connection.execute("SELECT * FROM people LIMIT 0")
        return [column[0] for column in told.description]

    def _table(self, artifact: str) -> str:
        return f"read_parquet({sql.string(str(self.files[artifact]))})"

    @cached_property
    def forecasts(self) -> list[tuple[str, str]]:
        """(handoff, column) of what is forecast of anybody."""
        pairs = [(file, name) for file, names in FORECASTS.items() if file in self.files for name in names]
        counted = {file: [name for one, name in pairs if one == file] for file, _ in pairs}
        known = []
        for file, names in counted.items():
            counts = ", ".join(f"COUNT(NULLIF(CAST(\"{name}\" AS VARCHAR), ''))" for name in names)
            found = self.connection.execute(f"SELECT {counts} FROM {self._table(file)}").fetchone()
            known += [(file, name) for name, count in zip(names, found, strict=True) if count]
        return known

    @cached_property
    def says_cover(self) -> bool:
        """Whether any order says through which day it pays."""
        if not (self.canonical / "orders.parquet").exists():
            return False
        query = f"SELECT COUNT(paid_until) FROM read_parquet({_path(self.canonical, 'orders')})"
        return bool(self.connection.execute(query).fetchone()[0])

    @cached_property
    def spaces(self) -> dict[str, str]:
        """Spaces of the client's own customer numbers -> what the sources are called that keep those customers."""
        records = _path(self.canonical, "trail/records")
        query = f"SELECT DISTINCT key_space FROM read_parquet({records}) WHERE customer_key IS NOT NULL ORDER BY 1"
        return {space: self._called(space) for (space,) in self.connection.execute(query).fetchall()}

    def _called(self, space: str) -> str:
        sources = self.engagement.sources
        own = [source for source in sources if (source.key_space or source.name) == space]
        told, labels = [source for source in own if source.table == "customers"] or own, source_labels(sources)
        called = dict.fromkeys(labels[source.name][self.words.language] for source in told)
        return self.words.value(Value("list", [Value("text", words) for words in called])) or space

    def _keys(self) -> str:
        columns = "".join(
            ", STRING_AGG(DISTINCT customer_key, ' / ' ORDER BY customer_key)"
            f" FILTER (key_space = {sql.string(space)}) AS {sql.quoted(_KEY + space)}"
            for space in self.spaces
        )
        path = _path(self.canonical, "trail/records")
        return (
            f"SELECT customer_id{columns} FROM read_parquet({path}) WHERE customer_id IS NOT NULL GROUP BY customer_id"
        )


def _path(folder: Path, name: str) -> str:
    return sql.string(str(folder / f"{name}.parquet"))


def _write(path: Path, found: Sequence[List], source: _Source) -> None:
    import xlsxwriter

    words = source.words
    titles = [title(one, source.engagement, words) for one in found]
    names = sheet_names([words.word("lists.contents"), *titles])
    options = {
        "constant_memory": sum(one.customers for one in found) > _LITTLE,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    options |= {"strings_to_numbers": False, "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(str(path), options) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF4", "border": 1})
        contents = book.add_worksheet(names[0])
        _contents(contents, found, titles, head, words)
        for one, name in zip(found, names[1:], strict=True):
            _sheet(book, book.add_worksheet(name), one, source, head, words)


def _contents(sheet: Any, found: Sequence[List], titles: Sequence[str], head: Any, words: Catalogue) -> None:
    sheet.set_column(0, 0, 60)
    sheet.write_string(0, 0, words.word("lists.note"))
    for i, name in enumerate(("list", "customers", "rows")):
        sheet.write_string(2, i, words.word(f"lists.column.{name}"), head)
    for row, (one, shown) in enumerate(zip(found, titles, strict=True), 3):
        sheet.write_string(row, 0, shown)
        sheet.write_number(row, 1, one.customers)
        sheet.write_number(row, 2, min(one.customers, MOST))


def title(one: List, engagement: Engagement, words: Catalogue) -> str:
    """What a list is called."""
    if one.artifact == "strategy_members":
        return words.text("lists.strategy", strategy=engagement.strategy_label(one.value))
    if one.artifact == "churn_contacts":
        return words.word(f"lists.churn.{one.value}")
    if one.artifact == "layers":
        return words.text("lists.class", name=term(f"class.{one.value}"))
    return words.word(f"diagnosis.rule.{one.value}")


def _sheet(book: Any, sheet: Any, one: List, source: _Source, head: Any, words: Catalogue) -> None:
    columns, types, rows = source.rows(one)
    codes = [_OWN_FORMATS.get(name, _FORMATS.get(kind)) for name, kind in zip(columns, types, strict=True)]
    formats = [book.add_format({"num_format": code}) if code else None for code in codes]
    for i, name in enumerate(columns):
        sheet.set_column(i, i, 22 if types[i] == "VARCHAR" else 13)
        sheet.write_string(0, i, _label(name, source, words), head)
    writers = [
        _writer(sheet, name, kind, form, source) for name, kind, form in zip(columns, types, formats, strict=True)
    ]
    for r, row in enumerate(rows, 1):
        for i, cell in enumerate(row):
            if cell is not None and cell != "":
                writers[i](r, i, cell)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)


def _writer(sheet: Any, name: str, kind: str, form: Any, source: _Source) -> Callable[[int, int, Any], object]:
    """What writes the cells of a column."""
    if name in _SPOKEN or kind == "BOOLEAN":
        said = cache(lambda cell: _cell(name, cell, source.engagement, source.words))
        return lambda row, column, cell: sheet.write_string(row, column, said(cell))
    if kind == "VARCHAR":
        return sheet.write_string
    write = partial(write_date, sheet) if kind == "DATE" else sheet.write_number
    return lambda row, column, cell: write(row, column, cell, form)


def _label(name: str, source: _Source, words: Catalogue) -> str:
    engagement = source.engagement
    if name.startswith(_KEY):
        return words.text("lists.number", source=source.spaces[name.removeprefix(_KEY)])
    if any(name in names for names in FORECASTS.values()):
        days, months = engagement.definitions, engagement.lifetime.horizon_months
        spans = {"churn": Value("days", days.churn_window_days), "again": Value("days", days.repurchase_window_days)}
        return words.text(f"lists.forecast.{name}", **spans, months=months, day=engagement.cycle.baseline)
    if name in _PERSON:
        return words.word(f"column.customers.{name}")
    if name == "recency_days" and source.says_cover:
        return words.word("lists.column.recency_days.covered")
    return words.word(f"lists.column.{name}")


def _cell(name: str, cell: Any, engagement: Engagement, words: Catalogue) -> str:
    if isinstance(cell, bool):
        return words.word("common.yes" if cell else "common.no")
    if name in _WORDS:
        id = f"{_WORDS[name]}.{cell}"
        return words.word(id) if id in words else str(cell)
    if name == "reasons":
        return words.value(Value("list", [Value("term", f"churn.reason.{one}") for one in cell.split(";") if one]))
    return words.text(engagement.owner_label(cell))
