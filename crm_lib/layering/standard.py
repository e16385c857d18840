"""The layers by the engagement's own standard, the same in every phase."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.layering import lifetime_value
from crm_lib.layering.layers import Axis, Layers, layer


def standard(engine: Engine, as_of: date, engagement: Engagement, axis: Axis | None = None) -> Layers:
    """`layer` by the engagement's settings. With `layering.predicted_spend` a model of lifetime value is fitted on what
    was known at `as_of`, and what it expects is a part of potential; `spend_lacking` says why where none stands."""
    settings, definitions = engagement.layering, engagement.definitions
    layers = layer(engine, as_of, settings, definitions, axis)
    if not settings.predicted_spend:
        return layers
    values, failed = lifetime_value.predicted(
        engine, layers, definitions, engagement.lifetime, engagement.client.industry
    )
    if failed:
        return replace(layers, spend_lacking=tuple(lifetime_value.guard_words(one) for one in failed))
    return layer(engine, as_of, settings, definitions, layers.axis, values)
