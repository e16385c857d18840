"""Text as it is kept and as it is compared."""

from __future__ import annotations

import re
import unicodedata

SPACES = " \t\r\n\f\v\u00a0\u2002\u2003\u2009\u3000\u200b\u200c\u200d\u2060\ufeff"
_INVISIBLE = dict.fromkeys(
    map(ord, "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff")
)
_EXCEL_TEXT = re.compile(r'^(?:\'|="(?=.*"$))')


def tidy(text: str) -> str:
    """Without white space and invisible marks around it; what is inside stays."""
    return text.strip(SPACES)


def match_form(text: str) -> str:
    """NFKC without invisible characters and outer white space: two spellings of one word become one."""
    return unicodedata.normalize("NFKC", text).translate(_INVISIBLE).strip(SPACES)


def folded(text: str) -> str:
    """`match_form` in one case, without inner white space: for words, headers and names."""
    return "".join(match_form(text).casefold().split())


def identifier(text: str) -> str:
    """An id as text: '10023.0', "'10023" and '="10023"' are 10023; letters keep their case."""
    plain = _EXCEL_TEXT.sub("", match_form(text))
    plain = plain[:-1] if text.strip().startswith('="') and plain.endswith('"') else plain
    return plain[:-2] if re.fullmatch(r"\d+\.0", plain) else plain.strip(SPACES)
