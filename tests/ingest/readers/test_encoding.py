import pytest

from crm_lib.ingest.readers.encoding import MARK, decode, find_encoding, known

TEXT = "单号,姓名,金额\r\nA1,张丽,12.50\r\n" * 20


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gbk", "gb18030"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_the_encoding_is_found_from_the_bytes(written, found):
    data = TEXT.encode(written)
    assert find_encoding(data) == found
    assert decode(data, found) == TEXT


def test_rare_characters_need_the_larger_standard():
    data = "𠮷野家,㐂".encode("gb18030")
    assert decode(data, find_encoding(data)) == "𠮷野家,㐂"


def test_bytes_that_fit_nothing_are_not_guessed():
    assert find_encoding(b"a,b\n\xff\xff,1\n") is None


def test_undecodable_bytes_are_marked_and_the_rest_kept():
    data = "张丽,1\n".encode() + b"\xff\xfe,2\n" + "王伟,3\n".encode()
    lines = decode(data, "utf-8").splitlines()
    assert lines[0] == "张丽,1"
    assert lines[2] == "王伟,3"
    assert MARK in lines[1]


def test_a_declared_mark_is_not_part_of_the_text():
    assert decode(TEXT.encode("utf-8-sig"), "utf-8") == TEXT


def test_only_encodings_of_text_are_known():
    assert known("gbk")
    assert not known("base64")
    assert not known("utf-5")


def test_what_is_declared_as_gbk_may_hold_more():
    assert decode("㐂𠮷".encode("gb18030"), "GBK") == "㐂𠮷"


def test_western_text_is_not_taken_for_chinese():
    data = "Ernährung;Müller;Crème brûlée;12,50 €\r\n".encode("cp1252") * 20
    assert find_encoding(data) == "cp1252"
    assert "Ernährung" in decode(data, "cp1252")
