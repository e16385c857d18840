"""Playbook 2 runs top to bottom on engagements from one order up, and speaks both languages on each."""

import ast
import json
from datetime import date, timedelta
from typing import Any

import pytest

from crm_lib.language import Message, Value, catalogue
from crm_lib.paths import PLAYBOOKS
from crm_lib.report import blocks as b
from crm_lib.report.cells import cell_text

ENGAGEMENT = """
id = "tiny"
as_of = 2026-03-31
client = {{ name = "Tiny", industry = "retail" }}
cycles = [{{ number = 1, baseline = 2026-03-31, start = 2026-04-01 }}]
[[sources]]
name = "till"
table = "order_lines"
file = "raw/till.csv"
key_space = "crm"
columns = {{ customer_key = "who", ordered_on = "day", amount = "paid", kind = "sort" }}
{more}
"""
MEMBERS = """
[[sources]]
name = "members"
label = { zh = "会员", en = "Members" }
table = "customers"
file = "raw/members.csv"
key_space = "crm"
columns = { customer_key = "id" }
"""


def run(folder, orders, members=()):
    """Blocks of the playbook on orders [(customer, days before the baseline, amount, kind)]."""
    raw = folder / "raw"
    raw.mkdir(parents=True)
    lines = [
        f"o{i},{who},{date(2026, 3, 31) - timedelta(days=back)},{paid},{sort}"
        for i, (who, back, paid, sort) in enumerate(orders)
    ]
    (raw / "till.csv").write_text("\n".join(["order_id,who,day,paid,sort", *lines]) + "\n", encoding="utf-8")
    if members:
        (raw / "members.csv").write_text("id,name,phone\n" + "".join(f"{m},N,\n" for m in members), encoding="utf-8")
    (folder / "engagement.toml").write_text(ENGAGEMENT.format(more=MEMBERS if members else ""), encoding="utf-8")
    return play(folder)


def play(folder):
    """Blocks of the playbook on an engagement."""
    shown: list[Any] = []
    names: dict[str, Any] = {"display": lambda *blocks: shown.extend(blocks)}
    for cell in json.loads((PLAYBOOKS / "02_data_layering.ipynb").read_text(encoding="utf-8"))["cells"]:
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, cell["id"], "exec"), names)
        if last is not None:
            shown.append(eval(compile(ast.Expression(last.value), cell["id"], "eval"), names))
        if cell["id"] == "parameters":
            names["engagement"] = str(folder)
    return [block for block in shown if isinstance(block, b.Block)]


def speak(blocks):
    """Every word of the blocks, in both languages; an id without words or arguments raises."""
    return {language: list(_words(catalogue(language), blocks)) for language in ("zh", "en")}


def _words(words, blocks):
    for block in blocks:
        data = block.to_json()
        yield from _messages(words, data)
        for row in data.get("rows", []):
            yield from (cell_text(words, column, cell) for column, cell in zip(block.columns, row, strict=True))


def _messages(words, data):
    if isinstance(data, dict) and "id" in data and set(data) <= {"id", "args", "literal"}:
        yield words.text(Message.from_json(data))
    elif isinstance(data, dict) and "kind" in data and "value" in data and isinstance(data["kind"], str):
        yield words.value(Value.from_json(data))
    elif isinstance(data, dict):
        for key, part in data.items():
            yield from _messages(words, part) if key != "rows" else ()
    elif isinstance(data, list):
        for part in data:
            yield from _messages(words, part)


many = [(f"c{i % 40}", 3 * i, 10 + i % 7, "sale") for i in range(160)]
CASES = {
    "one order": [("a", 5, 10, "sale")],
    "nobody named": [("", 5, 10, "sale"), ("", 7, 20, "sale")],
    "only refunds": [("a", 5, -10, "refund")],
    "equal values": [(f"c{i}", 5, 10, "sale") for i in range(5)],
    "nothing in the window": [("a", 700, 10, "sale"), ("b", 800, 10, "sale")],
    "everybody": many,
    "more back than in": [*many, *((f"c{i}", 1, -900, "refund") for i in range(40))],
}


@pytest.mark.parametrize("name", CASES)
def test_any_data_make_a_whole_report(name, tmp_path):
    blocks = run(tmp_path / "shop", CASES[name])
    spoken = speak(blocks)
    assert isinstance(blocks[0], b.Cover)
    assert isinstance(blocks[-1], b.Done)
    assert sum(isinstance(block, b.Chart) for block in blocks) >= 5
    summary = next(block for block in blocks if isinstance(block, b.Findings) and block.summary)
    assert 3 <= len(summary.items) <= 5
    for language, words in spoken.items():
        assert not [text for text in words if "nan" in text.lower().split() or text == "None"], language
    ids = [block.id for block in blocks if isinstance(block, (b.Table, b.Chart))]
    assert len(ids) == len(set(ids))


