"""Text that was once decoded with the wrong encoding and saved so: 寮犱附 for 张丽, Ã© for é, 锟斤拷 for anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import reduce

from crm_lib.ingest.readers.encoding import HIGH_RUN

_LOST = re.compile("锟斤拷|\ufffd")
_CHINESE = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){2,}")  # two characters or more in UTF-8
_ACCENTED = re.compile(rb"(?:[\xc3-\xc5][\x80-\xbf])+")


def count_mojibake(texts: Iterable[str]) -> int:
    """How many different texts read as if they had been decoded wrongly once."""
    return sum(_is_mojibake(text) for text in {text for text in texts if not text.isascii()})


def _is_mojibake(text: str) -> bool:
    return bool(_LOST.search(text)) or _was(text, "cp1252") or _was(text, "gb18030")


# Each is one or two errors to undo: read as, written as. The second happens to us where the first looks like Chinese.
_ROADS = (
    (("western", "gb18030"),),
    (("western", "utf-8"),),
    (("gb18030", "utf-8"),),
    (("gb18030", "utf-8"), ("western", "gb18030")),
    (("gb18030", "utf-8"), ("western", "utf-8")),
)


def meanings(texts: Sequence[str]) -> list[list[str]]:
    """The texts as they would have been had each of the usual wrong encodings not been taken; what does not go back is ''."""
    return [[reduce(_meant, road, text) for text in texts] for road in _ROADS]


def _meant(text: str, error: tuple[str, str]) -> str:
    read, written = error
    if text.isascii():
        return text
    try:
        return (_western(text) if read == "western" else text.encode(read)).decode(written)
    except UnicodeError:
        return ""


def _western(text: str) -> bytes:
    """Bytes that were read as Windows-1252, which leaves five bytes to Latin-1."""
    return b"".join(c.encode("latin-1" if ord(c) < 256 else "cp1252") for c in text)


def _was(text: str, encoding: str) -> bool:
    """Whether the bytes of what is beyond ASCII are UTF-8; a last character may be lost."""
    runs = HIGH_RUN.findall(text.encode(encoding, "ignore"))
    plausible = (_CHINESE,) if encoding == "gb18030" else (_CHINESE, _ACCENTED)
    return bool(runs) and all(
        any((match := form.match(run)) and len(run) - match.end() < 3 for form in plausible) for run in runs
    )
