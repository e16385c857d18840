"""Write the sheets as the client's files: encodings, a title above a header, Excel dates and numbers."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from generator.records import Sheet

ENCODINGS = {"pos_orders.csv": "gbk", "tickets.csv": "utf-8-sig", "interactions.csv": "utf-8-sig"}
TITLES = {"nps_survey.xlsx": ("客户净推荐值（NPS）调研结果", "导出时间：2026-06-30")}
WRITTEN = datetime(2026, 6, 30, 18, 0)


def write_sheet(folder: Path, sheet: Sheet) -> None:
    if sheet.file.endswith(".xlsx"):
        _write_workbook(folder / sheet.file, sheet)
        return
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerows([sheet.header, *sheet.rows])
    (folder / sheet.file).write_bytes(stream.getvalue().encode(ENCODINGS.get(sheet.file, "utf-8")))


def _write_workbook(path: Path, sheet: Sheet) -> None:
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": WRITTEN, "author": "make_demo.py"})
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    page = book.add_worksheet("Sheet1")
    above = [[title] for title in TITLES.get(sheet.file, ())]
    for i, row in enumerate([*above, list(sheet.header), *sheet.rows]):
        for j, cell in enumerate(row):
            _write_cell(page, i, j, cell, days)
    book.close()


def _write_cell(page: Any, i: int, j: int, cell: Any, days: Any) -> None:
    if isinstance(cell, date):
        page.write_datetime(i, j, datetime(cell.year, cell.month, cell.day), days)
    elif isinstance(cell, (int, float)):
        page.write_number(i, j, cell)
    elif cell != "":
        page.write_string(i, j, cell)


def write_truth(path: Path, truth: dict[str, Any]) -> None:
    path.write_text(json.dumps(truth, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
