"""Whether two days of birth, as text, can be one person's: they may differ by a slip of the pen, not by years."""

from __future__ import annotations

from collections.abc import Set
from functools import lru_cache

_DEFAULT = "0101"  # what systems put where only the year is known
_FILLERS = frozenset(f"{year}{_DEFAULT}" for year in (1900, 1901, 1970, 1980, 1990, 2000))  # or where nothing is

# The same in SQL, with the macros of model.py. A wrong century (58 read as 2058) is a slip too.
_FILLED = ", ".join(f"'{day}'" for day in sorted(_FILLERS))
AGREE = (
    "(a = b OR a[3:] = b[3:] OR (a[:4] = b[:4] AND (a[5:] = '0101' OR b[5:] = '0101'))"
    f" OR a IN ({_FILLED}) OR b IN ({_FILLED})"
    " OR day_month_turned(a, b) OR one_slip(a, b))"
)


@lru_cache(maxsize=1 << 16)
def agree(one: str, other: str) -> bool:
    """Days as '19750312'. One digit wrong or left out, two neighbours swapped, day and month swapped, the century wrong,
    or a default: 1 January of the same year, or of a year that stands for nothing."""
    if one[2:] == other[2:] or one in _FILLERS or other in _FILLERS:
        return True
    if one[:4] == other[:4] and _DEFAULT in (one[4:], other[4:]):
        return True
    if one[:4] == other[:4] and one[4:6] == other[6:] and one[6:] == other[4:6]:
        return True
    from rapidfuzz.distance import OSA

    return OSA.distance(one, other, score_cutoff=1) == 1


def sure(one: Set[str], other: Set[str]) -> bool:
    """Whether two people have a day of birth in common."""
    return any(born[4:] != _DEFAULT for born in one & other)
