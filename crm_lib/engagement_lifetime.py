"""The models of what an engagement says about lifetime value and survival."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from crm_lib.engagement_words import Days, StrictModel


class Lifetime(StrictModel):
    """How customers' future is estimated, and what the data must hold before it is."""

    # 'purchases': BG/NBD or MBG/NBD with Gamma-Gamma; 'retention': months of a subscription; auto: by the trade
    model: Literal["auto", "purchases", "retention"] = "auto"
    horizon_months: Annotated[int, Field(ge=1, le=60)] = 12
    discount_per_month: Annotated[float, Field(ge=0, lt=1)] = 0.01
    fewest_buyers: Annotated[int, Field(ge=1)] = 500
    fewest_history_days: Days = 180
    fewest_with_three_days: Annotated[int, Field(ge=1)] = 1  # customers who bought on three days or more
    # of purchases in total, forecast on an earlier day against what came; beyond it nothing is published
    largest_past_error: Annotated[float, Field(gt=0)] = 0.5
    largest_correlation: Annotated[float, Field(gt=0, le=1)] = 0.3  # of frequency and value, for Gamma-Gamma

    def model_of(self, industry: str) -> Literal["purchases", "retention"]:
        """The model that `model` names; 'auto' takes retention for subscriptions (saas)."""
        if self.model == "auto":
            return "retention" if industry == "saas" else "purchases"
        return self.model
