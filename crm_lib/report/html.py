"""Document -> one self-contained HTML file that loads nothing; a block -> a fragment for JupyterLab."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from crm_lib.language import Catalogue
from crm_lib.paths import TEMPLATES
from crm_lib.report import blocks as b
from crm_lib.report.brand import Brand
from crm_lib.report.cells import WHOLE
from crm_lib.report.svg import data_uri, inline
from crm_lib.report.views import Isolating, Views, slug

HTML_LANGUAGE = {"zh": "zh-Hans", "en": "en"}


def render(document: b.Document, words: Catalogue, brand: Brand, charts: Mapping[str, str] | None = None) -> str:
    """The whole page. `charts`: id -> SVG already drawn; others are drawn here."""
    views = Views(Isolating(words), brand, charts or {})
    cover = views.of(document.cover)
    body = [view_of(views, block) for block in document.blocks if not isinstance(block, (b.Cover, b.Done))]
    return page("document.html.j2", views.words, brand, cover=cover, blocks=body, contents=views.contents)


def view_of(views: Views, block: b.Block) -> dict[str, Any]:
    """View of a block with its markup in place."""
    view = views.of(block)
    if "svg" in view:
        view["picture"] = Markup(inline(view["svg"], views.brand, view["alt"]))
    if "html" in view:
        view["html"] = Markup(view["html"])  # from markdown.to_html, which sanitises
    return view


def page(template: str, words: Catalogue, brand: Brand, **context: Any) -> str:
    """A page of templates/html: its style and script inline, allowed by a content security policy to do no more."""
    style, script = _style(brand), _source("page.js")
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    return (
        _environment()
        .get_template(template)
        .render(
            words=words,
            brand=brand,
            logo=logo_uri(brand),
            language=HTML_LANGUAGE[words.language],
            policy=policy,
            style=Markup(style),
            script=Markup(script),
            slug=slug,
            **context,
        )
    )


def fragment(block: b.Block, words: Catalogue, brand: Brand, svg: str | None = None) -> str:
    """One block for a notebook's output: no script; a chart is an image on paper, since labs drop inline SVG of
    notebooks that they do not trust."""
    views = Views(Isolating(words), brand, {block.id: svg} if svg and isinstance(block, b.Chart) else {})
    view = view_of(views, block)
    if "svg" in view:
        view["picture"] = Markup('<img src="{}" alt="{}" style="background:{};max-width:100%;width:36em">').format(
            data_uri(view["svg"]), view["alt"], brand.colours.paper
        )
    template = _environment().get_template("fragment.html.j2")
    return template.render(
        words=views.words, block=view, language=HTML_LANGUAGE[words.language], style=Markup(_lab_style(brand))
    )


def logo_uri(brand: Brand) -> str:
    if not brand.logo:
        return ""
    kind = "svg+xml" if brand.logo.suffix.lower() == ".svg" else "png"
    return f"data:image/{kind};base64,{b64encode(brand.logo.read_bytes()).decode()}"


def _style(brand: Brand) -> str:
    fonts = ", ".join(name if name.startswith("-") or name in _GENERIC else f'"{name}"' for name in brand.fonts.screen)
    return _environment().get_template("page.css.j2").render(light=brand.colours, dark=brand.dark, fonts=Markup(fonts))


def _lab_style(brand: Brand) -> str:
    return _environment().get_template("lab.css.j2").render(light=brand.colours, dark=brand.dark)


def held(text: str) -> Markup:
    """The text, safe, with each date, and each number with the Chinese unit that it counts, on one line: a style, so that they
    are copied, found and read out as they stand."""
    return Markup(WHOLE.sub(r'<span class="whole">\g<0></span>', str(escape(text))))


_GENERIC = frozenset({"system-ui", "sans-serif", "serif", "monospace", "ui-sans-serif", "ui-serif"})


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["held"] = held
    return environment


@cache
def _source(name: str) -> str:
    return (TEMPLATES / "html" / name).read_text(encoding="utf-8")
