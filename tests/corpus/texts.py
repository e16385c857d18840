"""Delimited files of the corpus: name -> bytes. Each is a small file with one thing about it."""

from __future__ import annotations

HEADER = "order_id,ordered_on,amount"
A1, A2, A3 = "A1,2026-01-05,10.50", "A2,2026-01-06,20.25", "A3,2026-01-07,30"
NAMED = "order_id,ordered_on,amount,name"
N1, N2, N3 = "A1,2026-01-05,10,张丽", "A2,2026-01-06,20,李伟", "A3,2026-01-07,30,王芳"


def lines(*rows: str, end: str = "\n") -> str:
    return "".join(row + end for row in rows)


ORDERS = lines(HEADER, A1, A2, A3)
NAMES = lines(NAMED, N1, N2, N3)


def people(*rows: str, header: str = "name,phone") -> bytes:
    return lines(header, *rows).encode()


def amounts(*cells: str) -> bytes:
    return lines(HEADER, *(f"A{i},2026-01-0{i},{cell}" for i, cell in enumerate(cells, 1))).encode()


def days(*cells: str, header: str = "order_id,ordered_at,amount") -> bytes:
    return lines(header, *(f"A{i},{cell},10" for i, cell in enumerate(cells, 1))).encode()


ENCODINGS: dict[str, bytes] = {
    "utf8.csv": NAMES.encode(),
    "utf8_bom.csv": NAMES.encode("utf-8-sig"),
    "utf16_le_bom.csv": b"\xff\xfe" + NAMES.encode("utf-16-le"),
    "utf16_be_bom.csv": b"\xfe\xff" + NAMES.encode("utf-16-be"),
    "utf16_le.csv": NAMES.encode("utf-16-le"),
    "utf16_be.csv": NAMES.encode("utf-16-be"),
    "utf16_cut.csv": b"\xff\xfe" + NAMES.encode("utf-16-le")[:-3],
    "utf32_bom.csv": NAMES.encode("utf-32"),
    "gbk.csv": NAMES.encode("gbk"),
    "gb18030_rare.csv": NAMES.replace("李伟", "𠮷㐂").encode("gb18030"),
    "gbk_wrong_byte.csv": NAMES.encode("gbk").replace("李".encode("gbk"), b"\xff"),
    "gbk_is_utf8.csv": lines(NAMED, "A1,2026-01-05,10,史英", "A2,2026-01-06,20,毛颖", "A3,2026-01-07,30,郑莹").encode(
        "gbk"
    ),
    "utf8_then_gbk.csv": lines(NAMED, N1, N2).encode() + lines(N3).encode("gbk"),
    "utf8_wrong_byte.csv": NAMES.encode().replace("李".encode(), b"\xe6\x9d"),
    "mojibake_gbk.csv": lines(NAMED, N1, N2, N3.replace("王芳", "王芳".encode().decode("gbk", "replace"))).encode(),
    "mojibake_replaced.csv": lines(NAMED, N1, N2, N3.replace("王芳", "锟斤拷锟斤拷")).encode(),
    "mojibake_latin.csv": lines(NAMED, "A1,2026-01-05,10,RenÃ©e", "A2,2026-01-06,20,MÃ¼ller", N3).encode(),
    "windows_1252.csv": lines(NAMED, "A1,2026-01-05,10,Müller", "A2,2026-01-06,20,Renée").encode("cp1252"),
    "big5.csv": lines(NAMED, "A1,2026-01-05,10,張麗", "A2,2026-01-06,20,陳偉").encode("big5"),
    "unknown_encoding.csv": NAMES.encode(),
    "undecodable_header.csv": lines("order_id,ordered_on,amount,备注").encode() + lines(A1 + ",x", A2 + ",y").encode(),
}
STRUCTURE: dict[str, bytes] = {
    "semicolons.csv": ORDERS.replace(",", ";").encode(),
    "tabs.tsv": ORDERS.replace(",", "\t").encode(),
    "pipes.csv": ORDERS.replace(",", "|").encode(),
    "carets.csv": ORDERS.replace(",", "^").encode(),
    "semicolons_decimal_comma.csv": lines(
        HEADER.replace(",", ";"), "A1;2026-01-05;1.234,50", "A2;2026-01-06;20,25"
    ).encode(),
    "mixed_delimiters.csv": lines(HEADER, A1, A2.replace(",", ";"), A3).encode(),
    "long_row.csv": lines(HEADER, A1, A2 + ",extra,cells", A3).encode(),
    "long_row_empty.csv": lines(HEADER, A1, A2 + ",,,", A3).encode(),
    "short_row.csv": lines(HEADER, A1, "A2,2026-01-06", A3).encode(),
    "amount_split_by_comma.csv": lines(HEADER, A1, "A2,2026-01-06,1,234.50", A3).encode(),
    "unclosed_quote.csv": lines(NAMED, N1, 'A2,2026-01-06,20,"李伟', N3, 'A4,2026-01-08,5,"张,丽"').encode(),
    "unclosed_quote_last.csv": lines(NAMED, N1, N2, 'A3,2026-01-07,30,"王芳').encode(),
    "quoted_newline.csv": lines(NAMED, N1, 'A2,2026-01-06,20,"李\n伟"', "A3,2026-01-07,bad,王芳").encode(),
    "quoted_quotes.csv": lines(NAMED, 'A1,2026-01-05,10,"Ann ""Nan"" Lee"', "A2,2026-01-06,20,O'Neil").encode(),
    "inch_marks.csv": lines(
        "order_id,ordered_on,amount,product_name", 'A1,2026-01-05,10,5" pipe', 'A2,2026-01-06,20,7" tablet'
    ).encode(),
    "single_quotes.csv": lines(HEADER, "'A1','2026-01-05','10.50'", "'A2','2026-01-06','20.25'").encode(),
    "duplicate_headers.csv": lines(HEADER + ",amount", A1 + ",1", A2 + ",2").encode(),
    "duplicate_headers_elsewhere.csv": lines(HEADER + ",备注,备注", A1 + ",a,b", A2 + ",c,d").encode(),
    "nameless_column.csv": lines(HEADER + ",", A1 + ",x", A2 + ",y").encode(),
    "total_row.csv": lines(HEADER, A1, A2, A3, "合计,,60.75").encode(),
    "total_row_english.csv": lines(HEADER, A1, A2, A3, "Grand total,,60.75").encode(),
    "total_row_counted.csv": lines(HEADER, A1, A2, A3, "合计：3笔,,60.75").encode(),
    "subtotals.csv": lines(HEADER, A1, A2, "小计,,30.75", A3, "小计,,30", "总计,,60.75").encode(),
    "surname_like_total.csv": lines("name,phone", "总计,13800138000", "Sum Wong,13900139000").encode(),
    "note_at_the_end.csv": lines(HEADER, A1, A2, A3, "注：本表由系统导出，金额单位为元。,,").encode(),
    "header_only.csv": lines(HEADER).encode(),
    "empty.csv": b"",
    "only_a_mark.csv": b"\xef\xbb\xbf",
    "blank_lines.csv": lines(HEADER, "", A1, ",,", A2, "  ,  ,", A3, "", "").encode(),
    "odd_space_row.csv": lines(HEADER, A1, "\x85,,", A2, "\x1c", A3).encode(),
    "title_rows.csv": lines("2026年1月销售明细", "门店：静安店,,", HEADER, A1, A2, A3).encode(),
    "titles_not_declared.csv": lines("2026年1月销售明细", "门店：静安店,,", HEADER, A1, A2, A3).encode(),
    "header_repeated.csv": lines(HEADER, A1, A2, HEADER, A3).encode(),
    "cr_line_ends.csv": lines(HEADER, A1, A2, A3, end="\r").encode(),
    "mixed_line_ends.csv": (HEADER + "\r\n" + A1 + "\n" + A2 + "\r" + A3).encode(),
    "no_line_end_at_the_end.csv": ORDERS.rstrip("\n").encode(),
    "trailing_delimiters.csv": lines(*(row + "," for row in (HEADER, A1, A2, A3))).encode(),
    "separator_line.csv": ("sep=;\n" + ORDERS.replace(",", ";")).encode(),
    "spaces_in_headers.csv": lines(" 订单 编号 ,下单　日期,金额（元）", A1, A2, A3).encode(),
    "a_row_twice.csv": lines(HEADER, A1, A2, A2, A3).encode(),
    "an_order_twice_differs.csv": lines(
        "order_id,line_no,ordered_on,amount", "A1,1,2026-01-05,10", "A1,1,2026-01-05,12"
    ).encode(),
    "csv_named.xlsx": ORDERS.encode(),
    "nul_byte.csv": lines(NAMED, N1, "A2,2026-01-06,20,李\x00伟", N3).encode(),
}
CELLS: dict[str, bytes] = {
    "parentheses.csv": amounts("(50.00)", "（30）", "-20", "10-"),
    "currency_signs.csv": amounts('"¥1,234.50"', "￥99", "99元", "RMB 12", '"CNY 1,000"'),
    "wan.csv": amounts("12万", "1.5万元", "0.3万"),
    "large_units.csv": amounts("1.5亿", "3千", "2k", "1.2m"),
    "full_width_amount.csv": amounts("１２３．５０", "－５"),
    "not_a_number.csv": amounts("10", "#N/A", "abc", "1.2.3", "∞", "NaN", "1e400", ""),
    "ambiguous_date.csv": days("2026-01-05", "01/02/2026", "2026-01-07"),
    "ambiguous_date_dmy.csv": days("01/02/2026", "13/02/2026", "05.02.2026"),
    "ambiguous_date_mdy.csv": days("02/01/2026", "02/13/2026", "2/5/26"),
    "dates_without_order.csv": days("13/01/2026", "25/01/2026", "28/01/2026"),
    "no_such_day.csv": days("2026-02-30", "2026-13-01", "2026-01-07", "0000-00-00"),
    "date_styles.csv": days(
        "2026年1月5日", "2026/1/6 08:30", "20260107", "2026.1.8", "5 Jan 2026", '"Jan 10, 2026"', "2026-01-11T09:00:00"
    ),
    "date_with_offset.csv": days("2026-01-05T23:30:00Z", "2026-01-06T08:00:00+08:00"),
    "clock_gap.csv": days("2024-03-31 02:30:00", "2024-03-31 03:30:00"),
    "clock_overlap.csv": days("2024-10-27 02:30:00", "2024-10-27 04:30:00"),
    "opened_in_the_gap.csv": lines("ticket_id,opened_at", "T1,2024-03-31 02:30:00", "T2,2024-03-31 04:00:00").encode(),
    "words_as_names.csv": people(
        "None,13800138000", "NULL,13900139000", "NA,13700137000", "nan,13600136000", "True,13500135000"
    ),
    "words_as_keys.csv": people("NULL,13800138000", "NA,13900139000", header="customer_key,phone"),
    "dashes.csv": people(
        "Ann,-,a@example.com",
        "Bob,无,b@example.com",
        "Cid,/,c@example.com",
        "Dan,13800138000,",
        header="name,phone,email",
    ),
    "two_currencies.csv": lines(
        "order_id,ordered_on,amount,currency", "A1,2026-01-05,10,CNY", "A2,2026-01-06,20,USD"
    ).encode(),
    "yes_and_no.csv": people(
        "Ann,是,13800138000",
        "Bob,N,13900139000",
        "Cid,√,13700137000",
        "Dan,maybe,13600136000",
        header="name,may_contact,phone",
    ),
    "genders.csv": people(
        "Ann,女,13800138000",
        "Bob,M,13900139000",
        "Cid,先生,13700137000",
        "Dan,保密,13600136000",
        header="name,gender,phone",
    ),
    "refund_written_positive.csv": lines(
        "order_id,ordered_on,amount,kind", "A1,2026-01-05,100,销售", "A2,2026-01-06,40,退货"
    ).encode(),
    "unknown_kind.csv": lines(
        "order_id,ordered_on,amount,kind", "A1,2026-01-05,100,销售", "A2,2026-01-06,40,赠送"
    ).encode(),
}
IDENTITY: dict[str, bytes] = {
    "full_width_digits.csv": people("Ann,１３８００１３８０００", "Bob,+８６　１３９　００１３　９０００"),
    "extension.csv": people("Ann,021-62345678转8", "Bob,(021) 6234 5679 ext. 12"),
    "nine_digits.csv": people("Ann,138001380,a@example.com", "Bob,13900139000,", header="name,phone,email"),
    "point_zero.csv": people("Ann,13800138000.0", "Bob,13900139000.00"),
    "scientific.csv": people("Ann,1.38001E+10,a@example.com", "Bob,13900139000,", header="name,phone,email"),
    "phone_styles.csv": people(
        "Ann,+86 138-0013-8000", "Bob,0086 13900139000", "Cid,'13700137000", "Dan,（021）62345678"
    ),
    "two_phones.csv": people("Ann,13800138000/13900139000", "Bob,13700137000"),
    "id_18_digits.csv": lines(
        "order_id,ordered_on,amount,customer_key",
        "202601051234567891,2026-01-05,10,310101199003074512",
        "202601051234567892,2026-01-06,20,310101199003074513",
    ).encode(),
    "zero_width.csv": people("\u200b张丽,138\u200b0013\u200b8000", "张丽\ufeff,13800138000"),
    "keys_as_floats.csv": people("10023.0,张丽", '"=""10024""",李伟', "'10025,王芳", header="customer_key,name"),
    "nobody.csv": lines(
        "order_id,ordered_on,amount,customer_key", "A1,2026-01-05,10,散客", "A2,2026-01-06,20,0", "A3,2026-01-07,30,M1"
    ).encode(),
    "emails.csv": people(
        "Ann,Ann.Lee@Example.COM,",
        "Bob,mailto:bob@example.com,",
        "Cid,cid＠example.com,",
        "Dan,dan@,13800138000",
        header="name,email,phone",
    ),
    "row_of_nobody.csv": people("Ann,13800138000", ",", ",123"),
    "titles_of_names.csv": people("张女士,13800138000", "欧阳 娜娜,13900139000", "王　芳,13700137000"),
}
HOSTILE: dict[str, bytes] = {
    "formulas_as_text.csv": people(
        '"=HYPERLINK(""http://example.invalid"",""x"")",13800138000',
        "=cmd|' /C calc'!A0,13900139000",
        "@SUM(1+1),13700137000",
        "+1+1,13600136000",
    ),
    "markup_as_text.csv": people("<script>alert(1)</script>,13800138000", "</td><b>x,13900139000"),
    "statement_in_header.csv": lines(HEADER + ',"x""; DROP TABLE rows_order_lines; --"', A1 + ",1", A2 + ",2").encode(),
    "statement_in_cell.csv": people("Robert'); DROP TABLE customers;--,13800138000"),
    "format_in_cell.csv": people("{0} %s {name.__class__},13800138000"),
    "right_to_left.csv": people("\u202eecilA,13800138000", "Bob,13900139000"),
    "quotes_only.csv": lines(HEADER, A1, '"' * 41, A3).encode(),
}
TEXTS = ENCODINGS | STRUCTURE | CELLS | IDENTITY | HOSTILE
