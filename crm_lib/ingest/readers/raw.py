"""What a reader gives: rows as they stand, each with its file and line, and what could not be read as a row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from crm_lib.ingest.readers.encoding import CUT, MARK
from crm_lib.ingest.readers.not_data import NotData, Record
from crm_lib.ingest.values.text import folded, tidy

LINE = "_crm_line"  # of a relation: the row's line in its file, from 1

# Why a row was set aside; each has a label `ingest.reason.<reason>`.
REASONS = (
    "undecodable",
    "nul_byte",
    "too_long",
    "too_few_cells",
    "too_many_cells",
    "unclosed_quote",
    "broken_line",
    "required_missing",
    "invalid_value",
    "not_allowed",
    "no_reference",
    "key_conflict",
    "both_arms",
    "suspected_total",
    "ambiguous_date",
    "impossible_time",
    "excel_broken",
    "no_rate",
    "no_tax",
    "other_currency",
)


_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")  # of a file read in the wrong encoding; engines cut names there


@dataclass(frozen=True)
class Rejected:
    """A row that has no columns to speak of."""

    line: int
    reason: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Skipped:
    """A row that is no data; `kind` is one of `not_data.KINDS`. `amount` is its cell in the column of amounts, as written."""

    line: int
    kind: str
    amount: str = ""


@dataclass
class Parsed:
    """Rows of text as wide as `headers`; `lines` are their lines in the file, from 1."""

    headers: tuple[str, ...]
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def fill(self, records: Iterable[Record], rule: NotData) -> Parsed:
        """Put every record where it belongs."""
        records = list(records)
        for (line, cells, unclosed), kind in zip(records, rule.kinds(self.headers, records), strict=True):
            if kind:
                self.skipped.append(Skipped(line, kind, rule.amount_in(self.headers, cells)))
            else:
                self._add(line, cells, unclosed)
        return self

    def _add(self, line: int, cells: list[str], unclosed: bool) -> None:
        row = accepted_or_rejected(line, cells, unclosed, len(self.headers))
        if isinstance(row, Rejected):
            self.rejected.append(row)
        else:
            self.rows.append(row)
            self.lines.append(line)


def accepted_or_rejected(line: int, cells: list[str], unclosed: bool, width: int) -> list[str] | Rejected:
    """A record as a row of `width` cells, empty ones beyond dropped; or why it is none."""
    cells = fitted(cells, width)
    if not (reason := _reason(cells, width, unclosed)):
        return cells
    return Rejected(line, reason, tuple(cell.replace(CUT, "") for cell in cells))


def fitted(cells: list[str], width: int) -> list[str]:
    """Cells without empty ones beyond `width`."""
    return cells[:width] if len(cells) > width and not tidy("".join(cells[width:])) else cells


def _reason(cells: list[str], width: int, unclosed: bool) -> str:
    text = "".join(cells)
    if CUT in text:
        return "too_long"
    if MARK in text:
        return "undecodable"
    if "\0" in text:
        return "nul_byte"
    if unclosed:
        return "unclosed_quote"
    return "too_few_cells" if len(cells) < width else "too_many_cells" if len(cells) > width else ""


def headers(cells: Sequence[str]) -> tuple[str, ...]:
    """Names of the columns: trimmed; an empty one is 'column 3', a second 'a' is 'a (2)'."""
    plain = [" ".join(tidy(_CONTROL.sub("", cell.replace(MARK, "\ufffd").replace(CUT, ""))).split()) for cell in cells]
    own = {folded(name) for name in plain}
    seen: Counter[str] = Counter()
    names = []
    for name in (name or f"column {i}" for i, name in enumerate(plain, 1)):
        seen[folded(name)] += 1
        while seen[folded(name)] > 1 and folded(f"{name} ({seen[folded(name)]})") in own:
            seen[folded(name)] += 1
        count = seen[folded(name)]
        names.append(name if count == 1 else f"{name} ({count})")
    return tuple(names)
