"""The data-request workbook: what to do, a sheet for each table, questions for interviews and for a survey."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from crm_lib.language import Catalogue
from crm_lib.report._xlsx_formats import ENGLISH_FONT
from crm_lib.report.brand import Brand
from crm_lib.run.intake_plan import HEADER_ROW, IntakeColumn, IntakeSheet, form_word

_ROWS = 20_000  # of a sheet that are checked as they are filled in
_GROUPS = ("management", "sales", "service")
_MADE = datetime(2026, 1, 1)  # a fixed day, so that the same workbook has the same bytes
_EARLIEST, _LATEST = date(1900, 3, 1), date(2100, 1, 1)
_NUMBER_FORMATS = {"text": "@", "choice": "@", "date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm", "whole": "0"}
_WIDTHS = {"text": 18, "choice": 14, "date": 14, "moment": 18, "whole": 12, "number": 12}


@dataclass(frozen=True)
class _Look:
    """The formats of a workbook."""

    book: Workbook
    brand: Brand
    font: str

    def format(self, **settings: object) -> Format:
        base = {"font_name": self.font, "font_size": 10, "valign": "top", "text_wrap": True}
        return self.book.add_format({**base, "font_color": self.brand.colours.ink, **settings})

    def title(self) -> Format:
        return self.format(bold=True, font_size=14, text_wrap=False, font_color=self.brand.colours.accent)

    def header(self, required: bool = True) -> Format:
        dark = {"bg_color": self.brand.colours.accent, "font_color": "#ffffff"}
        light = {"bg_color": "#e8ecef", "font_color": self.brand.colours.ink}
        return self.format(bold=True, border=1, border_color="#b8c0c8", **(dark if required else light))

    def muted(self, **settings: object) -> Format:
        return self.format(font_color=self.brand.colours.muted, **settings)


def workbook(sheets: Sequence[IntakeSheet], words: Catalogue, brand: Brand) -> bytes:
    """Bytes of the .xlsx."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(buffer, options) as book:
        book.set_properties({"title": words.word("intake.title"), "author": brand.name, "created": _MADE})
        look = _Look(book, brand, brand.fonts.sheet if words.language == "zh" else ENGLISH_FONT)
        _about(book.add_worksheet(words.word("intake.sheet.about")), sheets, words, look)
        for sheet in sheets:
            _data(book.add_worksheet(sheet.name), sheet, words, look)
            if sheet.table == "surveys":
                _survey(book.add_worksheet(words.word("intake.sheet.survey")), sheet, words, look)
        for group in _GROUPS:
            _interview(book.add_worksheet(words.word(f"intake.sheet.interview.{group}")), group, words, look)
    return buffer.getvalue()


def _page(target: Worksheet, title: str, look: _Look, landscape: bool = True) -> None:
    target.hide_gridlines(2)
    target.set_paper(9)
    target.fit_to_pages(1, 0)
    if landscape:
        target.set_landscape()
    target.write_string(0, 0, title, look.title())
    target.set_row(0, 24)


def _about(target: Worksheet, sheets: Sequence[IntakeSheet], words: Catalogue, look: _Look) -> None:
    _page(target, words.word("intake.title"), look, landscape=False)
    plain, link = look.format(), look.format(font_color=look.brand.colours.accent, underline=1)
    for column, width in enumerate((24, 72, 18)):
        target.set_column(column, column, width)
    steps = [words.word("intake.about.purpose")]
    rows = {"row": HEADER_ROW + 1, "header": HEADER_ROW}
    steps += [f"{i}. {words.text(f'intake.about.step{i}', **rows)}" for i in range(1, 7)]
    for row, text in enumerate(steps, 2):
        target.merge_range(row, 0, row, 2, text, plain)
        target.set_row(row, 15 * _lines(text, 128))
    start = len(steps) + 3
    for column, name in enumerate(("sheet", "holds", "needed")):
        target.write_string(start, column, words.word(f"intake.about.{name}"), look.header())
    for row, (name, about, needed) in enumerate(_contents(sheets, words), start + 1):
        target.write_url(row, 0, f"internal:'{name}'!A1", link, name)
        target.write_string(row, 1, about, plain)
        target.write_string(row, 2, needed, plain)
        target.set_row(row, 15 * _lines(about, 84))


def _contents(sheets: Sequence[IntakeSheet], words: Catalogue) -> Iterator[tuple[str, str, str]]:
    """(sheet, what belongs there, whether it is needed) in the order of the sheets."""
    for sheet in sheets:
        yield sheet.name, sheet.about, words.word(f"intake.needed.{'yes' if sheet.needed else 'no'}")
        if sheet.table == "surveys":
            yield words.word("intake.sheet.survey"), words.text("intake.about.survey", sheet=sheet.name), ""
    for group in _GROUPS:
        about = words.text("intake.about.interview", group=words.word(f"intake.group.{group}"))
        yield words.word(f"intake.sheet.interview.{group}"), about, ""


