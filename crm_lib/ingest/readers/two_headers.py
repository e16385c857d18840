"""Headers of several rows, such as 'Sales' over 'Amount' and 'Count': joined to 'Sales / Amount'."""

from __future__ import annotations

from collections.abc import Sequence

from crm_lib.ingest.values.text import tidy

Span = tuple[tuple[int, int], tuple[int, int]]  # first and last (row, column) of merged cells, from 0
JOINT = " / "


def joined(rows: Sequence[Sequence[str]], first: int, spans: Sequence[Span] | None) -> list[str]:
    """One header a column; `first` is the index of the first row in its sheet.

    Merged cells say in each of their columns what stands in the first; where the file does not tell which are merged
    (`spans` is None), what stands above goes on to the right until the next that is filled.
    """
    if len(rows) == 1:
        return list(rows[0])
    filled = [list(row) for row in rows]
    if spans is None:
        for row in filled[:-1]:
            _carry(row, rows[-1])
    for (top, left), (bottom, right) in spans or ():
        for i in range(max(top - first, 0), min(bottom - first + 1, len(filled))):
            for j in range(left, min(right + 1, len(filled[i]))):
                filled[i][j] = rows[top - first][left] if top >= first else filled[i][j]
    return [
        JOINT.join(dict.fromkeys(cell for cell in map(tidy, column) if cell)) for column in zip(*filled, strict=True)
    ]


def _carry(row: list[str], below: Sequence[str]) -> None:
    last = ""
    for j, cell in enumerate(row):
        last = cell if tidy(cell) else last
        row[j] = last if tidy(below[j]) else cell
