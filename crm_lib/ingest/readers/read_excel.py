"""Sheets of a workbook (.xlsx, .xls, .ods) as columns of text, read in a child process."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa

from crm_lib.ingest.children.in_child import UnreadableFile, seconds_for, told_by_child
from crm_lib.ingest.readers.file_kind import WORKBOOKS, file_kind

Wanted = str | tuple[str, ...] | None  # a name, a pattern with * or ?, several; None: the first sheet that is shown
Span = tuple[tuple[int, int], tuple[int, int]]  # first and last (row, column) of merged cells, from 0


@dataclass(frozen=True)
class Sheet:
    """`columns` hold every row from the sheet's first on; `notes` count what Excel does not tell (`error`, `uncached`,
    `lost_digits`); `others` are sheets that are hidden and were not read."""

    name: str
    columns: pa.Table
    notes: dict[str, int]
    visible: bool = True
    from_1904: bool = False
    spans: tuple[Span, ...] | None = None
    others: tuple[str, ...] = ()
    among: int = 1  # sheets of the workbook

    def rows(self, most: int) -> list[list[str]]:
        """The first rows."""
        return [list(row) for row in zip(*(c.to_pylist() for c in self.columns.slice(0, most).columns), strict=True)]


Sheets = Callable[[Path, Wanted], list[Sheet]]


class Ahead:
    """Sheets that are read, in processes of their own, while other files are; `sheets` waits for them, or reads them."""

    def __init__(self, wanted: Iterable[tuple[Path, Wanted]]) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._begun = {one: self._pool.submit(read_sheets, *one) for one in dict.fromkeys(wanted)}

    def sheets(self, path: Path, wanted: Wanted) -> list[Sheet]:
        begun = self._begun.pop((path, wanted), None)
        return begun.result() if begun else read_sheets(path, wanted)

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._pool.shutdown(cancel_futures=True)


def read_sheets(path: Path, wanted: Wanted = None, most: int | None = None) -> list[Sheet]:
    """The wanted sheets of a workbook, of each the first `most` rows where given. Raise UnreadableFile."""
    told = _told(path, wanted, most)
    visible: dict[str, bool] = dict(next(told)["sheets"])
    found = [_sheet(head, told, visible) for head in told]
    hidden = tuple(name for name, shown in visible.items() if not shown and name not in {s.name for s in found})
    return [replace(sheet, others=hidden, among=len(visible)) for sheet in found]


def sheet_names(path: Path) -> dict[str, bool]:
    """Sheet -> whether it is visible. Raise UnreadableFile."""
    return dict(next(_told(path, (), 0))["sheets"])


def _told(path: Path, wanted: Wanted, most: int | None) -> Iterator[Any]:
    kind = file_kind(path)
    if kind not in WORKBOOKS:
        raise UnreadableFile("broken_workbook")
    size = _unpacked(path)
    asked = {"path": str(path.resolve()), "kind": kind, "sheets": wanted, "rows": most, "merged": True, "size": size}
    return told_by_child("workbook_child", asked, seconds_for(size))


def _unpacked(path: Path) -> int:
    """Bytes of a workbook as it says itself; the child refuses what says too much."""
    if not zipfile.is_zipfile(path):
        return path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        return min(sum(member.file_size for member in archive.infolist()), 1 << 30)


def _sheet(head: dict[str, Any], told: Iterator[Any], visible: dict[str, bool]) -> Sheet:
    width = head["width"]
    texts = []
    for line in told:
        if isinstance(line, dict):
            break
        texts.append(line)
    batches = [texts[at::width] for at in range(width)]
    columns = [pa.chunked_array(column, pa.string()) for column in batches]
    table = pa.table(columns, names=[str(i) for i in range(width)])
    spans = None if head["spans"] is None else tuple((tuple(a), tuple(b)) for a, b in head["spans"])
    return Sheet(head["sheet"], table, line["notes"], visible[head["sheet"]], head["from_1904"], spans)
