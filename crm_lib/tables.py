"""The canonical tables: each column's type, whether it must be there, and when it was known.

Labels and meanings are in the catalogue as `table.<table>` and `column.<table>.<column>`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SqlType = Literal["VARCHAR", "BIGINT", "DECIMAL(18,2)", "DECIMAL(18,3)", "DECIMAL(9,6)", "DATE", "TIMESTAMP", "BOOLEAN"]


@dataclass(frozen=True)
class Column:
    """`known_with` names the timestamp of the same table at which this value came to be known. `of_some`: a table has it
    only where a source gives it; engines read NULL elsewhere, and reports do not miss it."""

    name: str
    type: SqlType
    required: bool = False
    values: tuple[str, ...] = ()
    known_with: str = ""
    low: float | None = None
    high: float | None = None
    of_some: bool = False


@dataclass(frozen=True)
class Table:
    """`event` is the column that says when a row came to be known; '' where a row has no date of its own.

    `identity` are the columns by which a source's row names a customer; ingest turns them into `customer_id`.
    `key` is unique after ingest. `amounts` are summed in the account of rows. `said` are columns that a source may give
    and ingest uses up: they are in no canonical table. `of_some_trades`: most clients have none, so that reports do not
    miss it.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    event: str = ""
    identity: bool = True
    amounts: tuple[str, ...] = ()
    derived: bool = False
    said: tuple[Column, ...] = ()
    of_some_trades: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


# How a source's row may name its customer. `customer_key` is the source's own id (see Source.key_space).
IDENTITY = (
    Column("customer_key", "VARCHAR"),
    Column("phone", "VARCHAR"),
    Column("email", "VARCHAR"),
    Column("name", "VARCHAR"),
)

_MONEY: SqlType = "DECIMAL(18,2)"

CUSTOMERS = Table(
    "customers",
    (
        Column("customer_id", "VARCHAR", required=True),
        Column("name", "VARCHAR"),
        Column("phone", "VARCHAR"),
        Column("email", "VARCHAR"),
        Column("gender", "VARCHAR", values=("female", "male", "other")),
        Column("birth_date", "DATE"),
        Column("city", "VARCHAR"),
        Column("province", "VARCHAR"),
        Column("address", "VARCHAR"),
        Column("id_number", "VARCHAR"),
        Column("joined_on", "DATE"),
        Column("join_channel", "VARCHAR"),
        Column("tier", "VARCHAR"),
        Column("owner", "VARCHAR"),
        Column("age_band", "VARCHAR"),
        Column("income_band", "VARCHAR"),
        Column("company_size", "VARCHAR"),
        Column("customer_type", "VARCHAR", of_some=True),
        Column("decision_maker", "VARCHAR"),
        Column("may_contact", "BOOLEAN"),
        Column("last_login_on", "DATE", known_with="last_login_on"),
        Column("record_count", "BIGINT"),
    ),
    key=("customer_id",),
    event="joined_on",
    said=(
        Column("contact", "VARCHAR"),
        Column("role", "VARCHAR"),
        Column("is_primary", "BOOLEAN"),
        Column("decides", "BOOLEAN"),
    ),
)

# paid_until is the last day that the payment of a sale pays for: of a plan, membership, course, contract, season ticket.
# Amounts are in the report's currency; `currency` says in which one the client wrote them, where that is said.
ORDER_LINES = Table(
    "order_lines",
    (
        Column("order_id", "VARCHAR", required=True),
        Column("line_no", "BIGINT"),
        Column("customer_id", "VARCHAR"),
        Column("ordered_on", "DATE", required=True),
        Column("ordered_at", "TIMESTAMP"),
        Column("kind", "VARCHAR", values=("sale", "refund")),
        Column("refund_of", "VARCHAR"),
        Column("product_id", "VARCHAR"),
        Column("product_name", "VARCHAR"),
        Column("category", "VARCHAR"),
        Column("brand", "VARCHAR"),
        Column("quantity", "DECIMAL(18,3)"),
        Column("amount", _MONEY, required=True),
        Column("cost", _MONEY),
        Column("discount", _MONEY),
        Column("currency", "VARCHAR"),
        Column("channel", "VARCHAR"),
        Column("store", "VARCHAR"),
        Column("salesperson", "VARCHAR", of_some=True),
        Column("paid_until", "DATE"),
    ),
    key=("order_id", "line_no"),
    event="ordered_on",
    amounts=("amount", "cost", "discount"),
    said=(Column("tax_rate", "DECIMAL(9,6)", low=0, high=1), Column("tax_amount", _MONEY)),
)

# One row an order, summed from order_lines by ingest. An order counts as a purchase when kind is 'sale' and amount > 0.
ORDERS = Table(
    "orders",
    (
        Column("order_id", "VARCHAR", required=True),
        Column("customer_id", "VARCHAR"),
        Column("ordered_on", "DATE", required=True),
        Column("kind", "VARCHAR", values=("sale", "refund")),
        Column("refund_of", "VARCHAR"),
        Column("amount", _MONEY, required=True),
        Column("margin", _MONEY),
        Column("discount", _MONEY),
        Column("items", "DECIMAL(18,3)"),
        Column("categories", "BIGINT"),
        Column("channel", "VARCHAR"),
        Column("store", "VARCHAR"),
        Column("paid_until", "DATE"),
    ),
    key=("order_id",),
    event="ordered_on",
    amounts=("amount", "margin", "discount"),
    derived=True,
)

