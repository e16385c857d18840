"""Cohorts of clients who pay by the term: a school whose sales stop between terms, a club whose members pay for months."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from crm_lib.layering import cohorts as c

TERMS = [(9, 1, 100), (1, 5, 80), (4, 12, 90)]  # month, day, days that a term pays for


def engine(rows, as_of, cover=True):
    """rows: (customer, day, last day paid for)."""
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_on", "paid_until"])
    days = {name: pd.to_datetime(frame[name]) for name in ("ordered_on", "paid_until")}
    frame = frame.assign(**days, order_id=[f"o{i}" for i in range(len(frame))], amount=100.0, kind="sale")
    return connect_frames({"orders": frame if cover else frame.drop(columns="paid_until")}, as_of)


def school(stay, years=4, new=60, first=2021):
    """`new` pupils begin each term; stay(start) is the chance to pay for the next term."""
    rng = np.random.default_rng(3)
    starts = sorted((date(first + year, month, day), length) for year in range(years) for month, day, length in TERMS)
    rows = []
    for begun, (start, _) in enumerate(starts):
        for pupil in range(new):
            for day, length in starts[begun:]:
                rows.append((f"{start}-{pupil}", day, day + timedelta(days=length)))
                if rng.random() >= stay(start):
                    break
    return rows, starts[-1][0] + timedelta(days=60)


def test_the_rhythm_of_terms_is_no_change():
    """From April's term the next is five months off, from September's four: with fixed months after the first purchase that
    looked like cohorts that come back and cohorts that do not."""
    rows, as_of = school(lambda start: 0.8)
    for cover in (True, False):
        found = c.cohorts(engine(rows, as_of, cover), as_of, 20, 90)
        assert found.by_term
        assert found.covers == cover
        assert c.finding(found, c.turning_point(found)) is None
        assert c.compared(found)["q"].dropna().ge(0.05).all()


def test_a_change_is_found_across_the_same_terms_of_other_years():
    rows, as_of = school(lambda start: 0.9 if start < date(2023, 6, 1) else 0.6)
    found = c.cohorts(engine(rows, as_of), as_of, 20, 90)
    split = c.turning_point(found)
    assert split.sure
    assert split.since == pd.Timestamp("2023-09-01")
    assert -0.4 < split.difference < -0.2
    told = c.finding(found, split)
    for language in ("en", "zh"):
        words = catalogue(language)
        assert words.text(told.headline)
        assert words.text(told.action)
        assert words.text(c.note(found, "compared"))
    assert "first term" in catalogue("en").text(told.headline)
    assert "same month" in catalogue("en").text(c.note(found, "compared"))


def test_without_an_earlier_year_nothing_is_judged_and_the_reason_is_said():
    rows, as_of = school(lambda start: 0.9 if start.month == 9 else 0.4, years=2)
    rows = [row for row in rows if row[0] < "2022-04-01"]  # the first January may hold old pupils
    found = c.cohorts(engine(rows, as_of), as_of, 20, 90)
    assert found.by_term
    assert c.turning_point(found) is None
    assert "Not judged" in catalogue("en").text(c.compared_title(found, None))


def test_who_is_covered_is_retained_and_renews_when_the_term_ends():
    """Half pay for a year, half for a month; of the last the odd do not pay on."""
    rows = []
    for month in range(1, 7):
        start = date(2024, month, 1)
        for n in range(20):
            until = start + timedelta(days=364 if n % 2 else 29)
            rows.append((f"{month}-{n}", start, until))
            if n % 4 == 0:
                rows.append((f"{month}-{n}", until + timedelta(days=5), until + timedelta(days=400)))
    rows.append(("last", date(2025, 6, 20), None))
    found = c.cohorts(engine(rows, date(2025, 7, 31)), date(2025, 7, 31), 5, 30)
    march = found.cells[found.cells["cohort"] == "2024-03-01"].set_index("age")
    assert march.loc[0, "customers"] == 20
    assert march.loc[3, "active"] == 15, "ten by the year and the five who paid on"
    assert march.loc[12, "retention"] == 0.25
    _, ended = c.as_old(found)
    ended = ended.set_index("cohort")
    assert set(ended["customers"]) == {20}
    assert set(ended["returned"]) == {5}
    assert pd.Timestamp("2024-06-01") in ended.index
    early = c.cohorts(engine(rows, date(2025, 7, 31)), date(2025, 3, 31), 5, 30)
    assert c.as_old(early)[1].empty, "half of each have not come to the end of their year"
    assert "covered" in c.triangle(found)
    assert "covered" in set(c.curve(found)["measure"])


def test_few_rows_and_nobody():
    day = date(2025, 7, 31)
    for rows in ([("a", day, day + timedelta(days=9))], [("a", day, None), ("b", day, day)]):
        found = c.cohorts(engine(rows, day), day, 1, 30)
        assert c.turning_point(found) is None
        assert all(catalogue("zh").text(one) for one in (*c.basis(found), c.compared_title(found, None)))
