"""Whether names can be one customer's, of persons and of companies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from crm_lib.identity.firms import Firm, firms, same_firm
from crm_lib.identity.names import Name, compatible, read_name
from crm_lib.ingest.values.masked import is_masked

_NEAR = 0.8  # Jaro-Winkler of two names in Latin letters that a slip may part


@dataclass(frozen=True)
class Likeness:
    """read: names as they are compared, None where there is none; fits: beyond doubt; alike: with slips allowed."""

    read: Callable[[Sequence[str | None]], list[Any]]
    fits: Callable[[Any, Any], bool]
    alike: Callable[[Any, Any], bool]
    whole: Callable[[Any], bool]


def reader(kind: str, branches_apart: bool) -> Likeness:
    """Of kind 'person', 'company' or 'none' (read as persons)."""
    if kind != "company":
        return Likeness(_persons, compatible, alike_persons, lambda name: bool(name.full))

    def fits(one: Firm, other: Firm) -> bool:
        return same_firm(one, other, branches_apart)

    return Likeness(_companies, fits, fits, lambda firm: True)


class _Lazy(list[Any]):
    """Names that are read when they are asked for: most records share no contact with another."""

    def __getitem__(self, i: Any) -> Any:
        text = super().__getitem__(i)
        return read_name(text) if text else None


def _persons(names: Sequence[str | None]) -> list[Any]:
    return _Lazy(names)


def _companies(names: Sequence[str | None]) -> list[Any]:
    read = firms(name for name in names if name and not is_masked(name, "name"))
    return [read[name] if name in read and read[name].name else None for name in names]


@lru_cache(maxsize=1 << 16)
def alike_persons(one: Name | None, other: Name | None) -> bool:
    """As `compatible`, a slip of the pen or of the ear allowed."""
    if one is None or other is None or compatible(one, other):
        return True
    from rapidfuzz.distance import OSA, JaroWinkler

    from crm_lib.identity.sounds import read_spoken

    first, second = read_spoken(one.form), read_spoken(other.form)
    if first.either is not None and first.either == second.either:
        return True
    if first.han and second.han:
        return OSA.distance(one.form, other.form) <= 1 or first.signs == second.signs
    return max(
        JaroWinkler.similarity(one.form, other.form),
        JaroWinkler.similarity(first.sound or "", second.sound or ""),
    ) >= _NEAR  # fmt: skip
