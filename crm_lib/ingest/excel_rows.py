"""Child process: one sheet of a workbook to rows of text, as JSON on standard output.

A small workbook can unpack to gigabytes, and a sparse sheet aborts the reader: neither may end the run. Imports
nothing of this library, so that it starts in no time. Arguments: path, sheet ('' for the first), bytes of memory.
Exit status 3: the sheet is missing (its names are on standard output); 4: no workbook.
"""

from __future__ import annotations

import contextlib
import json
import sys
from datetime import date, datetime, time, timedelta
from typing import Any


def cell_text(value: Any) -> str:
    """Cell as text: whole numbers without '.0', dates as ISO."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, (str, int, timedelta)) else ""


def main(path: str, sheet: str, memory: int) -> int:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(path)
    except (CalamineError, OSError):
        return 4
    if sheet and sheet not in workbook.sheet_names:
        json.dump(workbook.sheet_names, sys.stdout)
        return 3
    page = workbook.get_sheet_by_name(sheet) if sheet else workbook.get_sheet_by_index(0)
    rows = [[cell_text(cell) for cell in row] for row in page.to_python(skip_empty_area=False)]
    json.dump(rows, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
