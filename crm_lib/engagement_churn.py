"""What an engagement says of the churn warning: when it is fitted at all, its rule, and what a contact costs and wins."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from crm_lib.engagement_words import Days, StrictModel


class Churn(StrictModel):
    """The windows of the labels are `definitions.churn_window_days` and `definitions.repurchase_window_days`."""

    contact_cost: Annotated[float, Field(ge=0)] = 5  # of one contact, in the report's currency: an assumption
    win_back_rate: Annotated[float, Field(gt=0, le=1)] = 0.1  # of leavers whom a contact keeps: an assumption
    rule_days: Days = 90  # the rule warns of who has not bought for so many days
    login_days: Days = 60  # the rule of subscriptions warns of who has not logged in for so many days
    expiry_days: Days = 30  # and whose paid time ends within so many days
    min_buyers: Annotated[int, Field(ge=50)] = 500  # fewer buyers at a cut-off: no model
    min_history_days: Annotated[int, Field(ge=30, le=3660)] = 180  # less history: no model
    least_auc: Annotated[float, Field(ge=0.5, lt=1)] = 0.55  # below it the lower end of the AUC's interval: no model
    min_labels: Annotated[int, Field(ge=10)] = 50  # fewer leavers, or fewer who stay, at a cut-off: no model
