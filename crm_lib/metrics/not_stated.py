"""Words with which a field says that nothing was recorded: no cause, and no group of its own."""

from __future__ import annotations

from typing import Any

import pandas as pd

CHINESE = "未注明、未填写、未填、未记录、未登记、未分类、未知、不详、不明、无、空"
ENGLISH = "not stated,not specified,not recorded,not known,unknown,unspecified,uncategorised,uncategorized,none,null,nil,n/a,na,-,--,–,/,?"
REST = "其他,其它,其他原因,其它原因,其他渠道,其它渠道,other,others,other reason,other reasons,misc,miscellaneous"
WORDS = frozenset(("", *CHINESE.split("、"), *ENGLISH.split(",")))
NAMELESS = WORDS | frozenset(REST.split(","))


def not_stated(text: Any) -> bool:
    """Whether a cell is empty or holds only a word of WORDS."""
    return bool(pd.isna(text)) or _plain(text) in WORDS


def nameless(text: Any) -> bool:
    """Whether a part is no place or cause that anyone could mend: not stated, or what is left over ('other')."""
    return not_stated(text) or _plain(text) in NAMELESS


def named_parts(parts: pd.Series) -> pd.Series:
    """The parts, '' for those that are nameless; each distinct word is looked at once."""
    blank = {part for part in parts.unique() if nameless(part)}
    return parts.astype(object).where(~parts.isin(list(blank)) & parts.notna(), "")


def _plain(text: Any) -> str:
    return str(text).strip().strip("()\uff08\uff09[]【】<>").strip().lower()
