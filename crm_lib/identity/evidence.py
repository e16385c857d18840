"""What of a record is compared, brought to forms in which two spellings of one thing are equal."""

from __future__ import annotations

from typing import Literal

import duckdb
import pyarrow as pa

from crm_lib.identity.firms import read_firm
from crm_lib.identity.names import SURNAMES
from crm_lib.identity.sounds import SPOKEN, given_sound, read_spoken, simplified, surname_sound
from crm_lib.ingest import sql
from crm_lib.ingest.values.masked import is_masked
from crm_lib.ingest.values.text import CALLED, COMPOUND_SURNAMES, TITLES

Kind = Literal["person", "company"]
GIVEN = ("phone", "email", "name", "gender", "birth_date", "city", "address", "id_number")
_MARKS = " ,，.。;；:：、#()（）-–_/'’"
_FREE_MAIL = "('gmail.com','qq.com','163.com','126.com','outlook.com','hotmail.com','yahoo.com','sina.com','foxmail.com','icloud.com','139.com','gmx.de','web.de')"
_STREETS = (("street", "st"), ("road", "rd"), ("avenue", "ave"), ("place", "pl"), ("crescent", "cr"), ("close", "cl"),
            ("strasse", "str"), ("straße", "str"))  # fmt: skip


def make_evidence(connection: duckdb.DuckDBPyConnection, kind: Kind) -> None:
    """Tables of `nodes` (node, token and GIVEN): `read_names`, what is compared of each given_name, and `evidence`: node,
    token, given_name and the other columns that are compared; one row a node that can be a candidate. Nodes of one token
    that say the same are one row.
    """
    _names(connection, kind)
    _plain_texts(connection)
    telling = "phone, email, birth_text, address_key, id_number" + (
        ", city_key, given_name" if kind == "company" else ""
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE shaped AS SELECT * FROM ({_SHAPED}) WHERE coalesce({telling}) IS NOT NULL"
    )
    connection.execute(f"DROP TABLE plain_texts; CREATE OR REPLACE TABLE evidence AS {_ONCE}; DROP TABLE shaped")


def _names(connection: duckdb.DuckDBPyConnection, kind: Kind) -> None:
    """Table `read_names`: given_name and what is compared of it."""
    given = _distinct(connection, "name")
    plain = simplified(given)
    if kind == "person":
        sql.create_table(connection, "plain_names", pa.table({"given_name": given, "plain": plain}, schema=_PLAIN))
        _read_persons(connection)
        return
    whole = [i for i, name in enumerate(given) if not is_masked(name, "name")]
    given, read = [given[i] for i in whole], [read_firm(plain[i]) for i in whole]
    parts = {
        "name": pa.string(),
        "core": pa.string(),
        "branch": pa.string(),
        "legal_form": pa.string(),
        "han": pa.bool_(),
    }
    columns = {part: pa.array([getattr(firm, part) for firm in read], kind) for part, kind in parts.items()}
    sql.create_table(connection, "read_names", pa.table({"given_name": pa.array(given, pa.string()), **columns}))


_PARTS = tuple(part for part in SPOKEN if part != "signs")
_TYPES = dict.fromkeys(_PARTS, pa.string()) | {
    "whole": pa.bool_(),
    "han": pa.bool_(),
    "calls": pa.list_(pa.string()),
}
_PLAIN = pa.schema({"given_name": pa.string(), "plain": pa.string()})
_WHOLE_HAN = (
    f"regexp_full_match(plain, '[\u3400-\u9fff]{{2,4}}') AND NOT contains(plain, '某') AND NOT regexp_matches(plain, '{TITLES.pattern}')"
    f" AND NOT regexp_matches(plain, '{CALLED}')"
    " AND plain[1] IN (SELECT unnest(?)) AND plain[1] <> plain[2]"
)


