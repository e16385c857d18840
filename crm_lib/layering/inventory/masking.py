"""Cells of rows set aside as a report may show them: enough to find the fault by, nothing that says whose row it is.

What a column should hold does not say what stands in it (cells slip), so that every cell is also judged by its look.
"""

from __future__ import annotations

import re

from crm_lib.identity.names import read_name
from crm_lib.ingest.values.cells import is_identifier
from crm_lib.ingest.values.text import folded, match_form
from crm_lib.language import Message, literal, msg
from crm_lib.tables import SOURCE_TABLES, Column

OFTEN = 3  # rows with the very same words: rather a category than a person
LONGEST = 24  # characters of a cell shown as it stands
_EMAIL = re.compile(r"[^\s@,;<>]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}")
_DAY = re.compile(
    r"(?:(?:19|20)\d\d(?:\d{4}|[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?)?)|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d))"
    r"(?:[T\s]+\d{1,2}[:：]\d{1,2}(?:[:：]\d{1,2})?)?"
)
_NUMBER = re.compile(r"[-+(]?\s?(?:[¥$€£]|[A-Z]{3})?\s?(?:\d{1,3}(?:,\d{3})+|\d{1,6})(?:\.\d{1,4})?\s?[%)元万亿kKmM]?")
_PLACEHOLDER = re.compile(
    "待[补定填]|未知|不详|暂?无|空|其他|缺失?|错误|n/?a|nan|null|none|nil|unknown|tbd|missing|error|other|yes|no|x+"
    "|#[a-z0/]{2,6}[!?]?"
)


def role(table: str, name: str) -> str:
    """What a canonical column holds: 'phone', 'email', 'name', 'identifier', 'day', 'number', 'choice' or 'text'."""
    if name in ("phone", "email") or (name == "name" and table != "campaigns"):
        return name
    column = next((c for c in SOURCE_TABLES[table].columns if c.name == name), Column(name, "VARCHAR"))
    if name == "birth_date":
        return "text"
    if column.type in ("DATE", "TIMESTAMP"):
        return "day"
    if column.values or column.type == "BOOLEAN" or name == "currency":
        return "choice"
    if column.type != "VARCHAR":
        return "number"
    return "identifier" if is_identifier(column) else "text"


def masked(kind: str, text: str, rows: int = 1) -> Message:
    """A cell in words that may be sent. `kind` is a `role`; `rows` have these very words in this column."""
    plain = " ".join(match_form(text).split())
    if not plain:
        return msg("inventory.mask.blank")
    if kind == "email" or "@" in plain:
        return literal(masked_email(plain)) if _EMAIL.fullmatch(plain) else _length(plain)
    if kind == "phone":
        return literal(masked_digits(plain))
    if kind == "name":
        return literal(masked_name(plain))
    if kind == "identifier":
        return literal(masked_identifier(plain))
    return _length(plain) if kind == "text" else _by_look(plain, rows)


def _length(plain: str) -> Message:
    return msg("inventory.mask.text", n=len(plain))


def _by_look(plain: str, rows: int) -> Message:
    """Days, small numbers, zeros, placeholders and words that recur stand as they are."""
    if _DAY.fullmatch(plain) or _NUMBER.fullmatch(plain) or not any(c.isalnum() and c != "0" for c in plain):
        return literal(plain[:LONGEST])
    if sum(c.isdigit() for c in plain) >= 7:
        return literal(masked_digits(plain))
    if len(plain) > LONGEST:
        return _length(plain)
    known = _PLACEHOLDER.fullmatch(folded(plain)) is not None
    return literal(plain if known or (rows >= OFTEN and not read_name(plain).full) else masked_name(plain))


def masked_digits(text: str) -> str:
    """'138****8000': of eleven digits and more the first three and last four are left, of fewer the ends."""
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 12 and digits.startswith("86"):
        digits = digits[2:]
    if len(digits) == 11:
        return f"{digits[:3]}****{digits[-4:]}"
    ends = 2 if len(digits) >= 8 else 1
    return f"{digits[:ends]}{'*' * max(len(digits) - 2 * ends, 3)}{digits[-ends:] if len(digits) > 3 else ''}"


def masked_email(text: str) -> str:
    """'a***@x.com'."""
    local, _, domain = text.rpartition("@")
    return f"{local[:1]}***@{domain}"


def masked_name(text: str) -> str:
    """'张*', 'J*': the first character."""
    return f"{text[:1]}*"


def masked_identifier(text: str) -> str:
    """'S2***17': the ends of a number that is long enough to have some."""
    if re.fullmatch(r"(?:\+?86|0086)?1[3-9]\d{9}", text):
        return masked_digits(text)
    long = len(text) >= 8 and any(c.isdigit() for c in text)
    return f"{text[:2]}***{text[-2:]}" if long else f"{text[:1]}***"
