"""Companies that a row names by name alone (an ERP's 购货单位): the one customer so called, else a customer of its own."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import defaultdict

import pandas as pd

from crm_lib.engagement import Identity
from crm_lib.identity.firms import firms
from crm_lib.ingest.values.text import folded, nobody

RULE = "name"
_ANYBODY = re.compile(  # what a till or an ERP calls whom it does not know
    r"(?:零散|零售|门市|现金|个人|其他|其它|一次性|临时)(?:客户|顾客|用户)?|散[客户](?:客户)?|cash(?: ?sales?| ?customers?)?|counter ?sales?|"
    r"walk-?in(?: ?customers?)?|sundry(?: ?customers?| ?debtors?)?|one-?time ?customers?|(?:cpd|diverse|bar(?:verkauf|kunde))(?: ?kunden?)?"
)


def named_companies(records: pd.DataFrame, resolved: pd.DataFrame, settings: Identity) -> pd.DataFrame:
    """`resolved` (`Resolution.records`), where records of nobody that give a company's name get its customer.

    A name that several customers bear stays nobody's, as does one for anybody (零售客户). `records`: record_id, name.
    """
    if settings.kind != "company":
        return resolved
    names = resolved["record_id"].map(dict(zip(records["record_id"], records["name"], strict=True)))
    alone = resolved["rule"].eq("none") & names.notna()
    if not alone.any():
        return resolved
    forms = names.map(company_forms(names.dropna().unique().tolist(), settings))
    bearers: dict[str, set[str]] = defaultdict(set)
    firsts: dict[str, str] = {}
    known = resolved["customer_id"].notna()
    for form, customer, record in zip(
        forms[known], resolved.loc[known, "customer_id"], resolved.loc[known, "record_id"], strict=True
    ):
        firsts.setdefault(customer, record)
        if isinstance(form, str):
            bearers[form].add(customer)
    found = resolved.copy()
    columns: dict[str, list[object]] = {
        name: resolved[name].astype(object).tolist()
        for name in ("customer_id", "rule", "match_probability", "joined_to")
    }
    for i, (form, record, mine, name) in enumerate(zip(forms, resolved["record_id"], alone, names, strict=True)):
        if not mine or not isinstance(form, str) or len(bearers[form]) > 1:
            continue
        if not bearers[form] and (nobody(name) or _ANYBODY.fullmatch(folded(name))):
            continue
        customer = next(iter(bearers[form]), _own(form))
        bearers[form].add(customer)
        first = firsts.setdefault(customer, record)
        columns["customer_id"][i], columns["rule"][i] = customer, "first" if first == record else RULE
        columns["match_probability"][i], columns["joined_to"][i] = 1.0, None if first == record else first
    for name, cells in columns.items():
        found[name] = pd.Series(cells, index=found.index, dtype=object).astype(resolved[name].dtype)
    return found


def company_forms(names: list[str], settings: Identity) -> dict[str, str]:
    """Name -> the firm's form for comparison; without names that leave nothing of a firm."""
    apart = settings.branches == "separate"
    return {
        name: f"{firm.name} {firm.branch if apart else ''}" for name, firm in firms(sorted(names)).items() if firm.name
    }


def _own(form: str) -> str:
    """A customer number of a firm that no other record knows, in the letters of the others."""
    return "C" + base64.b32encode(hashlib.md5(f"n\x1f{form}".encode(), usedforsecurity=False).digest())[:12].decode()