def _data(target: Worksheet, sheet: IntakeSheet, words: Catalogue, look: _Look) -> None:
    """Title, meanings, example, header, and empty rows that are checked as they are filled in."""
    _page(target, f"{sheet.name}   {sheet.about}", look)
    target.set_row(0, 24)
    tallest = max(_lines(column.about, _width(column)) for column in sheet.columns)
    target.set_row(1, 14 * tallest)
    for i, column in enumerate(sheet.columns):
        shown = _NUMBER_FORMATS.get(column.form, "General")
        target.set_column(i, i, _width(column), look.format(num_format=shown, text_wrap=False))
        target.write_string(1, i, column.about, look.muted(font_size=9))
        target.write_string(2, i, column.example, look.muted(italic=True, num_format="@"))
        target.write_string(HEADER_ROW - 1, i, column.header, look.header(column.required))
        if rule := _rule(column, words):
            target.data_validation(HEADER_ROW, i, HEADER_ROW + _ROWS - 1, i, rule)
    target.freeze_panes(HEADER_ROW, 1)
    target.repeat_rows(HEADER_ROW - 1)


def _rule(column: IntakeColumn, words: Catalogue) -> dict[str, object] | None:
    """What Excel lets into the cells of a column; None where anything may stand."""
    form = form_word(column.form, column.low, column.high, words)
    said = {"error_title": column.header[:32], "error_message": words.text("intake.wrong", form=form)[:255]}
    if column.form == "choice":
        return said | {"validate": "list", "source": list(column.choices)}
    if column.form in ("date", "moment"):
        return said | {"validate": "date", "criteria": "between", "minimum": _EARLIEST, "maximum": _LATEST}
    if column.form == "whole":
        low, high = (-(10**9), 10**9) if column.low is None else (column.low, column.high)
        return said | {"validate": "integer", "criteria": "between", "minimum": low, "maximum": high}
    if column.form == "number":
        return said | {"validate": "decimal", "criteria": "between", "minimum": -(10**12), "maximum": 10**12}
    return None


def _survey(target: Worksheet, sheet: IntakeSheet, words: Catalogue, look: _Look) -> None:
    """The questions as they may be sent, and where each answer belongs."""
    _page(target, words.word("intake.sheet.survey"), look)
    headers = {column.name: column.header for column in sheet.columns}
    for column, width in enumerate((6, 64, 30, 36)):
        target.set_column(column, column, width)
    target.merge_range(2, 0, 2, 3, words.word("intake.survey.opening"), look.format())
    names = ("interview.number", "interview.question", "survey.scale", "survey.goes_to")
    for column, name in enumerate(names):
        target.write_string(4, column, words.word(f"intake.{name}"), look.header())
    for i, answer in enumerate(("nps", "csat", "comment"), 1):
        question = words.word(f"intake.survey.question.{i}")
        cells = (str(i), question, words.word(f"intake.survey.scale.{i}"), f"{sheet.name} / {headers[answer]}")
        for column, cell in enumerate(cells):
            target.write_string(4 + i, column, cell, look.format())
        target.set_row(4 + i, 30)
    target.merge_range(9, 0, 9, 3, words.word("intake.survey.closing"), look.format())


def _interview(target: Worksheet, group: str, words: Catalogue, look: _Look) -> None:
    _page(target, words.word(f"intake.sheet.interview.{group}"), look)
    named = words.text("intake.about.interview", group=words.word(f"intake.group.{group}"))
    target.write_string(1, 0, named, look.muted(text_wrap=False))
    for column, width in enumerate((6, 54, 70, 22)):
        target.set_column(column, column, width)
    for column, name in enumerate(("number", "question", "answer", "by")):
        target.write_string(3, column, words.word(f"intake.interview.{name}"), look.header())
    for i, question in enumerate(questions(group, words), 1):
        cells = (str(i), question, "", "")
        for column, cell in enumerate(cells):
            target.write_string(3 + i, column, cell, look.format(border=1, border_color="#b8c0c8"))
        target.set_row(3 + i, 48)
    target.freeze_panes(4, 0)


def questions(group: str, words: Catalogue) -> list[str]:
    """What management, sales or service is asked."""
    found, i = [], 1
    while (id := f"intake.question.{group}.{i}") in words:
        found.append(words.word(id))
        i += 1
    return found


def _width(column: IntakeColumn) -> int:
    return max(_WIDTHS[column.form], min(30, _units(column.header) + 3))


def _units(text: str) -> int:
    """Width in Latin letters; a Chinese character takes two."""
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)


def _lines(text: str, width: int) -> int:
    return -(-_units(text) * 11 // (10 * width)) or 1
