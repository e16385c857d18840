"""Files in which only the first row of an order says what holds for all of it, and what was given back in its own row.

Shop systems export an order with several items so: day, customer, status and totals stand beside the first item alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from crm_lib.engagement import Source
from crm_lib.ingest.mapping import map_columns
from crm_lib.ingest.readers.raw import LINE
from crm_lib.ingest.values.numbers import read_number
from crm_lib.ingest.values.text import folded

MONEY = ("amount", "cost", "discount", "tax_amount")
_MOSTLY = 0.5  # of an order's further rows
Numbers = npt.NDArray[np.float64]


def is_settled(source: Source) -> bool:
    """Whether a source's rows have to be read together."""
    return bool(source.whole_order or source.given_back)


def settled(table: pa.Table, source: Source) -> pa.Table:
    """A table with LINE whose rows each say what their order does: what stands in its first row alone is said of the
    others, money is parted among them (to the cent, so that it adds up), and what was given back is taken off the amount.

    A column in which any further row has a cell of its own belongs to the rows and stays as it is.
    """
    headers = [name for name in table.column_names if name != LINE]
    forms = {folded(name): name for name in headers}
    mapped = {column: one.header for column, one in map_columns(source, headers).items() if one.header}
    money = {header: column for column, header in mapped.items() if column in MONEY}
    back = forms.get(folded(source.given_back or ""))
    texts = {
        name: _cells(table, name)
        for name in dict.fromkeys([*mapped.values(), *(forms[f] for f in map(folded, source.not_data) if f in forms)])
    }
    given = _cells(table, back) if back else None
    if source.whole_order and table.num_rows:
        key = _cells(table, forms[folded(source.whole_order)])
        orders, first = _orders(key, [texts[header] for header in money])
        alone = {name for name, cells in texts.items() if _of_order(cells, first)} - {
            mapped.get("quantity"),
            mapped.get("product_id"),
            mapped.get("product_name"),
            mapped.get("line_no"),
        }
        weights = _weights(table, [forms[folded(name)] for name in source.split_by if folded(name) in forms])
    else:
        orders, first, alone, weights = np.arange(table.num_rows), np.ones(table.num_rows, bool), set(), np.array([])
    for name, cells in texts.items():
        less = given if money.get(name) == "amount" else None
        if name in money and (name in alone or less is not None):
            parts = name in alone and not first.all()
            new = _money(cells, less, orders, first, weights if parts else None)
        elif name in alone:
            new = _filled(cells, orders, first)
        else:
            continue
        filled = pa.array(np.where(pd.isna(new), "", new), pa.string())
        table = table.set_column(table.column_names.index(name), name, filled)
    return table


def _cells(table: pa.Table, name: str) -> pd.Series:
    """Texts of a column, blank ones missing."""
    cells = table.column(name).cast(pa.string()).to_pandas().astype(object)
    return cells.where(cells.notna() & cells.astype(str).str.strip().ne(""))


def _orders(key: pd.Series, money: list[pd.Series]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The number of each row's order, and whether it is its first row: rows of one key under one another; where the file
    repeats an order, it begins again with its money. A row without a key is by itself."""
    new = (key.ne(key.shift()) | key.isna()).to_numpy()
    for cells in money:
        filled = cells.notna().to_numpy()
        if not new.all() and filled[~new].mean() < _MOSTLY:
            new = new | filled
    return np.cumsum(new) - 1, new


def _of_order(cells: pd.Series, first: npt.NDArray[np.bool_]) -> bool:
    """Whether only first rows have anything in a column."""
    filled = cells.notna().to_numpy()
    return bool(filled.any()) and not filled[~first].any()


def _filled(cells: pd.Series, orders: npt.NDArray[np.int64], first: npt.NDArray[np.bool_]) -> npt.NDArray[np.object_]:
    return cells.to_numpy(object)[first][orders]


def _weights(table: pa.Table, names: list[str]) -> Numbers:
    """Product of the numbers in each row; equal without any."""
    product = np.ones(table.num_rows)
    for name in names:
        numbers, _ = _numbers(_cells(table, name))
        product *= np.clip(np.nan_to_num(numbers), 0, None)
    return product


def _numbers(cells: pd.Series) -> tuple[Numbers, npt.NDArray[np.object_]]:
    """Numbers, NaN where there is none to read, and the currency that each cell names ('' for none or several)."""
    codes, words = pd.factorize(cells)
    read = [read_number(word) for word in words]
    values = np.array([float(one.value) if one else np.nan for one in read] + [np.nan])
    named = np.array([one.currencies[0] if one and len(one.currencies) == 1 else "" for one in read] + [""], object)
    return values[codes], named[codes]


def _money(
    cells: pd.Series,
    less: pd.Series | None,
    orders: npt.NDArray[np.int64],
    first: npt.NDArray[np.bool_],
    weights: Numbers | None,
) -> npt.NDArray[np.object_]:
    """Amounts less what was given back, parted by `weights` among the rows of an order; a cell that is no number stays."""
    values, currency = _numbers(cells)
    off = np.nan_to_num(_numbers(less)[0]) if less is not None else np.zeros(len(values))
    whole = np.rint((values - off) * 100)
    touched = ~np.isnan(whole) & (off != 0)
    if weights is not None:
        total = np.bincount(orders, weights)[orders]
        weights = np.where(total > 0, weights, 1.0)
        total = np.bincount(orders, weights)[orders]
        sums = np.cumsum(weights)
        before = (sums - weights)[first][orders]
        whole, currency = whole[first][orders], currency[first][orders]
        upto, since = np.clip((sums - before) / total, 0, 1), np.clip((sums - weights - before) / total, 0, 1)
        last = np.append(first[1:], True)
        upto = np.where(last, 1.0, upto)
        several = np.bincount(orders)[orders] > 1
        whole = np.where(several, np.rint(whole * upto) - np.rint(whole * since), whole)
        touched = ~np.isnan(whole) & (several | touched)
    texts = cells.to_numpy(object).copy()
    written, codes = np.unique(whole[touched], return_inverse=True)
    parts = np.array([f"{cents / 100:.2f}" for cents in written], object)[codes]
    named = currency[touched]
    texts[touched] = np.where(named == "", parts, parts + " " + named) if len(parts) else parts
    return texts
