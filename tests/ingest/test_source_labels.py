"""A report names a source by its label, else by what it delivers; never by its name in engagement.toml alone."""

from crm_lib.ingest.source_labels import source_labels
from tests.ingest.folder import engagement

COLUMNS = {"order_lines": {"order_id": "no", "ordered_on": "day", "amount": "sum"}}
COLUMNS["tickets"] = {"ticket_id": "no", "opened_at": "day"}


def source(name, table, **more):
    return {"name": name, "table": table, "file": f"{name}.csv", "columns": COLUMNS[table]} | more


def labels(*sources):
    return source_labels(engagement(*sources).sources)


def test_the_only_source_of_a_table_is_called_by_it():
    assert labels(source("x7_tbl", "tickets")) == {"x7_tbl": {"zh": "客服工单", "en": "Service tickets"}}


def test_several_of_a_table_are_told_apart():
    found = labels(source("pos", "order_lines"), source("tmall", "order_lines"))
    assert found["pos"] == {"zh": "订单明细（pos）", "en": "Order lines (pos)"}
    assert len({words["zh"] for words in found.values()}) == 2


def test_a_declared_label_stands():
    words = {"zh": "天猫订单", "en": "Tmall orders"}
    found = labels(source("tmall", "order_lines", label=words), source("pos", "order_lines"))
    assert found["tmall"] == words
    assert list(found) == ["tmall", "pos"]
