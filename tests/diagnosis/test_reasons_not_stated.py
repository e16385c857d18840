"""A reason that is not stated is no cause to remove; few complaints are no finding."""

import pytest

from tests.diagnosis import shop as s
from tests.diagnosis.test_pain_points import found_in


@pytest.mark.parametrize("word", [None, "未注明", " Not stated ", "其他"])
def test_where_reasons_are_not_stated_the_advice_is_to_record_them(word: str | None):
    rows = [row | {"reason": word} for row in s.tickets()]
    _, found = found_in(orders=s.orders(wave=None), tickets=rows)
    check = found.check("complaints_rise")
    assert "diagnosis.action.record_reasons" in str(check.pain.action)
    reasons = check.reasons[check.reasons["dimension"] == "reason"]
    assert not reasons["named"].any()


def test_complaints_below_the_smallest_base_are_not_judged():
    _, found = found_in(orders=s.orders(wave=None), tickets=s.tickets(before=1, after=5))
    assert found.check("complaints_rise").state == "few"  # 15 in the latest months
