"""Whatever the data, the whole phase runs, writes its handoffs and has words in both languages."""

import ast
import json
import re
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crm_lib import handoff
from crm_lib.diagnosis.pain_points import RULES
from crm_lib.diagnosis.targets import STATUS
from crm_lib.engine import Engine, connect_frames
from crm_lib.language import LANGUAGES, Message, Value, catalogue
from crm_lib.metrics.responsible import OTHER_RULE, RULE_OF, TEAM_WORDS
from crm_lib.paths import PLAYBOOKS
from crm_lib.report import blocks as b
from crm_lib.report.cells import cell_text
from tests.diagnosis import shop as s
from tests.layering.inventory_frames import account

CELLS = json.loads((PLAYBOOKS / "01_diagnosis.ipynb").read_text(encoding="utf-8"))["cells"]
TARGETS = [
    {"id": "a", "metric": "repurchase_rate", "value": 0.9, "due": "2026-06-30"},
    {"id": "b", "metric": "revenue", "group": "scope:big", "change": 0.1, "due": "2026-06-30"},
    {"id": "c", "metric": "csat", "group": "class:core", "value": 4.5, "due": "2026-06-30"},
]


SOURCES = account()


class Session:
    """As `open_session` gives it, over frames."""

    def __init__(self, engine: Engine, engagement: Any, iterations: pd.DataFrame | None, folder: Any) -> None:
        self.engine, self.engagement, self.baseline = engine, engagement, s.BASELINE
        self._iterations, self._folder, self.inventory = iterations, folder, SOURCES

    def cover(self) -> None:
        return None

    def read_or_none(self, artifact: str, cycles_back: int = 0) -> pd.DataFrame | None:
        assert (artifact, cycles_back) == ("iterations", 1)
        return self._iterations

    def write(self, artifact: str, frame: pd.DataFrame) -> None:
        handoff.write(self._folder, artifact, frame)

    def done(self) -> b.Done:
        return b.Done("diagnosis")


def run(engine: Engine, folder: Any, iterations: pd.DataFrame | None = None, **engagement: Any) -> list[b.Block]:
    """Blocks of the playbook's cells on an engine."""
    shown: list[Any] = []
    names: dict[str, Any] = {"display": lambda *blocks: shown.extend(blocks)}
    for cell in CELLS:
        source = "".join(cell["source"])
        if cell["id"] == "open":
            source = source.replace('open_session(engagement, "diagnosis", as_of)', "given")
            names["given"] = Session(engine, s.engagement(**engagement), iterations, folder)
        tree = ast.parse(source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, cell["id"], "exec"), names)
        if last is not None:
            shown.append(eval(compile(ast.Expression(last.value), cell["id"], "eval"), names))
    return [block for block in shown if isinstance(block, b.Block)]


def speak(blocks: list[b.Block]) -> list[str]:
    """Every word of the blocks, in both languages; an id without words or arguments raises."""
    return [text for language in LANGUAGES for block in blocks for text in _words(catalogue(language), block)]


def _words(words: Any, block: b.Block) -> Any:
    data = block.to_json()
    yield from _messages(words, {key: part for key, part in data.items() if key != "rows"})
    columns = getattr(block, "columns", [])
    for row in data.get("rows", []):
        yield from (cell_text(words, column, cell) for column, cell in zip(columns, row, strict=True))


def _messages(words: Any, data: Any) -> Any:
    if isinstance(data, dict) and "id" in data and set(data) <= {"id", "args", "literal"}:
        yield words.text(Message.from_json(data))
    elif (
        isinstance(data, dict)
        and {"kind", "value"} <= set(data)
        and set(data) <= {"kind", "value", "base", "low", "high", "name"}
    ):
        yield words.value(Value.from_json(data))
    elif isinstance(data, (dict, list)):
        for part in data.values() if isinstance(data, dict) else data:
            yield from _messages(words, part)


def order(id: int, who: str | None, back: int, amount: float, kind: str = "sale") -> dict:
    on = s.BASELINE - timedelta(days=back)
    return {"order_id": str(id), "customer_id": who, "ordered_on": on, "amount": amount, "kind": kind}


CASES = {
    "nothing at all": {},
    "customers only": {"customers": s.customers()},
    "customers without any value": {"customers": [{"customer_id": f"c{i}"} for i in range(40)]},
    "one order": {"orders": [order(1, "a", 3, 10)]},
    "one whole month": {"orders": [order(i, f"a{i}", i % 31, 10) for i in range(60)]},
    "nobody is known": {"orders": [order(i, None, i, 10) for i in range(200)]},
    "refunds only": {"orders": [order(i, f"a{i % 50}", i, -10, "refund") for i in range(200)]},
    "negative in all": {
        "orders": [order(i, f"a{i % 50}", i, -9 if i % 2 else 5, "refund" if i % 2 else "sale") for i in range(400)]
    },
    "free of charge": {"orders": [order(i, f"a{i % 50}", i, 0) for i in range(200)]},
    "all gone": {"orders": [order(i, f"a{i % 50}", 300 + i, 10) for i in range(200)]},
    "tickets only": {"tickets": s.tickets()},
    "tickets without times or reasons": {
        "orders": s.orders(wave=None),
        "tickets": [
            {"ticket_id": t["ticket_id"], "opened_at": t["opened_at"], "kind": "complaint"} for t in s.tickets()
        ],
    },
    "surveys only": {
        "surveys": [
            {"survey_id": str(i), "answered_on": s.BASELINE - timedelta(days=i), "nps": i % 11} for i in range(400)
        ]
    },
    "everything": {"orders": s.orders(), "customers": s.customers(), "tickets": s.tickets()},
}