def _read_persons(connection: duckdb.DuckDBPyConnection) -> None:
    """Plain Chinese names are taken apart by the engine, the parts are read once each; all others are read one by one."""
    compounds = ", ".join(map(sql.string, COMPOUND_SURNAMES))
    connection.execute(
        f"CREATE OR REPLACE TABLE han_names AS SELECT given_name, plain, plain[:size] AS family_part,"
        f" plain[size + 1:] AS given_part FROM (SELECT *, CASE WHEN length(plain) > 2 AND plain[:2] IN ({compounds})"
        f" THEN 2 ELSE 1 END AS size FROM plain_names WHERE {_WHOLE_HAN})",
        [sorted(SURNAMES)],
    )
    for part, read in (("family_part", surname_sound), ("given_part", given_sound)):
        values = [row[0] for row in connection.execute(f"SELECT DISTINCT {part} FROM han_names ORDER BY 1").fetchall()]
        sounds = pa.table({"part": pa.array(values, pa.string()), "sound": pa.array(map(read, values), pa.string())})
        sql.create_table(connection, f"{part}_sounds", sounds)
    rest = connection.execute(
        "SELECT given_name, plain FROM plain_names ANTI JOIN han_names USING (given_name) ORDER BY 1"
    ).to_arrow_table()
    read_rest = [read_spoken(name) for name in rest.column("plain").to_pylist()]
    columns = {part: pa.array([getattr(one, part) for one in read_rest], _TYPES[part]) for part in _PARTS}
    sql.create_table(connection, "other_names", pa.table({"given_name": rest.column("given_name"), **columns}))
    connection.execute("""
        CREATE OR REPLACE TABLE read_names AS SELECT given_name, plain AS name, TRUE AS whole, TRUE AS han,
            f.sound || g.sound AS sound, g.sound || f.sound AS turned, least(f.sound || g.sound, g.sound || f.sound) AS either,
            f.sound AS family, g.sound AS given, CAST([] AS VARCHAR[]) AS calls,
            least(f.sound[1], g.sound[1]) || greatest(f.sound[1], g.sound[1]) AS initials
        FROM han_names JOIN family_part_sounds AS f ON family_part = f.part JOIN given_part_sounds AS g ON given_part = g.part
        UNION ALL BY NAME SELECT * FROM other_names
    """)
    connection.execute("DROP TABLE plain_names; DROP TABLE han_names; DROP TABLE other_names")


def _plain_texts(connection: duckdb.DuckDBPyConnection) -> None:
    """Table `plain_texts`: addresses and cities as they are compared, by what is given."""
    given = sorted({*_distinct(connection, "address"), *_distinct(connection, "city")})
    table = pa.table({"text": pa.array(given, pa.string()), "plain": pa.array(simplified(given), pa.string())})
    sql.create_table(connection, "simplified_texts", table)
    streets = "lower(plain)"
    for word, short in _STREETS:
        streets = f"regexp_replace({streets}, '\\b{word}\\b', '{short}', 'g')"
    address = f"CASE WHEN regexp_matches(plain, '[A-Za-z]{{4}}') THEN {_key(streets)} ELSE {_key('plain')} END"
    connection.execute(f"""
        CREATE OR REPLACE TABLE plain_texts AS SELECT text,
            regexp_replace(replace({address}, '号楼', '幢'), '[栋座]', '幢', 'g') AS address_key,
            array_to_string(regexp_extract_all(plain, '\\d+'), '-') AS numbers,
            nullif(regexp_replace({_key("plain")}, '(?:特别行政区|市|省|city)$', ''), '') AS city_key
        FROM simplified_texts
    """)
    connection.execute("DROP TABLE simplified_texts")


def _key(text: str) -> str:
    return f"nullif(translate(lower({text}), {sql.string(_MARKS)}, ''), '')"


def _distinct(connection: duckdb.DuckDBPyConnection, column: str) -> list[str]:
    query = f"SELECT DISTINCT {column} FROM nodes WHERE {column} IS NOT NULL ORDER BY 1"
    return connection.execute(query).to_arrow_table().column(0).to_pylist()


_SHAPED = f"""
    SELECT node, token, nodes.name AS given_name, phone, phone[:-5] AS phone_start, phone[-4:] AS phone_end, email,
        split_part(split_part(email, '@', 1), '+', 1) AS mailbox,
        CASE WHEN split_part(email, '@', 2) NOT IN {_FREE_MAIL} THEN nullif(split_part(email, '@', 2), '') END AS domain,
        gender, birth_date AS birth_text, birth_date[:4] AS birth_year, a.address_key, a.numbers, c.city_key,
        nullif(regexp_replace(upper(id_number), '[^0-9A-Z]', '', 'g'), '') AS id_number,
        CASE WHEN token[1] = 'k' THEN split_part(token, chr(31), 2) END AS numbering
    FROM nodes LEFT JOIN read_names AS r ON nodes.name = r.given_name
    LEFT JOIN plain_texts AS a ON nodes.address = a.text LEFT JOIN plain_texts AS c ON nodes.city = c.text
    WHERE r.name IS NOT NULL OR id_number IS NOT NULL
"""
_ONCE = """
    WITH repeated AS (SELECT token FROM shaped GROUP BY token HAVING COUNT(*) > 1),
    again AS (
        SELECT min(node) AS node, s.* EXCLUDE (node, given_name), r.* EXCLUDE (given_name)
        FROM (SELECT * FROM shaped SEMI JOIN repeated USING (token)) AS s LEFT JOIN read_names AS r USING (given_name)
        GROUP BY ALL
    )
    SELECT * FROM shaped ANTI JOIN repeated USING (token)
    UNION ALL SELECT * FROM shaped SEMI JOIN again USING (node)
"""
