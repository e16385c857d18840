"""What the makers of printed blocks share: the catalogue's words, with the data in them made printable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from crm_lib.language import STATUS_SHAPES, Catalogue, Message, Value
from crm_lib.report._typst_glyphs import printable_message, printable_value
from crm_lib.report._typst_tables import SMALL, breakable
from crm_lib.report.cells import joined

Plain = dict[str, Any]


class Small(Catalogue):
    """Words for the cells of a table: intervals short, and in small type where they end the cell."""

    _SHAPES = {"common.with_interval": "{0}\ue0f2{1}\ue0f3"}

    def __init__(self, words: Catalogue) -> None:
        super().__init__(words.language, {id: words.word(id) for id in words.ids}, words.currency, words)
        self._plain = words
        self._shapes = self._SHAPES | {"common.interval": words.word("report.pdf.interval")}

    def word(self, id: str) -> str:
        return self._shapes.get(id) or super().word(id)

    def settled(self, text: str) -> str:
        """The text with each interval in its place: at the end on a line of its own, elsewhere in brackets."""
        if text.endswith("\ue0f3") and text.count("\ue0f2") == 1:
            return text.replace("\ue0f2", SMALL)[:-1]
        return _INTERVAL.sub(lambda found: self._plain.word("common.with_interval").format("", found[1]), text)


_INTERVAL = re.compile("\ue0f2(.*?)\ue0f3")


@dataclass(frozen=True)
class Printer:
    """Words and charts of one document. `text` and `value` make data printable before they meet our words."""

    words: Catalogue
    charts: Mapping[str, str]

    @cached_property
    def small(self) -> Small:
        return Small(self.words)

    def text(self, message: Message | None) -> str:
        return breakable(self.joined(self.words.text(printable_message(message)))) if message else ""

    def word(self, id: str, /, **args: Any) -> str:
        return self.words.text(id, **args)

    def value(self, value: Value) -> str:
        return breakable(self.joined(self.words.value(printable_value(value))))

    def joined(self, text: str) -> str:
        return joined(self.words, text)

    def status(self, status: str) -> Plain | None:
        if status not in STATUS_SHAPES:
            return None
        return {"key": status, "text": self.words.format("status", status).replace(" ", "\u00a0", 1)}
