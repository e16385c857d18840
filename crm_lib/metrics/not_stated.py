"""Words with which a field says that nothing was recorded: no cause, and no group of its own."""

from __future__ import annotations

CHINESE = "未注明、未填写、未填、未记录、未知、不详、不明、无、空"
ENGLISH = "not stated,not specified,not recorded,unknown,unspecified,none,null,nil,n/a,na,-,--,–,/,?"
WORDS = frozenset(("", *CHINESE.split("、"), *ENGLISH.split(",")))


def not_stated(text: object) -> bool:
    """Whether a cell is empty or holds only a word of WORDS."""
    return text is None or text != text or str(text).strip().lower() in WORDS
