"""Text as it is kept and as it is compared."""

from __future__ import annotations

import re
import unicodedata

_WHITE = "".join(filter(str.isspace, map(chr, range(0x3001))))  # all that Python, Arrow and Unicode call white space
SPACES = _WHITE + "\u200b\u200c\u200d\u2060\ufeff"
_INVISIBLE = dict.fromkeys(
    map(ord, "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff")
)
TITLES = re.compile(r"(?:女士|先生|小姐|太太|夫人|老师|经理|总|阿姨|同学|医生)$")
COMPOUND_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "司徒", "皇甫", "东方", "尉迟", "公孙", "慕容", "令狐", "夏侯")
# 王姐, 梅哥, 李大姐: how staff call a customer by surname or by given name.
CALLED = rf"^(.|{'|'.join(COMPOUND_SURNAMES)})(?:大姐|大哥|大叔|阿姨|姐姐?|哥哥?|姨|叔|嫂)$"
# Marks without a sound: pictures and stars that people put around their names.
PICTURES = re.compile("[\u2600-\u27bf\u2b00-\u2bff\ufe0e\ufe0f\u200d\U0001f000-\U0001faff]+")
# Of a name that says less than a whole one would.
VAGUE = rf"[*＊×○某]|^(.|{'|'.join(COMPOUND_SURNAMES)}){TITLES.pattern}|{CALLED}|{PICTURES.pattern}|^[㐀-鿿]$"
_WESTERN_TITLE = re.compile(r"^(?:mr|mrs|ms|miss|dr|prof)\b\.?\s*(?=[\u3400-\u9fff])", re.IGNORECASE)
_HAN_NAME = re.compile(r"[\u3400-\u9fff·]+")
_NOBODY = re.compile(r"0+|-+|/|无|散客|游客|匿名|非会员|walk-?in|anonymous|guest")
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+\d{1,2}", re.IGNORECASE)
_FORMATLESS = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))  # joiners stay: some scripts need them
_EXCEL_TEXT = re.compile(r'^(?:\'|="(?=.*"$))')


def gives_less(part: str, whole: str) -> str:
    """SQL: whether a Chinese name is another one's without its beginning (丽娟, 张丽娟)."""
    return (
        f"(length({part}) < length({whole}) AND ends_with({whole}, {part})"
        f" AND regexp_full_match({whole}, '[\u3400-\u9fff]{{2,5}}'))"
    )


def tidy(text: str) -> str:
    """Without white space and invisible marks around it; what is inside stays."""
    return text.strip(SPACES)


def widened(text: str) -> bool:
    """Whether NFKC changes the text: full-width digits, ligatures, circled numbers."""
    return not text.isascii() and unicodedata.normalize("NFKC", text.strip(SPACES)) != text.strip(SPACES)


def has_invisible(text: str) -> bool:
    """Whether characters without a shape stand in the text."""
    return not text.isascii() and text.translate(_INVISIBLE) != text


def match_form(text: str) -> str:
    """NFKC without invisible characters and outer white space: two spellings of one word become one."""
    return unicodedata.normalize("NFKC", text).translate(_INVISIBLE).strip(SPACES)


def folded(text: str) -> str:
    """`match_form` in one case, without inner white space: for words, headers and names."""
    return "".join(match_form(text).casefold().split())


def broken_by_excel(text: str) -> bool:
    """Whether a number or code was shown as 1.38001E+10 and saved so: its last digits are lost."""
    return _SCIENTIFIC.fullmatch(match_form(text)) is not None


def identifier(text: str) -> str:
    """An id as text: '10023.0', "'10023" and '="10023"' are 10023; letters keep their case."""
    plain = _EXCEL_TEXT.sub("", match_form(text))
    plain = plain[:-1] if text.strip().startswith('="') and plain.endswith('"') else plain
    return plain[:-2] if re.fullmatch(r"\d+\.0", plain) else plain.strip(SPACES)


def nobody(text: str) -> bool:
    """Whether a customer number is what tills write for a customer whom they do not know."""
    return _NOBODY.fullmatch(folded(text)) is not None


def person_name(text: str) -> str:
    """A name as it is kept: Chinese ones without inner spaces and, where more than a surname is left, without title; ''
    where nothing but marks stands."""
    plain = " ".join(tidy(text.translate(_FORMATLESS)).split())
    if not any(character.isalnum() for character in plain) and not re.search("[*＊×○]", plain):
        return ""
    joined = "".join(_WESTERN_TITLE.sub("", match_form(plain)).split())
    if not _HAN_NAME.fullmatch(joined):
        return plain
    bare = TITLES.sub("", joined)
    return bare if len(bare) >= 2 and bare not in COMPOUND_SURNAMES else joined
