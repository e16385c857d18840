"""Orders of an ERP that know a company by its name alone."""

from datetime import date

import pytest

from crm_lib.identity.firms import read_firm
from crm_lib.ingest.remarks import remarks
from crm_lib.run.prepare import inventory
from tests.ingest.folder import MEMBERS, ORDERS, canonical, rows, write_csv

LIST = [
    ["customer_key", "name"],
    ["1", "苏州华鑫精密机械有限公司"],
    ["2", "恒达五金有限公司"],
    ["3", "恒达五金有限公司"],
]


def orders(folder, *names, kind="company"):
    write_csv(folder / "members.csv", LIST)
    lines = [[f"S{i}", "2026-01-05", "10", name] for i, name in enumerate(names)]
    write_csv(folder / "pos.csv", [["order_id", "ordered_on", "amount", "name"], *lines])
    made = canonical(folder, ORDERS, MEMBERS, identity={"kind": kind})
    found = rows(
        made, "SELECT o.order_id, c.name FROM {orders} o LEFT JOIN {customers} c USING (customer_id) ORDER BY 1"
    )
    return made, dict(found)


def test_a_name_alone_is_the_one_company_so_called_or_one_of_its_own(tmp_path):
    made, found = orders(
        tmp_path,
        "苏州华鑫精密机械有限责任公司",
        "蘇州華鑫精密機械（老客户）",
        "恒达五金有限公司",  # two customers are called so
        "无锡金利模具有限公司",
        "无锡金利模具有限公司(月结)",
    )
    known, new = "苏州华鑫精密机械有限公司", "无锡金利模具有限公司"
    assert found == {"S0": known, "S1": known, "S2": None, "S3": new, "S4": found["S4"]}
    assert rows(made, "SELECT COUNT(*) FROM {customers}") == [(4,)]
    assert rows(made, "SELECT COUNT(DISTINCT customer_id) FROM {orders} WHERE order_id IN ('S3', 'S4')") == [(1,)]
    frames = inventory(made)
    totals = frames["totals"].set_index("name")["value"]
    assert totals["records"] == totals["customers"] + totals["merged"] + totals["unnamed"]
    assert frames["merges"].set_index("rule")["records"]["name"] == 3


def test_persons_of_one_name_stay_nobodys_and_that_is_told(tmp_path):
    made, found = orders(tmp_path, "张伟", kind="person")
    assert set(found.values()) == {None}
    told = [one for one in remarks(inventory(made), date(2026, 6, 30)) if one.id == "ingest.remark.strangers"]
    assert [(one.args["n"].value, one.args["rows"].value) for one in told] == [(1, 1)]


def test_a_name_for_anybody_is_no_company(tmp_path):
    names = ("零售客户", "散客", "Cash Sale", "walk-in customer", "现金", "零售通科技有限公司")
    found = orders(tmp_path, *names)[1]
    assert [found[f"S{i}"] for i in range(6)] == [None] * 5 + [names[-1]]


@pytest.mark.parametrize("name", ["苏州华鑫有限公司（老客户）", "苏州华鑫（停用）", "苏州华鑫有限公司(月结客户"])
def test_a_remark_behind_a_name_is_no_part_of_it(name):
    assert read_firm(name).name == "苏州华鑫"
