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

# How a record came to its customer: 'first' is the one it starts from, 'none' names nobody.
RULES = ("first", "key", "decision", "phone", "email", "probable", "none")
CONTACTS = ("phone", "email")
COLUMNS = ("record_id", "key_space", "customer_key", "phone", "email", "name")
ALSO = ("gender", "birth_date", "city", "address", "id_number", "first_on")  # where records have them
# Of a record within its entity.
_SPELLING = "concat_ws(chr(31), token, coalesce(phone, ''), coalesce(email, ''), coalesce(name, ''))"
_KEY, _DECISION, _PHONE, _EMAIL, _PROBABLE = range(5)


@dataclass(frozen=True)
class Resolution:
    """`records`: record_id, customer_id, rule, match_probability (NaN of nobody), joined_to (record_id),
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
        nodes = _Nodes.read(connection)
        edges, blocks = _edges(connection, settings)
        forest = _grown(connection, nodes, edges, settings, decisions or Decisions())
        return _told(connection, nodes, forest, edges, shared, blocks)


def _make_nodes(connection: duckdb.DuckDBPyConnection, records: pd.DataFrame) -> None:
    """Tables `records` (record_id, node) and `nodes`: records of one token that say the same are one node.

    Nodes are numbered by their day (those without one first: a list without days is taken as known from the start),
    then by what they say. token: the key, else the contacts and the name; a record without either stands for itself.
    """
    connection.register("given", pa.Table.from_pandas(records, preserve_index=False))
    kinds = sql.described(connection, "given")
    cells = ", ".join(_cell(name, kinds.get(name)) for name in (*COLUMNS, *ALSO))
    connection.execute(f"""
        CREATE OR REPLACE TABLE told AS SELECT *, CASE WHEN token IS NOT NULL THEN md5(concat_ws(chr(31), token,
            {", ".join(f"coalesce({n}, '')" for n in GIVEN)})) END AS content FROM (SELECT *, CASE
                WHEN customer_key IS NOT NULL THEN 'k' || chr(31) || coalesce(key_space, '') || chr(31) || customer_key
                WHEN coalesce(phone, email) IS NOT NULL THEN
                    'p' || chr(31) || coalesce(phone, '') || chr(31) || coalesce(email, '') || chr(31) || coalesce(lower(name), '')
                WHEN id_number IS NOT NULL OR (name IS NOT NULL AND coalesce(birth_date, address) IS NOT NULL)
                    THEN 'r' || chr(31) || record_id
            END AS token FROM (SELECT {cells} FROM given))
    """)
    connection.unregister("given")
    first = ", ".join(f"any_value({name}) AS {name}" for name in GIVEN)
    connection.execute(f"""
        CREATE OR REPLACE TABLE nodes AS SELECT *, row_number() OVER (ORDER BY first_on NULLS FIRST, token, content) - 1 AS node
        FROM (SELECT content, any_value(token) AS token, {first}, min(first_on) AS first_on, min(record_id) AS record_id
              FROM told WHERE token IS NOT NULL GROUP BY content)
    """)
    connection.execute(
        "CREATE OR REPLACE TABLE records AS SELECT t.record_id, n.node FROM told AS t"
        " LEFT JOIN nodes AS n ON t.content = n.content"
    )


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
    ids: NDArray[np.object_]  # customer number of a customer that starts with the node
    references: NDArray[np.object_]  # of its entity, and of the record within it: what decisions are kept by
    details: NDArray[np.object_]
    records: NDArray[np.object_]
    months: list[int]
    names: list[str | None]
    births: list[str | None]
    lists: list[str | None]  # key spaces

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection) -> _Nodes:
        table = connection.execute(
            f"SELECT md5_number_upper(token) AS high, md5_number_upper({_SPELLING}) AS detail, name, record_id, birth_date,"
            " CASE WHEN token[1] = 'k' THEN split_part(token, chr(31), 2) END AS list,"
            " md5_number_lower(CASE WHEN row_number() OVER (PARTITION BY token ORDER BY node) = 1 THEN token"
            f" ELSE {_SPELLING} END) AS low,"  # a person may have split what has one key
            " coalesce(TRY_CAST(first_on[:6] AS INTEGER), 0) AS month FROM nodes ORDER BY node"
        ).to_arrow_table()
        low, high, detail = (table.column(name).to_numpy() for name in ("low", "high", "detail"))
        return cls(
            _letters("C", low, 12),
            _letters("E", high, 12),
            _letters("D", detail, 12),
            table.column("record_id").to_numpy(zero_copy_only=False),
            table.column("month").to_pylist(),
            *(table.column(name).to_pylist() for name in ("name", "birth_date", "list")),
        )


def _letters(first: str, numbers: NDArray[np.uint64], size: int) -> NDArray[np.object_]:
    """Numbers as a letter and `size` letters and digits of five bits each (RFC 4648)."""
    signs = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", dtype="S1")
    parts = [signs[((numbers >> np.uint64(5 * i)) & np.uint64(31)).astype("int64")] for i in range(size)]
    text = np.column_stack([np.full(len(numbers), first.encode(), "S1"), *parts])
    return np.ascontiguousarray(text).view(f"S{size + 1}").ravel().astype(f"U{size + 1}").astype(object)


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
    for node, names in enumerate(zip(nodes.references, nodes.details, strict=True)):
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
    count = len(roots)
    rules, probabilities, others = np.full(count, "first", object), np.ones(count), np.full(count, None, object)
    for node, link in forest.link.items():
        rules[node], probabilities[node] = link.rule, link.probability
        others[node] = nodes.records[link.left if link.left != node else link.right]
    frame = pa.table(
        {
            "node": np.arange(count),
            "customer_id": pa.array(nodes.ids[roots], pa.string()),
            "first_rule": pa.array(rules, pa.string()),
            "probability": probabilities,
            "joined_to": pa.array(others, pa.string()),
            "reference": pa.array(nodes.references, pa.string()),
            "detail": pa.array(nodes.details, pa.string()),
        }
    )
    connection.register("found", frame)
    records = connection.execute("""
        SELECT r.record_id, f.customer_id,
            CASE WHEN r.node IS NULL THEN 'none' WHEN place = 1 THEN first_rule ELSE again END AS rule,
            CASE WHEN place = 1 THEN probability WHEN r.node IS NOT NULL THEN 1 END AS match_probability,
            CASE WHEN place = 1 THEN joined_to WHEN r.node IS NOT NULL THEN first_value(r.record_id) OVER w END AS joined_to,
            reference, detail
        FROM (SELECT *, row_number() OVER (PARTITION BY node ORDER BY record_id) AS place FROM records) AS r
        LEFT JOIN found AS f USING (node)
        LEFT JOIN (SELECT node, CASE WHEN token[1] = 'k' THEN 'key' WHEN phone IS NOT NULL THEN 'phone' ELSE 'email' END
                   AS again FROM nodes) AS n USING (node)
        WINDOW w AS (PARTITION BY node ORDER BY r.record_id)
        ORDER BY r.record_id
    """).df()
    connection.unregister("found")
    records = records.astype(
        dict.fromkeys(("record_id", "customer_id", "rule", "joined_to", "reference", "detail"), object)
    )
    records = records.where(records.notna(), None).astype({"match_probability": "float64"})
    return Resolution(records, shared, _waiting(nodes, forest, edges, roots), blocks)


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
        left=nodes.records[left],
        right=nodes.records[right],
        left_reference=nodes.references[left],
        right_reference=nodes.references[right],
    ).reset_index(drop=True)  # fmt: skip
