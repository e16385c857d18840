"""The PDF's fonts, all from packages, and what stands in for a character that none of them holds.

Only data are substituted (`printable`, `printable_message`). A missing glyph in our own words is left alone, so
that the PDF standard refuses the document.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.ft2font import FT2Font

from crm_lib.language import Message, Value

SUBSTITUTE = "□"
DATA_KINDS = frozenset({"text", "local", "message", "list"})  # values that hold words of the data
FAMILIES = ("Noto Sans SC", "Noto Sans KR", "DejaVu Sans")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # control, direction marks, zero width, private, unassigned
_KEPT = "\n\t"
_HOLE = "\x00"
# The shaper builds these from a base letter and an accent out of place where Noto Sans SC lacks the whole letter.
_LATIN_EXTENDED = (*range(0x100, 0x250), *range(0x1E00, 0x1F00))


def _cjk(family: str) -> Path:
    return Path(str(files("justmytype_intl_cjk"))) / "fonts" / "ofl" / family


def _dejavu() -> Path:
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def font_folders() -> list[Path]:
    """Folders of the fonts that the PDF is set in."""
    return [_cjk("notosanssc"), _cjk("notosanskr"), _dejavu()]


@cache
def _characters(path: Path) -> frozenset[int]:
    return frozenset(FT2Font(str(path)).get_charmap())


@cache
def _chinese() -> frozenset[int]:
    return _characters(next(_cjk("notosanssc").glob("*.ttf")))


@cache
def coverage() -> frozenset[int]:
    """Code points that the fonts show in every weight."""
    korean = _characters(next(_cjk("notosanskr").glob("*.ttf")))
    other = _characters(_dejavu() / "DejaVuSans.ttf") & _characters(_dejavu() / "DejaVuSans-Bold.ttf")
    return _chinese() | korean | other


@cache
def borrowed_letters() -> frozenset[str]:
    """The accented Latin letters that DejaVu Sans has to set whole."""
    other = _characters(_dejavu() / "DejaVuSans.ttf")
    return frozenset(chr(code) for code in _LATIN_EXTENDED if code in other and code not in _chinese())


class _Table(dict[int, str]):
    def __missing__(self, code: int) -> str:
        self[code] = kept = chr(code) if _shown(code) else _HOLE
        return kept


def _shown(code: int) -> bool:
    if chr(code) in _KEPT:
        return True
    return code in coverage() and unicodedata.category(chr(code)) not in _HIDDEN


_TABLE = _Table()
_HOLES = re.compile(f"{_HOLE}+")


def printable(data: str) -> str:
    """Text with each run of characters that no font shows, or that hide, replaced by one visible '□'."""
    if data.isascii() and data.isprintable():
        return data
    data = data.replace("\r\n", "\n")
    return _HOLES.sub(SUBSTITUTE, unicodedata.normalize("NFC", data).translate(_TABLE))


def printable_message(message: Message) -> Message:
    """The message with its data printable; words of the catalogue are left as they are."""
    if not message.id:
        return replace(message, literal=printable(message.literal))
    return replace(message, args={name: printable_value(value) for name, value in message.args.items()})


def printable_value(value: Value) -> Value:
    return replace(value, value=printable_data(value.value)) if value.kind in DATA_KINDS else value


def printable_data(data: Any) -> Any:
    """Strings in a value made printable, however nested."""
    if isinstance(data, str):
        return printable(data)
    if isinstance(data, Message):
        return printable_message(data)
    if isinstance(data, Value):
        return printable_value(data)
    if isinstance(data, Mapping):
        return {key: printable_data(part) for key, part in data.items()}
    if isinstance(data, (list, tuple)):
        return [printable_data(part) for part in data]
    return data
