"""Words that exports use for the canonical values; an engagement's own `values` come before them."""

from __future__ import annotations

from crm_lib.ingest.values.text import folded

_GENDER = {
    "female": "female f 女 女性 女士 小姐 woman",
    "male": "male m 男 男性 先生 man",
    "other": "other 其他 其它",
    "": "unknown 未知 保密 未填 不详 - /",  # said, but says nothing: missing
}
_ORDER_KIND = {
    "sale": "sale sales order purchase 销售 订单 消费 购买 正常 出库",
    "refund": "refund return returned 退货 退款 退单 退换 入库",
}
_TICKET_KIND = {
    "complaint": "complaint 投诉 客诉 抱怨",
    "inquiry": "inquiry enquiry question consultation 咨询 询问 查询",
    "request": "request service 服务请求 请求 服务 报修 售后",
}
_DIRECTION = {"out": "out outbound 呼出 主动 外呼 去电", "in": "in inbound 呼入 来电 客户发起 进线"}
_OUTCOME = {
    "no_answer": "no_answer noanswer 未接通 未接 无人接听 未回应 未回复",
    "reached": "reached delivered 已触达 触达 接通 已接通 已送达",
    "responded": "responded replied 有回应 已响应 响应 已回复 回复",
    "converted": "converted bought 已转化 转化 成交 已成交",
    "refused": "refused declined unsubscribed 拒绝 已拒绝 退订",
}
_ARM = {
    "treatment": "treatment test target 实验组 试验组 目标组 发送组 干预组",
    "holdout": "holdout control 对照组 控制组 空白组 留白组",
}
_LOYALTY = {
    "earn": "earn earned 获取 获得 增加 累积 发放 赚取",
    "redeem": "redeem redeemed 兑换 使用 抵扣 消耗",
    "expire": "expire expired 过期 失效 到期 作废",
}
_VISIT_STATUS = {
    "kept": "kept attended attend arrived completed present seen show showed checkedin checked-in checkedout checked-out"
    " 已到 到店 到场 到诊 已到店 已到诊 已就诊 已签到 签到 已出席 出席 已完成 完成 已核销 出勤 已上课",
    "missed": "missed noshow no-show no_show absent broken dna 爽约 未到 未到店 未到诊 缺席 缺勤 旷课 失约 未出席 未签到",
    "cancelled": "cancelled canceled cancel 取消 已取消 已退约",
}
_YES = "yes y true t 1 是 有 同意 允许 可 可以 √ ✓ on ja j"
_NO = "no n false f 0 否 无 不同意 不允许 不可 不可以 拒绝 × ✗ off nein"


# Somebody may be called None or Null, a brand NA: names stay names.
NAMES = frozenset({"name", "owner", "salesperson", "product_name", "brand"})


def _index(words: dict[str, str]) -> dict[str, str]:
    return {folded(word): value for value, line in words.items() for word in line.split()}


_BY_COLUMN = {
    ("customers", "gender"): _index(_GENDER),
    ("order_lines", "kind"): _index(_ORDER_KIND),
    ("tickets", "kind"): _index(_TICKET_KIND),
    ("interactions", "direction"): _index(_DIRECTION),
    ("interactions", "outcome"): _index(_OUTCOME),
    ("campaign_members", "arm"): _index(_ARM),
    ("loyalty", "kind"): _index(_LOYALTY),
    ("visits", "status"): _index(_VISIT_STATUS),
}
_BOOLEANS = _index({"true": _YES, "false": _NO})


def parse_word(text: str, table: str, column: str) -> str | None:
    """Canonical value of an enumerated column; '' for a word that means missing, None for an unknown one."""
    return _BY_COLUMN.get((table, column), {}).get(folded(text))


def parse_boolean(text: str) -> str | None:
    """'true' or 'false'; None where the word is not known."""
    return _BOOLEANS.get(folded(text).removesuffix(".0"))