_OF_ORDER = Column("order_id", "VARCHAR")  # what a row is about: its customer, where the row names none

# What a source may say in place of a moment: how long after `opened_at` it came, in seconds once it is read.
DURATIONS = {"first_response_in": "first_response_at", "closed_in": "closed_at"}

TICKETS = Table(
    "tickets",
    (
        Column("ticket_id", "VARCHAR", required=True),
        Column("customer_id", "VARCHAR"),
        Column("opened_at", "TIMESTAMP", required=True),
        Column("first_response_at", "TIMESTAMP", known_with="first_response_at"),
        Column("closed_at", "TIMESTAMP", known_with="closed_at"),
        Column("kind", "VARCHAR", values=("complaint", "inquiry", "request")),
        Column("reason", "VARCHAR"),
        Column("channel", "VARCHAR"),
        Column("store", "VARCHAR"),
        Column("owner", "VARCHAR"),
        Column("team", "VARCHAR", of_some=True),
        Column("csat", "BIGINT", known_with="closed_at", low=1, high=5),
        Column("description", "VARCHAR"),
    ),
    key=("ticket_id",),
    event="opened_at",
    said=(*(Column(name, "BIGINT", low=0) for name in DURATIONS), _OF_ORDER),
)

INTERACTIONS = Table(
    "interactions",
    (
        Column("interaction_id", "VARCHAR", required=True),
        Column("customer_id", "VARCHAR"),
        Column("happened_at", "TIMESTAMP", required=True),
        Column("channel", "VARCHAR"),
        Column("direction", "VARCHAR", values=("out", "in")),
        Column("owner", "VARCHAR"),
        Column("strategy", "VARCHAR"),
        Column("outcome", "VARCHAR", values=("no_answer", "reached", "responded", "converted", "refused")),
        Column("need", "VARCHAR"),
        Column("note", "VARCHAR"),
    ),
    key=("interaction_id",),
    event="happened_at",
)

SURVEYS = Table(
    "surveys",
    (
        Column("survey_id", "VARCHAR", required=True),
        Column("customer_id", "VARCHAR"),
        Column("answered_on", "DATE", required=True),
        Column("nps", "BIGINT", low=0, high=10),
        Column("csat", "BIGINT", low=1, high=5),
        Column("channel", "VARCHAR"),
        Column("store", "VARCHAR"),
        Column("comment", "VARCHAR"),
    ),
    key=("survey_id",),
    event="answered_on",
    said=(_OF_ORDER,),
)

CAMPAIGNS = Table(
    "campaigns",
    (
        Column("campaign_id", "VARCHAR", required=True),
        Column("name", "VARCHAR"),
        Column("strategy", "VARCHAR"),
        Column("channel", "VARCHAR"),
        Column("starts_on", "DATE", required=True),
        Column("ends_on", "DATE"),
        Column("cost", _MONEY),
        Column("currency", "VARCHAR"),
    ),
    key=("campaign_id",),
    event="starts_on",
    identity=False,
    amounts=("cost",),
)

# responded_on: first answer or redemption. arm is '' where the campaign had no holdout.
CAMPAIGN_MEMBERS = Table(
    "campaign_members",
    (
        Column("campaign_id", "VARCHAR", required=True),
        Column("customer_id", "VARCHAR"),
        Column("arm", "VARCHAR", values=("treatment", "holdout")),
        Column("sent_on", "DATE", required=True),
        Column("channel", "VARCHAR"),
        Column("responded_on", "DATE", known_with="responded_on"),
    ),
    key=("campaign_id", "customer_id"),
    event="sent_on",
)

LOYALTY = Table(
    "loyalty",
    (
        Column("entry_id", "VARCHAR", required=True),
        Column("customer_id", "VARCHAR"),
        Column("occurred_on", "DATE", required=True),
        Column("kind", "VARCHAR", values=("earn", "redeem", "expire")),
        Column("points", "BIGINT", required=True),
    ),
    key=("entry_id",),
    event="occurred_on",
    amounts=("points",),
)

# A visit, an appointment or a sign-in: by a member of a gym, a patient, a student, a user. Without a status it was kept.
VISITS = Table(
    "visits",
    (
        Column("visit_id", "VARCHAR", required=True),
        Column("customer_id", "VARCHAR"),
        Column("visited_at", "TIMESTAMP", required=True),
        Column("kind", "VARCHAR"),
        Column("status", "VARCHAR", values=("kept", "missed", "cancelled")),
        Column("channel", "VARCHAR"),
        Column("store", "VARCHAR"),
        Column("owner", "VARCHAR"),
    ),
    key=("visit_id",),
    event="visited_at",
    of_some_trades=True,
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        CUSTOMERS,
        ORDER_LINES,
        ORDERS,
        TICKETS,
        INTERACTIONS,
        SURVEYS,
        CAMPAIGNS,
        CAMPAIGN_MEMBERS,
        LOYALTY,
        VISITS,
    )
}
SOURCE_TABLES = {name: table for name, table in TABLES.items() if not table.derived}
