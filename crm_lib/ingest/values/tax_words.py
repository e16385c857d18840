"""Whether a header of money says that sales tax (VAT) is in it."""

from __future__ import annotations

import re

from crm_lib.engagement_data import Tax
from crm_lib.ingest.values.text import match_form

_WITHOUT = re.compile(
    r"不含税|未税|未稅|除税|税前|不含增值税|\b(?:ex|excl|excluding|before|without|less)\b.*\b(?:vat|tax|gst)\b"
)
_WITH = re.compile(r"含税|含稅|价税合计|價稅合計|税后|\b(?:inc|incl|including|after|with)\b.*\b(?:vat|tax|gst)\b")
_NET, _GROSS = re.compile(r"\bnet\b(?!.*\b(?:sales|revenue|of)\b)"), re.compile(r"\bgross\b")
_MARKS = re.compile(r"[\W_]+")


def basis_of(header: str) -> Tax | None:
    """None where it does not say. Net sales are rather sales less returns."""
    plain = _MARKS.sub(" ", match_form(header)).casefold()
    if _WITHOUT.search(plain) or _NET.search(plain):
        return "excluded"
    return "included" if _WITH.search(plain) or _GROSS.search(plain) else None
