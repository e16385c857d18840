"""Tags: rules say who has them, the compiled SQL agrees with a plain reading of the rows, and no rule is text of a query."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from crm_lib import handoff
from crm_lib.engagement import Definitions, Layering, Tag, validate
from crm_lib.engagement_tags import MEASURES, TABLES_OF_EVENTS, columns_of
from crm_lib.engine import connect_frames
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.layering import tags as tagging
from crm_lib.layering.tags import membership, reach
from crm_lib.layering.tags.compile import select
from crm_lib.layering.tags.needs import held, lacking
from crm_lib.layering.tags.tree import declared
from crm_lib.layering.tags.words import rule_words
from crm_lib.presets import INDUSTRIES, STAGES, library, preset

DAY = date(2026, 3, 31)
HOSTILE = ["'; DROP TABLE orders; --", "a' OR '1'='1", '"', "\\", "\\'", "{day}", "$as_of", "%s", "/*", "−1", "'" * 9]


def back(days: int) -> pd.Timestamp:
    return pd.Timestamp(DAY) - pd.Timedelta(days=days)


def orders(*rows: Any) -> pd.DataFrame:
    """(customer, days back, amount[, discount[, channel]]); an amount below zero is a refund."""
    padded = [(*row, *(0.0, "store")[len(row) - 3 :]) for row in rows]
    frame = pd.DataFrame(padded, columns=["customer_id", "back", "amount", "discount", "channel"])
    frame["order_id"] = [f"o{i}" for i in range(len(frame))]
    frame["ordered_on"] = pd.to_datetime([back(days) for days in frame["back"]])
    frame["kind"] = ["sale" if amount >= 0 else "refund" for amount in frame["amount"]]
    types = {"customer_id": object, "kind": object, "channel": object, "amount": float, "discount": float}
    return frame.drop(columns="back").astype(types)


def lines(*rows: Any) -> pd.DataFrame:
    """(customer, days back, amount, product, brand)"""
    frame = orders(*(row[:3] for row in rows)).assign(line_no=1)
    parts = {"product_id": [row[3] for row in rows], "brand": [row[4] for row in rows]}
    return frame.assign(**parts).assign(category="c").astype({"product_id": object, "brand": object})


def rule(rule: dict[str, Any], **more: Any) -> Tag:
    return Tag.model_validate({"id": "mine", "label": "Mine", "rule": rule} | more)


def who(given: dict[str, Any] | str, frames: dict[str, pd.DataFrame], as_of: date = DAY, **layering: Any) -> list[str]:
    """Customers with a tag: of a rule, or of the library."""
    own = () if isinstance(given, str) else (rule(given),)
    chosen = (given,) if isinstance(given, str) else ()
    tags = declared(chosen, own, Layering(**layering), Definitions())
    frame = connect_frames(frames).sql(select(tags, as_of).sql("duckdb"))
    return list(frame.loc[frame[f"tag_{tags[0].id}"] == 1, "customer_id"])


def engagement(**more: Any):
    base: dict[str, Any] = {
        "id": "x",
        "client": {"name": "X", "industry": "retail"},
        "as_of": DAY,
        "cycles": [{"number": 1, "baseline": DAY, "start": DAY + timedelta(days=1)}],
        "sources": [{"name": "till", "table": "order_lines", "file": "till.csv"}],
    }
    return validate(base | more)


FRAMES = {
    "orders": orders(("a", 10, 100), ("a", 100, 50), ("a", 400, 10), ("b", 200, 30), ("b", 5, -30), ("c", 90, 0)),
    "customers": pd.DataFrame({"customer_id": ["a", "b", "d"], "city": ["X", None, "Y"], "tier": [None, None, None]}),
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"measure": "purchases", "at_least": 3}, ["a"]),
        ({"measure": "purchases", "window_days": 101, "at_least": 2}, ["a"]),
        ({"measure": "purchases", "window_days": 100, "at_least": 2}, []),
        ({"measure": "purchases", "at_most": 0}, ["c", "d"]),
        ({"measure": "spend", "at_most": 0}, ["b", "c", "d"]),
        ({"measure": "purchases", "window_days": 100, "offset_days": 100, "at_least": 1}, ["a"]),
        ({"measure": "recency_days", "at_least": 200}, ["b"]),
        ({"measure": "recency_days", "above": 200}, []),
        ({"not": {"measure": "recency_days", "above": 200}}, ["a", "b", "c", "d"]),
        ({"measure": "first_purchase_days", "equals": 400}, ["a"]),
        ({"measure": "average_order_value", "at_least": 53.33}, ["a"]),
        ({"measure": "average_order_value", "at_least": 53.34}, []),
        ({"table": "orders", "aggregate": "max", "column": "amount", "at_least": 100}, ["a"]),
        ({"customer": "city", "one_of": ["X", "Y"]}, ["a", "d"]),
        ({"customer": "city", "known": False}, ["b", "c"]),
        ({"not": {"customer": "city", "equals": "X"}}, ["b", "c", "d"]),
        ({"any": [{"customer": "city", "equals": "Y"}, {"measure": "purchases", "at_least": 3}]}, ["a", "d"]),
        ({"all": [{"tag": "sleeping"}, {"not": {"customer": "city", "known": True}}]}, ["b"]),
        (
            {
                "measure": "spend",
                "window_days": 60,
                "relative_to": {"measure": "spend", "window_days": 60, "offset_days": 60},
                "at_least": 2,
            },
            ["a"],
        ),
    ],
)
def test_a_rule_says_who(given, expected):
    assert who(given, FRAMES) == expected


def test_a_quotient_at_its_bound_counts_and_one_of_nothing_does_not():
    found = {"orders": orders(*[("a", i, 10, 1 if i < 7 else 0) for i in range(10)], ("b", 1, -5))}
    share = {
        "measure": "purchases",
        "where": [{"column": "discount", "above": 0}],
        "relative_to": {"measure": "purchases"},
    }
    assert who(share | {"at_least": 0.7}, found) == ["a"]
    assert who(share | {"above": 0.7}, found) == []
    assert who(share | {"at_most": 1}, found) == ["a"]  # b has no purchase: there is nothing to divide by


def test_sleeping_are_those_of_the_dormant_class_who_bought():
    from crm_lib.layering import layer

    engine = connect_frames(FRAMES, DAY)
    customers = layer(engine, DAY, Layering(), Definitions()).customers
    bought = customers[(customers["operating_class"] == "dormant") & customers["last_on"].notna()]
    assert who("sleeping", FRAMES) == list(bought["customer_id"]) == ["b"]


def test_loyalty_is_to_one_brand_by_amount_and_new_products_are_those_seen_to_arrive():
    bought = [
        ("a", 300, 80, "old", "X"),
        ("a", 20, 10, "new", "Y"),
        ("a", 10, 10, "newer", "Y"),
        ("b", 15, 70, "new", "X"),
    ]
    bought += [("b", 14, 30, "old", "Y"), ("b", 13, 1, "old", "X")]
    frames = {"order_lines": lines(*bought), "orders": orders(*(row[:3] for row in bought))}
    assert who("brand_loyal", frames) == ["a", "b"]
    assert who({"measure": "brand_share", "above": 0.75}, frames) == ["a"]
    assert who("new_product_taster", frames) == ["a"]


@pytest.mark.parametrize(
    ("as_of", "days", "born", "expected"),
    [
        (date(2026, 3, 31), 30, "1990-03-31", True),
        (date(2026, 3, 31), 30, "1990-04-30", True),
        (date(2026, 3, 31), 30, "1990-05-01", False),
        (date(2026, 3, 31), 30, "1990-03-30", False),
        (date(2025, 12, 20), 30, "1990-01-19", True),
        (date(2025, 12, 20), 30, "1990-01-20", False),
        (date(2025, 12, 20), 30, "1990-12-19", False),
        (date(2026, 2, 20), 8, "1992-02-29", True),
        (date(2024, 2, 20), 8, "1992-02-29", False),
        (date(2024, 2, 20), 9, "1992-02-29", True),
        (date(2026, 3, 1), 5, "1992-02-29", False),
        (date(2026, 3, 1), 365, "1992-02-29", True),
    ],
)
def test_birthdays_come_round(as_of, days, born, expected):
    frames = {"customers": pd.DataFrame({"customer_id": ["a"], "birth_date": [pd.Timestamp(born)]})}
    found = who({"customer": "birth_date", "anniversary_within_days": days}, frames, as_of)
    assert (found == ["a"]) is expected


row = st.tuples(
    st.sampled_from("abcd"), st.integers(0, 500), st.integers(-40, 200).map(float), st.integers(0, 2).map(float)
)


@given(
    st.lists(row, max_size=25),
    st.integers(1, 400),
    st.integers(0, 4),
    st.sampled_from(["at_least", "above", "at_most", "below"]),
)
@settings(max_examples=8)
def test_counts_and_sums_are_those_of_a_plain_reading(rows, window, least, how):
    holds = {"at_least": float.__ge__, "above": float.__gt__, "at_most": float.__le__, "below": float.__lt__}[how]
    frames = {"orders": orders(*rows)}
    inside = [(name, amount, off) for name, days, amount, off in rows if days < window]
    for measure, value in (("purchases", least), ("spend", least * 30)):
        expected = []
        for name in sorted({name for name, *_ in rows}):
            amounts = [amount for other, amount, _ in inside if other == name]
            number = float(sum(amount > 0 for amount in amounts) if measure == "purchases" else sum(amounts))
            expected += [name] if holds(number, float(value)) else []
        assert who({"measure": measure, "window_days": window, how: value}, frames) == expected


@given(st.lists(row, max_size=20), st.randoms(use_true_random=False))
@settings(max_examples=3)
def test_the_order_of_rows_does_not_matter(rows, random):
    mixed = list(rows)
    random.shuffle(mixed)
    query = select(everything(), DAY).sql("duckdb")
    one, other = (connect_frames({"orders": orders(*given)}).sql(query) for given in (rows, mixed))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "spark"])
def test_a_value_is_a_literal_whatever_it_says(value, dialect):
    tags = declared(
        (),
        (rule({"all": [{"customer": "city", "equals": value}, {"customer": "tier", "one_of": [value, "z"]}]}),),
        Layering(),
        Definitions(),
    )
    said = select(tags, DAY).sql(dialect)
    (again,) = sqlglot.parse(said, read=dialect)
    assert isinstance(again, exp.Select)
    assert [literal.this for literal in again.find_all(exp.Literal)].count(value) == 2
    assert {table.name for table in again.find_all(exp.Table)} <= {"customers", "orders", "known", "listed"}
    if dialect == "duckdb":
        frames = {"customers": pd.DataFrame({"customer_id": ["a", "b"], "city": [value, "q"], "tier": [value, "z"]})}
        frame = connect_frames(frames).sql(said)
        assert list(frame["tag_mine"]) == [1, 0]


@pytest.mark.parametrize("value", [*HOSTILE, "x\0y"])
def test_a_name_is_one_of_the_known_or_refused(value):
    from crm_lib.errors import UserError

    for given_rule in (
        {"customer": value, "known": True},
        {"table": value, "aggregate": "count", "at_least": 1},
        {"tag": value},
        {value: 1},
    ):
        with pytest.raises(UserError):
            engagement(tags=[{"id": "t", "label": "T", "rule": given_rule}])
    if "\0" in value:
        with pytest.raises(UserError):
            engagement(tags=[{"id": "t", "label": "T", "rule": {"customer": "city", "equals": value}}])
    with pytest.raises(UserError):
        engagement(tags=[{"id": value, "label": "T", "rule": {"measure": "purchases", "at_least": 1}}])


def everything(industry: str = "retail") -> list:
    return declared(tuple(library()), (), Layering(), Definitions())


@pytest.mark.parametrize("dialect", ["postgres", "spark"])
def test_the_library_is_one_select_of_the_portable_subset(dialect):
    query = select(everything(), DAY)
    assert sqlglot.parse_one(query.sql(dialect), read=dialect).named_selects == query.named_selects
    allowed = (
        exp.Sum,
        exp.Count,
        exp.Min,
        exp.Max,
        exp.Coalesce,
        exp.Cast,
        exp.Case,
        exp.If,
        exp.And,
        exp.Or,
        exp.DateDiff,
        exp.Extract,
    )
    assert {type(f).__name__ for f in query.find_all(exp.Func) if not isinstance(f, allowed)} == set()
    assert not list(query.find_all(exp.Div, exp.Filter, exp.Qualify, exp.Anonymous, exp.Window))
    stars = [star for star in query.find_all(exp.Star) if not isinstance(star.parent, exp.Count)]
    assert stars == []
    sources = (s for s in query.find_all(exp.Subquery) if isinstance(s.parent, (exp.From, exp.Join)))
    assert all(source.alias for source in sources)


def test_every_tag_of_the_library_is_sound_and_has_words():
    chosen = list(library())
    found = engagement(tagging={"library": chosen}, tags=[])
    assert list(found.tagging.library) == chosen
    for language in LANGUAGES:
        words = catalogue(language)
        for tag in everything():
            assert words.text(tag.label)
            assert words.text(rule_words(tag.tree))
            assert words.text(tagging.findings.action_words(tag))


def test_every_measure_stands_for_a_column_that_there_is():
    for measure in MEASURES.values():
        assert measure["table"] in TABLES_OF_EVENTS
        named = {part["column"] for part in measure.get("where", ())} | {measure.get("column")} - {None}
        assert named - {None} <= columns_of(measure["table"]).keys()


def test_rules_are_said_in_words():
    words = {language: catalogue(language) for language in LANGUAGES}
    tags = {tag.id: rule_words(tag.tree) for tag in everything()}
    assert words["en"].text(tags["sleeping"]) == "time since the last purchase: at least 180 days"
    assert words["zh"].text(tags["churn_warning"]) == "距最近一次购买至少 90 天，且没有“久未回购老客”标签"
    assert words["en"].text(tags["discount_sensitive"]) == (
        "purchases in the last 365 days: at least 3; and share of purchases in the last 365 days where discount is more "
        "than 0: at least 50.0%"
    )
    assert words["zh"].text(tags["silent"]) == "购买次数至少 1，且回答调研的次数为 0"
    assert words["zh"].text(tags["cross_category"]).startswith("近 182 天购买次数为 1，且")


def test_what_the_data_lack_is_named():
    engine = connect_frames({"orders": orders(("a", 10, 100), ("a", 200, 50))}, DAY)
    tags = {tag.id: tag for tag in everything()}
    data = held(engine, tags.values(), DAY)
    lacks = {id: [part.id.removeprefix("tag.missing.") for part in lacking(tag, data)] for id, tag in tags.items()}
    assert lacks["sleeping"] == []
    assert lacks["silent"] == ["table"]
    assert lacks["decision_chain_unknown"] == ["table"]
    assert lacks["spend_up"] == ["history"]
    assert lacks["step_up"] == ["column"]
    assert lacks["new_product_taster"] == ["table"]
    short = connect_frames({"orders": orders(("a", 10, 100))}, DAY)
    assert [part.id for part in lacking(tags["sleeping"], held(short, [tags["sleeping"]], DAY))] == [
        "tag.missing.history"
    ]
    empty = connect_frames({}, DAY)
    assert all(lacking(tag, held(empty, tags.values(), DAY)) for tag in tags.values())


def made(frames, **more):
    given = engagement(tagging={"library": ["sleeping", "discount_sensitive", "birthday_soon"]}, **more)
    return tagging.tags(connect_frames(frames, DAY), given, DAY, DAY - timedelta(days=90))


MANY = {"orders": orders(*[(f"c{i:02}", 100 + 10 * (i % 16), 20) for i in range(48)], ("old", 420, 5))}


def test_sizes_overlap_and_drift_count_the_same_people():
    own = [{"id": "all_of_them", "label": "All", "rule": {"measure": "purchases", "at_least": 1}}]
    own += [{"id": "lately", "label": "Lately", "rule": {"measure": "purchases", "window_days": 180, "at_least": 1}}]
    found = made(MANY, tags=own)
    table = tagging.sizes(found).set_index("tag")
    assert list(table.index) == ["all_of_them", "sleeping", "lately", "discount_sensitive"]
    assert table.loc["all_of_them", "customers"] == 49 == len(found.members)
    sleeping = sum(100 + 10 * (i % 16) >= 180 for i in range(48)) + 1
    assert table.loc["sleeping", "customers"] == sleeping
    assert table.loc["lately", "then"] == 48
    assert table.loc["lately", "left"] - table.loc["lately", "joined"] == sleeping - 1
    assert pd.isna(table.loc["sleeping", "drift"])  # whoever bought since the data began can only grow old with them
    overlaps = tagging.overlap(found)
    both = overlaps[(overlaps["one"] == "all_of_them") & (overlaps["two"] == "sleeping")].iloc[0]
    assert (both["customers"], both["jaccard"], both["lift"]) == (sleeping, sleeping / 49, 1.0)
    assert list(tagging.missing(found)["tag"]) == ["birthday_soon"]
    assert ["all_of_them", "sleeping"] in tagging.pairs(overlaps)[["one", "two"]].values.tolist()
    assert len(membership.artifact(found)) == 49 + sleeping + int(table.loc["lately", "customers"])
    assert tagging.drift(found).headline.id == "tag.finding.down"
    assert found.members.equals(made(MANY, tags=own).members)


def test_the_handoff_can_be_written_and_read(tmp_path):
    found = made(MANY)
    handoff.write(tmp_path, "tags", tagging.artifact(found))
    again = handoff.read(tmp_path, "tags")
    assert set(again["tag"]) == {"sleeping"}
    assert list(again["customer_id"]) == sorted(again["customer_id"])
    nobody = made({})
    assert tagging.artifact(nobody).empty
    handoff.write(tmp_path, "tags", tagging.artifact(nobody))


@pytest.mark.parametrize(
    "frames", [{}, {"orders": orders(("a", 0, 5))}, {"orders": orders(*[(f"c{i}", 0, 5) for i in range(40)])}, MANY]
)
def test_few_or_no_customers_are_told_and_nothing_breaks(frames):
    found = made(frames)
    assert tagging.drift(found) is None or frames is MANY
    for language in LANGUAGES:
        words = catalogue(language)
        told = [
            words.text(part)
            for part in (*tagging.reading(found), tagging.sizes_title(found), tagging.overlap_title(found))
        ]
        assert all(told)
        assert ("tag.few" in [part.id for part in tagging.reading(found)]) == (len(found.members) < 30)


def test_presets_are_sound_for_every_trade_and_stage():
    from crm_lib.metrics import METRICS

    for industry in INDUSTRIES:
        for stage in STAGES:
            found = engagement(client={"name": "X", "industry": industry, "stage": stage})
            assert found.tagging.library
            for one in declared(tuple(library()), (), found.layering, found.definitions):
                assert one.id not in found.tagging.library or reach.contradiction(one) is None
            assert set(found.kpis) <= set(METRICS)
            table = tagging.settings_used(found, {"layering": {"scores": 4}})
            origins = dict(zip([message.id for message in table["setting"]], table["origin"], strict=True))
            assert origins["template.layering.scores"] == "engagement"
            named = "names" in preset(industry, stage).get("layering", {})
            assert origins["template.layering.names"] == ("industry" if named else "default")
            for language in LANGUAGES:
                assert all(
                    catalogue(language).text(part)
                    for part in (*table["setting"], *table["value"], tagging.preset_words(found))
                )
    b2b = engagement(client={"name": "X", "industry": "b2b"})
    assert "decision_chain_unknown" in b2b.tagging.library
    assert b2b.layering.names["core"].en == "Key accounts"


def test_a_rule_that_nobody_can_meet_is_not_computed():
    given = engagement(
        tagging={"library": ["sleeping", "churn_warning"]},
        layering={"dormant_days": 90},
        definitions={"churn_window_days": 90},
    )
    found = tagging.tags(connect_frames(MANY, DAY), given, DAY, DAY - timedelta(days=90))
    assert [part.id for part in found.absent["churn_warning"]] == ["tag.missing.never"]
    said = catalogue("zh").text(found.absent["churn_warning"][0])
    assert "须至少 90 天，又须不到 90 天" in said
    assert "sleeping" not in found.absent
    for one in declared(tuple(library()), (), Layering(), Definitions()):
        assert reach.contradiction(one) is None


def test_bounds_are_read_through_not_and_any():
    def impossible(*parts: dict[str, Any]) -> bool:
        (tag,) = declared((), (rule({"all": list(parts)}),), Layering(), Definitions())
        return reach.contradiction(tag) is not None

    silent, few = {"measure": "recency_days", "at_least": 60}, {"measure": "purchases", "below": 2}
    assert impossible(silent, {"measure": "recency_days", "at_most": 59})
    assert impossible(few, {"not": {"any": [{"measure": "purchases", "at_most": 2}, silent]}})
    assert not impossible(silent, {"measure": "recency_days", "at_most": 60})
    assert not impossible(silent, {"any": [{"measure": "recency_days", "below": 60}, few]})
    assert not impossible({"not": silent}, {"not": {"measure": "recency_days", "below": 60}})  # who never bought


def test_drift_is_told_only_where_the_data_reach_as_far_back_on_both_days():
    made_of = {
        "bounded": {"measure": "purchases", "window_days": 300, "at_least": 1},
        "too_far": {"measure": "purchases", "window_days": 365, "at_least": 1},
        "between": {
            "all": [{"measure": "recency_days", "at_least": 90}, {"not": {"measure": "recency_days", "at_least": 200}}]
        },
        "endless": {"measure": "purchases", "at_least": 2},
        "own_data": {"customer": "city", "known": True},
    }
    own = [{"id": id, "label": id, "rule": given} for id, given in made_of.items()]
    people = pd.DataFrame({"customer_id": [f"c{i:02}" for i in range(48)], "city": "X"})
    found = made(MANY | {"customers": people}, tags=own)  # from 420 days back: 331 of them before the earlier day
    assert {"bounded", "between", "own_data"} == set(found.before.columns) & set(made_of)


def test_who_came_and_left_is_not_told_of_a_tag_that_nobody_can_keep():
    """Silent for 90 to 179 days, 90 days apart: all are new and all of then are gone, by the rule."""
    shop = {
        "orders": orders(
            *[(f"a{i:03}", 100, 10) for i in range(80)], *[(f"b{i:03}", 200, 10) for i in range(20)], ("z", 400, 1)
        )
    }
    found = tagging.tags(
        connect_frames(shop, DAY), engagement(tagging={"library": ["churn_warning"]}), DAY, DAY - timedelta(days=90)
    )
    row = tagging.sizes(found).set_index("tag").loc["churn_warning"]
    assert (row["customers"], row["then"]) == (80, 20)
    assert row[["joined", "left"]].isna().all()
    assert tagging.drift(found).evidence.id == "tag.finding.evidence_passing"
    assert not reach.passes(found.computed[0], 89), "on day 89 the first may still have it"


def test_pairs_above_chance_come_first():
    columns = ["one", "two", "jaccard", "lift"]
    rows = [("a", "b", 0.3, 0.9), ("a", "c", 0.1, 2.0), ("b", "c", 0.2, 1.5), ("b", "a", 0.3, 0.9)]
    table = tagging.pairs(pd.DataFrame(rows, columns=columns))
    assert table["jaccard"].tolist() == [0.2, 0.1, 0.3]


def test_chance_is_reckoned_over_those_who_can_have_both():
    """Of 200 customers 100 bought; half of the buyers are silent and half asleep, independently of each other."""
    bought = orders(*[(f"c{i:03}", 200 if i < 50 else 5, 10) for i in range(100)])
    answers = [i for i in range(100) if i % 2]
    surveys = pd.DataFrame({"customer_id": [f"c{i:03}" for i in answers], "answered_on": back(3), "nps": 9})
    frames = {
        "orders": bought,
        "surveys": surveys.assign(survey_id=surveys["customer_id"], csat=None),
        "customers": pd.DataFrame({"customer_id": [f"c{i:03}" for i in range(200)], "joined_on": back(300)}),
    }
    given = engagement(tagging={"library": ["sleeping", "silent"]}, definitions={"smallest_base": 20})
    found = tagging.tags(connect_frames(frames, DAY), given, DAY, DAY - timedelta(days=90))
    row = tagging.pairs(tagging.overlap(found)).iloc[0]
    assert (row["customers"], row["could"], row["lift"]) == (25, 100, 1.0)
    title = tagging.overlap_title(found)
    assert title.id == "tag.title.no_overlap"
    assert catalogue("en").text(title).startswith("Apart from tags of 80.0% or more"), "these are not tested"


@pytest.mark.parametrize(("brands", "told"), [(["National", "Private"], False), (["X", "Y", "Z"], True)])
def test_two_kinds_of_brand_tell_no_loyalty(brands, told):
    bought = [("a", i, 10, f"p{i}", brands[i % len(brands)]) for i in range(9)]
    frames = {"order_lines": lines(*bought), "orders": orders(*(row[:3] for row in bought))}
    tags = [tag for tag in everything() if tag.id == "brand_loyal"]
    found = lacking(tags[0], held(connect_frames(frames, DAY), tags, DAY))
    assert [part.id for part in found] == ([] if told else ["tag.missing.brands"])


def test_the_source_of_a_drift_is_what_the_others_have_less():
    """All who came to the tag had another one, as did all others: that explains nothing."""
    rule_now = {"measure": "purchases", "window_days": 60, "at_least": 1}
    shared = {"measure": "purchases", "window_days": 330, "at_least": 1}
    own = [{"id": "now", "label": "Now", "rule": rule_now}, {"id": "shared", "label": "Shared", "rule": shared}]
    rows = [(f"c{i:03}", 200, 10) for i in range(120)] + [(f"c{i:03}", 5, 10) for i in range(60)] + [("z", 430, 1)]
    given = engagement(tags=own, tagging={"library": []})
    found = tagging.tags(connect_frames({"orders": orders(*rows)}, DAY), given, DAY, DAY - timedelta(days=90))
    told = tagging.drift(found)
    assert told.headline.args["n"].value == 60
    assert told.evidence.args["source"].value.id == "tag.finding.no_source"


def test_a_drift_of_a_tag_that_asks_for_no_purchase_has_its_source_looked_for():
    own = [{"id": "away", "label": "Away", "rule": {"measure": "complaints", "window_days": 60, "at_least": 1}}]
    opened = pd.to_datetime([back(400), *[back(5)] * 60])
    tickets = pd.DataFrame({"customer_id": ["z", *(f"c{i:03}" for i in range(60))], "opened_at": opened})
    tickets = tickets.assign(ticket_id=tickets["customer_id"], kind="complaint")
    given = engagement(tags=own, tagging={"library": ["sleeping"]})
    rows = [(f"c{i:03}", 200, 10) for i in range(120)] + [("z", 430, 1)]
    frames = {"orders": orders(*rows), "tickets": tickets}
    found = tagging.tags(connect_frames(frames, DAY), given, DAY, DAY - timedelta(days=90))
    told = tagging.drift(found)
    assert (told.headline.id, told.headline.args["n"].value) == ("tag.finding.up", 60)
