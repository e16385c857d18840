"""Numbers of customers as reports write them."""

from __future__ import annotations


def masked_customer(id: str) -> str:
    """'CA***XZ': the ends of a number of ours, which never holds a name."""
    return f"{id[:2]}***{id[-2:]}" if len(id) >= 8 else f"{id[:1]}***"
