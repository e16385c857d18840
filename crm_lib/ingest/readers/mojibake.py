"""Text that was once decoded with the wrong encoding and saved so: 寮犱附 for 张丽, Ã© for é, 锟斤拷 for anything."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crm_lib.ingest.readers.encoding import HIGH_RUN

_LOST = re.compile("锟斤拷|\ufffd")
_CHINESE = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){2,}")  # two characters or more in UTF-8
_ACCENTED = re.compile(rb"(?:[\xc3-\xc5][\x80-\xbf])+")


def count_mojibake(texts: Iterable[str]) -> int:
    """How many different texts read as if they had been decoded wrongly once."""
    return sum(_is_mojibake(text) for text in {text for text in texts if not text.isascii()})


def _is_mojibake(text: str) -> bool:
    return bool(_LOST.search(text)) or _was(text, "cp1252") or _was(text, "gb18030")


def _was(text: str, encoding: str) -> bool:
    """Whether the bytes of what is beyond ASCII are UTF-8; a last character may be lost."""
    runs = HIGH_RUN.findall(text.encode(encoding, "ignore"))
    plausible = (_CHINESE,) if encoding == "gb18030" else (_CHINESE, _ACCENTED)
    return bool(runs) and all(
        any((match := form.match(run)) and len(run) - match.end() < 3 for form in plausible) for run in runs
    )
