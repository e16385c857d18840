"""What a report calls a source: its declared label, else what it delivers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from crm_lib.engagement import Source
from crm_lib.language import LANGUAGES, catalogue, msg

Label = dict[str, str]  # language -> words


def source_labels(sources: Iterable[Source]) -> dict[str, Label]:
    """Source name -> label, in the order given. Without a declared one the table's word where no other source gives that
    table; else with the source's name behind it, which tells the two apart."""
    each = {source.name: source for source in sources}
    givers = Counter(source.table for source in each.values())
    return {name: _label(source, givers[source.table] == 1) for name, source in each.items()}


def _label(source: Source, only: bool) -> Label:
    if source.label:
        return dict(source.label.model_dump())
    table = {language: catalogue(language).text(msg(f"table.{source.table}")) for language in LANGUAGES}
    if only:
        return table
    return {
        language: catalogue(language).text(msg("source.of_several", table=words, name=source.name))
        for language, words in table.items()
    }
