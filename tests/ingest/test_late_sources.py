"""A source that begins after another of its table is told, one that takes another's place is not."""

from datetime import date, timedelta

import pandas as pd

from crm_lib.ingest.late_sources import late_sources
from crm_lib.ingest.remarks import remarks
from crm_lib.language import LANGUAGES, catalogue
from tests.layering.inventory_frames import account, engagement, file_row

END = date(2026, 3, 31)


def frames(*spans: tuple[str, date, date, int]) -> dict[str, pd.DataFrame]:
    """Of (source, first, last, rows a day)."""
    days = [
        {"source": name, "file": f"{name}.csv", "day": first + timedelta(days=n), "rows": rows}
        for name, first, last, rows in spans
        for n in range((last - first).days + 1)
    ]
    return account(files=[file_row(name) for name, *_ in spans], days=days)


def late(*spans: tuple[str, date, date, int], sources: tuple = ()) -> list[str]:
    return late_sources(frames(*spans), sources, END)["source"].tolist()


TILL = ("till", date(2024, 1, 1), END, 6)
SHOP = ("shop", date(2025, 3, 1), END, 2)


def test_a_source_that_begins_later_is_told_with_its_share():
    (row,) = late_sources(frames(TILL, SHOP), (), END).to_dict("records")
    assert (row["source"], row["first_on"], row["since"], row["share"]) == ("shop", SHOP[1], TILL[1], 0.25)
    (remark,) = [one for one in remarks(frames(TILL, SHOP), END) if one.id == "ingest.remark.late_source"]
    assert all("25.0%" in catalogue(language).text(remark) for language in LANGUAGES)


def test_one_that_takes_anothers_place_a_small_one_and_a_declared_one_are_not():
    assert late(("old", date(2024, 1, 1), date(2025, 2, 27), 5), SHOP) == []
    assert late(TILL, ("shop", date(2024, 1, 20), END, 2)) == []
    assert late(("till", TILL[1], END, 60), SHOP) == []
    declared = {"name": "shop", "table": "order_lines", "file": "shop.csv", "new_business": True}
    assert late(TILL, SHOP, sources=engagement([declared]).sources) == []


def test_what_is_not_known_yet_does_not_count():
    assert late_sources(frames(TILL, SHOP), (), date(2025, 2, 1)).empty


def test_a_mistyped_day_is_no_begin():
    slip = ("shop", date(2024, 1, 5), date(2024, 1, 5), 1)
    days = pd.concat([frames(TILL, SHOP)["days"], frames(slip)["days"]], ignore_index=True)
    (row,) = late_sources(frames(TILL, SHOP) | {"days": days}, (), END).to_dict("records")
    assert row["first_on"] == SHOP[1]
