"""What exports of a salon say otherwise than they seem to."""

import tomllib

import pytest

from crm_lib.ingest.profile.match import SURE
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.run.profile import look_at, write_draft
from tests.ingest.profile.test_profile import mapping, one, text

WAYS = ["扫一扫", "搜索手机号", "名片分享", "群聊"]
CONTACTS = [
    ["客户名称", "备注手机", "添加人", "添加时间", "来源"],
    *([f"李{i}", f"138001380{i:02d}", "Amy", f"2026-01-{1 + i % 28:02d} 10:00:00", WAYS[i % 4]] for i in range(40)),
]
MEMBERS = [
    ["会员卡号", "姓名", "手机", "开卡日期", "来源渠道"],
    *([f"V{i}", f"李{i}", f"138001380{i:02d}", "2026-01-05", ("大众点评", "朋友介绍")[i % 2]] for i in range(40)),
]


@pytest.mark.parametrize("told", [True, False])
def test_how_a_contact_was_added_is_no_channel_where_another_list_tells_it(tmp_path, told):
    (tmp_path / "企微客户.csv").write_bytes(text(CONTACTS))
    paths = [tmp_path / "企微客户.csv"]
    if told:
        (tmp_path / "会员档案.csv").write_bytes(text(MEMBERS))
        paths.append(tmp_path / "会员档案.csv")
    found, _ = look_at(paths)
    channels = {each.path.stem: mapping(each).get("join_channel") for each in found}
    assert channels == ({"企微客户": None, "会员档案": "来源渠道"} if told else {"企微客户": "来源"})


COMPLAINTS = [
    ["编号", "登记时间", "会员姓名", "联系电话", "投诉类型", "投诉内容", "处理人", "办结时间"],
    *(
        [f"K{i}", f"2026-01-{1 + i % 28:02d} 10:00", f"李{i}", f"138001380{i:02d}", ("排队", "染发效果", "价格")[i % 3], f"内容{i}", "店长", ""]
        for i in range(40)
    ),
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "kind"), [("客诉登记", "complaint"), ("投诉与咨询", None), ("工单", None)])
def test_a_file_named_after_complaints_is_proposed_as_such(tmp_path, name, kind, language):
    found = one(tmp_path / f"{name}.csv", text(COMPLAINTS))
    draft = write_draft([found], tmp_path / "new", catalogue(language), "x", "service").read_text("utf-8")
    (source,) = tomllib.loads(draft)["sources"]
    assert (source["table"], source.get("constants", {}).get("kind")) == ("tickets", kind)


def test_campaigns_without_numbers_are_told_by_their_names_in_both_files(tmp_path):
    plans = [
        ["活动名称", "开始日期", "结束日期", "渠道", "费用(元)"],
        *([f"{i}月唤醒短信", f"2026-0{i}-03", f"2026-0{i}-28", "短信", "260"] for i in range(1, 9)),
    ]
    sent = [
        ["活动名称", "会员卡号", "手机号", "分组", "发送日期"],
        *(["3月唤醒短信", f"V{i}", f"138001380{i:02d}", ("对照组", "发送组")[i % 2], "2026-03-03"] for i in range(40)),
    ]
    listed = one(tmp_path / "营销活动台账.csv", text(plans))
    assert listed.guess.table == "campaigns"
    assert (mapping(listed)["campaign_id"], mapping(listed)["name"]) == ("活动名称", "活动名称")
    members = one(tmp_path / "名单.csv", text(sent))
    assert (members.guess.table, mapping(members)["campaign_id"]) == ("campaign_members", "活动名称")
    twice = one(tmp_path / "台账.csv", text([*plans, ["3月唤醒短信", "2026-09-03", "2026-09-28", "短信", "1"]]))
    assert "campaign_id" not in mapping(twice)


@pytest.mark.parametrize(("more", "sure"), [([], True), ([("数量", "2")], False), ([("实收金额", "90")], None)])
def test_a_price_of_sale_is_the_amount_unless_a_better_one_is_there(tmp_path, more, sure):
    head = ["售卡单号", "售卡日期", "会员卡号", "售价", *(name for name, _ in more)]
    rows = [[f"S{i}", f"2026-01-{1 + i % 28:02d}", f"V{i}", "980", *(cell for _, cell in more)] for i in range(40)]
    found = one(tmp_path / "次卡销售.csv", text([head, *rows]))
    amount = next(pair for pair in found.mapping if pair.column == "amount")
    assert amount.header == ("实收金额" if sure is None else "售价")
    assert sure is None or (amount.confidence >= SURE) is sure
