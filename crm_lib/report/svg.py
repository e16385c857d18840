"""Chart SVG -> the same inside an HTML page: named, sized by the page, in colours that follow its scheme."""

from __future__ import annotations

import re
from base64 import b64encode
from html import escape

from crm_lib.report.brand import Brand

_SIZE = re.compile(r'\b(?:width|height)="[\d.]+pt" ?')
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")


def inline(svg: str, brand: Brand, alt: str) -> str:
    """HTML text. Each of the brand's colours becomes `var(--token)`."""
    tokens: dict[str, str] = {}
    for token, colour in brand.colours.named.items():
        tokens.setdefault(colour, f"var(--{token})")
    head, start, body = svg.partition(">")
    head = _SIZE.sub("", head).replace("<svg ", f'<svg class="chart" role="img" aria-label="{escape(alt)}" ', 1)
    return head + start + _COLOUR.sub(lambda found: tokens.get(found[0], found[0]), body)


def data_uri(svg: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
