"""Whether two spellings can be one person's name: masks, titles, nicknames and word order allowed for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from crm_lib.ingest.values.text import CALLED, COMPOUND_SURNAMES, PICTURES, TITLES, folded, match_form, person_name

SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
    "贾夏韦付傅方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文樊温庄施葛颜洪童伍岳齐梅季安祝"
    "左章俞鲁牛凌詹欧翟毕聂焦柳邢辛管齐倪涂关耿舒阮尚甘柯路卓游蓝褚盛霍包裴纪申成解房曲鲍项祁"
)
_WESTERN_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "mr.", "mrs.", "ms.", "dr.", "prof."})
_MASK = re.compile(r"[*×某○●■]+|••+")
_HAN = re.compile(r"[\u3400-\u9fff·]+")
_PLAIN = re.compile(r"(?:(?!某)[\u4e00-\u9fff]){2,4}")  # as it is compared already, but for a title
_CALLED = re.compile(CALLED)
_PET = re.compile(r"^[小阿老](?=[\u3400-\u9fff])")


class Name(NamedTuple):
    """`kind`: 'full' (张丽), 'surname' (张女士), 'mask' (张*), 'nick' (丽丽, 阳光女孩), 'title' (张姐, 丽姐); '' where
    there is none."""

    form: str
    kind: str

    @property
    def full(self) -> bool:
        return self.kind == "full"


@lru_cache(maxsize=1 << 16)
def read_name(text: str | None) -> Name:
    """Name in its form for comparison."""
    if text and _PLAIN.fullmatch(text) and not TITLES.search(text) and not _CALLED.search(text):
        return _chinese_bare(text)
    text = PICTURES.sub("", text or "")
    plain = folded(person_name(text))
    if not plain:
        return Name("", "")
    if _MASK.search(plain):
        return Name(_MASK.sub("*", plain), "mask" if plain.strip("*×某○●■•") else "")
    if _HAN.fullmatch(plain):
        return _chinese(plain)
    return _western(match_form(text).casefold())


def _chinese(plain: str) -> Name:
    if called := _CALLED.fullmatch(plain):
        return Name(called[1], "title")
    bare = TITLES.sub("", plain)
    if bare != plain and bare:
        surname_only = len(bare) == 1 or bare in COMPOUND_SURNAMES
        return Name(bare, "surname") if surname_only else _chinese_bare(bare)
    return _chinese_bare(plain)


def _chinese_bare(plain: str) -> Name:
    has_surname = plain[0] in SURNAMES or plain[:2] in COMPOUND_SURNAMES
    doubled = len(plain) == 2 and plain[0] == plain[1]
    if has_surname and 2 <= len(plain) <= 4 and not doubled:
        return Name(plain, "full")
    return Name(plain, "nick")


def _western(plain: str) -> Name:
    words = [word for word in re.split(r"[\s,]+", plain) if word]
    bare = [word.strip(".") for word in words if word not in _WESTERN_TITLES]
    if len(bare) == 1 and len(bare) < len(words):
        return Name(bare[0], "surname")
    form = " ".join(sorted(bare or words))
    return Name(
        form,
        "full"
        if len(bare) >= 2 and all(re.fullmatch(r"[^\W\d_'’-][^\W\d_]*(?:['’-][^\W\d_]+)*", w) for w in bare)
        else "nick",
    )


@lru_cache(maxsize=1 << 16)
def compatible(one: Name, other: Name) -> bool:
    """Whether both can be one person's. A missing name and one in another script can be anybody's."""
    if not one.kind or not other.kind or one.form == other.form:
        return True
    if one.kind > other.kind:  # one order for the rules below: full, mask, nick, surname, title
        one, other = other, one
    if _script(one) != _script(other):
        return True
    if one.full and other.full:
        return _same_full(one.form, other.form)
    if other.kind == "mask" or one.kind == "mask":
        return _mask_fits(one, other)
    if other.kind == "title":
        return set(other.form) <= set(one.form)
    if other.kind == "surname":
        return _surname_of(one, other.form)
    return _nick_fits(one.form, other.form) if one.full else False


def _script(name: Name) -> bool:
    return bool(_HAN.search(name.form))


def _same_full(one: str, other: str) -> bool:
    """Western words: the same, one a part of the other's, or initials ('j smith' of 'john smith')."""
    if _HAN.search(one):
        return False
    first, second = one.split(), other.split()
    if len(first) > len(second):
        first, second = second, first
    left = list(second)
    for word in sorted(first, key=len, reverse=True):
        match = next((w for w in left if w == word), None) or next(
            (w for w in left if (len(word) == 1 and w.startswith(word)) or (len(w) == 1 and word.startswith(w))), None
        )
        if match is None:
            return False
        left.remove(match)
    return True


def _mask_fits(one: Name, other: Name) -> bool:
    pattern, name = (one, other) if one.kind == "mask" else (other, one)
    if name.kind in ("surname", "title"):
        return name.form[0] == pattern.form[0] or pattern.form[0] == "*"
    if name.kind == "mask":
        return _mask_of(pattern.form, name.form.replace("*", "")) or _mask_of(name.form, pattern.form.replace("*", ""))
    return _mask_of(pattern.form, name.form)


def _mask_of(pattern: str, text: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None


def _surname_of(one: Name, surname: str) -> bool:
    if _HAN.search(surname):
        return one.form.startswith(surname) or (one.kind == "nick" and one.form.endswith(surname))
    return surname in one.form.split()


def _nick_fits(full: str, nick: str) -> bool:
    """丽丽, 小丽, 小张 and 丽华 are of 张丽, 张丽华; an invented nickname can be anybody's."""
    if not _HAN.search(full):
        return set(nick.split()) <= set(full.split()) or not nick.isalpha()
    core = _PET.sub("", nick)
    telling = len(core) <= 2 or core != nick
    return set(core) <= set(full) if telling and len(set(core) & set(full)) else core not in SURNAMES
