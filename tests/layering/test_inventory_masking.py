"""What may be shown of a row set aside: never enough to know whose it is."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lib.ingest.mapping import source_columns
from crm_lib.language import catalogue
from crm_lib.layering.inventory.masking import masked, role
from crm_lib.metrics.masked import masked_customer
from crm_lib.tables import SOURCE_TABLES

ROLES = ("phone", "email", "name", "identifier", "day", "number", "choice", "text")
EN = catalogue("en")
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周", "丽伟芳娜敏静强磊洋艳勇军杰娟涛明超秀霞平"


def shown(kind: str, text: str, rows: int = 1) -> str:
    return EN.text(masked(kind, text, rows))


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("phone", "13800138000", "138****8000"),
        ("phone", "+86 138-0013-8000", "138****8000"),
        ("phone", "１３８００１３８０００", "138****8000"),
        ("phone", "138001380", "13*****80"),
        ("phone", "12", "1***"),
        ("name", "张三", "张*"),
        ("name", "欧阳小丽", "欧*"),
        ("name", "John Smith", "J*"),
        ("email", "anna@x.com", "a***@x.com"),
        ("email", "anna at x.com", "(text of 13 characters)"),
        ("identifier", "S250112017", "S2***17"),
        ("identifier", "M1", "M***"),
        ("identifier", "13800138000", "138****8000"),
        ("identifier", "Margaret Miller", "M***"),
        ("day", "2025-13-45", "2025-13-45"),
        ("day", "0000-00-00", "0000-00-00"),
        ("day", "31/02/2024 12:70", "31/02/2024 12:70"),
        ("day", "20251345", "20251345"),
        ("day", "139-2759-5638", "139****5638"),
        ("day", "19912345678", "199****5678"),
        ("day", "待补", "待补"),
        ("number", "12万", "12万"),
        ("number", "(1,234.50)", "(1,234.50)"),
        ("number", "13800138000", "138****8000"),
        ("number", "张丽", "张*"),
        ("number", "#N/A", "#N/A"),
        ("choice", "110101199003078515", "11**************15"),
        ("choice", "anna@x.com", "a***@x.com"),
        ("choice", "张丽丽", "张*"),
        ("choice", "已读", "已*"),
        ("choice", "x" * 40, "(text of 40 characters)"),
        ("text", "her daughter's wedding", "(text of 22 characters)"),
        ("text", " \u200b", "(blank)"),
        ("number", "", "(blank)"),
    ],
)
def test_cells_by_what_they_look_like(kind, text, words):
    assert shown(kind, text) == words


def test_words_that_recur_are_a_category_but_names_never_are():
    assert shown("choice", "已读", 3) == "已读"
    assert shown("choice", "张丽丽", 300) == "张*"
    assert shown("text", "已读", 300) == "(text of 2 characters)"


@given(st.sampled_from(ROLES), st.from_regex(r"1[3-9]\d{9}", fullmatch=True), st.sampled_from(["", "-", " "]))
def test_no_phone_number_leaves_wherever_it_slipped(kind, phone, between):
    text = between.join((phone[:3], phone[3:7], phone[7:]))
    words = re.sub(r"[\s-]", "", shown(kind, text, 9))
    assert phone not in words
    assert sum(c.isdigit() for c in words) <= 7


@given(
    st.sampled_from(ROLES),
    st.text(string.ascii_lowercase + string.digits + "._", min_size=2, max_size=20),
    st.sampled_from(["x.com", "mail.example.org", "公司.cn"]),
)
def test_no_address_leaves_wherever_it_slipped(kind, local, domain):
    assert f"{local}@" not in shown(kind, f"{local}@{domain}", 9)


@given(
    st.sampled_from(ROLES),
    st.sampled_from(SURNAMES),
    st.text(GIVEN, min_size=1, max_size=2),
    st.sampled_from(["", " "]),
)
def test_no_name_leaves_wherever_it_slipped(kind, surname, rest, between):
    assert rest not in shown(kind, f"{surname}{between}{rest}", 9)


@given(st.sampled_from([r for r in ROLES if r != "name"]), st.from_regex(r"[1-9]\d{16}[\dX]", fullmatch=True))
def test_no_number_of_an_identity_card_leaves(kind, card):
    words = shown(kind, card, 9)
    assert sum(c.isdigit() or c == "X" for c in words) <= 5


@given(st.sampled_from(ROLES), st.text(max_size=60), st.integers(1, 9))
def test_any_cell_has_words(kind, text, rows):
    assert shown(kind, text, rows).strip()


def test_every_column_has_a_role_and_free_text_is_never_shown():
    roles = {(t.name, c.name): role(t.name, c.name) for t in SOURCE_TABLES.values() for c in source_columns(t)}
    assert set(roles.values()) <= set(ROLES)
    assert roles["tickets", "description"] == roles["surveys", "comment"] == roles["interactions", "note"] == "text"
    assert roles["customers", "birth_date"] == "text"
    assert roles["order_lines", "ordered_on"] == "day"
    assert roles["campaigns", "name"] == "text"
    assert {kind for (_, name), kind in roles.items() if name in ("phone", "email", "customer_key")} == {
        "phone",
        "email",
        "identifier",
    }


def test_our_own_numbers_can_be_told_apart_also_without_a_digit():
    assert masked_customer("CABCDEFGHIJKL") == "CA***KL"
    assert masked_customer("CAXKL7SIPJZL6") == "CA***L6"
    assert masked_customer("c1") == "c***"
