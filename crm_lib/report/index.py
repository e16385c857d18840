"""index.html of a run: the engagement at a glance, its phases with headlines and figures, links to every file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from crm_lib.language import Catalogue, Message, Value, catalogue
from crm_lib.report.blocks import Document, Findings, Metrics
from crm_lib.report.brand import Brand
from crm_lib.report.cells import as_title
from crm_lib.report.html import HTML_LANGUAGE, page
from crm_lib.report.views import CLIENT, Isolating, Views

PHASES = ("diagnosis", "layering", "strategy", "monitoring", "review")
HEADLINES = 3
FIGURES = 6


@dataclass(frozen=True)
class File:
    """One deliverable; `name` is its path beside index.html, `size` in bytes."""

    phase: str
    language: str
    format: str
    name: str
    size: int


def render_index(
    documents: Mapping[str, Document],
    files: Sequence[File],
    languages: Sequence[str],
    brand: Brand,
    facts: Sequence[tuple[Message, Value]] = (),
    notes: Mapping[str, Message] | None = None,
) -> str:
    """One page in all `languages`, the first shown first; the switch needs no script.

    `documents`: phase -> document, absent phases are greyed; `facts`: what else to say of the run,
    `notes` of a phase.
    """
    covers = [document.cover for document in documents.values()]
    of_language = {one: covers[0].words(one) if covers else catalogue(one) for one in languages}
    editions = [_edition(documents, files, words, brand, facts, notes or {}) for words in of_language.values()]
    words = of_language[languages[0]]
    codes = [(language, HTML_LANGUAGE[language]) for language in languages]
    return page("index.html.j2", words, brand, editions=editions, codes=codes)


def _edition(
    documents: Mapping[str, Document],
    files: Sequence[File],
    plain: Catalogue,
    brand: Brand,
    facts: Sequence[tuple[Message, Value]],
    notes: Mapping[str, Message],
) -> dict[str, Any]:
    language, words = plain.language, Isolating(plain)
    covers = [documents[phase].cover for phase in PHASES if phase in documents]
    told = {message.id: (message, value) for cover in reversed(covers) for message, value in cover.facts}
    order = [message.id for message, _ in covers[0].facts if message.id != CLIENT] if covers else []
    latest = {"report.fact.known_until": max((cover.as_of for cover in covers), default="")}
    glance = [(words.text(told[id][0]), words.value(told[id][1])) for id in order if id not in latest]
    if covers:
        glance.append((words.word("report.fact.known_until"), words.format("date", latest["report.fact.known_until"])))
    glance += [(words.text(label), words.value(value)) for label, value in facts]
    return {
        "language": language,
        "code": HTML_LANGUAGE[language],
        "words": words,
        "client": words.text(covers[0].client) if covers else "",
        "facts": glance,
        "phases": [
            _phase(number, phase, documents.get(phase), files, words, brand)
            | {"note": words.text(notes[phase]) if phase in notes else ""}
            for number, phase in enumerate(PHASES, 1)
        ],
    }


def _phase(
    number: int, phase: str, document: Document | None, files: Sequence[File], words: Catalogue, brand: Brand
) -> dict[str, Any]:
    names = [words.word(id) for i in (1, 2, 3) if (id := f"deliverable.{phase}.{i}") in words]
    own = [file for file in files if file.phase == phase]
    return {
        "number": words.text("report.index.phase", n=number),
        "title": words.word(f"phase.{phase}"),
        "deliverables": names,
        "absent": document is None,
        "headlines": _headlines(document, words),
        "metrics": _figures(document, words, brand),
        "files": [_link(file, words) for file in sorted(own, key=lambda file: file.language != words.language)],
    }


def _headlines(document: Document | None, words: Catalogue) -> list[str]:
    """First headlines of the executive summary."""
    blocks = document.blocks if document else ()
    found = [item.headline for block in blocks if isinstance(block, Findings) and block.summary for item in block.items]
    return [as_title(words.text(headline)) for headline in found[:HEADLINES]]


def _figures(document: Document | None, words: Catalogue, brand: Brand) -> dict[str, Any] | None:
    blocks = document.blocks if document else ()
    found = [item for block in blocks if isinstance(block, Metrics) and block.headline for item in block.items]
    return Views(words, brand, {}).of(Metrics(found[:FIGURES], headline=True)) if found else None


def _link(file: File, words: Catalogue) -> dict[str, str]:
    return {
        "href": quote(file.name),
        "format": file.format.upper(),
        "language": words.word(f"report.language.{file.language}"),
        "code": HTML_LANGUAGE[file.language],
        "size": _size(file.size),
    }


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"
