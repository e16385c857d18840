"""Rows set aside, by source, reason and field: masked examples, what to do about them and whose job that is."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from crm_lib.frames import objects
from crm_lib.frames import rows as rows_of
from crm_lib.language import Message, Value, msg, term_or_text
from crm_lib.layering.inventory import masking
from crm_lib.layering.inventory.counts import Inventory, as_sent, quarantine

EXAMPLES = 2  # of each kind
READ = 50_000  # rows of a source's list that are looked through
# Who can do something about it: whoever keeps the source, who asks the client and reads the files, or both together.
JOBS = {
    "not_allowed": "both",
    "undecodable": "both",
    "nul_byte": "both",
    "suspected_total": "both",
    "both_arms": "both",
    "no_rate": "both",
}
_STRUCTURE = frozenset({"too_few_cells", "too_many_cells"})
Key = tuple[str, str, str, str]  # source, file, reason, column


@dataclass
class _Seen:
    """What the list of a source says of one kind: cell -> rows and its first line; lines of rows without that cell."""

    cells: Counter[str] = field(default_factory=Counter)
    first: dict[str, int | None] = field(default_factory=dict)
    lines: list[tuple[int | None, int]] = field(default_factory=list)  # line, cells in the row


def set_aside(inventory: Inventory, folder: Path | None) -> pd.DataFrame:
    """`inventory.quarantine` with examples (a list of messages), remedy, job and lines of the first rows.

    folder: the lists of the rows set aside (`ingest.quarantine`); without it, or without a list, there is no example.
    """
    table = quarantine(inventory)
    seen = _seen(inventory, folder)
    tables = inventory["files"].drop_duplicates("source").set_index("source")["table"].to_dict()
    found = [_examples(seen.get(key), tables[key[0]], key) for key in _keys(table)]
    reasons = [key[2] for key in _keys(table)]
    return table.assign(
        examples=objects([message for _, message in one] for one in found),
        line=objects(next((line for line, _ in one if line), None) for one in found),
        remedy=objects(_remedy(reason) for reason in reasons),
        job=objects(msg(f"inventory.job.{JOBS.get(reason, 'keeper')}") for reason in reasons),
    )


def _keys(table: pd.DataFrame) -> list[Key]:
    return list(zip(table["source"], table["file"], table["code"], table["column"], strict=True))


def _remedy(reason: str) -> Message:
    found = term_or_text("inventory.remedy", reason)
    return found if found.id else msg("inventory.remedy.other")


def _seen(inventory: Inventory, folder: Path | None) -> Mapping[Key, _Seen]:
    """Every list of the folder, looked through once."""
    found: dict[Key, _Seen] = defaultdict(_Seen)
    if folder is None or not folder.is_dir():
        return found
    columns = inventory["columns"]
    headers = dict(zip(zip(columns["source"], columns["column"], strict=True), columns["header"], strict=True))
    for source in dict.fromkeys(inventory["quarantine"]["source"]):
        for row in _listed(folder / f"{source}.csv"):
            key = (source, as_sent(row["file"]), row["reason"], row["column"])
            _note(found[key], row, headers.get((source, row["column"]), ""))
    return found


def _listed(path: Path) -> Iterator[dict[str, str]]:
    if not path.is_file():
        return
    limit = csv.field_size_limit(sys.maxsize)  # a row may be of any length
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield from islice(csv.DictReader(stream), READ)
    finally:
        csv.field_size_limit(limit)


def _note(seen: _Seen, row: Mapping[str, str], header: str) -> None:
    line = int(row["line"]) if row["line"].isdigit() else None
    cells = json.loads(row["row"])
    if not header or not isinstance(cells, dict) or header not in cells:
        seen.lines.append((line, len(cells)))
        return
    text = "" if cells[header] is None else str(cells[header])
    seen.cells[text] += 1
    seen.first.setdefault(text, line)


def _examples(seen: _Seen | None, table: str, key: Key) -> list[tuple[int | None, Message]]:
    """(line, words) of a few cells, the most frequent first; of rows without such a cell their lines."""
    if seen is None:
        return []
    kind = masking.role(table, key[3])
    often = sorted(seen.cells.items(), key=lambda pair: (-pair[1], seen.first[pair[0]] or 0))
    told: dict[Any, tuple[int | None, Message]] = {}
    for text, n in often:
        words = masking.masked(kind, text, n)
        told.setdefault(repr(words), (seen.first[text], _in_line(seen.first[text], words)))
        if len(told) == EXAMPLES:
            break
    for line, cells in seen.lines[: EXAMPLES - len(told)]:
        told[line] = (line, _in_line(line, msg("inventory.mask.cells", n=cells) if key[2] in _STRUCTURE else None))
    return list(told.values())


def _in_line(line: int | None, words: Message | None) -> Message:
    if line is None:
        return words or msg("common.not_known")
    if words is None:
        return msg("inventory.example.line", line=line)
    return msg("inventory.example", line=line, cell=words)


def by_reason(table: pd.DataFrame) -> pd.DataFrame:
    """Rows and kinds of each reason, the most rows first: reason, rows, sources. `table` is `set_aside`."""
    groups = table.groupby("code", sort=False)
    sums = pd.DataFrame({"rows": groups["rows"].sum(), "sources": groups["source"].nunique()}).reset_index()
    sums = sums.sort_values(["rows", "code"], ascending=[False, True], ignore_index=True)
    return sums.assign(reason=objects(term_or_text("ingest.reason", code) for code in sums["code"]))


def aside_title(table: pd.DataFrame) -> Message:
    """Rows set aside and the most frequent reason. `table` is `set_aside`."""
    reasons = by_reason(table)
    total, worst = int(reasons["rows"].sum()), next(rows_of(reasons))
    share = Value("percent", worst.rows / total, base=total)
    return msg("inventory.title.aside", n=total, reason=worst.reason, share=share)
