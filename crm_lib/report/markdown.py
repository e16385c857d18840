"""An analyst's markdown -> HTML that cannot load, run or restyle anything, its headings fitted into the page's."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

_BLOCKS = {"p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "pre", "blockquote", "hr"}
TAGS = _BLOCKS | {"strong", "em", "s", "code", "a", "br", "table", "thead", "tbody", "tr", "th", "td"}


@cache
def _parser() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def to_html(source: str, heading: Callable[[int, str], tuple[int, str]]) -> str:
    """`heading(level, words)` gives a heading's level on the page and its id."""
    import nh3

    tokens = _parser().parse(source)
    for i, token in enumerate(tokens):
        if token.type == "heading_open":
            level, id = heading(int(token.tag[1]), _plain(tokens[i + 1]))
            token.tag = tokens[i + 2].tag = f"h{level}"
            token.attrSet("id", id)
    html = _parser().renderer.render(tokens, _parser().options, {})
    attributes = {"a": {"href"}, "ol": {"start"}, **{f"h{i}": {"id"} for i in range(2, 7)}}
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=attributes,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def _plain(token: Any) -> str:
    return "".join(child.content for child in token.children or [] if child.type in ("text", "code_inline"))
