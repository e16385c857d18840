"""What the fonts of the PDF show, and what stands for the rest."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from crm_lib.language import Value, catalogue, literal, local, msg
from crm_lib.report._typst_glyphs import SUBSTITUTE, coverage, printable, printable_message


@given(st.text())
def test_what_is_printable_is_in_the_fonts_and_hides_nothing(text):
    for character in printable(text):
        assert character in "\n\t" or (ord(character) in coverage() and unicodedata.category(character) != "Cf")


@given(st.text(st.sampled_from("abc 客单价，。¥1234%●▲■○→Žя€")))
def test_ordinary_text_is_left_alone(text):
    assert printable(text) == text


def test_each_run_of_unknown_or_hidden_characters_is_one_box():
    assert printable("小美🌸👨\u200d👩 x") == f"小美{SUBSTITUTE} x"
    assert printable("\u202eevil\u202c") == f"{SUBSTITUTE}evil{SUBSTITUTE}"
    assert printable("e\u0301\r\n\tz") == "é\n\tz"


def test_only_data_of_a_message_are_changed_however_deep():
    odd = "\ue000"
    inner = msg("common.local", text=Value("local", {"zh": odd, "en": odd}))
    outer = msg("common.local", text=Value("list", [Value("text", odd), inner, local({"en": odd})]))
    said = catalogue("en").text(printable_message(outer))
    assert said == ", ".join([SUBSTITUTE] * 3)
    assert catalogue("en").text(outer) == ", ".join([odd] * 3)
    assert printable_message(literal(odd)).literal == SUBSTITUTE
    assert printable_message(msg("x", n=3)) == msg("x", n=3)