@pytest.mark.parametrize("case", CASES)
def test_the_playbook_runs_and_speaks_on(case: str, tmp_path: Any):
    engine = connect_frames({name: pd.DataFrame(rows) for name, rows in CASES[case].items()}, s.BASELINE)
    blocks = run(engine, tmp_path, targets=TARGETS)
    text = speak(blocks)
    assert not [words for words in text if re.search(r"\b(nan|NaN|inf)\b|\bNone\b(?! of)", words)]
    summary = next(block for block in blocks if isinstance(block, b.Findings) and block.summary)
    assert 1 <= len(summary.items) <= 5
    assert isinstance(blocks[-1], b.Done)
    for artifact in ("kpi_baseline", "pain_points", "targets", "scope_members"):
        handoff.read(tmp_path, artifact)
    assert len(handoff.read(tmp_path, "targets")) == 3


def test_the_whole_report_has_charts_a_summary_and_definitions(tmp_path: Any):
    blocks = run(s.shop(**CASES["everything"]), tmp_path, targets=TARGETS)
    assert len([block for block in blocks if isinstance(block, b.Chart)]) >= 7
    metrics = [block for block in blocks if isinstance(block, b.Metrics) and block.headline]
    assert [3 <= len(block.items) <= 6 for block in metrics] == [True]
    assert isinstance(blocks[-2], b.Definitions)


def test_the_same_input_gives_the_same_words(tmp_path: Any):
    first, second = (run(s.shop(**CASES["everything"]), tmp_path, targets=TARGETS) for _ in range(2))
    assert [block.to_json() for block in first] == [block.to_json() for block in second]


def test_the_previous_cycles_list_is_shown(tmp_path: Any):
    message = json.dumps(Message("diagnosis.none").to_json())
    frame = pd.DataFrame(
        [
            {
                "iteration_id": "1",
                "subject": "strategy:core_care",
                "decision": "change",
                "message": message,
                "owner": "ann",
                "due": date(2026, 5, 1),
            },
            {
                "iteration_id": "2",
                "subject": "x",
                "decision": "keep",
                "message": "as it is",
                "owner": None,
                "due": pd.NaT,
            },
        ]
    )
    blocks = run(connect_frames({}, s.BASELINE), tmp_path, iterations=frame)
    table = next(block for block in blocks if isinstance(block, b.Table) and block.id == "diagnosis.previous")
    assert len(table.rows) == 2
    words = " ".join(speak([table]))
    assert "as it is" in words
    assert "Strategy" in words
    assert "core_care" not in words  # its id is nobody's word


def test_without_teams_links_scope_and_targets_it_says_so(tmp_path: Any):
    blocks = run(s.shop(**CASES["everything"]), tmp_path, teams=[], links=[], scope=[], targets=[])
    words = " ".join(speak(blocks))
    assert "A responsible team has yet to be named." in words
    assert "No SMART target has been set yet" in words
    assert "engagement.toml" not in words
    assert words.count("all customers on record at 31 Mar 2026 are in scope") == 1
    assert handoff.read(tmp_path, "scope_members").empty


def test_a_metric_without_a_month_is_one_sentence_and_no_empty_chart(tmp_path: Any):
    month = [r | {"ordered_on": date(2026, 3, 1 + i % 28)} for i, r in enumerate(s.orders()[:200])]
    blocks = run(s.shop(orders=month, customers=s.customers()), tmp_path)
    drawn = {block.id: block for block in blocks if isinstance(block, b.Chart)}
    assert "diagnosis.active" in drawn
    assert not {"diagnosis.repurchase", "diagnosis.churn"} & set(drawn)
    assert all(block.rows for block in blocks if isinstance(block, (b.Chart, b.Table)))
    assert any("“Churn rate” cannot be measured" in text for text in speak(blocks))


def test_every_rule_verdict_and_metric_has_its_words():
    assert set(TEAM_WORDS) == set(RULES)
    assert set(RULE_OF.values()) | {OTHER_RULE} <= set(RULES)
    for language in LANGUAGES:
        words = catalogue(language)
        for rule in RULES:
            assert {f"diagnosis.{part}.{rule}" for part in ("rule", "action", "finding")} <= set(words.ids)
        for verdict in STATUS:
            assert {f"diagnosis.verdict.{verdict}", f"diagnosis.short.{verdict}"} <= set(words.ids)


def test_nothing_after_the_baseline_is_seen(tmp_path: Any):
    """Rows after the baseline change nothing."""
    later = [
        r | {"order_id": f"l{i}", "ordered_on": s.BASELINE + timedelta(days=1 + i % 50)}
        for i, r in enumerate(s.orders()[:500])
    ]
    tables = {"customers": pd.DataFrame(s.customers()), "orders": pd.DataFrame(s.orders())}
    known = run(connect_frames(tables, s.BASELINE), tmp_path)
    more = run(connect_frames(tables | {"orders": pd.DataFrame(s.orders() + later)}, s.BASELINE), tmp_path)
    assert [block.to_json() for block in known] == [block.to_json() for block in more]


def test_inputs_stay_as_they_were(tmp_path: Any):
    frame = pd.DataFrame(s.orders())
    before = frame.copy()
    run(connect_frames({"orders": frame}, s.BASELINE), tmp_path)
    pd.testing.assert_frame_equal(frame, before)
    assert np.array_equal(frame.columns, before.columns)
