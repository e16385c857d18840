"""Playbook 5 runs top to bottom on engagements from one order up, and speaks both languages on each."""

import ast
import json
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from crm_lib import handoff
from crm_lib.errors import UserError
from crm_lib.language import LANGUAGES, Finding, Message, Value, catalogue
from crm_lib.paths import PLAYBOOKS
from crm_lib.report import blocks as b
from crm_lib.report.cells import cell_text

BASELINE, AS_OF = date(2026, 3, 31), date(2026, 6, 30)
ENGAGEMENT = """
id = "tiny"
as_of = 2026-06-30
client = { name = "Tiny", industry = "retail" }
cycles = [{ number = 1, baseline = 2026-03-31, start = 2026-04-01 }]
definitions = { repurchase_window_days = 30, smallest_base = 5 }
targets = [
  { id = "again", metric = "repurchase_rate", value = 0.9, due = 2026-06-30 },
  { id = "core", metric = "revenue", group = "class:core", change = 0.5, due = 2026-06-30 },
]
teams = [{ id = "t", label = "T", owners = [{ id = "ann", label = "Ann", contacts_per_week = 5 }] }]
[[strategies]]
id = "wake"
label = "Wake"
operating_class = "dormant"
mode = "call"
owner = "ann"
metric = "active_customers"
[[sources]]
name = "till"
table = "order_lines"
file = "raw/till.csv"
columns = { order_id = "order_id", customer_key = "who", ordered_on = "day", amount = "paid", kind = "sort" }
"""
NO_ORDERS = [("", BASELINE, 5, "sale")]  # a walk-in only
ONE = [("a", date(2026, 4, 2), 5, "sale")]
MANY = [
    (f"c{i % 30}", date(2025, 6, 1) + timedelta(days=i * 3 % 394), 10 + i % 7, "sale" if i % 17 else "refund")
    for i in range(400)
]


def handoffs(orders, tasks):
    """What phases 1 to 4 would leave, in their schemas."""
    people = sorted({who for who, *_ in orders if who})
    layers = dict.fromkeys(handoff.ARTIFACTS["layers"].columns, 1)
    classes = ["core", "dormant", "ordinary", "potential"]
    rows = [
        layers | {"customer_id": who, "segment": "", "quadrant": "", "operating_class": classes[i % 4]}
        for i, who in enumerate(people)
    ]
    nan = float("nan")
    known = ("target_id", "metric", "group_id", "baseline", "baseline_low", "baseline_high", "target", "due")
    targets = [
        ("again", "repurchase_rate", "all", 0.5, nan, nan, 0.9, AS_OF),
        ("core", "revenue", "class:core", *[nan] * 4, AS_OF),
    ]
    plan = {"strategy": "wake", "operating_class": "dormant", "customers": 1, "mode": "", "channels": ""}
    plan |= {"contacts_per_week": 1.0, "owner": "ann", "target_metric": "active_customers", "target_value": nan}
    task = {"task_id": "k", "strategy": "wake", "owner": "ann", "due": AS_OF, "planned": 5, "done": 1, "status": "late"}
    names = list(handoff.ARTIFACTS["target_parts"].columns)
    part = ("again", "repurchase_rate", "main_store", "North", 0.6, 0.3, 40, 0.5, -0.1, -0.1, 0.001, "cause")
    frames = {
        "target_parts": pd.DataFrame([part] if people else [], columns=names).astype({"base": "int64"}),
        "layers": pd.DataFrame(rows, columns=list(layers)),
        "scope_members": pd.DataFrame({"group_id": [], "customer_id": []}, dtype=str),
        "targets": pd.DataFrame(targets, columns=known),
        "strategy_plan": pd.DataFrame([plan]),
        "task_status": pd.DataFrame([task] * tasks, columns=list(task)),
        "strategy_contacts": pd.DataFrame({"strategy": ["wake"], "contacts": [5], "off_list": [tasks]}),
    }
    return frames


