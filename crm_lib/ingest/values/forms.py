"""The form of a value that could not be read, without what it says: enough to ask the client by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from crm_lib.ingest.values.text import match_form

SHOWN = 3  # forms of a column, the most frequent first
LONGEST = 20  # characters
_UNITS = "岁年月日号时点分秒周后初"  # say what the number before them is
_HAN = re.compile(rf"(?<![0-9])[\u3400-\u9fff]|[\u3400-\u9fff](?<![{_UNITS}])")
_AGE = re.compile(r"9{1,3}(岁|周岁)?")


def form(text: str) -> str:
    """Digits as 9, letters as A and a, Chinese as 某 but for a unit behind a number: '99岁'."""
    plain = _HAN.sub("某", match_form(text)[:LONGEST])
    plain = "".join("9" if c.isdigit() else _letter(c) for c in plain)
    return plain + ("…" if len(match_form(text)) > LONGEST else "")


def _letter(character: str) -> str:
    if not character.isalpha() or character in _UNITS or character == "某":
        return character
    return "A" if character.isupper() else "a"


def common_forms(values: Mapping[str, int]) -> list[tuple[str, int]]:
    """[(form, cells)] of the most frequent forms."""
    found: Counter[str] = Counter()
    for text, cells in values.items():
        found[form(text)] += cells
    return sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))[:SHOWN]


def are_ages(forms: Mapping[str, int]) -> bool:
    """Whether most cells, by their forms, are years of age."""
    return 2 * sum(n for text, n in forms.items() if _AGE.fullmatch(text)) > sum(forms.values())
