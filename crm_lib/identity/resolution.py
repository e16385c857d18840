"""Many records -> one customer: the source's own key, what a person decided, phone, e-mail, then probable pairs.

A key joins whatever it names. A phone or an e-mail joins only records whose names and days of birth can be one
customer's: families share phones, and fathers and sons a name. Which customer a record without a name belongs to must be beyond doubt, and a contact that too many share
(a shop's own) joins nobody. Probable pairs (probable.py) are joined in descending probability. The outcome depends on
what the records say, never on their order; see clusters.py for what later records may change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import repeat

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from crm_lib.engagement import Identity
from crm_lib.identity.clusters import Block, Forest, Join, by_month
from crm_lib.identity.decisions import Decisions
from crm_lib.identity.evidence import GIVEN
from crm_lib.identity.likeness import reader
from crm_lib.identity.model import model
from crm_lib.ingest import sql

# How a record came to its customer: 'first' is the one it starts from, 'none' names nobody; 'name': see by_name.py.
RULES = ("first", "key", "decision", "phone", "email", "probable", "name", "none")
CONTACTS = ("phone", "email")
COLUMNS = ("record_id", "key_space", "customer_key", "phone", "email", "name")
ALSO = ("gender", "birth_date", "city", "address", "id_number", "first_on")  # where records have them
# Of a record within its entity.
_SPELLING = "concat_ws(chr(31), token, coalesce(phone, ''), coalesce(email, ''), coalesce(name, ''))"
_KEY, _DECISION, _PHONE, _EMAIL, _PROBABLE = range(5)


@dataclass(frozen=True)
class Resolution:
    """`records`: record_id, customer_id, rule, match_probability, joined_to (record_id; all but the rule missing of nobody),
    reference and detail (what decisions of it are kept by).
    `shared`: rule, entities of each contact that too many share. `pairs`: left, right (record_id), left_reference,
    right_reference, probability and gamma_<comparison> of pairs that wait for a person. `blocks`: block, pairs, used.
    """

    records: pd.DataFrame
    shared: pd.DataFrame
    pairs: pd.DataFrame = field(default_factory=pd.DataFrame)
    blocks: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["block", "pairs", "used"]))


def resolve_records(
    records: pd.DataFrame, settings: Identity | None = None, decisions: Decisions | None = None
) -> Resolution:
    """records: COLUMNS (normalised, None where missing), and ALSO where known (`first_on`: the day of the record)."""
    settings = settings or Identity()
    with sql.connect(2) as connection:
        connection.execute(
            "SET checkpoint_threshold = '1TB'"
        )  # nothing here is deleted, so that none could save memory
        _make_nodes(connection, records)
        shared = _blank_shared(connection, settings.shared_contact)
        edges, blocks = _edges(connection, settings)
        nodes = _Nodes.read(connection)
        forest = _grown(connection, nodes, edges, settings, decisions or Decisions())
        connection.execute("DROP TABLE nodes")
        return _told(connection, nodes, forest, edges, shared, blocks)


# Numbers that differ only in being all small or all capital letters are one, unless two of them come with a name or contact
# of their own: then these tell whether they are. Numbers of mixed case tell by their case.
_SAYS = " OR ".join(f"{name} IS NOT NULL" for name in GIVEN)
_ONE_KEY = f"""
    SELECT key_space, unnest(spellings) AS written, key FROM (
        SELECT key_space, list(DISTINCT customer_key) AS spellings,
            coalesce(MIN(customer_key) FILTER ({_SAYS}), MIN(customer_key)) AS key
        FROM cells
        WHERE lower(customer_key) <> upper(customer_key) AND customer_key IN (lower(customer_key), upper(customer_key))
        GROUP BY key_space, upper(customer_key)
        HAVING COUNT(DISTINCT customer_key) > 1 AND COUNT(DISTINCT customer_key) FILTER ({_SAYS}) <= 1)
"""
_RESPELLED = f"""(SELECT c.* REPLACE (coalesce(r.key, c.customer_key) AS customer_key) FROM cells AS c
    LEFT JOIN ({_ONE_KEY}) AS r ON r.written = c.customer_key AND r.key_space IS NOT DISTINCT FROM c.key_space)"""
# Spaces that have numbers of either kind: mostly there are none, and nothing to join.
_BOTH_CASES = """
    SELECT key_space FROM cells WHERE lower(customer_key) <> upper(customer_key) GROUP BY key_space
    HAVING bool_or(customer_key = lower(customer_key)) AND bool_or(customer_key = upper(customer_key))
