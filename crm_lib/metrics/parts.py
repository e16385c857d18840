"""The parts into which customers and complaints are divided, and what they are called, whichever report speaks of them."""

from __future__ import annotations

import pandas as pd

from crm_lib.language import Message, literal, msg, term_or_text

NAMELESS = ""  # of a part that is not stated, or 'other'
NEWCOMERS = "new"  # customers without a purchase before the month that is measured
NO_CUSTOMER = "no_customer"  # what belongs to no known customer
NEARLY_ALL = 0.9  # of the whole: no part of it
_CHANNELS = ("join_channel", "main_channel", "channel")
_SPECIAL = {NAMELESS: "nameless", NO_CUSTOMER: "no_customer"}


def large(parts: pd.DataFrame, smallest: int) -> pd.Series:
    """Which rows (part, base, share) can be looked at at all: a part, not nearly the whole, of at least `smallest`."""
    whole = parts["share"].astype("float64") >= NEARLY_ALL
    return (parts["base"] >= smallest) & ~whole & parts["part"].ne(NO_CUSTOMER)


def part_name(dimension: str, part: str) -> Message:
    """A channel, or the client's own store or reason."""
    if part == NEWCOMERS and dimension.startswith("main_"):
        return msg("part.newcomers")
    if part in _SPECIAL:
        return msg(f"part.{_SPECIAL[part]}")
    return term_or_text("channel", part) if dimension in _CHANNELS else literal(part)


def part_words(dimension: str, part: str) -> Message:
    """A part with what it is one of: 'join channel “Mini-program”'."""
    name = part_name(dimension, part)
    if name.id == "part.newcomers":
        return name
    return msg("part.of", dimension=msg(f"part.dimension.{dimension}"), part=name)