def test_a_handful_of_customers_is_not_enough_for_a_conclusion(tmp_path):
    blocks = run(tmp_path / "shop", CASES["equal values"])
    headlines = [item.headline.id for block in blocks if isinstance(block, b.Findings) for item in block.items]
    assert "layering.finding.few" in headlines
    assert not {"layering.finding.concentration", "layering.finding.movement"} & set(headlines)
    titles = {block.id: block.title.id for block in blocks if isinstance(block, b.Chart)}
    withheld = {"layering.classes", "layering.pareto", "layering.grid", "layering.segments", "layering.quadrants"}
    assert {titles[id] for id in withheld} == {"layering.title.few"}


def test_members_who_never_bought_are_in_the_layers(tmp_path):
    from crm_lib import handoff

    run(tmp_path / "shop", CASES["everybody"], members=["c1", "z1", "z2"])
    folder = next((tmp_path / "shop" / ".work" / "handoffs").rglob("layers.parquet")).parent
    layers, profile = handoff.read(folder, "layers"), handoff.read(folder, "layer_profile")
    assert len(layers) == 42
    assert profile["customers"].sum() == 42
    assert layers["recency_days"].isna().sum() == 2
    assert list(layers["customer_id"]) == sorted(layers["customer_id"])


def test_the_same_data_give_the_same_blocks(tmp_path):
    one = [block.to_json() for block in run(tmp_path / "one", CASES["everybody"])]
    other = [block.to_json() for block in run(tmp_path / "two", CASES["everybody"])]
    assert one == other


def test_no_table_or_chart_is_empty_and_no_column_without_a_value(tmp_path):
    """One source of orders: no cost, no categories, no tickets, no surveys, no channels."""
    blocks = run(tmp_path / "shop", CASES["everybody"])
    drawn = [block for block in blocks if isinstance(block, (b.Table, b.Chart))]
    assert [block.id for block in drawn if not block.rows] == []
    tables = {block.id: {column.name for column in block.columns} for block in drawn}
    assert not {"margin", "margin_share"} & tables["layering.class_table"]
    assert not {"complaint_share", "nps_words", "top_join_channel"} & tables["layering.service"]
    words = " ".join(speak(blocks)["en"])
    assert "rests on campaigns alone" not in words
    assert "the potential index holds no engagement" in words


def test_too_few_known_before_is_one_sentence(tmp_path):
    new = [(f"c{i}", back, 10 + i, "sale") for i in range(40) for back in (3, 20)]
    blocks = run(tmp_path / "shop", new)
    drawn = {block.id for block in blocks if isinstance(block, (b.Table, b.Chart))}
    assert not {"layering.movement", "layering.directions", "layering.falls"} & drawn
    figures = next(block for block in blocks if isinstance(block, b.Metrics))
    assert all("Fell a class" not in catalogue("en").text(item.label) for item in figures.items)


def test_an_index_that_tells_nobody_apart_is_said(tmp_path):
    same = [(f"c{i}", back, 10, "sale") for i in range(40) for back in (3, 20)]
    assert any("hardly tells these customers apart" in text for text in speak(run(tmp_path / "a", same))["en"])
    assert not any("hardly tells" in text for text in speak(run(tmp_path / "b", CASES["everybody"]))["en"])


def test_who_never_bought_in_the_data_is_said_with_their_first_day(tmp_path):
    words = " ".join(speak(run(tmp_path / "shop", CASES["everybody"], members=["c1", "z1", "z2"]))["en"])
    assert "Never bought at all" not in words
    assert "no purchase in the data, which begin on" in words


def test_a_movement_that_touches_no_core_customer_is_not_grave():
    from types import SimpleNamespace

    import pandas as pd

    from crm_lib.layering.moving_findings import movement

    def found(before: str):
        moved = pd.DataFrame(
            {"customer_id": [f"c{i:02d}" for i in range(40)], "before": before, "after": "dormant", "direction": "down"}
        ).assign(revenue_then=10.0, spend_before=10.0, spend_since=0.0)
        falls = pd.DataFrame(columns=["channel", "known", "fell", "share", "low", "high"])
        layers = SimpleNamespace(as_of=date(2026, 3, 31), smallest_base=30, settings=SimpleNamespace(window_days=365))
        earlier = SimpleNamespace(as_of=date(2025, 12, 31), history_days=200)
        return movement(moved, falls, earlier, layers)

    assert found("ordinary").severity == "medium"
    assert found("core").severity == "high"
    said = catalogue("en").text(found("core").evidence)
    assert "who had brought CN¥400 in the 200 days up to that day" in said  # no longer a time than the data then had
    assert "those who kept their class spent CN¥0 and CN¥0" in said