"""


def _make_nodes(connection: duckdb.DuckDBPyConnection, records: pd.DataFrame) -> None:
    """Tables `records` (record_id, node) and `nodes`: records of one token that say the same are one node.

    Nodes are numbered by their day (those without one first: a list without days is taken as known from the start),
    then by what they say. token: the key (`_ONE_KEY`), else the contacts and the name; a record without either stands for
    itself.
    """
    connection.register("given", pa.Table.from_pandas(records, preserve_index=False))
    kinds = sql.described(connection, "given")
    cells = f"SELECT {', '.join(_cell(name, kinds.get(name)) for name in (*COLUMNS, *ALSO))} FROM given"
    told = "cells"
    if sql.one(connection, f"SELECT COUNT(*) FROM (WITH cells AS ({cells}) {_BOTH_CASES})"):
        told = _RESPELLED
    connection.execute(f"""
        CREATE OR REPLACE TABLE told AS WITH cells AS ({cells}) SELECT * EXCLUDE (key_space, customer_key), CASE WHEN token IS NOT NULL THEN md5(concat_ws(chr(31), token,
            {", ".join(f"coalesce({n}, '')" for n in GIVEN)})) END AS content FROM (SELECT *, CASE
                WHEN customer_key IS NOT NULL THEN 'k' || chr(31) || coalesce(key_space, '') || chr(31) || customer_key
                WHEN coalesce(phone, email) IS NOT NULL THEN
                    'p' || chr(31) || coalesce(phone, '') || chr(31) || coalesce(email, '') || chr(31) || coalesce(lower(name), '')
                WHEN id_number IS NOT NULL OR (name IS NOT NULL AND coalesce(birth_date, address) IS NOT NULL)
                    THEN 'r' || chr(31) || record_id
            END AS token FROM {told})
    """)
    connection.unregister("given")
    connection.execute("""
        CREATE OR REPLACE TABLE numbered AS SELECT *, row_number() OVER (ORDER BY first_on NULLS FIRST, token, content) - 1 AS node
        FROM (SELECT content, any_value(token) AS token, min(first_on) AS first_on, min(record_id) AS record_id
              FROM told WHERE token IS NOT NULL GROUP BY content)
    """)
    connection.execute(f"""
        CREATE OR REPLACE TABLE nodes AS SELECT n.node, n.token, n.first_on, n.record_id, {", ".join(GIVEN)}
        FROM numbered AS n JOIN told AS t ON n.content = t.content AND n.record_id = t.record_id
    """)
    connection.execute(
        "CREATE OR REPLACE TABLE records AS SELECT t.record_id, n.node FROM told AS t"
        " LEFT JOIN numbered AS n ON t.content = n.content"
    )
    connection.execute("DROP TABLE told; DROP TABLE numbered")


def _cell(name: str, kind: str | None) -> str:
    """SQL of a cell as text, NULL where missing or empty; of a day as '20260131'."""
    if kind is None:
        return f"CAST(NULL AS VARCHAR) AS {name}"
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"strftime({name}, '%Y%m%d') AS {name}"
    return f"nullif(CAST({name} AS VARCHAR), '') AS {name}"


def _blank_shared(connection: duckdb.DuckDBPyConnection, most: int) -> pd.DataFrame:
    """Blank contacts that more than `most` entities share; tell of them."""
    found = []
    for contact in CONTACTS:
        query = (
            f"SELECT {contact} AS contact, COUNT(DISTINCT token) AS entities FROM nodes WHERE {contact} IS NOT NULL"
            f" GROUP BY {contact} HAVING COUNT(*) > {most} AND COUNT(DISTINCT token) > {most} ORDER BY {contact}"
        )
        rows = connection.execute(query).fetchall()
        found += [(contact, entities) for _, entities in rows]
        if rows:
            connection.execute(f"UPDATE nodes SET {contact} = NULL WHERE {contact} IN (SELECT contact FROM ({query}))")
    return pd.DataFrame(found, columns=["rule", "entities"])


@dataclass(frozen=True)
class _Nodes:
    """What is known of nodes 0..n-1; hashes become letters (`_letters`) only where they are told."""

    ids: NDArray[np.uint64]  # customer number of a customer that starts with the node
    references: NDArray[np.uint64]  # of its entity, and of the record within it: what decisions are kept by
    details: NDArray[np.uint64]
    records: pa.ChunkedArray  # the first of each
    again: pa.ChunkedArray  # rule of its other records
    months: list[int]
    names: list[str | None]
    births: list[str | None]
    lists: list[str | None]  # key spaces

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection) -> _Nodes:
        table = connection.execute(
            f"SELECT md5_number_upper(token) AS high, md5_number_upper({_SPELLING}) AS detail, name, record_id, birth_date,"
            " CASE WHEN token[1] = 'k' THEN split_part(token, chr(31), 2) END AS list,"
            " md5_number_lower(CASE WHEN node IN (SELECT MIN(node) FROM nodes GROUP BY token) THEN token"
            f" ELSE {_SPELLING} END) AS low,"  # a person may have split what has one key
            " CASE WHEN token[1] = 'k' THEN 'key' WHEN phone IS NOT NULL THEN 'phone' ELSE 'email' END AS again,"
            " coalesce(TRY_CAST(first_on[:6] AS INTEGER), 0) AS month FROM nodes ORDER BY node"
        ).to_arrow_table()
        ids, references, details = (table.column(name).to_numpy() for name in ("low", "high", "detail"))
        return cls(
            ids,
            references,
            details,
            table.column("record_id"),
            table.column("again"),
            table.column("month").to_pylist(),
            *(_shared_texts(table.column(name)) for name in ("name", "birth_date", "list")),
        )


def _shared_texts(column: pa.ChunkedArray) -> list[str | None]:
    """Cells of a column as texts, equal ones as one object."""
    coded = column.combine_chunks().dictionary_encode()
    texts = [*coded.dictionary.to_pylist(), None]
    return [texts[code] for code in coded.indices.fill_null(-1).to_pylist()]


def _letters(first: str, numbers: NDArray[np.uint64], size: int = 12) -> pa.Array:
    """Numbers as a letter and `size` letters and digits of five bits each (RFC 4648)."""
    signs = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", dtype="uint8")
    text = np.full((len(numbers), size + 1), ord(first), "uint8")
    for i in range(size):
        text[:, i + 1] = signs[(numbers >> np.uint64(5 * i)) & np.uint64(31)]
    ends = np.arange(0, text.size + 1, size + 1, dtype="int64")
    return pa.LargeStringArray.from_buffers(len(numbers), pa.py_buffer(ends), pa.py_buffer(text))


def _edges(connection: duckdb.DuckDBPyConnection, settings: Identity) -> tuple[pd.DataFrame, pd.DataFrame]:
    if settings.kind == "none":
        return pd.DataFrame(), pd.DataFrame(columns=["block", "pairs", "used"])
    from crm_lib.identity.probable import probable_pairs

    chosen = model(settings.kind, settings.branches == "separate")
    return probable_pairs(connection, chosen, settings.join_at, settings.review_at, settings.most_pairs)


def _grown(
    connection: duckdb.DuckDBPyConnection, nodes: _Nodes, edges: pd.DataFrame, settings: Identity, decisions: Decisions
) -> Forest:
    like = reader(settings.kind, settings.branches == "separate")
    sizes = [1] * len(nodes.names)
    blocks = _blocks(connection, sizes)
    read = like.read(nodes.names)
    forest = Forest(read, nodes.births, nodes.lists, sizes, like.fits, like.whole, doubt=settings.join_at)
    references = _references(nodes) if decisions else {}
    forest.apart.update(decisions.apart(references))
    same = [Block(_DECISION, i, sorted(pair)) for i, pair in enumerate(decisions.same(references))]
    probable = _probable(edges, nodes.months)
    monthly = by_month([*blocks, *same], nodes.months)
    for month in sorted({*monthly, *probable}):
        for block in sorted(monthly.get(month, ()), key=lambda block: block[:2]):
            if block.stage in (_KEY, _DECISION):
                forest.tie(RULES[1 + block.stage], block.nodes)
            else:
                forest.gather(RULES[1 + block.stage], block.nodes)
        for join in probable.get(month, ()):
            forest.join_probable(join, settings.largest_cluster, like.alike)
    return forest


def _blocks(connection: duckdb.DuckDBPyConnection, sizes: list[int]) -> list[Block]:
    """Blocks of a key and of a contact with more than one node. A token counts once in `sizes`."""
    found = []
    for stage, column in ((_KEY, "token"), (_PHONE, "phone"), (_EMAIL, "email")):
        table = connection.execute(
            f"SELECT list(node ORDER BY node) AS nodes FROM nodes WHERE {column} IS NOT NULL"
            f" GROUP BY {column} HAVING COUNT(*) > 1 ORDER BY {column}"
        ).to_arrow_table()
        groups = table.column(0).to_pylist()
        found += [Block(stage, i, group) for i, group in enumerate(groups)]
        if stage == _KEY:
            for group in groups:
                for node in group[1:]:
                    sizes[node] = 0
    return found


def _references(nodes: _Nodes) -> dict[str, list[int]]:
    """What a decision may name -> nodes: a whole entity, or a record of it with its contacts and name."""
    found: dict[str, list[int]] = defaultdict(list)
    references, details = _letters("E", nodes.references).to_pylist(), _letters("D", nodes.details).to_pylist()
    for node, names in enumerate(zip(references, details, strict=True)):
        for name in names:
            found[name].append(node)
    return found


def _probable(edges: pd.DataFrame, months: Sequence[int]) -> dict[int, list[Join]]:
    """Month -> joins in descending probability; ties by the first nodes."""
    found: dict[int, list[Join]] = defaultdict(list)
    if edges.empty:
        return found
    chosen = edges[edges["join"]].sort_values(["probability", "left", "right"], ascending=[False, True, True])
    cells = (chosen[name].tolist() for name in ("probability", "left", "right", "decided"))
    for join in map(Join, repeat("probable"), *cells):
        found[max(months[join.left], months[join.right])].append(join)
    return found


def _told(
    connection: duckdb.DuckDBPyConnection,
    nodes: _Nodes,
    forest: Forest,
    edges: pd.DataFrame,
    shared: pd.DataFrame,
    blocks: pd.DataFrame,
) -> Resolution:
    roots = forest.roots()
    connection.register("found", _found(nodes, forest, roots))
    records = connection.execute("""
        SELECT r.record_id, f.customer_id,
            CASE WHEN r.node IS NULL THEN 'none' WHEN r.record_id = f.first_record THEN f.first_rule
                ELSE f.again END AS rule,
            CASE WHEN r.record_id = f.first_record THEN f.probability WHEN r.node IS NOT NULL THEN 1 END AS match_probability,
            CASE WHEN r.record_id = f.first_record THEN f.joined_to ELSE f.first_record END AS joined_to,
            f.reference, f.detail
        FROM records AS r LEFT JOIN found AS f USING (node)
        ORDER BY r.record_id
    """).to_arrow_table()
    connection.unregister("found")
    return Resolution(records.to_pandas(), shared, _waiting(nodes, forest, edges, roots), blocks)


def _found(nodes: _Nodes, forest: Forest, roots: NDArray[np.int64]) -> pa.Table:
    """What came of each node: its customer, and how its first record came to it."""
    joined = sorted(forest.link)
    links = [forest.link[node] for node in joined]
    rules, probabilities, others = np.full(len(roots), "first", object), np.ones(len(roots)), np.full(len(roots), -1)
    rules[joined] = [link.rule for link in links]
    probabilities[joined] = [link.probability for link in links]
    others[joined] = [link.left if link.left != node else link.right for node, link in zip(joined, links, strict=True)]
    return pa.table(
        {
            "node": np.arange(len(roots)),
            "customer_id": _letters("C", nodes.ids[roots]),
            "first_rule": pa.array(rules, pa.string()),
            "probability": probabilities,
            "first_record": nodes.records,
            "again": nodes.again,
            "joined_to": nodes.records.take(pa.array(others, mask=others < 0)),
            "reference": _letters("E", nodes.references),
            "detail": _letters("D", nodes.details),
        }
    )


def _waiting(nodes: _Nodes, forest: Forest, edges: pd.DataFrame, found: NDArray[np.int64]) -> pd.DataFrame:
    """Pairs that were not joined and of which nobody said that they are different; the likeliest of two customers."""
    if edges.empty:
        return pd.DataFrame()
    pairs = edges.assign(one=found[edges["left"]], other=found[edges["right"]])
    pairs = pairs[pairs["one"] != pairs["other"]]
    parted = [forest.parted(a, b) or forest.parted(b, a) for a, b in zip(pairs["one"], pairs["other"], strict=True)]
    pairs = pairs[~np.asarray(parted, dtype=bool)]
    pairs = pairs.assign(low=pairs[["one", "other"]].min(axis=1), high=pairs[["one", "other"]].max(axis=1))
    pairs = pairs.sort_values(["probability", "left", "right"], ascending=[False, True, True], kind="stable")
    pairs = pairs.drop_duplicates(["low", "high"])
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    return pairs.drop(columns=["join", "decided", "one", "other", "low", "high"]).assign(
        left=_objects(nodes.records.take(left)),
        right=_objects(nodes.records.take(right)),
        left_reference=_objects(_letters("E", nodes.references[left])),
        right_reference=_objects(_letters("E", nodes.references[right])),
    ).reset_index(drop=True)  # fmt: skip


def _objects(texts: pa.Array | pa.ChunkedArray) -> NDArray[np.object_]:
    return texts.to_pandas().to_numpy(object)
