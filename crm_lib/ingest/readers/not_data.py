"""Which rows of a file are no data: blank ones, rows of totals, the declared footer, rows declared by their values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crm_lib.engagement import Source
from crm_lib.ingest.mapping import amount_headers, number_headers, required_headers
from crm_lib.ingest.values.currency_words import currencies
from crm_lib.ingest.values.text import folded, match_form, tidy

# Each has words `ingest.non_data.<kind>`.
KINDS = ("blank", "total", "footer", "declared", "note")

# Most cells need no closer look.
TOTAL_HINT = re.compile(
    "[计計总總계]|汇|tot|s[uo]m|gesamt|razem|ogółem|итого|всего|toplam|yhteensä|celkem|i alt", re.IGNORECASE
)
_DE = r"(?:(?:end|zwischen|gesamt|teil)?summen?|gesamt(?:betrag|umsatz|ergebnis)?|ins ?gesamt)"
_ROMANCE = r"(?:(?:sous-|sub-?)?tota(?:l|ux|les|is|le|li)(?: (?:g[eé]n[eé]ral[e]?|geral|complessivo))?|sommes?|suma|soma|somma)"
_NORTH_EAST = (
    r"(?:(?:eind|sub)?totaa?lt?|som|summa|i alt|yhteensä|celkem|razem|ogółem|suma|итого|всего|(?:genel |ara )?toplam)"
)
_EAST = r"(?:合計|小計|総計|総合計|累計|합계|총계|소계|총합계)"
_COUNT = r"\d[\d,.]*\s*(?:[人位名条條笔筆行个個单單件户戶家元分]|rows?|records?|orders?)?"
_TOTAL = re.compile(
    rf"(?:.{{0,16}}(?:合计|合計|总计|總計|小计|小計|共计|共計|汇总)(?:数|额|金额|行)?|(?:(?:grand|sub)[ -]?)?totals?|sum|{_DE}|{_ROMANCE}|{_NORTH_EAST}|{_EAST})\s*:?\s*(?:{_COUNT}|[(]{_COUNT}[)])?",
    re.IGNORECASE,
)
# Sub-total Bath, Total for York, Bristol Total: told only where nothing else names a row.
_WORD = rf"(?:(?:(?:grand|sub)[ -]?)?totals?|{_DE}|{_ROMANCE}|{_NORTH_EAST})"
_NAMED_TOTAL = re.compile(rf"{_WORD}(?:\s*[:–—-]\s*|\s+).+|.+(?:\s*[:–—-]\s*|\s+){_WORD}\s*:?", re.IGNORECASE)
_NUMBER = re.compile(
    r"[-(]?[¥$€£]?\s*[-+]?\d[\d,.' ]*\s*(?:%|[\u3400-\u9fff]{1,2}|[a-z]{1,7})?\)?|[-/–—]+", re.IGNORECASE
)
_COUNTED = re.compile(_COUNT, re.IGNORECASE)
_DAY = re.compile(r"\d{1,4}\s?[./年-]\s?\d{1,2}\s?[./月-]\s?\d{1,4}\s?日?(?:[ T]\d{1,2}:\d\d(?::\d\d)?)?")
# Which month, quarter or year is summed: no day of a row.
_PERIOD = re.compile(
    r"\d{4}\s?[./年-]\s?\d{1,2}\s?(?:月份?)?|(?:\d{4}\s?年?\s?)?(?:第?\s?[一二三四1-4]\s?季度?|q[1-4]|[上下]半年)|\d{1,2}\s?月份|"
    r"q[1-4][ /-]?\d{4}|(?:\d{4}\s?年\s?)?第?\s?\d{1,2}\s?周|[a-zäéû]{3,9}\.?[ /-]\d{4}",
    re.IGNORECASE,
)
LONGEST_TOTAL = 60  # characters of the cell that says so
_NARROW = 3  # columns; a row with one of fewer filled is no sign of a note
_NOTE = re.compile(
    r"[*※#]|[(]?\s*(?:注|备注|備註|说明|說明|提示|附|导出|打印|制表|填表|数据来源|来源|截至)"
    r"|[(]?\s*(?:总共|总计|總計|一共|合计|合計|共有?|共计|共計)\s*\d[\d,]*\s*(?:[位名条條笔筆行个個单單件户戶家人项項张張]|记录|記錄|数据|客户|会员|顾客)"
    r"|[(]?\s*\d[\d,.]*\s+(?:rows?|records?|entries|datensätze|zeilen|lignes|filas|righe)\b"
    r"|[(]?\s*(?:total (?:number )?(?:of )?|number of )(?:rows?|records?|entries)\b"
    r"|[(]?\s*(?:notes?|remarks?|exported|printed|generated|source|as of|hinweis|anmerkung|stand|quelle|erstellt|nota|"
    r"remarque|fuente|fonte|copyright|confidential)\b|.*[。；！].*|\S+(?:\s+\S+){4,}",
    re.IGNORECASE,
)
# A cell that names what the next one says of the file.
_LABEL = re.compile(
    r"(?:exported|printed|generated|created|downloaded|report run)(?: (?:by|on|at|from))?|as of|(?:data )?source|"
    r"(?:导出|打印|制表|填表|报表|下载)(?:人|人员|时间|日期|者|单位)?|数据来源|截至(?:日期|时间)?|"
    r"(?:erstellt|exportiert|gedruckt)(?: (?:am|von))?|stand|quelle",
    re.IGNORECASE,
)
Record = tuple[int, list[str], bool]  # line, cells, whether a quote was left open


@dataclass(frozen=True)
class NotData:
    """`keys`: headers of what names a row (its number, day, customer), None where totals are not looked for; `ids`: of
    them those of its own number, which is never a word for totals;
    `amount`: header of the amounts, '' where there are none;
    `declared`: header -> values of rows that the engagement declares to be no data. Headers and values are folded."""

    keys: frozenset[str] | None = None
    ids: frozenset[str] = frozenset()
    footer_rows: int = 0
    declared: Mapping[str, frozenset[str]] = field(default_factory=dict)
    amount: str = ""

    def amount_in(self, headers: Sequence[str], cells: Sequence[str]) -> str:
        """The cell of a record in the column of amounts, '' where that cannot be told."""
        at = next((i for i, header in enumerate(headers) if self.amount and folded(header) == self.amount), None)
        return "" if at is None or len(cells) <= at else cells[at]

    def kinds(self, headers: Sequence[str], records: Sequence[Record]) -> list[str]:
        """The kind of each record, '' where it is data."""
        forms = [folded(header) for header in headers]
        kinds = [self.kind(forms, cells) for _, cells, _ in records]
        return self.with_end(kinds, [cells for _, cells, _ in records], len(forms))

    def with_end(self, kinds: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> list[str]:
        """The kinds of the last records of a file, its footer and notes told; a width is that of the header."""
        kinds = list(kinds)
        filled = [i for i, kind in enumerate(kinds) if kind != "blank"]
        for i in filled[len(filled) - self.footer_rows :] if self.footer_rows else ():
            kinds[i] = "footer"
        for i in reversed(filled if self.keys is not None and width >= _NARROW else ()):
            if not kinds[i] and not _is_note(cells[i]):
                break
            kinds[i] = kinds[i] or "note"
        return kinds

    def kind(self, forms: Sequence[str], cells: Sequence[str]) -> str:
        """The kind of a record by itself: blank, declared, total or ''. forms: the headers, folded."""
        if not (cells and tidy(cells[0])) and not tidy("".join(cells)):
            return "blank"
        if self.declared and any(
            folded(cell) in self.declared.get(form, ()) for form, cell in zip(forms, cells, strict=False)
        ):
            return "declared"
        return "total" if self.keys is not None and _is_total(forms, cells, self.keys, self.ids) else ""


def _is_total(forms: Sequence[str], cells: Sequence[str], keys: frozenset[str], ids: frozenset[str]) -> bool:
    """A word for totals comes first, numbers and currencies follow, and nothing names a row: no number, day or customer.

    A row that is too short cannot be data; there the places of its cells say nothing. Where the word stands for the
    row's own number, a day may follow: that till which is summed; a month or quarter may follow any. A total of something
    named (Sub-total Bath) stands first or for the row's own number, and leaves every other header that names a row empty.
    A plain word in any column may be followed by what is summed (Subtotal, Insurer A) where all headers that name a row
    are there and empty.
    """
    at = 0 if cells and _says(cells[0]) else next((i for i, cell in enumerate(cells) if _says(cell)), None)
    if at is None or not TOTAL_HINT.search(cells[at]) or len(cells[at]) > LONGEST_TOTAL:
        return False
    words, form = match_form(cells[at]), forms[at] if at < len(forms) else ""
    plain = _TOTAL.fullmatch(words) is not None
    if not plain and not ((at == 0 or form in ids) and _NAMED_TOTAL.fullmatch(words)):
        return False
    rest = [(i, match_form(cell)) for i, cell in enumerate(cells) if i > at and tidy(cell)]
    if plain:
        rest = [(i, cell) for i, cell in rest if i >= len(forms) or forms[i] in ids or not _PERIOD.fullmatch(cell)]
    if plain and form in ids:
        rest = [(i, cell) for i, cell in rest if not _DAY.fullmatch(cell)]
    numbers = [cell for _, cell in rest if _NUMBER.fullmatch(cell)]
    if any(not _NUMBER.fullmatch(cell) and not currencies(cell) for _, cell in rest):
        return plain and bool(numbers) and len(cells) == len(forms) and _unnamed(forms, cells, keys)
    named = [cell for i, cell in rest if i < len(forms) and forms[i] in keys]
    if not plain:
        others = (keys & frozenset(forms)) - {form}
        return bool(numbers and others) and not named and len(cells) == len(forms)
    return len(cells) < len(forms) or (bool(keys) and all(_COUNTED.fullmatch(c) and len(c) < 8 for c in named))


def _unnamed(forms: Sequence[str], cells: Sequence[str], keys: frozenset[str]) -> bool:
    """Whether at least two headers that name a row are in the file, and all of them are empty."""
    own = [cell for form, cell in zip(forms, cells, strict=True) if form in keys]
    return len(own) > 1 and not any(map(_says, own))


def _says(cell: str) -> bool:
    return bool(cell) and not cell.isspace() and bool(tidy(cell))


def _is_note(cells: Sequence[str]) -> bool:
    """Whether the first cell alone is filled, with words about the file rather than a number or name; or it names what the
    only other one says of the file."""
    first = match_form(cells[0])
    others = sum(1 for cell in cells[1:] if tidy(cell))
    if others == 1:
        return _LABEL.fullmatch(first.rstrip(" :")) is not None
    return bool(first) and not others and _NOTE.match(first) is not None


def rule_of(source: Source) -> NotData:
    """What the engagement says of a source's rows. A query's files have headers that nothing is said about. Where only an
    order's first row has its status, `declared_rule` tells its rows once they are read together."""
    keys = (
        frozenset(map(folded, required_headers(source))) if source.total_rows == "skip" and not source.query else None
    )
    ids = frozenset(map(folded, number_headers(source))) if keys is not None else frozenset()
    declared = {} if source.whole_order else _declared(source)
    amount = "" if source.query else next(iter(amount_headers(source)), "")
    return NotData(keys, ids, source.footer_rows, declared, folded(amount))


def declared_rule(source: Source) -> NotData:
    """Only what the engagement declares to be no data."""
    return NotData(declared=_declared(source), amount=folded(next(iter(amount_headers(source)), "")))


def _declared(source: Source) -> dict[str, frozenset[str]]:
    return {folded(header): frozenset(map(folded, values)) for header, values in source.not_data.items()}
