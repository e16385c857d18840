"""Plans that nobody agreed to are shown as plans: no task, no alert, no completion."""

import pandas as pd

from crm_lib import monitoring
from crm_lib.language import catalogue
from crm_lib.monitoring.events import core_events
from tests.monitoring import shop

WORDS = catalogue("en")
PLAN = shop.contact_plan([("care", "2026-04-06", 3), ("care", "2026-04-13", 3), ("wake", "2026-04-06", 1)])
CALL = pd.DataFrame([shop.interaction("i1", "c1", "2026-04-02")])
ORDERS = shop.orders([(f"c{i}", f"2026-03-{n:02d}", 9.0) for i in (1, 2, 3) for n in (1, 10, 20)])


def proposals() -> tuple:
    settings = shop.engagement(strategies=[])
    plan = shop.plan().assign(strategy=["proposed_core", "proposed_dormant"]).drop(columns=["agreed", "every_days"])
    return settings, monitoring.read_plan(settings, plan)


def renamed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(strategy=frame["strategy"].map({"care": "proposed_core", "wake": "proposed_dormant"}))


def test_proposals_have_no_tasks_and_set_off_no_alert():
    engine = shop.engine(interactions=CALL, orders=ORDERS)
    settings, plan = proposals()
    tasks = monitoring.task_list(
        engine, settings, plan, renamed(PLAN), shop.contacts([]), renamed(shop.ANSWERING), shop.AS_OF, 0.6, 72
    )
    assert not len(tasks)
    events, judged = core_events(engine, settings, plan, renamed(shop.MEMBERS), shop.LAYERS, shop.AS_OF)
    assert judged["core_silent"] == 0
    assert "core_silent" not in set(events["rule"])


def test_the_same_plan_once_agreed_is_judged():
    engine, settings = shop.engine(interactions=CALL, orders=ORDERS), shop.engagement()
    plan = monitoring.read_plan(settings, shop.plan().drop(columns=["agreed", "every_days"]))
    assert plan["agreed"].all()
    tasks = monitoring.task_list(engine, settings, plan, PLAN, shop.contacts([]), shop.ANSWERING, shop.AS_OF, 0.6, 72)
    assert len(tasks) == 3
    _, judged = core_events(engine, settings, plan, shop.MEMBERS, shop.LAYERS, shop.AS_OF)
    assert judged["core_silent"] == 3
    assert not len(monitoring.proposed_table(settings, plan, PLAN))


def test_the_plan_is_shown_as_a_plan():
    settings, plan = proposals()
    found = monitoring.proposed_table(settings, plan, renamed(PLAN))
    assert found["contacts"].tolist() == [6, 1]
    assert WORDS.text(found["strategy"].iloc[0]) == "Care for core customers"
    assert found["first"].iloc[0] == pd.Timestamp("2026-04-06")


def test_sections_without_rows_are_one_sentence():
    names = [(catalogue_part, filled) for catalogue_part, filled in zip(_names(), (False, True, False), strict=True)]
    said = [WORDS.text(text) for text in monitoring.nothing_in(names)]
    assert len(said) == 1
    assert "Week by week" in said[0]
    assert "Reasons" in said[0]
    assert "Month" not in said[0]
    assert monitoring.nothing_in([(name, True) for name in _names()]) == []


def _names() -> list:
    from crm_lib.language import msg

    return [msg(f"monitoring.heading.{part}") for part in ("week", "month", "reasons")]
