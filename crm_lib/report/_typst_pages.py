"""How blocks follow each other on paper: heading levels, what stays together, which pages lie on their side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from crm_lib.report._typst_tables import PORTRAIT, width_em
from crm_lib.report._typst_words import Plain
from crm_lib.report.cells import introduces

BODY = 10.0  # points of the text
FEW = 1  # lines of a sentence that do not end a page under its heading
_SHOWN = frozenset({"chart", "table", "metrics", "findings", "bullets", "image"})
_LIGHT = frozenset({"heading", "text", "bullets", "callout"})


def levelled(parts: Iterator[Plain]) -> Iterator[Plain]:
    """Headings begin at 1 and skip no level, as PDF/UA asks."""
    last = 0
    for part in parts:
        if part["t"] == "heading":
            last = min(part["level"], last + 1, 3) or 1
            part = part | {"level": last}
        yield part


def kept(parts: Sequence[Plain]) -> list[Plain]:
    """A short sentence or list between a heading and what it introduces stays with both; a colon, with what follows.

    What takes more lines may end a page under its heading: with its chart it would leave half of the page empty.
    """
    kinds = ["", *(part["t"] for part in parts), ""]
    return [
        part | {"sticky": _introduces(part) or (_between(*kinds[i : i + 3]) and _is_short(part))}
        if part["t"] in ("text", "bullets", "paragraph")
        else part
        for i, part in enumerate(parts)
    ]


def _between(before: str, kind: str, after: str) -> bool:
    return before == "heading" and kind != "paragraph" and after in _SHOWN


def _is_short(part: Plain) -> bool:
    texts = part["items"] if part["t"] == "bullets" else [part["text"]]
    return sum(math.ceil(BODY * width_em(text) / PORTRAIT) for text in texts) <= FEW


def _introduces(part: Plain) -> bool:
    words = part["text"] if part["t"] == "text" else "".join(run["s"] for run in part.get("runs", ()))
    return introduces(words)


def sections(parts: Sequence[Plain]) -> list[Plain]:
    """Runs of upright and sideways pages; a table on its side takes along what introduces it."""
    found: list[Plain] = [{"landscape": False, "blocks": []}]
    for part in parts:
        if part.get("landscape"):
            upright = found.pop() if not found[-1]["landscape"] else {"blocks": []}
            rest, lead = _parted(upright["blocks"], bool(found))
            found += [{"landscape": False, "blocks": rest}] if rest else []
            if not (found and found[-1]["landscape"]):
                found.append({"landscape": True, "blocks": []})
            found[-1]["blocks"] += [*lead, part]
        elif found[-1]["landscape"]:
            found.append({"landscape": False, "blocks": [part]})
        else:
            found[-1]["blocks"].append(part)
    return [section for section in found if section["blocks"]]


def _parted(parts: list[Plain], between: bool) -> tuple[list[Plain], list[Plain]]:
    """What stays upright, and what goes with the table: its headings and a sentence, or all that is short between two."""
    if between and len(parts) <= 4 and all(part["t"] in _LIGHT for part in parts):
        return [], parts
    start = len(parts)
    if start and parts[start - 1]["t"] == "text":
        start -= 1
    while start and parts[start - 1]["t"] == "heading":
        start -= 1
    start = start if start < len(parts) and parts[start]["t"] == "heading" else len(parts)
    return parts[:start], parts[start:]
