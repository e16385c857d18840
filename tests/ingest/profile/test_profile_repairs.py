"""Exports of workshops and dealers: bills with voids and reversals, policies, complaints that name the job they are about."""

import pytest

from crm_lib.run.data_checks import check_data
from crm_lib.run.prepare import prepare
from tests.ingest.folder import account
from tests.ingest.profile.test_profile import load, mapping, one, text
from tests.ingest.profile.test_profile_marketplaces import drafted


def bills(status):
    head = ["结算单号", "序号", "结算时间", "送修人", "手机", "项目名称", "数量", "实收金额", status]
    rows = []
    for i in range(40):
        day, person = f"2026-01-{1 + i % 28:02d} 10:00", ["王伟", f"1380013{i:04d}"]
        state = "已作废" if i % 8 == 7 else "已结算"
        rows.append([f"R{i:04d}", "1", day, *person, "常规保养", "1", f"{i + 1}.00", state])
        if i % 10 == 0:
            rows.append([f"R{i:04d}", "1", "2026-02-01 10:00", *person, "常规保养", "-1", f"-{i + 1}.00", "红冲"])
    return [head, *rows]


@pytest.mark.parametrize("status", ["状态", "单据状态"])
def test_bills_of_a_workshop_come_to_what_was_settled(tmp_path, status):
    rows = bills(status)
    _, source = drafted(tmp_path, "结算单.csv", rows, "service")
    assert source["table"] == "order_lines"
    assert source["not_data"] == {status: ["已作废"]}
    assert source["values"]["kind"] == {"已结算": "sale", "红冲": "refund"}
    assert check_data(tmp_path, load(tmp_path)) == []
    kept = account(prepare(tmp_path, load(tmp_path))).iloc[0]
    settled = sum(float(row[7]) for row in rows[1:] if row[8] != "已作废")
    assert (kept["quarantined"], kept["amount_accepted"]) == (0, settled)


FILES = {
    "续保台账.csv": (
        ["保单号", "投保人", "电话", "保费", "起保日期", "保险止期", "出单门店"],
        ["P{i}", "王伟", "1380013{i:04d}", "￥4{i:03d}.50", "2025{m:02d}15", "2026{m:02d}14", "东店"],
        ("order_id", "name", "phone", "amount", "ordered_on", "paid_until", "store"),
    ),
    "客诉台账.csv": (
        ["客诉编号", "受理时间", "客户姓名", "联系电话", "工单号", "门店", "投诉类型", "结案日期"],
        ["K{i}", "2025-{m:02d}-15", "王伟", "1380013{i:04d}", "R{i}", "东店", "维修质量", "2025-{m:02d}-18"],
        ("ticket_id", "opened_at", "name", "phone", "", "store", "reason", "closed_at"),
    ),
    "预约记录.csv": (
        ["预约号", "预约日期", "客户", "电话", "门店", "预约结果", "服务顾问"],
        ["Y{i}", "2025-{m:02d}-15", "王伟", "1380013{i:04d}", "东店", "{s}", "李强"],
        ("visit_id", "visited_at", "name", "phone", "store", "status", "owner"),
    ),
}


@pytest.mark.parametrize("file", FILES)
def test_the_other_books_of_a_dealer_are_known(tmp_path, file):
    header, cells, columns = FILES[file]
    states = ("已到店", "爽约", "已取消")
    rows = [[cell.format(i=i, m=1 + i % 12, s=states[i % 3]) for cell in cells] for i in range(60)]
    found = one(tmp_path / file, text([header, *rows]))
    wanted = {column: name for name, column in zip(header, columns, strict=True) if column}
    assert {column: name for column, name in mapping(found).items() if column in wanted} == wanted
    assert found.guess.confidence >= 0.5
