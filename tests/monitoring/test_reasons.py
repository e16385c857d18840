"""Contributions of the parts add up to the change of the whole."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lib import handoff, metrics, monitoring
from crm_lib.language import catalogue
from crm_lib.metrics.parts import NAMELESS, NEWCOMERS, NO_CUSTOMER, part_words
from crm_lib.monitoring.findings import _no_reason, _standing
from crm_lib.monitoring.reasons import _contribution, got_worse, parts_handoff, standing, without_name
from tests.monitoring import shop

counts = st.tuples(st.integers(0, 40), st.integers(0, 40))  # numerator added to what is left, so that it fits


@given(st.lists(st.tuples(counts, counts), min_size=1, max_size=5))
def test_the_parts_add_up(parts: list[tuple[tuple[int, int], tuple[int, int]]]):
    rows = [
        ("t", "repurchase_rate", span, "store", f"s{i}", float(hit), float(hit + miss), float(hit + miss), 1.0)
        for i, both in enumerate(parts)
        for span, (hit, miss) in zip(("old", "new"), both, strict=True)
    ]
    frame = pd.DataFrame(
        rows,
        columns=["target_id", "metric", "span", "dimension", "part", "numerator", "denominator", "base", "variance"],
    )
    sums = frame.groupby("span")[["numerator", "denominator"]].sum()
    found = _contribution(frame)
    if (sums["denominator"] > 0).all():
        rates = sums["numerator"] / sums["denominator"]
        assert found["contribution"].sum() == pytest.approx(rates["new"] - rates["old"], abs=1e-9)
    assert np.isfinite(found["contribution"]).all()


def behind(metric: str, status: str = "bad") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "target_id": ["t"],
            "metric": [metric],
            "group_id": ["all"],
            "status": [status],
            "deviation": [-0.3],
            "starts_on": [pd.Timestamp("2026-04-01")],
            "ends_on": [pd.Timestamp("2026-04-30")],
        }
    )


def contributions(readings: pd.DataFrame, **frames: pd.DataFrame) -> pd.DataFrame:
    groups = monitoring.target_groups(shop.LAYERS, shop.NO_SCOPE)
    engine = shop.engine(**frames)
    return monitoring.contributions(engine, shop.engagement(), readings, groups, shop.AS_OF)


def test_the_store_that_fell_is_named():
    orders = pd.concat(
        [
            shop.orders([(f"n{i}", d, 100.0) for i in range(4) for d in ("2026-02-05", "2026-03-05", "2026-04-05")]),
            shop.orders([(f"s{i}", d, 100.0) for i in range(4) for d in ("2026-02-05", "2026-03-05")]).assign(
                store="South"
            ),
            shop.orders([(f"s{i}", "2026-04-05", 40.0) for i in range(4)]).assign(store="South"),
        ]
    ).assign(order_id=lambda frame: [f"o{i}" for i in range(len(frame))])
    found = contributions(behind("average_order_value"), orders=orders)
    reason = monitoring.main_reasons(found, behind("orders"), 2).iloc[0]
    assert reason[["dimension", "part", "before", "now"]].tolist() == ["main_store", "South", 100, 40]
    assert reason["contribution"] == pytest.approx(-30)
    assert reason["change"] == pytest.approx(-30)
    assert contributions(behind("average_order_value", "good"), orders=orders).empty
    assert monitoring.main_reasons(found, behind("orders"), 5).empty  # too few to name
    far = behind("orders").assign(deviation=-400.0)
    assert monitoring.main_reasons(found, far, 2).empty  # less than a tenth of the deviation


def test_a_score_is_taken_apart_by_the_store_that_answers_name():
    """Who buys in North gave the bad answers of April, about South."""
    orders = shop.orders([(f"n{i}", "2026-01-05", 100.0) for i in range(40)])
    days = [(f"{month}-{1 + i % 28:02d}", i, month == "2026-04") for month in ("2026-03", "2026-04") for i in range(40)]
    surveys = pd.DataFrame(
        {
            "survey_id": [f"{day}-{i}" for day, i, _ in days],
            "customer_id": [f"n{i}" for _, i, _ in days],
            "answered_on": [pd.Timestamp(day) for day, _, _ in days],
            "csat": [(2 if late and i % 2 else 4) + i // 2 % 2 for _, i, late in days],
            "store": ["South" if i % 2 else "North" for _, i, _ in days],
        }
    )
    found = contributions(behind("csat"), orders=orders, surveys=surveys)
    assert "main_store" not in set(found["dimension"])
    reason = monitoring.main_reasons(found, behind("csat"), 10).iloc[0]
    assert reason[["dimension", "part", "before", "now"]].tolist() == ["asked_store", "South", 4.5, 2.5]
    assert reason["contribution"] == pytest.approx(reason["change"])


def test_targets_stand_in_the_order_of_their_readings():
    aims = {"z": "average_order_value", "a": "revenue_per_customer"}
    readings = pd.concat([behind(metric).assign(target_id=id) for id, metric in aims.items()], ignore_index=True)
    found = contributions(readings, **both_months(40))
    assert found["target_id"].unique().tolist() == ["z", "a"]
    due = {"value": 150.0, "due": "2026-06-30"}
    made = shop.engagement(targets=[{"id": id, "metric": metric} | due for id, metric in aims.items()])
    labels = monitoring.reason_table(made, found)["label"].map(catalogue("en").text).unique().tolist()
    assert [label.partition(" (")[0] for label in labels] == ["Average order value", "Revenue per active customer"]


def complaint(i: int, day: str, hours: float | None, store: str) -> dict:
    opened = pd.Timestamp(f"{day} 09:00")
    closed = None if hours is None else opened + pd.Timedelta(hours=hours)
    answered = opened + pd.Timedelta(minutes=5)
    base = {"ticket_id": f"t{i}", "kind": "complaint", "opened_at": opened, "first_response_at": answered}
    return base | {"closed_at": closed, "store": store, "channel": "phone", "reason": "late", "customer_id": "c1"}


def test_parts_of_complaints_agree_with_the_metric():
    rows = [complaint(i, "2026-03-05", 5, "North" if i < 10 else "South") for i in range(20)]
    rows += [complaint(20 + i, "2026-04-05", 5 if i < 15 else 60, "North") for i in range(20)]
    rows += [complaint(40 + i, "2026-04-06", None, "South") for i in range(15)]
    tickets = pd.DataFrame(rows)
    found = contributions(behind("complaint_close_rate"), tickets=tickets)
    month = metrics.window("m", shop.START, shop.AS_OF)
    whole = metrics.kpis(
        shop.engine(tickets=tickets), month, shop.engagement().definitions, names=["complaint_close_rate"]
    )
    stores = found[found["dimension"] == "store"].set_index("part")
    assert stores["base"].sum() == whole["denominator"].iloc[0] == 35
    assert stores["change"].iloc[0] == pytest.approx(whole["value"].iloc[0] - 1)
    assert stores.loc["South", ["now", "base"]].tolist() == [0, 15]
    assert monitoring.main_reasons(found, behind("orders"), 2)["part"].tolist() == ["South"]


def test_a_part_that_chance_would_explain_is_no_reason():
    """Each of 40 stores closes 18 of 20 in time; then all do but one, which closes 15."""
    rows = [
        complaint(20 * s + i, "2026-03-05", 5 if i < 18 else None, f"S{s:02}") for s in range(40) for i in range(20)
    ]
    n = len(rows)
    for s in range(40):
        in_time = 15 if s == 7 else 18
        rows += [complaint(n + 20 * s + i, "2026-04-05", 5 if i < in_time else None, f"S{s:02}") for i in range(20)]
    found = contributions(behind("complaint_close_rate"), tickets=pd.DataFrame(rows))
    near = behind("complaint_close_rate").assign(deviation=-0.01)
    worst = found[found["part"] == "S07"].iloc[0]
    assert (worst["before"], worst["now"]) == (0.9, 0.75)
    assert 0.05 / 40 < worst["p"] < 0.5
    assert monitoring.main_reasons(found, near, 10).empty


def late_desk(then: int, now: int) -> pd.DataFrame:
    """Two desks close 60 complaints each in time of 64, in March and April; a third `then` and `now` of 64."""
    closed = {"2026-03-05": {"A": 60, "B": 60, "C": then}, "2026-04-05": {"A": 60, "B": 60, "C": now}}
    cells = [(day, desk, i < n) for day, desks in closed.items() for desk, n in desks.items() for i in range(64)]
    rows = [complaint(i, day, 5 if good else None, desk) for i, (day, desk, good) in enumerate(cells)]
    return contributions(behind("complaint_close_rate"), tickets=pd.DataFrame(rows))


def test_a_part_that_was_low_before_and_still_is_explains_a_target_that_no_fall_explains():
    aim = behind("complaint_close_rate").assign(target=0.9, value=(60 + 60 + 12) / 192)
    found = late_desk(12, 12)
    assert monitoring.main_reasons(found, aim, 20).empty
    low = standing(found, aim, [], 20).iloc[0]
    assert (low["part"], low["before"], low["now"], low["rest"]) == ("C", 12 / 64, 12 / 64, pytest.approx(60 / 64))
    assert standing(found, aim, ["t"], 20).empty  # a target that has its reason
    assert standing(found, aim.assign(target=2.0), [], 20).empty  # less than half of what is missing
    assert standing(late_desk(57, 57), aim.assign(value=177 / 192), [], 20).empty  # within chance
    assert standing(late_desk(62, 12), aim, [], 20).empty  # a fall, not how it stood
    said = catalogue("en").text(_standing(next(standing(found, aim, [], 20).itertuples())))
    assert "was at 18.8% and is at 18.8%, the others together at 93." in said


def test_no_reading_gives_no_reasons():
    assert contributions(behind("average_order_value").iloc[:0], orders=shop.orders([])).empty
    assert monitoring.main_reasons(contributions(behind("orders").iloc[:0]), behind("orders"), 1).empty


@pytest.mark.parametrize("word", [None, "未知", "其他"])
def test_what_nobody_wrote_down_is_no_reason_but_is_told(word: str | None):
    rows = [complaint(i, "2026-03-05", 5, "North") for i in range(12)]
    rows += [complaint(12 + i, "2026-04-05", 5, "North") for i in range(12)]
    rows += [complaint(24 + i, "2026-04-06", None, "North") | {"reason": word} for i in range(9)]
    for row in rows:
        row |= {"store": None, "channel": None}
    found = contributions(behind("complaint_close_rate"), tickets=pd.DataFrame(rows))
    assert set(found["dimension"]) == {"reason"}  # no store and no channel was delivered
    assert monitoring.main_reasons(found, behind("complaint_close_rate"), 2).empty
    blank = without_name(found, behind("complaint_close_rate"), 2).iloc[0]
    assert (blank["part"], blank["base"]) == (NAMELESS, 9)
    assert found["contribution"].sum() == pytest.approx(found["change"].iloc[0])
    words = catalogue("zh").text(part_words("reason", blank["part"]))
    assert words == "投诉原因“其他/未注明”"


def test_customers_without_a_store_on_record_are_not_newcomers():
    old = shop.orders([(f"n{i}", "2026-03-05", 100.0) for i in range(4)])
    bare = shop.orders([(f"s{i}", d, 100.0) for i in range(4) for d in ("2026-03-05", "2026-04-05")]).assign(store=None)
    orders = pd.concat([old, bare]).assign(order_id=lambda frame: [f"o{i}" for i in range(len(frame))])
    customers = pd.DataFrame({"customer_id": sorted(set(orders["customer_id"]))})
    found = contributions(behind("average_order_value"), orders=orders, customers=customers)
    assert set(found.loc[found["dimension"] == "main_store", "part"]) == {"North", NAMELESS, NEWCOMERS}


def both_months(new: int, join: str | None = "store") -> dict[str, pd.DataFrame]:
    """In March and April 20 known customers buy for 100 each, and 20 new ones for `new`; in the months before, the known."""
    rows = [(f"k{i}", d, 100.0) for i in range(20) for d in ("2026-02-05", "2026-03-05", "2026-04-05")]
    rows += [(f"m{i}", "2026-03-05", 80.0) for i in range(20)]
    rows += [(f"a{i}", "2026-04-05", float(new + i % 2)) for i in range(20)]
    rows += [(None, "2026-03-06", 500.0), (None, "2026-04-06", 500.0)]
    orders = shop.orders(rows)
    ids = sorted({who for who, *_ in rows if who})
    joined = [join if one[0] == "a" else "store" for one in ids]
    return {"orders": orders, "customers": pd.DataFrame({"customer_id": ids, "join_channel": joined})}


def test_new_customers_are_held_against_the_new_ones_of_the_baseline():
    found = contributions(behind("average_order_value"), **both_months(80))
    new = found[(found["dimension"] == "main_store") & (found["part"] == NEWCOMERS)].iloc[0]
    assert new["base"] == 20
    # February has the known as new, with 100, March the others with 80; now 80.
    assert new["before"] == pytest.approx(90)
    assert new["now"] == pytest.approx(80.5)
    rest = found[found["part"] == NO_CUSTOMER]
    assert rest["before"].tolist() == [500] * 3  # in every dimension
    parts = found[found["dimension"] == "main_store"]
    assert parts["contribution"].sum() == pytest.approx(parts["change"].iloc[0])


def test_newcomers_of_whom_nothing_is_known_before_are_no_reason():
    orders = pd.concat(
        [
            shop.orders([(f"k{i}", d, 100.0) for i in range(20) for d in ("2026-02-05", "2026-04-05")]),
            shop.orders([(f"a{i}", "2026-04-06", 5.0 + i % 2) for i in range(20)]),
        ]
    ).assign(order_id=lambda frame: [f"o{i}" for i in range(len(frame))])
    found = contributions(behind("average_order_value"), orders=orders)
    empty = found.assign(before=found["before"].where(found["part"] != NEWCOMERS))
    assert monitoring.main_reasons(empty, behind("orders"), 2).empty


def test_a_part_that_did_not_change_or_is_the_whole_got_no_worse():
    found = contributions(behind("average_order_value"), **both_months(40))
    told = found.assign(worse=got_worse(found, 2)).set_index(["dimension", "part"])["worse"]
    assert told[("main_store", NEWCOMERS)]
    assert not told[("main_store", "North")]  # 100 before and after
    assert not got_worse(found, 21).any()
    halves = monitoring.reason_table(shop.engagement(), found.assign(base=found["base"] + 0.5))
    assert halves["base"].dtype == "int64"  # customers are whole
    assert halves["of_whole"].between(0, 1).all()  # of the customers, not of the contribution that it stands beside
    assert not got_worse(found.assign(share=0.95), 2).any()


def test_the_handed_parts_say_which_is_the_cause(tmp_path):
    found = contributions(behind("average_order_value"), **both_months(40, "mini_program"))
    reasons = monitoring.main_reasons(found, behind("orders"), 2)
    assert len(reasons) == 1
    given = parts_handoff(found, reasons, without_name(found, behind("orders"), 2), found.iloc[:0])
    handoff.write(tmp_path, "target_parts", given)
    read = handoff.read(tmp_path, "target_parts")
    cause = read[read["role"] == "cause"]
    assert cause[["dimension", "part"]].to_numpy().tolist() == reasons[["dimension", "part"]].to_numpy().tolist()
    assert len(read) == len(found)


@pytest.mark.parametrize(("now", "smallest", "id"), [(40, 2, "spread"), (40, 21, "few_parts"), (180, 21, "none_worse")])
def test_why_no_part_is_named(now: int, smallest: int, id: str):
    found = contributions(behind("average_order_value"), **both_months(now))
    made = shop.engagement(definitions={"smallest_base": smallest})
    row = next(behind("average_order_value").itertuples())
    if smallest == 21:  # too few in every part, or all in one: nothing was looked at that could be denied
        (said,) = _no_reason(made, row, found)
        assert said.id == "monitoring.finding.small_parts"
        found = found.assign(base=found["base"].mask(found["part"].eq("North"), 30))  # and that one did not get worse
    (said,) = _no_reason(made, row, found)
    assert said.id == f"monitoring.finding.{id}"
    assert f"is {'-' if now == 40 else '+'}CN¥" in catalogue("en").text(said)


def test_the_change_is_counted_from_the_months_of_the_baseline():
    """In March too few bought: phase 1 pools December to February, so these are what the change is from."""
    rows = [(f"k{i}", f"2025-12-{d:02}", 100.0) for i in range(4) for d in (5, 6, 7)]
    rows += [(f"k{i}", d, 100.0) for i in range(4) for d in ("2026-01-05", "2026-02-05", "2026-04-05")]
    rows += [("k0", "2026-03-05", 100.0)]
    made = shop.engagement(definitions={"smallest_base": 4})
    groups = monitoring.target_groups(shop.LAYERS, shop.NO_SCOPE)
    engine = shop.engine(orders=shop.orders(rows))
    found = monitoring.contributions(engine, made, behind("purchase_frequency"), groups, shop.AS_OF)
    assert found["change"].tolist() == pytest.approx([1 - 20 / 12] * len(found))


def test_the_salesperson_from_whom_they_buy_is_a_part_of_the_customers():
    orders = pd.concat(
        [
            shop.orders([(f"n{i}", d, 100.0) for i in range(4) for d in ("2026-02-05", "2026-03-05", "2026-04-05")]),
            shop.orders([(f"s{i}", d, 100.0) for i in range(4) for d in ("2026-02-05", "2026-03-05")]),
            shop.orders([(f"s{i}", "2026-04-05", 40.0) for i in range(4)]),
        ]
    ).assign(order_id=lambda frame: [f"o{i}" for i in range(len(frame))])
    people = orders["customer_id"].str[0].map({"n": "Ann", "s": "Bo"})
    lines = orders[["order_id", "customer_id", "ordered_on", "amount", "kind"]].assign(line_no=1, salesperson=people)
    found = contributions(behind("average_order_value"), orders=orders, order_lines=lines)
    reason = monitoring.main_reasons(found, behind("orders"), 2).iloc[0]
    assert reason[["dimension", "part", "before", "now"]].tolist() == ["main_salesperson", "Bo", 100, 40]
    for language, words in (("en", "main salesperson “Bo”"), ("zh", "主要销售人员“Bo”")):
        assert catalogue(language).text(part_words("main_salesperson", "Bo")) == words
    without = contributions(behind("average_order_value"), orders=orders, order_lines=lines.drop(columns="salesperson"))
    assert "main_salesperson" not in set(without["dimension"])


def test_the_team_of_a_complaint_is_a_part_of_it():
    rows = [complaint(i, "2026-03-05", 5, "North") | {"team": ("East", "West")[i % 2]} for i in range(40)]
    rows += [
        complaint(40 + i, "2026-04-05", 60 if i % 2 else 5, "North") | {"team": ("East", "West")[i % 2]}
        for i in range(40)
    ]
    found = contributions(behind("complaint_close_rate"), tickets=pd.DataFrame(rows))
    teams = found[found["dimension"] == "team"].set_index("part")
    assert teams["now"].to_dict() == {"East": 1.0, "West": 0.0}
    plain = contributions(behind("complaint_close_rate"), tickets=pd.DataFrame(rows).drop(columns="team"))
    assert "team" not in set(plain["dimension"])
