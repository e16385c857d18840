import pytest

from crm_lib.ingest.readers.read_csv import parse_csv


def parse(text, **how):
    return parse_csv(text.encode(), "utf-8", **how)


def rejected(parsed):
    return [(row.line, row.reason) for row in parsed.rejected]


def test_quoted_delimiters_quotes_and_line_ends_are_data():
    parsed = parse('a,b\n"x,1","say ""hi"""\n"two\nlines",3\n')
    assert parsed.rows == [["x,1", 'say "hi"'], ["two\nlines", "3"]]
    assert parsed.lines == [2, 3]
    assert not parsed.rejected


def test_rows_of_another_width_are_rejected_with_their_line():
    parsed = parse("a,b\n1\n1,2\n1,2,3\n1,2,,\n")
    assert parsed.rows == [["1", "2"], ["1", "2"]]
    assert rejected(parsed) == [(2, "too_few_cells"), (4, "too_many_cells")]


def test_blank_lines_are_counted_as_no_data():
    parsed = parse("a,b\n\n1,2\n , \n,\n\n")
    assert (len(parsed.rows), len(parsed.skipped)) == (1, 4)


@pytest.mark.parametrize(
    "bad",
    ['"x,1', 'x,"1', '1,"open ""'],
)
def test_an_open_quote_costs_its_own_line_only(bad):
    parsed = parse(f'a,b\n1,2\n{bad}\n3,4\n"q",5\n6,7\n')
    assert parsed.rows == [["1", "2"], ["3", "4"], ["q", "5"], ["6", "7"]]
    assert [line for line, _ in rejected(parsed)] == [3]


def test_an_open_quote_at_the_end_of_the_file():
    parsed = parse('a,b\n1,2\n3,"4\n')
    assert parsed.rows == [["1", "2"]]
    assert rejected(parsed) == [(3, "unclosed_quote")]


def test_many_open_quotes_are_read_in_time():
    lines = "\n".join('"x,1' if i % 2 else "3,4" for i in range(4000))
    parsed = parse(f"a,b\n{lines}\n")
    assert (len(parsed.rows), len(parsed.rejected)) == (2000, 2000)


def test_an_inch_mark_inside_a_cell_is_text():
    assert parse('a,b\n5" pipe,2\n').rows == [['5" pipe', "2"]]


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_the_delimiter_is_the_headers(mark):
    parsed = parse(f"a{mark}b{mark}c\n1{mark}2{mark}3\n")
    assert parsed.headers == ("a", "b", "c")
    assert parsed.rows == [["1", "2", "3"]]


def test_titles_above_the_header_are_skipped():
    parsed = parse("Report\nof June\na,b\n1,2\n", header_row=3)
    assert (parsed.headers, parsed.rows, parsed.lines) == (("a", "b"), [["1", "2"]], [4])


def test_headers_are_told_apart():
    assert parse(" a ,,a,A\n1,2,3,4\n").headers == ("a", "column 2", "a (2)", "A (3)")


def test_rows_that_do_not_decode_are_rejected_alone():
    parsed = parse_csv("a,b\n张,1\n".encode("gbk") + b"\xff\xff,2\n" + "李,3\n".encode("gbk"), "gbk")
    assert [row[1] for row in parsed.rows] == ["1", "3"]
    assert rejected(parsed) == [(3, "undecodable")]


def test_words_that_look_like_nothing_stay_words():
    assert parse("name\nNone\nNULL\nNA\nnan\n").rows == [["None"], ["NULL"], ["NA"], ["nan"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_and_none_at_the_end(end):
    assert parse(end.join(["a,b", "1,2", "3,4"])).rows == [["1", "2"], ["3", "4"]]


def test_other_separators_of_lines_are_part_of_a_cell():
    assert parse("a,b\nx\u2028y,1\n").rows == [["x\u2028y", "1"]]


def test_an_empty_file_has_no_header():
    assert parse("").headers == ()


def test_a_header_that_does_not_decode_is_still_a_header():
    parsed = parse_csv(b"a,\xff\xff\n1,2\n", "utf-8")
    assert len(parsed.headers) == 2
    assert parsed.headers[1].isprintable()
    assert parsed.rows == [["1", "2"]]


def test_a_delimiter_of_several_characters_may_stand_in_a_quoted_cell():
    parsed = parse('a||b||c\n1||"x||y"||3\n4||5\n|6|||7||8\n', delimiter="||")
    assert parsed.rows == [["1", "x||y", "3"], ["|6", "|7", "8"]]
    assert rejected(parsed) == [(3, "too_few_cells")]
    assert parsed.rejected[0].cells == ("4", "5")


def test_quote_and_escape_characters_are_as_declared():
    assert parse("a,b\n'x,1',2\n\"q,3\n", quote="'").rows == [["x,1", "2"], ['"q', "3"]]
    escaped = parse('a,b\nx\\,1,"say \\"hi\\""\n"open\\",2\n3,4\n', escape="\\")
    assert escaped.rows == [["x,1", 'say "hi"'], ["3", "4"]]
    assert rejected(escaped) == [(3, "unclosed_quote")]
    assert parse('a,b\n"x,1\n', quote="").rows == [['"x', "1"]]


def test_a_nul_character_costs_its_row():
    parsed = parse('a,b\n1,x\0y\n"2\0",z\n3,w\n')
    assert rejected(parsed) == [(2, "nul_byte"), (3, "nul_byte")]
    assert parsed.rows == [["3", "w"]]
