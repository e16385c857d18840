"""Names as they sound and as they are written elsewhere: simplified characters, pinyin, nicknames, two word orders."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from runpy import run_path
from typing import Any

from crm_lib.identity.names import read_name
from crm_lib.ingest.values.text import COMPOUND_SURNAMES, match_form

# Surnames that are read otherwise than the same character elsewhere (现代汉语词典).
_SURNAME_SOUNDS = {
    "单": "shan", "仇": "qiu", "解": "xie", "查": "zha", "曾": "zeng", "翟": "zhai", "盖": "ge", "任": "ren",
    "乐": "yue", "缪": "miao", "区": "ou", "朴": "piao", "华": "hua", "尉迟": "yuchi", "万俟": "moqi", "长孙": "zhangsun",
}  # fmt: skip
_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_ONLY = re.compile(r"[\u3400-\u9fff·]+")
_WORD = re.compile(r"[a-z]+")
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "jr", "sr"})
_SHORTEST, _LONGEST = 2, 5  # characters of a Chinese name


@dataclass(frozen=True)
class Spoken:
    """What of a name is compared; `name` is None where it says too little (张女士, 张*).

    name: characters, or words in one order; whole: surname and given name are both there; sound, turned: in Latin
    letters, in this and in the other order; either: the first of both; calls: what the given name is short for.
    """

    name: str | None = None
    whole: bool = False
    han: bool = False
    sound: str | None = None
    turned: str | None = None
    either: str | None = None
    family: str | None = None
    given: str | None = None
    calls: tuple[str, ...] = ()
    initials: str | None = None
    signs: str | None = None


SPOKEN = tuple(field.name for field in fields(Spoken))


def simplified(texts: Iterable[str]) -> list[str]:
    """Texts without line breaks, in simplified characters."""
    given = [text.replace("\n", " ") for text in texts]
    if not any(_HAN.search(text) for text in given):
        return given
    return str(_converter().convert("\n".join(given))).split("\n")


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


def read_spoken(name: str) -> Spoken:
    """What is compared of a name in simplified characters."""
    known = read_name(name)
    if known.kind not in ("full", "nick"):
        return Spoken()
    if _HAN_ONLY.fullmatch(known.form):
        return _chinese(known.form, known.full)
    return _latin(known.form, name)


def _chinese(form: str, whole: bool) -> Spoken:
    if not _SHORTEST <= len(form) <= _LONGEST:
        return Spoken()
    size = 2 if form[:2] in COMPOUND_SURNAMES and len(form) > 2 else 1
    family, given = surname_sound(form[:size]), given_sound(form[size:])
    return Spoken(
        form,
        whole,
        True,
        **_orders(family, given),
        family=family,
        given=given,
        signs="".join(sorted(form)),
    )


def _orders(first: str, second: str) -> dict[str, Any]:
    one, other = first + second, second + first
    initials = "".join(sorted(first[:1] + second[:1]))
    return {"sound": one, "turned": other, "either": min(one, other), "initials": initials}


def _latin(form: str, text: str) -> Spoken:
    plain = unaccented(match_form(text).casefold()).replace("'", "").replace("’", "")
    before, comma, after = plain.partition(",")
    words = [word for word in _WORD.findall(f"{after} {before}" if comma else plain) if word not in _TITLES]
    if not words or len("".join(words)) < _SHORTEST:
        return Spoken()
    if len(words) == 1:
        return Spoken(form, False, False, words[0], None, words[0], words[0], initials=words[0][:1])
    given, family = "".join(words[:-1]), words[-1]
    return Spoken(
        " ".join(sorted(words)), True, False, **_orders(given, family), family=family, given=words[0],
        calls=full_forms(words[0]),
    )  # fmt: skip


def unaccented(text: str) -> str:
    return "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))


def surname_sound(surname: str) -> str:
    return _SURNAME_SOUNDS.get(surname) or "".join(map(sound, surname))


def given_sound(given: str) -> str:
    return "".join(map(sound, given))


@lru_cache(maxsize=1 << 14)
def sound(character: str) -> str:
    """Pinyin without tone of one character by its commonest reading; another character as it is."""
    reading = _readings().get(ord(character), character).split(",")[0]
    return unaccented(reading.replace("ü", "v"))


@cache
def _readings() -> Mapping[int, str]:
    # the table alone: the package itself reads 47,000 phrases first
    spec = find_spec("pypinyin")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pypinyin")
    table = run_path(str(Path(spec.origin).with_name("pinyin_dict.py")))
    return dict(table["pinyin_dict"])


@lru_cache(maxsize=1 << 14)
def full_forms(given: str) -> tuple[str, ...]:
    """The name itself and those that it is short for: bob -> bob, bobby, robert."""
    return tuple(sorted({given, *_nicknames().canonicals_of(given)}))


@cache
def _nicknames() -> Any:
    from nicknames import NickNamer

    return NickNamer()
