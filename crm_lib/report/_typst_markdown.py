"""An analyst's markdown -> plain nodes that report.typ lays out; no markup of it reaches Typst.

Nodes are dicts with `t`: heading, paragraph, list, code, quote, grid. Runs of a paragraph are `{"s": text}` with
`b`, `i`, `c`, `d` for bold, emphasis, code and deleted. HTML stands as text; a link's address follows its words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

Node = dict[str, Any]


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def nodes(source: str) -> list[Node]:
    """Nodes of a markdown text."""
    return _blocks(SyntaxTreeNode(_parser().parse(source)))


def _blocks(parent: SyntaxTreeNode) -> list[Node]:
    return [node for child in parent.children for node in _block(child)]


def _block(node: SyntaxTreeNode) -> Iterator[Node]:
    if node.type == "heading":
        yield {"t": "heading", "level": int(node.tag[1:]), "text": text_of(_runs(node))}
    elif node.type == "paragraph":
        yield {"t": "paragraph", "runs": _runs(node)}
    elif node.type in ("bullet_list", "ordered_list"):
        yield _list(node)
    elif node.type in ("fence", "code_block"):
        yield {"t": "code", "text": node.content.rstrip("\n")}
    elif node.type == "blockquote":
        yield {"t": "quote", "nodes": _blocks(node)}
    elif node.type == "table":
        yield _grid(node)
    elif node.children:
        yield from _blocks(node)


def _list(node: SyntaxTreeNode) -> Node:
    ordered = node.type == "ordered_list"
    start = int(node.attrs.get("start", 1)) if ordered else 1
    return {"t": "list", "ordered": ordered, "start": start, "items": [_blocks(item) for item in node.children]}


def _grid(node: SyntaxTreeNode) -> Node:
    rows = [[text_of(_runs(cell)) for cell in row.children] for part in node.children for row in part.children]
    return {"t": "grid", "head": rows[0], "rows": rows[1:]}


def text_of(runs: list[Node]) -> str:
    return "".join(run["s"] for run in runs)


def _runs(node: SyntaxTreeNode) -> list[Node]:
    runs = [run for inline in node.children for child in inline.children for run in _inline(child, {})]
    return [_line_end(runs, i) if run is _SOFT else run for i, run in enumerate(runs)]


_SOFT: Node = {"s": " "}


def _line_end(runs: list[Node], at: int) -> Node:
    """A line's end in the source is a space, but nothing between two Chinese characters."""
    sides = [run["s"][edge] for run, edge in ((runs[at - 1], -1), (runs[min(at + 1, len(runs) - 1)], 0)) if run["s"]]
    return {"s": "" if all(unicodedata.east_asian_width(side) in "WF" for side in sides) else " "}


_STYLES = {"strong": "b", "em": "i", "s": "d"}


def _inline(node: SyntaxTreeNode, style: dict[str, bool]) -> Iterator[Node]:
    if node.type == "text":
        yield {"s": node.content} | style
    elif node.type == "code_inline":
        yield {"s": node.content, "c": True} | style
    elif node.type == "softbreak":
        yield _SOFT
    elif node.type == "hardbreak":
        yield {"s": "\n"}
    elif node.type == "image":
        yield {"s": f"[{node.content}]"} | style
    else:
        inner = style | ({_STYLES[node.type]: True} if node.type in _STYLES else {})
        for child in node.children:
            yield from _inline(child, inner)
        if node.type == "link":
            yield from _address(node, style)


def _address(node: SyntaxTreeNode, style: dict[str, bool]) -> Iterator[Node]:
    address = str(node.attrs.get("href", ""))
    if address and address != "".join(child.content for child in node.children):
        yield {"s": f" ({address})"} | style
