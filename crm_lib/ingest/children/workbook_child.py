"""Child process: sheets of a workbook to columns of text.

Says {"sheets": [[name, whether it is visible], ...]}, then of each sheet that is wanted {"sheet": name, ...}, the
texts of each column of some rows at a time, and {"notes": {kind: cells}}.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

from crm_lib.ingest.children.child_limits import refuse, say, say_numbers, say_texts
from crm_lib.ingest.children.workbook_cells import column_texts, is_error, plain_duration, plain_numbers, written
from crm_lib.ingest.children.workbook_zip import as_written, check_members, counts_from_1904, sheet_part, silent_cells

ROWS = 10_000  # in a batch
_LONGEST = 1_000_000  # characters; Excel ends a cell at 32,767
_SPARSE, _BYTES_A_CELL = 10_000_000, 16  # from so many cells on, each takes so many bytes of the file, unpacked


def main(asked: Mapping[str, Any]) -> None:
    """`path`, `kind` of file_kind.WORKBOOKS, `sheets` wanted (names; None: the first visible one; or a pattern, for
    visible ones), `rows` of each (None: all), whether `merged` cells are asked for, `size` unpacked."""
    path = Path(asked["path"])
    zipped = asked["kind"] != "xls"
    if zipped:
        check_members(path)
    book = _open(path)
    sheets = [(page.name, str(page.visible).endswith(".Visible")) for page in book.sheets_metadata]
    say({"sheets": sheets})
    for sheet in _wanted(asked["sheets"], sheets):
        _Sheet(path, book, sheet, asked["kind"] == "xlsx").tell(asked["size"], asked["rows"], asked["merged"])


def _wanted(asked: str | list[str] | None, sheets: list[tuple[str, bool]]) -> list[str]:
    """A hidden sheet is read only by its name."""
    visible = [name for name, shown in sheets if shown]
    if asked is None:
        return visible[:1] or refuse("no_visible_sheet", sheets=", ".join(name for name, _ in sheets))
    names = [name for name, _ in sheets]
    found: list[str] = []
    for one in [asked] if isinstance(asked, str) else asked:
        named = [one] if one in names else [name for name in visible if fnmatchcase(name, one)]
        found += named or refuse("no_sheet", sheets=", ".join(names))
    return list(dict.fromkeys(found))


def _open(path: Path) -> Any:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        return CalamineWorkbook.from_path(path)
    except PasswordError:
        refuse("encrypted")
    except (CalamineError, OSError) as error:
        _give_up(error)


def _give_up(error: Exception) -> NoReturn:
    refuse("too_large" if "limit exceeded" in str(error) else "broken_workbook")


class _Sheet:
    def __init__(self, path: Path, book: Any, name: str, xml: bool) -> None:
        self.path, self.book, self.name = path, book, name
        self.part = sheet_part(path, name) if xml else ""
        self.notes = {"error": 0, "uncached": 0, "lost_digits": 0}
        self.in_text = 0  # errors that are kept as text, as when values are pasted
        self.digits: dict[tuple[int, int], str] | None = None

    def tell(self, size: int, most: int | None, merged: bool) -> None:
        looking = threading.Thread(target=self._look)
        looking.start()
        page = self._page()
        height, width = (page.end[0] + 1, page.end[1] + 1) if page.start else (0, 0)
        if height * width > max(_SPARSE, size / _BYTES_A_CELL):
            refuse("sparse", sheet=self.name)
        from_1904 = bool(self.part) and counts_from_1904(self.path)
        spans = page.merged_cell_ranges if merged else None
        say({"sheet": self.name, "width": width, "spans": spans, "from_1904": from_1904})
        for first, columns in _batches(page, most):
            for at, cells in enumerate(columns):
                if (numbers := plain_numbers(cells)) is not None:
                    say_numbers(numbers)
                else:
                    say_texts(self._texts(cells, first, at))
        looking.join()
        self.notes["error"] += self.in_text
        say({"notes": self.notes})

    def _look(self) -> None:
        """While calamine reads, which it does without the interpreter's lock."""
        if self.part:
            try:
                self.notes |= silent_cells(self.path, self.part)
            except Exception:  # of a member whose size or sum is a lie
                refuse("broken_workbook")

    def _page(self) -> Any:
        from python_calamine import CalamineError

        try:
            return self.book.get_sheet_by_name(self.name)
        except (CalamineError, OSError) as error:
            _give_up(error)

    def _texts(self, cells: Sequence[Any], first: int, at: int) -> Sequence[str]:
        texts, places = column_texts(cells)
        if places:
            texts = list(texts)
            for i in places:
                texts[i] = self._looked(cells[i], (first + i, at))
        if max(map(len, texts)) > _LONGEST:
            row = first + next(i for i, text in enumerate(texts, 1) if len(text) > _LONGEST)
            refuse("long_cell", sheet=self.name, row=row, most=_LONGEST)
        return texts

    def _looked(self, cell: Any, place: tuple[int, int]) -> str:
        if isinstance(cell, str):
            self.in_text += is_error(cell)
            return "" if is_error(cell) else plain_duration(cell)
        if self.digits is None:
            self.digits = as_written(self.path, self.part) if self.part else {}
        text, lost = written(cell, self.digits.get(place))
        self.notes["lost_digits"] += lost
        return text


def _batches(page: Any, most: int | None) -> Iterator[tuple[int, list[Sequence[Any]]]]:
    """(index of the first row, columns) of some rows at a time, from the sheet's first row and column on."""
    if page.start is None:
        return
    before = [""] * page.start[1]
    every = (before + row for row in page.iter_rows()) if before else page.iter_rows()
    rows = islice(every, most)
    first = 0
    while batch := list(islice(rows, ROWS)):
        yield first, list(zip(*batch, strict=True))
        first += len(batch)
