"""A sheet of a workbook -> rows, read in a child process of limited memory."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from crm_lib.ingest import excel_rows
from crm_lib.ingest.not_data import NotData
from crm_lib.ingest.raw import Parsed, headers

_LARGEST_UNPACKED = 1 << 30
_MEMORY = 3 << 30
_SECONDS = 300
_NO_SHEET = "[no sheet]"  # no sheet can be called so


class UnreadableWorkbook(Exception):
    """`reason` is 'no_workbook', 'too_large' or 'no_sheet'; `sheets` are the names that there are."""

    def __init__(self, reason: str, sheets: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason, self.sheets = reason, sheets


Rows = Callable[[Path, str], list[list[str]]]  # of a sheet; raises UnreadableWorkbook


class Ahead:
    """Sheets that are read, in processes of their own, while other files are; `rows` waits for one, or reads it."""

    def __init__(self, sheets: Iterable[tuple[Path, str]]) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._begun = {sheet: self._pool.submit(sheet_rows, *sheet) for sheet in dict.fromkeys(sheets)}

    def rows(self, path: Path, sheet: str) -> list[list[str]]:
        begun = self._begun.pop((path, sheet), None)
        return begun.result() if begun else sheet_rows(path, sheet)

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._pool.shutdown(cancel_futures=True)


def parse_excel(
    path: Path, sheet: str | None = None, header_row: int = 1, rule: NotData | None = None, rows_of: Rows | None = None
) -> Parsed:
    """Rows of a sheet (the first by default). Raise UnreadableWorkbook."""
    rows = (rows_of or sheet_rows)(path, sheet or "")[header_row - 1 :]
    width = max((_width(row) for row in rows), default=0)  # a remark beside the table is a column without a name
    names = headers((rows[0] + [""] * width)[:width]) if rows else ()
    records = ((line, (cells + [""] * width)[:width], False) for line, cells in enumerate(rows[1:], header_row + 1))
    return Parsed(names).fill(records, rule or NotData())


def _check_size(path: Path) -> None:
    """A workbook says beforehand how large it unpacks."""
    if not zipfile.is_zipfile(path):
        return  # .xls and .xlsb's kin: the child's memory is limited anyway
    with zipfile.ZipFile(path) as archive:
        if sum(part.file_size for part in archive.infolist()) > _LARGEST_UNPACKED:
            raise UnreadableWorkbook("too_large")


def sheet_names(path: Path) -> tuple[str, ...]:
    """Raise UnreadableWorkbook."""
    try:
        sheet_rows(path, _NO_SHEET)
    except UnreadableWorkbook as error:
        if error.reason == "no_sheet":
            return error.sheets
        raise
    return (_NO_SHEET,)


def sheet_rows(path: Path, sheet: str) -> list[list[str]]:
    """Every row of a sheet, of the first where it is ''. Raise UnreadableWorkbook."""
    _check_size(path)
    command = [sys.executable, "-I", excel_rows.__file__, str(path), sheet, str(_MEMORY)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise UnreadableWorkbook("too_large") from None
    if done.returncode == 3:
        raise UnreadableWorkbook("no_sheet", tuple(json.loads(done.stdout)))
    if done.returncode:
        raise UnreadableWorkbook("no_workbook" if done.returncode == 4 else "too_large")
    rows: list[list[str]] = json.loads(done.stdout)
    return rows


def _width(cells: list[str]) -> int:
    return max((i for i, cell in enumerate(cells, 1) if cell.strip()), default=0)
