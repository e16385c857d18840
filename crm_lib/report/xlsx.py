"""Document -> Excel workbook: contents, the figures quoted, and a sheet for each table and each chart's data.

Cells are typed; nothing that comes from data is ever a formula or a link. Same document, same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from crm_lib.language import NOT_KNOWN, Catalogue, Value
from crm_lib.report import blocks as b
from crm_lib.report._xlsx_figures import Figure, figures
from crm_lib.report._xlsx_formats import Cells, width
from crm_lib.report._xlsx_messages import split
from crm_lib.report._xlsx_sheets import (
    MOST_ROWS,
    Column,
    Sheet,
    height,
    link_to,
    print_setup,
    sheet_names,
    wrapped,
    write_sheet,
)
from crm_lib.report.brand import Brand
from crm_lib.report.cells import cell_text

TITLES = 70  # width of the titles in the contents
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


def render(document: b.Document, words: Catalogue, brand: Brand, most_rows: int = MOST_ROWS) -> bytes:
    """Workbook of a document; a table of more than `most_rows` rows goes on in further sheets."""
    file = BytesIO()
    with Workbook(file, _OPTIONS) as book:
        cells = Cells(book, words, brand)
        sheets = _named([_figures(document, words), *_data_sheets(document, words, most_rows)], words)
        contents = book.add_worksheet(_contents_name(words))
        for sheet in sheets:
            write_sheet(book.add_worksheet(sheet.name), sheet, cells, _contents_name(words))
        _write_contents(contents, document.cover, sheets, cells)
        _properties(book, document.cover, words, brand)
    return file.getvalue()


def _contents_name(words: Catalogue) -> str:
    return sheet_names([words.word("report.contents")])[0]


def _named(sheets: Sequence[Sheet], words: Catalogue) -> list[Sheet]:
    names = sheet_names([sheet.name for sheet in sheets], taken=[_contents_name(words)])
    return [replace(sheet, name=name) for sheet, name in zip(sheets, names, strict=True)]


def _properties(book: Workbook, cover: b.Cover, words: Catalogue, brand: Brand) -> None:
    names = words.word("common.list_join").join(words.text(name) for name in cover.deliverables)
    book.set_properties(
        {
            "title": names or words.text(cover.title),
            "subject": f"{words.text(cover.client)} · {words.text(cover.title)}",
            "author": brand.name,
            "company": brand.name,
            "created": datetime.fromisoformat(cover.as_of[:10]),
        }
    )


def _data_sheets(document: b.Document, words: Catalogue, most_rows: int) -> Iterator[Sheet]:
    tables = charts = 0
    for block in document.blocks:
        if isinstance(block, b.Table):
            tables += 1
            name = words.text("report.xlsx.table", n=tables, title=block.title)
            yield from _parts(_sheet(block, name, words), words, most_rows)
        elif isinstance(block, b.Chart):
            charts += 1
            name = words.text("report.xlsx.chart", n=charts, title=block.title)
            yield from _parts(_sheet(block, name, words, _marks(block, words)), words, most_rows)


def _sheet(block: b.Table | b.Chart, name: str, words: Catalogue, remarks: Sequence[str] = ()) -> Sheet:
    note = [words.text(block.note)] if block.note else []
    columns, cells = [], []
    for i, column in enumerate(block.columns):
        for made, values in _columns(column, [row[i] for row in block.rows], words):
            columns.append(made)
            cells.append(values)
    rows = list(zip(*cells, strict=True)) if block.columns else []
    return Sheet(name, words.text(block.title), [*note, *remarks], columns, rows)


def _columns(column: b.Column, cells: Sequence[Any], words: Catalogue) -> Iterator[tuple[Column, Sequence[Any]]]:
    """The column; where its cells are words about a number each, the numbers and then the words, if these say more."""
    label, text = words.text(column.label), partial(cell_text, words, column)
    figures = split(cells, words) if column.kind == "message" else None
    if figures is None:
        yield Column(label, column.kind, text), cells
        return
    yield Column(label, "any", lambda figure: words.format(*figure) if figure else ""), figures
    shown = [words.format(*figure) if figure else NOT_KNOWN for figure in figures]
    if any(text(cell) != plain for cell, plain in zip(cells, shown, strict=True)):
        yield Column(words.text("report.xlsx.in_words", column=label), column.kind, text), cells


def _marks(chart: b.Chart, words: Catalogue) -> list[str]:
    """Reference lines of a chart, which are in no row."""
    kinds = {column.name: column.kind for column in chart.columns}
    at = {"x": kinds.get(chart.x, "text"), "y": kinds.get(chart.y[0], "text") if chart.y else "text"}
    return [
        words.text("report.xlsx.mark", label=mark.label, value=Value(at[mark.axis], mark.at))  # type: ignore[arg-type]
        for mark in chart.marks
    ]


def _parts(sheet: Sheet, words: Catalogue, most_rows: int) -> Iterator[Sheet]:
    """The sheet, or several where it has more rows than a sheet holds."""
    total = -(-len(sheet.rows) // most_rows)
    if total <= 1:
        yield sheet
        return
    for i in range(total):
        remark = words.text("report.xlsx.part", n=i + 1, total=total)
        rows = sheet.rows[i * most_rows : (i + 1) * most_rows]
        yield replace(sheet, remarks=[remark, *sheet.remarks], rows=rows)


_FIGURE_COLUMNS = ("chapter", "place", "sentence", "shown", "value", "low", "high", "base")


def _figures(document: b.Document, words: Catalogue) -> Sheet:
    """Each number as it is quoted, beside its typed value, interval and base."""
    title = words.word("report.xlsx.figures")
    kinds = {"value": "any", "low": "any", "high": "any", "base": "int"}

    def shown(value: Any) -> str:
        return words.format(*value) if isinstance(value, tuple) else words.format("text", value)

    columns = [
        Column(words.word(f"report.xlsx.col.{name}"), kinds.get(name, "text"), shown) for name in _FIGURE_COLUMNS
    ]
    rows = [_figure_row(figure, words) for figure in figures(document, words)]
    return Sheet(title, title, [words.word("report.xlsx.figures_note")], columns, rows)


def _figure_row(figure: Figure, words: Catalogue) -> list[Any]:
    value = figure.value
    typed = [(value.kind, part) if part is not None else None for part in (value.value, value.low, value.high)]
    place = words.word(f"report.xlsx.place.{figure.place}")
    return [figure.chapter, place, figure.sentence, figure.shown, *typed, value.base]


def _write_contents(target: Worksheet, cover: b.Cover, sheets: Sequence[Sheet], cells: Cells) -> None:
    row = _write_names(target, cover, cells) + 1
    row = _write_facts(target, cover, row, cells) + 1
    _write_list(target, sheets, row, cells)
    target.set_column(0, 0, max(34, *(width(sheet.name) + 2 for sheet in sheets)))
    target.set_column(1, 1, TITLES)
    target.set_column(2, 2, 10)
    print_setup(target)


def _write_names(target: Worksheet, cover: b.Cover, cells: Cells) -> int:
    """Client, deliverables, phase; the row after them."""
    text = cells.words.text
    cells.text(target, 0, 0, text(cover.client), font_size=11, font_color=cells.colours.muted, text_wrap=False)
    for row, name in enumerate(cover.deliverables, 1):
        target.set_row(row, 23)
        cells.text(
            target, row, 0, text(name), bold=True, font_size=16, font_color=cells.colours.accent, text_wrap=False
        )
    cells.text(target, len(cover.deliverables) + 1, 0, text(cover.title), font_size=11, text_wrap=False)
    return len(cover.deliverables) + 2


def _write_facts(target: Worksheet, cover: b.Cover, row: int, cells: Cells) -> int:
    for label, value in cover.facts:
        cells.text(target, row, 0, cells.words.text(label), font_color=cells.colours.muted)
        cells.write(target, row, 1, value.kind, value.value, partial(cells.words.format, value.kind))
        row += 1
    return row


def _write_list(target: Worksheet, sheets: Sequence[Sheet], row: int, cells: Cells) -> None:
    """Each sheet's name as a link, its title, its rows."""
    link = cells.style(font_color=cells.colours.accent, underline=1)
    for j, name in enumerate(("sheet", "title", "rows")):
        target.write_string(row, j, cells.words.word(f"report.xlsx.col.{name}"), cells.header)
    for i, sheet in enumerate(sheets, row + 1):
        target.write_url(i, 0, link_to(sheet.name), link, sheet.name)
        cells.text(target, i, 1, sheet.title)
        if (lines := wrapped(sheet.title, TITLES)) > 1:
            target.set_row(i, height(lines))
        target.write_number(i, 2, len(sheet.rows), cells.style(num_format="#,##0"))
    target.freeze_panes(row + 1, 0)
