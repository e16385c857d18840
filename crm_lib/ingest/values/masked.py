"""Values that an export has masked: 138****1234, a***@qq.com, 张**. Many people have one of them: they name nobody."""

from __future__ import annotations

import re

from crm_lib.ingest.values.text import identifier, match_form

_SIGNS = "*●•■×"
_PHONE = re.compile(rf"\+?[\d\s()-]*(?:[{_SIGNS}#?]{{2,}}|[xX]{{3,}})[\d\s()-]*")
_KEY = re.compile(rf"[{_SIGNS}]{{2,}}|[xX]{{4,}}")
_EMAIL = re.compile(rf"[{_SIGNS}].*@|@.*[{_SIGNS}]|^[xX]{{3,}}@|[xX]{{4,}}.*@")
_NAME = re.compile("[*●■○]|••|××|×$|某")  # one • or × may stand between the parts of a name
# Columns by which records are compared -> what a masked value of them looks like.
_FORMS = {
    "phone": (_PHONE, True),
    "email": (_EMAIL, False),
    "customer_key": (_KEY, False),
    "id_number": (_KEY, False),
    "address": (_KEY, False),
}
SQL_TEXT = "[*＊]{2}|[●•■×]{2}|[xX]{4}"  # what a masked text has in any case


def is_masked(text: str, column: str) -> bool:
    """Whether a cell of a column that tells customers apart has been masked; of a name also 张某."""
    if column == "name":
        return _NAME.search(match_form(text)) is not None
    if column not in _FORMS:
        return False
    form, whole = _FORMS[column]
    plain = identifier(text)  # without the sign that keeps Excel from counting: '138****1234
    return bool(form.fullmatch(plain) if whole else form.search(plain))
