"""Document -> plain data with every word already in its language: all that report.typ lays out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from crm_lib.language import Catalogue
from crm_lib.report import blocks as b
from crm_lib.report._typst_blocks import make
from crm_lib.report._typst_pages import kept, levelled, sections
from crm_lib.report._typst_tables import shortened
from crm_lib.report._typst_words import Plain, Printer

RUNNING = 28.0  # em of the client's name at the head of a page, which the chapter's name needs too
MARKS = ("\ue0f0", "\ue0f1")  # stand for page and pages until Typst counts them


def content(document: b.Document, words: Catalogue, charts: Mapping[str, str]) -> Plain:
    """Cover and sections of blocks; a section is upright or on its side."""
    printer = Printer(words, charts)
    body = list(levelled(made for block in document.blocks for made in make(block, printer)))
    cover = _cover(document.cover, printer)
    return {
        "language": words.language,
        "title": words.word("common.list_join").join(cover["deliverables"]) or cover["title"],
        "description": f"{cover['client']} · {cover['title']} · {cover['date']}",
        "running": shortened(cover["client"], RUNNING),
        "cover": cover,
        "entries": sum(part["t"] == "heading" and part["level"] < 3 for part in body),
        "sections": sections(kept(body)),
        "words": _words(printer),
    }


def _words(printer: Printer) -> Plain:
    page = printer.word("report.pdf.page", page=MARKS[0], pages=MARKS[1])
    return {
        "contents": printer.word("report.contents"),
        "page": re.split(f"({MARKS[0]}|{MARKS[1]})", page),
        "marks": list(MARKS),
    }


def _cover(cover: b.Cover, printer: Printer) -> Plain:
    return {
        "client": printer.text(cover.client),
        "title": printer.text(cover.title),
        "deliverables": [printer.text(name) for name in cover.deliverables],
        "facts": [[printer.text(label), printer.value(value)] for label, value in cover.facts],
        "date": printer.words.format("date", cover.as_of),
    }
