"""What the makers of printed blocks share: the catalogue's words, with the data in them made printable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm_lib.language import STATUS_SHAPES, Catalogue, Message, Value
from crm_lib.report._typst_glyphs import printable_message, printable_value
from crm_lib.report._typst_tables import breakable

Plain = dict[str, Any]


@dataclass(frozen=True)
class Printer:
    """Words and charts of one document. `text` and `value` make data printable before they meet our words."""

    words: Catalogue
    charts: Mapping[str, str]

    def text(self, message: Message | None) -> str:
        return breakable(self.words.text(printable_message(message))) if message else ""

    def word(self, id: str, /, **args: Any) -> str:
        return self.words.text(id, **args)

    def value(self, value: Value) -> str:
        return breakable(self.words.value(printable_value(value)))

    def status(self, status: str) -> Plain | None:
        return {"key": status, "text": self.words.format("status", status)} if status in STATUS_SHAPES else None
