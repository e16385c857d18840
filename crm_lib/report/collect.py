"""Executed notebook -> Document: blocks by MIME type, and what an analyst added, in the order of the cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from crm_lib.errors import Problem, UserError
from crm_lib.language import msg
from crm_lib.report.blocks import (
    MIME,
    Block,
    Chart,
    Cover,
    Definitions,
    Document,
    Done,
    Findings,
    Heading,
    Image,
    Markdown,
    Metrics,
    Preformatted,
    Table,
    block_from_json,
)

HIDDEN = frozenset({"parameters", "injected-parameters", "remove_output", "remove-output"})
MOST_PRINTED = 8_000  # characters of one output of an analyst
_HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_ATTACHMENT = re.compile(r"!\[([^\]]*)\]\(attachment:([^)\s]+)\)")
_OBJECT = re.compile(r"\bat 0x[0-9a-fA-F]+>|^<[^\n]*>$")  # what Python calls an object that has no words of its own
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def collect(notebook: Mapping[str, Any]) -> Document:
    """Document of an executed playbook. Raise UserError where a cell failed or no cover was shown.

    Markdown cells, figures, DataFrames and printed text of an analyst come in their place; the parameters cell,
    code and stderr stay out.
    """
    blocks = list(_cells(notebook))
    cover = next((block for block in blocks if isinstance(block, Cover)), None)
    if cover is None:
        raise UserError(Problem(msg("report.error.no_cover")))
    shown = [block for block in blocks if not isinstance(block, (Cover, Done))]
    return Document(cover, tuple(with_headings(list(unique_ids(shown)))))


def is_finished(notebook: Mapping[str, Any]) -> bool:
    """True where the last code cell shows the playbook's Done block: only then did the run succeed."""
    codes = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return bool(codes) and any(
        block_of(output) is not None and isinstance(block_of(output), Done) for output in codes[-1].get("outputs", [])
    )


def block_of(output: Mapping[str, Any]) -> Block | None:
    """Our block in an output of a code cell, if there is one."""
    data = output.get("data", {}).get(MIME)
    return block_from_json(data) if data else None


def unique_ids(blocks: Iterable[Block]) -> Iterator[Block]:
    """The second table or chart of an id gets '<id>-2', and so on: ids name sheets and anchors."""
    seen: dict[str, int] = {}
    for block in blocks:
        if isinstance(block, (Table, Chart)):
            seen[block.id] = seen.get(block.id, 0) + 1
            if seen[block.id] > 1:
                block = replace(block, id=f"{block.id}-{seen[block.id]}")
        yield block


def with_headings(blocks: Sequence[Block]) -> Iterator[Block]:
    """Gives the executive summary and the definitions a chapter of their own where the playbook gave none."""
    before: Block | None = None
    summary_open = False
    for block in blocks:
        headed = isinstance(before, Heading) or (isinstance(before, Markdown) and bool(_HEADING.search(before.source)))
        summary = (isinstance(block, Findings) and block.summary) or (isinstance(block, Metrics) and block.headline)
        if summary and not summary_open and not headed:
            yield Heading(msg("report.summary"))
        if isinstance(block, Definitions) and not headed:
            yield Heading(msg("report.definitions"))
        summary_open = (summary_open or summary) and not isinstance(block, Heading)
        yield block
        before = block


def _cells(notebook: Mapping[str, Any]) -> Iterator[Block]:
    nearest = ""
    for cell in notebook["cells"]:
        if HIDDEN & set(cell.get("metadata", {}).get("tags", [])):
            continue
        if cell["cell_type"] == "markdown":
            source = _text(cell["source"])
            if headings := _HEADING.findall(source):
                nearest = headings[-1]
            yield from _markdown(source, cell.get("attachments", {}))
        elif cell["cell_type"] == "code":
            alt = str(cell.get("metadata", {}).get("alt", "")) or nearest
            outputs = cell.get("outputs", [])
            drawn = any("image/png" in output.get("data", {}) for output in outputs)
            for output in outputs:
                if not (drawn and _is_returned_words(output)):
                    yield from _output(output, alt)


def _is_returned_words(output: Mapping[str, Any]) -> bool:
    """What the last line of a cell comes to, as words: of a cell that draws, axes and such."""
    return output["output_type"] == "execute_result" and set(output.get("data", {})) == {"text/plain"}


def _markdown(source: str, attachments: Mapping[str, Any]) -> Iterator[Block]:
    """Text, and attached PNG figures as images of their own."""
    start = 0
    for found in _ATTACHMENT.finditer(source):
        if png := attachments.get(found[2], {}).get("image/png"):
            if words := source[start : found.start()].strip():
                yield Markdown(words)
            yield Image(_text(png).strip(), found[1])
            start = found.end()
    if words := source[start:].strip():
        yield Markdown(words)


def _output(output: Mapping[str, Any], alt: str) -> Iterator[Block]:
    kind = output["output_type"]
    if kind == "error":
        raise UserError(Problem(msg("report.error.cell_failed", error=str(output.get("ename", "")))))
    if kind == "stream":
        if output.get("name") == "stdout" and (words := _ANSI.sub("", _text(output["text"])).strip("\n")):
            yield Preformatted(_cut(words))
        return
    data = output.get("data", {})
    if (block := block_of(output)) is not None:
        yield block
    elif "image/png" in data:
        yield Image(_text(data["image/png"]).strip(), alt)
    elif "text/markdown" in data:
        yield Markdown(_text(data["text/markdown"]))
    elif (words := _text(data.get("text/plain", ""))) and not _OBJECT.search(words):
        yield Preformatted(_cut(words))


def _cut(words: str) -> str:
    """No more than a reader reads: what is longer was printed by a slip, and no PDF holds it."""
    return words if len(words) <= MOST_PRINTED else f"{words[:MOST_PRINTED].rstrip()}\n…"


def _text(source: str | Sequence[str]) -> str:
    """Notebook files hold long text as one string or as a list of lines."""
    return source if isinstance(source, str) else "".join(source)
