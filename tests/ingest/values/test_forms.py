"""What could not be read is shown by its form: the client knows it again, nobody is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lib.ingest.values.forms import are_ages, common_forms, form


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("35岁", "99岁"),
        ("28", "99"),
        ("90年", "99年"),
        ("张岁月", "某某某"),
        ("Tel: 12-34", "Aaa: 99-99"),
        ("无", "某"),
    ],
)
def test_a_form(text, shown):
    assert form(text) == shown


@given(st.text(max_size=40))
def test_a_form_says_nothing_of_the_value(text):
    shown = form(text)
    assert not any(c.isdigit() and c != "9" for c in shown)
    assert not any(c.isalpha() and c not in "Aa某岁年月日号时点分秒周后初" for c in shown)


def test_the_most_frequent_forms_come_first():
    found = common_forms({"35岁": 1, "28": 3, "41岁": 1, "x": 1, "y z": 1, "#": 1})
    assert found[:2] == [("99", 3), ("99岁", 2)]
    assert len(found) == 3
    assert are_ages(dict(found))
    assert not are_ages({"99-99": 3, "99": 2})
