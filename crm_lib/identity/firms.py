"""Names of companies: legal form, place and branch told apart from what the firm is called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from crm_lib.identity.sounds import simplified, unaccented
from crm_lib.ingest.values.text import match_form

_BRANCH = re.compile(
    r"[（(]?(?P<place>[\u3400-\u9fff]{2})(?:第?[一二三四五六七八九十\d]+)?"
    r"(?:分公司|分店|分行|支行|办事处|营业部|分部)[)）]?$"
)
_BRANCH_WORDS = (  # without accents; names of firms do not hold them, as they may hold "branch"
    r"(?:zweig)?niederlassung|zweigstelle|geschaftsstelle|filiale|succursale|sucursal|oddzial|pobocka"
)
_WESTERN_BRANCH = re.compile(
    rf"[\s,(\-]+(?P<place>[\w ]{{0,30}}?)\s*(?:branch(?: office)?|{_BRANCH_WORDS})\)?$"
    rf"|(?:[\s,(\-]+(?:{_BRANCH_WORDS})|\s*[,(\-]\s*branch(?: office)?)[\s:]+[\w .\-]{{2,40}}\)?$"
)
_FORMS = (
    ("股份有限公司", "joint_stock"), ("集团有限公司", "limited"), ("有限责任公司", "limited"), ("有限公司", "limited"),
    ("股份公司", "joint_stock"), ("合伙企业", "partnership"), ("个体工商户", "sole"), ("公司", ""), ("集团", ""),
)  # fmt: skip
_FORM_WORDS = (
    r"(?:pte|pty|co|private|pvt)[\s.,]*(?:ltd|limited)|ltd|limited|inc|incorporated|corp|corporation|llc|llp|plc|"
    r"(?:gmbh|g\.m\.b\.h\.?|ges\.?\s?m\.?\s?b\.?\s?h\.?)(?: & co\.? kgaa?| & co\.? kg)?|mbh|ag|aktiengesellschaft|kg|kgaa|"
    r"ug|ohg|gbr|eg|e\.?\s?k(?:fm)?|e\.\s?u|(?:sp(?:olka)?[.\s]*)?z\s?o\.?\s?o|sp(?:olka|\.)\s?[kj]|spolka akcyjna|"
    r"s\.r\.o|d\.o\.o|kft|zrt|se|sarl|s\.?a\.?r\.?l|sas|s\.?a|s\.?p\.?a|s\.?r\.?l|bv|b\.v|nv|n\.v|ab|oy|as|a/s|aps|kk|"
    r"co|company|group|holdings?"
)
_WESTERN_FORMS = re.compile(rf"[\s,.]+(?P<form>{_FORM_WORDS})\.?$")
_FORM_INSIDE = re.compile(rf"[\s,.]+(?:{_FORM_WORDS})\.?(?=[\s,(\-])")
_TITLE = re.compile(r"^(?:the|fa\.?|firma)\s+")
_AND = re.compile(r"\s*[&+]\s*|\s(?:und|u\.|et)\s")
_UMLAUT = re.compile(r"(?<![aeq])([aou])e")  # Mueller is Müller; neue, Bauer and Quelle have no umlaut
_JOINT_STOCK = frozenset(
    {
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "plc",
        "ag",
        "aktiengesellschaft",
        "se",
        "sa",
        "spolkaakcyjna",
        "spa",
        "nv",
        "ab",
        "as",
    }
)
_PLACE = re.compile(
    r"^(?:[\u3400-\u9fff]{2,3}省)?(?P<place>"
    r"(?:北京|上海|天津|重庆|广州|深圳|杭州|南京|苏州|成都|武汉|西安|青岛|大连|宁波|厦门|无锡|长沙|郑州|济南|福州|合肥|东莞|佛山)(?:市(?!场|政))?|"
    r"[\u3400-\u9fff]{2,3}?(?:省|县|(?<![城超都门])市(?!场|政)))(?=[\u3400-\u9fff]{3})"
)
BRANCH_NAMES = (
    r"(分公司|分店|分行|支行|办事处|营业部|分部|\bbranch|niederlassung|zweigstelle|filiale|succursale)\)?）?$"
    rf"|[\s,(-](?:{_BRANCH_WORDS}|geschäftsstelle|oddział|pobočka)\s"
)
_REMARK = re.compile(
    r"[（(][^（）()]*(?:客户|停用|禁用|作废|注销|重复|勿用|月结|现结)[^（）()]*[)）]?$"
)  # of who keeps the list
_MARKS = re.compile(r"[\s（）()\[\]【】,，.。·\-—_'’\"“”/]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LOST = frozenset("?\ufffd")
HEAD = "-"  # the branch that is none


@dataclass(frozen=True)
class Firm:
    """name: with its place (杭州市 as 杭州), without legal form and branch; core: without its place; None where nothing
    is left."""

    name: str | None = None
    core: str | None = None
    branch: str = HEAD
    legal_form: str | None = None
    han: bool = False


def firms(names: Iterable[str]) -> dict[str, Firm]:
    given = list(dict.fromkeys(names))
    return {name: read_firm(plain) for name, plain in zip(given, simplified(given), strict=True)}


@lru_cache(maxsize=1 << 16)
def read_firm(name: str) -> Firm:
    """Firm of a name in simplified characters."""
    plain = match_form(name).casefold().strip()
    if _HAN.search(plain):
        return _chinese("".join(plain.split()))
    return _western(unaccented(plain))


def _chinese(plain: str) -> Firm:
    plain, branch = _without_branch(_REMARK.sub("", plain) or plain, _BRANCH)
    form = None
    plain = plain.rstrip("）)")
    for words, kind in _FORMS:
        if plain.endswith(words) and len(plain) > len(words):
            plain, form = plain[: -len(words)], kind or None
            break
    bare = _MARKS.sub("", plain)
    inner = re.sub(r"[（(][\u3400-\u9fff]{2,4}[)）]", "", plain)  # 华光（上海）: the place stands inside
    core = _PLACE.sub("", _MARKS.sub("", inner)) or bare
    return Firm(_PLACE.sub(_short_place, bare) or None, core or None, branch, form, True)


def _short_place(found: re.Match[str]) -> str:
    return found["place"].rstrip("省市县") if len(found["place"]) > 2 else found["place"]


def _western(plain: str) -> Firm:
    plain, branch = _without_branch(plain.replace("ł", "l"), _WESTERN_BRANCH)
    forms = []
    while found := _WESTERN_FORMS.search(plain):
        forms.append(re.sub(r"[^a-z]", "", found["form"]))
        plain = plain[: found.start()]
    bare = _UMLAUT.sub(r"\1", _MARKS.sub("", _AND.sub("and", _TITLE.sub("", plain))))
    kind = None if not forms else "joint_stock" if _JOINT_STOCK & set(forms) else "limited"
    return Firm(bare or None, bare or None, branch, kind, False)


def _without_branch(plain: str, pattern: re.Pattern[str]) -> tuple[str, str]:
    """The name before its branch, and the branch."""
    found = pattern.search(plain)
    if not found or not found.start():
        return plain, HEAD
    start = found.start()
    if pattern is _WESTERN_BRANCH:  # Acme Trading GmbH Berlin Niederlassung: likewise
        start = max(
            (form.end() for form in _FORM_INSIDE.finditer(plain, start, max(start, found.end("place")))), default=start
        )
    for form, _ in _FORMS:  # 华光科技有限公司上海浦东分公司: the place is all that stands behind the legal form
        if (at := plain.rfind(form, 0, found.end("place"))) > 0:
            start = at + len(form)
            break
    return plain[:start], _MARKS.sub("", plain[start:])


def same_firm(one: Firm, other: Firm, branches_apart: bool) -> bool:
    """Whether both can be one customer's: one core, and one branch where branches are customers of their own."""
    if not one.name or not other.name:
        return True
    if branches_apart and one.branch != other.branch:
        return False
    first, second = sorted((one.core or "", other.core or ""), key=lambda core: (len(core), core))
    return _begins(second, first) and len(first) >= min(2, len(second))


def _begins(text: str, start: str) -> bool:
    """As str.startswith; a letter that an encoding lost (D?browski) may be any."""
    if not _LOST & {*text, *start}:
        return text.startswith(start)
    return len(start) <= len(text) and all(a == b or _LOST & {a, b} for a, b in zip(text, start, strict=False))
