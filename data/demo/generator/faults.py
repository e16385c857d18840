"""What is wrong in the files: each fault is planted in a row of its own, and counted."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from generator import spelling
from generator.records import Sheet
from generator.settings import START, stream

Spoil = Callable[[Random], Any]


def _one_of(*values: Any) -> Spoil:
    return lambda rng: rng.choice(values)


_DATES = _one_of("2025-13-45", "0000-00-00", "待补")
# file -> (kind, column, spoiled value, how many). `row` faults make the row useless, `value` faults only the cell.
ROW_FAULTS: dict[str, tuple[tuple[str, str, Spoil, int], ...]] = {
    "pos_orders.csv": (
        ("bad_date", "下单时间", _DATES, 12),
        ("bad_amount", "实收金额", _one_of("abc", "--", "免单"), 9),
        ("missing_amount", "实收金额", _one_of(""), 6),
        ("unknown_kind", "类型", _one_of("调拨", "试用"), 7),
        ("missing_order_id", "单号", _one_of(""), 5),
    ),
    "tickets.csv": (
        ("bad_date", "提交时间", _DATES, 4),
        ("unknown_kind", "工单类型", _one_of("其他"), 5),
    ),
    "interactions.csv": (("bad_date", "联系时间", _DATES, 6), ("unknown_outcome", "结果", _one_of("？", "已读"), 5)),
    "nps_survey.xlsx": (
        ("bad_date", "答题日期", _DATES, 3),
        ("nps_out_of_range", "推荐意愿(0-10)", _one_of(11, 100), 5),
    ),
    "points.csv": (("bad_points", "积分", _one_of("x", "n/a"), 4),),
}
VALUE_FAULTS: dict[str, tuple[tuple[str, str, Spoil, int], ...]] = {
    "pos_orders.csv": (("short_phone", "会员手机", spelling.short, 25),),
    "members.xlsx": (
        ("short_phone", "手机号", spelling.short, 20),
        ("bad_birth_date", "生日", _one_of("1990-02-30", "未知"), 14),
        ("bad_email", "邮箱", _one_of("无", "abc@@example", "user.example.com"), 15),
    ),
    "store_customers.csv": (
        ("short_phone", "联系电话", spelling.short, 24),
        ("bad_birth_date", "出生日期", _one_of("1985-06-31", "不详"), 18),
    ),
    "tickets.csv": (("csat_out_of_range", "满意度", _one_of(9), 4),),
}
DUPLICATES = {
    "pos_orders.csv": 40,
    "members.xlsx": 18,
    "store_customers.csv": 15,
    "tickets.csv": 6,
    "interactions.csv": 12,
    "nps_survey.xlsx": 4,
    "campaign_members.csv": 8,
    "points.csv": 10,
}


def spoil(sheet: Sheet) -> dict[str, dict[str, Any]]:
    """Plant the file's faults in place. Give kind -> {level, column, count, rows}; rows count from 1, below the header."""
    rng = stream(f"faults:{sheet.file}")
    free = _healthy(sheet)
    rng.shuffle(free)
    planted: dict[str, dict[str, Any]] = {}
    for level, faults in (("row", ROW_FAULTS), ("value", VALUE_FAULTS)):
        for kind, column, value, count in faults.get(sheet.file, ()):
            where = sorted(free.pop() for _ in range(count))
            for index in where:
                _spoil_cell(sheet, index, column, value(rng), level)
            planted[kind] = {"level": level, "column": column, "count": count, "at": where}
    return _duplicate(rng, sheet, free, planted)


def _healthy(sheet: Sheet) -> list[int]:
    """Rows that may be spoiled: orders of one line before the cycle; people who do not share a phone."""
    if sheet.file != "pos_orders.csv":
        return [i for i, row in enumerate(sheet.rows) if sheet.people[i]]
    lines: dict[str, int] = {}
    for row in sheet.rows:
        lines[row[0]] = lines.get(row[0], 0) + 1
    sent_back = {row[-1] for row in sheet.rows}
    return [
        i
        for i, row in enumerate(sheet.rows)
        if lines[row[0]] == 1 and row[2].replace("/", "-") < START.isoformat() and row[3] and not row[4]
        if row[0] not in sent_back and not row[-1] and row[0][0] == "S"
    ]


def _spoil_cell(sheet: Sheet, index: int, column: str, value: Any, level: str) -> None:
    sheet.rows[index][sheet.column(column)] = value
    if level == "row" or (column in ("会员手机",) and not sheet.rows[index][4]):
        sheet.people[index] = None


def _duplicate(
    rng: Random, sheet: Sheet, free: list[int], planted: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Repeat whole rows some way below the first; then say where every fault stands."""
    chosen = sorted(free.pop() for _ in range(DUPLICATES.get(sheet.file, 0)))
    order = list(range(len(sheet.rows)))
    copies = [(min(len(order), i + rng.randrange(1, 200)), i) for i in chosen]
    marks: list[tuple[int, bool]] = [(i, False) for i in order]
    for at, i in sorted(copies, reverse=True):
        marks.insert(at, (i, True))
    place = {i: n for n, (i, copy) in enumerate(marks, 1) if not copy}
    sheet.rows[:] = [list(sheet.rows[i]) for i, _ in marks]
    sheet.people[:] = [sheet.people[i] for i, _ in marks]
    found = {
        kind: {k: v for k, v in fault.items() if k != "at"} | {"rows": sorted(place[i] for i in fault["at"])}
        for kind, fault in planted.items()
    }
    if chosen:
        repeated = [n for n, (_, copy) in enumerate(marks, 1) if copy]
        found["duplicate_row"] = {"level": "duplicate", "column": "", "count": len(chosen), "rows": repeated}
    return found
