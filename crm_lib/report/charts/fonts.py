"""The charts' font: what it holds, how wide words are, where they break."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

SIZE = 9.5  # points; a chart of 360 points reads on a phone of 360 pixels
DRAWN = 1000  # points at which outlines are taken
LINE = 12.5  # from one line of text to the next
MISSING = "□"
ELLIPSIS = "…"
CLOSING = tuple("）)，。；：、”》%～")  # no line begins with these
UNITS = tuple("年月日万亿")  # nor with these after a digit
_LOCK = threading.Lock()  # a face remembers its size and last glyph


def default_font() -> Path:
    import pylopdf_fonts_zh_cn

    return pylopdf_fonts_zh_cn.sans_path()


class _Advances(dict[str, float]):
    """Widths of characters, looked up once each."""

    def __init__(self, face: Any, flags: Any) -> None:
        self._face, self._flags = face, flags

    def __missing__(self, character: str) -> float:
        with _LOCK:
            glyph = self._face.load_char(ord(character), flags=self._flags)
        self[character] = width = glyph.linearHoriAdvance / 65536
        return width


class Font:
    """Widths are advances at `SIZE` points, without hinting or kerning."""

    def __init__(self, path: Path) -> None:
        from matplotlib.ft2font import FT2Font, LoadFlags

        self.path = path
        self._face = FT2Font(str(path))
        self._face.set_size(SIZE, 72)
        self._flags = LoadFlags.NO_HINTING
        self.advances = _Advances(self._face, self._flags)
        self._outlines: dict[str, str] = {}

    def drawable(self, text: str) -> str:
        """The text in one line, without control and direction marks; what the font lacks is a box."""
        kept = (
            " " if c.isspace() else c for c in text if unicodedata.category(c) not in ("Cf", "Cc", "Cs") or c.isspace()
        )
        return "".join(c if c == " " or self._face.get_char_index(ord(c)) else MISSING for c in kept)

    def width(self, text: str) -> float:
        return sum(map(self.advances.__getitem__, text))

    def outline(self, character: str) -> str:
        """SVG path of the glyph at `DRAWN` points, y upwards; '' for a blank."""
        if character not in self._outlines:
            with _LOCK:
                self._face.set_size(DRAWN, 72)
                self._face.load_char(ord(character), flags=self._flags)
                self._outlines[character] = _path(*self._face.get_path())
                self._face.set_size(SIZE, 72)
        return self._outlines[character]

    def clip(self, text: str, width: float) -> str:
        if self.width(text) <= width:
            return text
        while text and self.width(text + ELLIPSIS) > width:
            text = text[:-1]
        return text.rstrip() + ELLIPSIS

    def wrap(self, text: str, width: float, most: int) -> list[str]:
        """At most `most` lines no wider than `width`; the last one ends in … where words are left."""
        lines: list[str] = []
        rest = text.strip()
        while rest and len(lines) < most - 1 and self.width(rest) > width:
            end = self._break(rest, width)
            lines.append(rest[:end].rstrip())
            rest = rest[end:].lstrip()
        if lines and len(rest) == 1 and len(lines[-1]) > 2 and all(map(_wide, lines[-1][-2:] + rest)):
            lines[-1], rest = lines[-1][:-1], lines[-1][-1] + rest  # no line of one Chinese character
        return [*lines, self.clip(rest, width)] if rest or not lines else lines

    def _break(self, text: str, width: float) -> int:
        """Where the first line ends: after a space or beside a Chinese character, else inside the word."""
        used, fits = 0.0, 0
        for i, c in enumerate(text):
            used += self.advances[c]
            if used > width:
                break
            fits = i + 1
        if (bracket := max(text.rfind("（", 1, fits + 1), text.rfind(" (", 1, fits + 1))) > 0 and (
            self.width(text[bracket:].lstrip()) <= width
        ):
            return bracket
        for end in range(max(fits, 1), 0, -1):
            if text[end : end + 1] in CLOSING and end > 1:
                continue
            if text[end - 1].isdecimal() and text[end : end + 1] in UNITS:
                continue
            if (
                end == len(text)
                or text[end] == " "
                or text[end - 1] in " -–～/·"
                or _wide(text[end])
                or _wide(text[end - 1])
            ):
                return end
        return max(fits, 1)


_LETTERS = {1: ("M", 1), 2: ("L", 1), 3: ("Q", 2), 4: ("C", 3)}  # matplotlib's path codes: letter, points


def _path(points: Any, codes: Any) -> str:
    """SVG path data of matplotlib's vertices and codes."""
    parts: list[str] = []
    i, codes, points = 0, codes.tolist(), points.round().astype(int).tolist()
    while i < len(codes):
        letter, count = _LETTERS.get(codes[i], ("Z", 0))
        parts.append(letter + " ".join(f"{x} {y}" for x, y in points[i : i + count]))
        i += max(count, 1)
    return "".join(parts)


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) == "W"


@cache
def font(path: Path | None = None) -> Font:
    return Font(path or default_font())
