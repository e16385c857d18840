"""Document -> PDF by Typst: tagged, PDF/UA-1 and PDF/A-2a, the same bytes for the same document.

The standards make a missing glyph in our words an error; data are made printable first (`_typst_glyphs`).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from crm_lib.errors import Defect
from crm_lib.language import Catalogue
from crm_lib.paths import TEMPLATES
from crm_lib.report._typst_document import content
from crm_lib.report._typst_glyphs import FAMILIES, borrowed_letters, font_folders, printable
from crm_lib.report._typst_pictures import png_size, wrapped_png
from crm_lib.report._typst_tables import LANDSCAPE, PORTRAIT
from crm_lib.report.blocks import Document
from crm_lib.report.brand import Brand

_TEMPLATE = TEMPLATES / "pdf"


def render(document: Document, words: Catalogue, brand: Brand, charts: Mapping[str, str]) -> bytes:
    """PDF of a document. `charts`: chart id -> SVG. Raise Defect where Typst or a PDF standard refuses it."""
    given = content(document, words, charts) | {"brand": _brand(brand)}
    given |= {"fonts": _fonts(brand, json.dumps(given, ensure_ascii=False))}
    given |= {"upright": PORTRAIT, "sideways": LANDSCAPE}
    moment = datetime.combine(date.fromisoformat(document.cover.as_of[:10]), datetime.min.time(), UTC)
    try:
        pdf = _compiler(brand.fonts.files).compile(
            format="pdf",
            sys_inputs={"document": json.dumps(given, ensure_ascii=False)},
            pdf_standards=["ua-1", "a-2a"],
            timestamp=int(moment.timestamp()),
        )
    except typst.TypstError as error:
        raise Defect(f"{document.cover.phase}.{words.language}.pdf: {error.message}") from error
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _compiler(files: Path | None) -> typst.Compiler:
    folders = [str(folder) for folder in (*([files] if files else []), *font_folders())]
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    return typst.Compiler(str(_TEMPLATE / "report.typ"), root=str(_TEMPLATE), font_paths=fonts)


def _fonts(brand: Brand, text: str) -> dict[str, Any]:
    """Families, and the letters of the text to borrow: Typst looks for each of them in every word, so only those."""
    families = list(dict.fromkeys((*brand.fonts.print, *FAMILIES)))
    return {"families": families, "borrowed": "".join(sorted(borrowed_letters() & set(text)))}


def _brand(brand: Brand) -> dict[str, Any]:
    return {"name": printable(brand.name), "logo": _logo(brand.logo), "colours": brand.colours.named}


def _logo(path: Path | None) -> str:
    """SVG of the logo; '' where there is none."""
    if path is None:
        return ""
    if path.suffix.lower() == ".svg":
        return re.sub(r"<!DOCTYPE[^>]*>", "", path.read_text(encoding="utf-8-sig"))
    png = base64.b64encode(path.read_bytes()).decode()
    size = png_size(png)
    return wrapped_png(png, *size) if size else ""