def run(folder, orders, tasks=1, leave_out=()):
    """(Blocks, iteration list) of the playbook on orders [(customer, day, amount, kind)]."""
    (folder / "raw").mkdir(parents=True)
    lines = [
        f"o{i},{who},{day},{-paid if sort == 'refund' else paid},{sort}"
        for i, (who, day, paid, sort) in enumerate(orders)
    ]
    (folder / "raw" / "till.csv").write_text("\n".join(["order_id,who,day,paid,sort", *lines]) + "\n", encoding="utf-8")
    (folder / "engagement.toml").write_text(ENGAGEMENT, encoding="utf-8")
    drafts = folder / ".work" / "handoffs" / "draft" / "cycle-1"
    for name, frame in handoffs(orders, tasks).items():
        if name not in leave_out:
            handoff.write(drafts, name, frame)
    shown: list[Any] = []
    names: dict[str, Any] = {"display": lambda *blocks: shown.extend(blocks)}
    for cell in json.loads((PLAYBOOKS / "05_review.ipynb").read_text(encoding="utf-8"))["cells"]:
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, cell["id"], "exec"), names)
        if last is not None:
            shown.append(eval(compile(ast.Expression(last.value), cell["id"], "eval"), names))
        if cell["id"] == "parameters":
            names["engagement"] = str(folder)
    return [block for block in shown if isinstance(block, b.Block)], handoff.read(drafts, "iterations")


@pytest.fixture(scope="module", params=["walk-in", "one", "many"])
def ran(request, tmp_path_factory):
    orders, tasks = {"walk-in": (NO_ORDERS, 0), "one": (ONE, 0), "many": (MANY, 1)}[request.param]
    return run(tmp_path_factory.mktemp(request.param.replace("-", "_")), orders, tasks)


def spoken(block):
    """Every message and value of a block."""
    for name in ("title", "text", "note", "x_label", "y_label"):
        if isinstance(found := getattr(block, name, None), Message):
            yield found
    for item in getattr(block, "items", ()):
        parts = vars(item).values() if isinstance(item, (Finding, b.Metric, b.Definition)) else [item]
        yield from (part for part in parts if isinstance(part, (Message, Value)))
    for column in getattr(block, "columns", ()):
        yield column.label


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_block_has_words(ran, language):
    words = catalogue(language)
    for block in ran[0]:
        for part in spoken(block):
            text = words.value(part) if isinstance(part, Value) else words.text(part)
            assert "nan" not in text.lower().split(), text
        for row in getattr(block, "rows", ()):
            for column, cell in zip(block.columns, row, strict=True):
                cell_text(words, column, cell)


def test_it_keeps_to_the_order_of_a_deliverable(ran, request):
    blocks = ran[0]
    assert isinstance(blocks[0], b.Cover)
    assert isinstance(blocks[-1], b.Done)
    assert isinstance(blocks[-2], b.Definitions)
    charts = [block for block in blocks if isinstance(block, b.Chart)]
    assert len(charts) >= (3 if request.node.callspec.params["ran"] == "many" else 0)
    assert all(block.rows for block in blocks if isinstance(block, (b.Chart, b.Table)))  # no empty shells
    ids = [block.id for block in blocks if isinstance(block, (b.Chart, b.Table))]
    assert len(ids) == len(set(ids))


def test_what_has_no_data_is_said_in_a_sentence(ran):
    said = [block.text.id for block in ran[0] if isinstance(block, b.Callout)]
    assert said.count("review.missing.tables") == 1
    assert "review.warning.untested" in said


def test_it_leaves_the_list_for_the_next_cycle(ran):
    listed = ran[1]
    assert "strategy:wake" in set(listed["subject"])
    assert all(Message.from_json(json.loads(text)).id for text in listed["message"])


def test_a_phase_that_has_not_run_is_named(tmp_path):
    with pytest.raises(UserError, match="Execution and monitoring"):
        run(tmp_path, ONE, leave_out=("task_status",))
