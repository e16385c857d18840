"""Whether two days of birth, as text, can be one person's: they may differ by a slip of the pen, not by years."""

from __future__ import annotations

from collections.abc import Set
from functools import lru_cache

_DEFAULT = "0101"  # what systems put where only the year is known, or nothing

# The same in SQL, with the macros of model.py. A wrong century (58 read as 2058) is a slip too.
AGREE = (
    "(a = b OR a[5:] = '0101' OR b[5:] = '0101' OR a[3:] = b[3:] OR day_month_turned(a, b) OR one_slip(a, b))"
)


@lru_cache(maxsize=1 << 16)
def agree(one: str, other: str) -> bool:
    """Days as '19750312'. One digit wrong or left out, two neighbours swapped, day and month swapped, the century wrong,
    or a first of January, which says nothing."""
    if one == other or _DEFAULT in (one[4:], other[4:]) or one[2:] == other[2:]:
        return True
    if one[:4] == other[:4] and one[4:6] == other[6:] and one[6:] == other[4:6]:
        return True
    from rapidfuzz.distance import OSA

    return OSA.distance(one, other, score_cutoff=1) == 1


def sure(one: Set[str], other: Set[str]) -> bool:
    """Whether two people have a day of birth in common."""
    return any(born[4:] != _DEFAULT for born in one & other)
