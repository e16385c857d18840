"""The models of engagement.toml, frozen. Every default is documented here and written out by `tasks.py new`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.numbers import is_currency
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from crm_lib.engagement_churn import Churn
from crm_lib.engagement_data import Currency, Data, Fill, Tax
from crm_lib.engagement_engine import DUCKDB, EngineName
from crm_lib.engagement_engine import broken_rule as broken_engine_rule
from crm_lib.engagement_errors import problems_of
from crm_lib.engagement_lifetime import Lifetime
from crm_lib.engagement_tags import Tag, Tagging
from crm_lib.engagement_words import Days, Identifier, OurValue, StrictModel, Words, place_kind
from crm_lib.errors import UserError
from crm_lib.language import NAMED, Catalogue, Message, catalogue, literal, msg, variant
from crm_lib.presets import SAME_WORDS
from crm_lib.tables import SOURCE_TABLES

Industry = Literal["retail", "service", "beauty", "b2b", "saas", "education", "fitness"]
Stage = Literal["startup", "growing", "mature"]
OperatingClass = Literal["core", "potential", "ordinary", "dormant"]
OPERATING_CLASSES: tuple[OperatingClass, ...] = ("core", "potential", "ordinary", "dormant")
_OF_COMPANIES = ("company_size", "decision_maker")  # columns that only companies have
NO_OWNER = "unassigned"  # of a proposed strategy, where the engagement names nobody
CompleteField = Literal[
    "name",
    "phone",
    "email",
    "gender",
    "birth_date",
    "city",
    "join_channel",
    "tier",
    "owner",
    "age_band",
    "income_band",
    "company_size",
    "may_contact",
]
Share = Annotated[float, Field(ge=0, le=1)]
Cuts = tuple[float, ...]
GroupId = Annotated[str, Field(pattern=r"^(all|class:(core|potential|ordinary|dormant)|scope:[a-z][a-z0-9_]*)$")]


class Placed(StrictModel):
    """An entry that knows where it stands in the file."""

    _position: int = PrivateAttr(default=0)

    def stand(self, position: int) -> None:
        self._position = position

    @property
    def place(self) -> str:
        """Of a source: '[[sources]] #1 (pos)'."""
        key, name = ("sources", getattr(self, "name", "")) if isinstance(self, Source) else ("cycles", "")
        return f"[[{key}]] #{self._position + 1}" + (f" ({name})" if name else "")


class Client(StrictModel):
    name: Words
    industry: Industry
    stage: Stage = "growing"


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("report.unknown_time_zone") from None
    return value


Zone = Annotated[str, AfterValidator(_known_zone)]


class Report(StrictModel):
    languages: tuple[Literal["zh", "en"], ...] = ("zh", "en")
    formats: tuple[Literal["html", "pdf", "xlsx"], ...] = ("html", "pdf", "xlsx")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"
    time_zone: Zone = "Asia/Shanghai"
    phone_region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "CN"  # of numbers without a country code
    names: dict[str, Words] = Field(default_factory=dict)  # of stores, categories and others as they stand in the data

    @field_validator("currency")
    @classmethod
    def _currency(cls, value: str) -> str:
        if not is_currency(value):
            raise ValueError("report.unknown_currency")
        return value

    @field_validator("phone_region")
    @classmethod
    def _region(cls, value: str) -> str:
        if value not in Locale("en").territories:
            raise ValueError("report.unknown_region")
        return value


class Cycle(Placed):
    """Phases 1 to 3 see what was known at the end of `baseline`; execution begins on `start`."""

    number: Annotated[int, Field(ge=1)]
    baseline: date
    start: date
    end: date | None = None  # planned end of execution; targets are due by then at the latest

    @model_validator(mode="after")
    def _in_order(self) -> Cycle:
        if self.start < self.baseline:
            raise ValueError("cycle.start_before_baseline")
        if self.end and self.end <= self.start:
            raise ValueError("cycle.end_before_start")
        return self


FileFormat = Literal["csv", "tsv", "xlsx", "xls", "ods", "parquet", "jsonl"]


class NamedFile(StrictModel):
    """A file that a query names, or several of one layout by * and ?; what it says wins over what its source says."""

    file: str
    format: FileFormat | None = None
    encoding: str | None = None
    delimiter: Annotated[str, Field(pattern=r"^[^\r\n]{1,8}$")] | None = None
    quote: Annotated[str, Field(pattern=r"^[^\r\n]?$")] | None = None
    escape: Annotated[str, Field(pattern=r"^[^\r\n]?$")] | None = None
    sheet: str | tuple[str, ...] | None = None
    header_row: Annotated[int, Field(ge=1)] | None = None
    header_rows: Annotated[int, Field(ge=1, le=4)] | None = None


FileOrName = Annotated[NamedFile, BeforeValidator(lambda given: {"file": given} if isinstance(given, str) else given)]


class Source(Placed):
    """One table of the client's. Give `file`, or `package` and `files`, or `query` and where the database's
    address stands: `url_env` or `url_file`."""

    name: Identifier
    label: Words | None = None
    table: str
    file: str | None = None  # relative to the engagement's folder; * and ? match several files of one layout
    files: dict[Identifier, FileOrName] = {}  # several files by name, for `query`
    package: str | None = None  # installed package that holds `files`
    format: Literal[FileFormat, "sql"] | None = None  # None: told by content
    encoding: str | None = None  # None: found from the bytes
    delimiter: Annotated[str, Field(pattern=r"^[^\r\n]{1,8}$")] | None = None  # None: found
    quote: Annotated[str, Field(pattern=r"^[^\r\n]?$")] = '"'  # '': cells are not quoted
    escape: Annotated[str, Field(pattern=r"^[^\r\n]?$")] = ""  # before a delimiter or quote that is text
    sheet: str | tuple[str, ...] | None = (
        None  # a name, a pattern with * and ?, or several; None: the first that is shown
    )
    header_row: Annotated[int, Field(ge=1)] = 1
    header_rows: Annotated[int, Field(ge=1, le=4)] = 1  # of a workbook: rows of headers, joined 'Sales / Amount'
    footer_rows: Annotated[int, Field(ge=0)] = 0  # rows at the end of the file that are no data, blank ones apart
    total_rows: Literal["skip", "keep"] = "skip"  # rows of totals, told by their first word, are no data
    not_data: dict[str, tuple[str, ...]] = {}  # the client's header -> values of rows that are no data
    whole_order: str | None = (
        None  # header that tells the order, where only its first row says what holds for all of it
    )
    split_by: tuple[str, ...] = ()  # of such files: headers whose product parts the order's money among its rows
    given_back: str | None = None  # header of what was given back of an amount in the same row: it is taken off
    url_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None  # names the variable with the SQL URL
    url_file: str | None = None  # file with the SQL URL in its first line, that only its owner may read
    timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] = 600  # after which a query at a database is given up
    query: str | None = None  # SELECT at the database, or over `files` by their names
    columns: dict[str, str] = {}  # canonical column = the client's header; "": none, though a header has this very name
    values: dict[str, dict[str, OurValue]] = {}  # canonical column -> {the client's value = canonical value}
    constants: dict[str, str | int | float | bool] = {}  # canonical column = one value for every row
    key_space: Identifier | None = None  # sources with the same key space share their customer keys
    date_order: Literal["YMD", "DMY", "MDY"] | None = None  # of dates in digits; None: only 2024-01-31 is beyond doubt
    time_zone: Zone | None = None  # in which it writes its times; None: the report's
    missing: tuple[str, ...] | None = None  # words that stand for nothing in this source, in place of [data] missing
    amount_unit: Annotated[float, Field(gt=0)] = 1  # 10000 where amounts are in 万
    duration_units: dict[Literal["first_response_in", "closed_in"], Literal["seconds", "minutes", "hours", "days"]] = {}
    people: bool = False  # of customers: rows are people of accounts, named by customer_key or the company's name
    tax: Tax | None = None  # of order lines; the rate: columns or constants tax_rate, or columns.tax_amount
    tax_on_cost: bool = False  # the cost is written as the amounts and discounts are; else it stays as it is
    new_business: bool = False  # its first day is when what it tells of began, not only when the export does

    @model_validator(mode="after")
    def _complete(self) -> Source:
        ways = [bool(self.file), bool(self.files), bool(self.url_env), bool(self.url_file)]
        if sum(ways) != 1:
            raise ValueError("source.one_origin")
        if self.files and not self.query and len(self.files) > 1:
            raise ValueError("source.files_without_query")
        is_sql = self.format in (None, "sql")
        if (self.database or self.format == "sql") and not (self.database and self.query and is_sql):
            raise ValueError("source.sql_incomplete")
        together = self.whole_order or self.given_back
        if (self.footer_rows or self.not_data or together) and (self.query or self.format == "parquet"):
            raise ValueError("source.rows_by_query")
        if together and self.table != "order_lines":
            raise ValueError("source.orders_of_what")
        if self.split_by and not self.whole_order:
            raise ValueError("source.split_of_what")
        if self.quote + self.escape and (
            self.quote == self.escape or {self.quote, self.escape} & {*(self.delimiter or "")}
        ):
            raise ValueError("source.same_marks")
        if self.table not in SOURCE_TABLES:
            raise ValueError("source.unknown_table")
        if self.tax and self.table != "order_lines":
            raise ValueError("source.tax_of_what")
        if self.duration_units and self.table != "tickets":
            raise ValueError("source.durations_of_what")
        if self.people and self.table != "customers":
            raise ValueError("source.people_of_what")
        return self

    @property
    def database(self) -> bool:
        return bool(self.url_env or self.url_file)

    def of_file(self, name: str) -> Source:
        """What is said about one of `files`."""
        said = self.files[name].model_dump(exclude={"file"}, exclude_none=True) if name in self.files else {}
        return self.model_copy(update=said) if said else self


class Definitions(StrictModel):
    """The metric definitions' settings (口径)."""

    active_window_days: Days = 90  # an active customer bought in the last so many days
    churn_window_days: Days = 90  # an active customer who then buys nothing for so many days has churned
    repurchase_window_days: Days = 90  # a purchase is followed by another within so many days
    response_window_days: Days = 14  # an answer to a campaign counts within so many days of sending
    contact_unknown: bool = True  # whether customers whose consent is not known may be contacted
    complaint_response_minutes: Annotated[int, Field(ge=1)] = 15
    complaint_close_hours: Annotated[int, Field(ge=1)] = 24
    complete_fields: Annotated[tuple[CompleteField, ...], Field(min_length=1)] = (
        "name",
        "phone",
        "gender",
        "birth_date",
        "city",
    )
    smallest_base: Annotated[int, Field(ge=1)] = 30  # fewer than so many: 'not enough data'


SurvivalRule = Literal["trusted_source", "most_recent", "most_complete", "most_frequent", "longest"]


class Identity(StrictModel):
    """How records become customers (identity/). Probabilities are those of the model in identity/<kind>.toml."""

    kind: Literal["person", "company", "none"] = "person"  # none: by key, phone and e-mail alone
    join_at: Annotated[float, Field(ge=0.9, lt=1)] = 0.99  # pairs at least so probable are joined
    review_at: Annotated[float, Field(ge=0.5, lt=1)] = 0.9  # from here up to `join_at` a person decides
    largest_cluster: Annotated[int, Field(ge=2, le=1000)] = (
        20  # numbers and contacts in a customer that similarity joins
    )
    shared_contact: Annotated[int, Field(ge=2, le=1000)] = 20  # a contact that more than so many share joins nobody
    branches: Literal["separate", "together"] = "separate"  # whether a company's branch is a customer of its own
    most_pairs: Annotated[int, Field(ge=1)] = 30_000_000  # a rule that finds more pairs to compare is left out and told
    trusted: tuple[Identifier, ...] = ()  # sources in the order of trust; the others follow as declared
    survivorship: dict[CompleteField | Literal["address", "id_number"], SurvivalRule] = {}

    @model_validator(mode="after")
    def _in_order(self) -> Identity:
        if self.review_at > self.join_at:
            raise ValueError("identity.review_above_join")
        return self


class Layering(StrictModel):
    window_days: Days = 365  # frequency and monetary are counted over the last so many days
    scores: Annotated[int, Field(ge=2, le=9)] = 5
    r_weight: Annotated[float, Field(ge=0)] = 1
    f_weight: Annotated[float, Field(ge=0)] = 1
    m_weight: Annotated[float, Field(ge=0)] = 1
    top_share: Annotated[float, Field(gt=0, lt=1)] = 0.2  # of customers by value that count as high value
    potential_share: Annotated[float, Field(gt=0, lt=1)] = 0.4  # of customers by potential that count as high potential
    dormant_days: Days = 180  # no purchase for so many days: dormant
    predicted_spend: bool = False  # what the model of lifetime value expects is a part of potential
    re_evaluate_growth: Annotated[float, Field(gt=0)] = 0.5  # annual spend up by so much: look at the layer again
    cut: Literal["quantile", "fixed", "kmeans"] = "quantile"  # how values become scores
    r_cuts: Cuts = ()  # of 'fixed', scores - 1 of them: days without a purchase, ascending; above the last: score 1
    f_cuts: Cuts = ()  # purchases in the window, ascending; below the first: score 1
    m_cuts: Cuts = ()  # net revenue in the window, ascending
    names: dict[OperatingClass, Words] = {}  # what the trade calls the operating classes

    @model_validator(mode="after")
    def _cut_points(self) -> Layering:
        given = (self.r_cuts, self.f_cuts, self.m_cuts)
        if self.cut == "fixed" and any(len(cuts) != self.scores - 1 for cuts in given):
            raise ValueError("layering.cuts_missing")
        if any(list(cuts) != sorted(set(cuts)) for cuts in given):
            raise ValueError("layering.cuts_not_ascending")
        return self


class Target(StrictModel):
    """SMART target. `value` is the level to reach; `change` is a relative change from the baseline (0.15 = +15 %)."""

    id: Identifier
    metric: str
    group: GroupId = "all"
    value: float | None = None
    change: float | None = None
    due: date

    @model_validator(mode="after")
    def _one(self) -> Target:
        if (self.value is None) == (self.change is None):
            raise ValueError("target.value_or_change")
        return self


class ScopeRule(StrictModel):
    """Customers whose measure at baseline lies between `at_least` and `at_most`."""

    id: Identifier
    label: Words
    measure: Literal["spend", "orders", "recency_days", "tenure_days", "complaints", "nps"]
    window_days: Days = 365
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> ScopeRule:
        if self.at_least is None and self.at_most is None:
            raise ValueError("scope.no_bound")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("scope.bounds_crossed")
        return self


class Link(StrictModel):
    """A business link in scope (业务环节), such as entry of records or follow-up of complaints."""

    id: Identifier
    label: Words
    team: Identifier


class Owner(StrictModel):
    id: Identifier
    label: Words
    contacts_per_week: Annotated[float, Field(ge=0)]


class Team(StrictModel):
    id: Identifier
    label: Words
    duties: Words | None = None
    owners: tuple[Owner, ...] = Field(min_length=1)


class Strategy(StrictModel):
    id: Identifier
    label: Words
    operating_class: OperatingClass
    mode: Words
    channels: tuple[str, ...] = ()  # empty: in the order of what the class answers to
    every_days: Days = 30  # a customer of the class is contacted once in so many days
    coverage: Annotated[float, Field(gt=0, le=1)] = 1  # share of the class contacted
    owner: Identifier
    metric: str
    target: float | None = None
    campaign_prefix: str = ""  # campaigns whose id begins so belong to this strategy, where they do not say
    trigger: Literal["schedule", "complaint_closed"] = "schedule"  # a contact is due by date, or after each complaint


class Cadence(StrictModel):
    stand_up: Literal["daily", "weekly"] = "weekly"
    report: Literal["weekly", "monthly"] = "weekly"
    review: Literal["monthly", "quarterly"] = "quarterly"


class Engagement(StrictModel):
    id: Identifier
    client: Client
    report: Report = Report()
    as_of: date  # phases 4 and 5 see everything up to the end of this day
    cycles: tuple[Cycle, ...] = Field(min_length=1)
    sources: tuple[Source, ...] = Field(min_length=1)
    engine: EngineName = DUCKDB  # where the metrics are computed; an address with a password by reference:
    engine_url_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None  # variable with the address
    engine_url_file: str | None = None  # file with the address in its first line, that only its owner may read
    data: Data = Data()
    currency: Currency = Currency()
    fills: tuple[Fill, ...] = ()
    definitions: Definitions = Definitions()
    identity: Identity = Identity()
    layering: Layering = Layering()
    tagging: Tagging = Tagging()
    tags: tuple[Tag, ...] = ()
    kpis: tuple[str, ...] = ()  # metrics that should have a target; those that have none are named
    churn: Churn = Churn()
    lifetime: Lifetime = Lifetime()
    targets: tuple[Target, ...] = ()
    scope: tuple[ScopeRule, ...] = ()
    links: tuple[Link, ...] = ()
    teams: tuple[Team, ...] = ()
    strategies: tuple[Strategy, ...] = ()
    cadence: Cadence = Cadence()
    parameters: dict[str, dict[str, str | int | float | bool]] = {}  # phase -> parameters of its playbook

    @model_validator(mode="after")
    def _consistent(self) -> Engagement:
        for entries_of in (self.cycles, self.sources):
            for i, entry in enumerate(entries_of):
                entry.stand(i)
        rule = broken_engine_rule(self.engine, self.engine_url_env, self.engine_url_file)
        if rule := rule or broken_rule(self.cycles, self.as_of):
            raise ValueError(rule)
        return self

    @property
    def cycle(self) -> Cycle:
        return self.cycles[-1]

    @cached_property
    def owners(self) -> dict[str, Owner]:
        return {owner.id: owner for team in self.teams for owner in team.owners}

    def class_names(self, language: str) -> tuple[tuple[str, str], ...]:
        """(operating class, what the trade calls it) where it has a name of its own; ('place', what the column of stores
        holds) where that is no store; ('head', how customers are counted) where not as persons; ('value:...', name of what
        stands in the data)."""
        names = [(str(name), getattr(words, language)) for name, words in self.layering.names.items()]
        names += [(f"{NAMED}{value}", getattr(words, language)) for value, words in self.report.names.items()]
        place = [("place", self.place)] if self.place != "store" else []
        return tuple(sorted([*names, *place, *([("head", self.head)] if self.head != "person" else [])]))

    def words(self, language: str) -> Catalogue:
        """Catalogue of a language in the client's words and currency."""
        return catalogue(language, self.report.currency, class_names=self.class_names(language))

    @property
    def head(self) -> str:
        """How customers are counted: as persons, as companies, or 'any' where they may be both or nobody says."""
        if self.identity.kind != "person":
            return "company" if self.identity.kind == "company" else "any"
        firms = any(source.columns.get(name) for source in self.sources for name in _OF_COMPANIES)
        return "any" if firms or self.client.industry == "b2b" else "person"

    @cached_property
    def place(self) -> str:
        """What the column of stores holds, by the headers that are mapped to it and speak of one, those of orders first; a
        store where they differ."""
        named = [source for source in self.sources if source.columns.get("store")]
        selling = [source for source in named if source.table == "order_lines"]
        kinds = {place_kind(source.columns["store"]) for source in selling or named} - {""}
        return kinds.pop() if len(kinds) == 1 else "store"

    def group_label(self, group_id: str) -> Message:
        """Words for 'all', 'class:core', 'scope:<id>'."""
        kind, _, id = group_id.partition(":")
        if kind == "scope":
            return next(rule.label.message for rule in self.scope if rule.id == id)
        return msg(f"class.{id}" if kind == "class" else "group.all")

    def owner_label(self, owner_id: str | None) -> Message:
        """Words for an owner or for 'team:<id>'; whoever the engagement does not name is shown as in the data."""
        if owner_id in self.owners:
            return self.owners[owner_id].label.message
        for team in self.teams:
            if owner_id == f"team:{team.id}":
                return team.label.message
        return literal(owner_id) if owner_id and owner_id != NO_OWNER else msg("group.no_owner")

    @property
    def trades(self) -> tuple[str, ...]:
        """Whose wording proposals and advice take, the closest first; a retailer's is everybody's."""
        trade = str(self.client.industry)
        own = () if trade == "retail" else (trade, *([SAME_WORDS[trade]] if trade in SAME_WORDS else []))
        return (*own, "b2b") if self.identity.kind == "company" and "b2b" not in own else own

    def in_trade(self, prefix: str, id: str) -> str:
        """What stands between `prefix` and `id` in the message of the client's trade: 'saas.', or ''."""
        return variant(prefix, self.trades, id)

    def strategy_label(self, strategy_id: str | None) -> Message:
        """Words for a strategy of the engagement, or for one that phase 3 proposed ('proposed_<class>')."""
        for strategy in self.strategies:
            if strategy.id == strategy_id:
                return strategy.label.message
        kind, _, operating_class = (strategy_id or "").partition("_")
        if kind == "proposed" and operating_class in OPERATING_CLASSES:
            name = f"{operating_class}.label"
            return msg(f"strategy.proposed.{self.in_trade('strategy.proposed', name)}{name}")
        return literal(strategy_id) if strategy_id else msg("group.no_strategy")

    def with_as_of(self, as_of: date | None) -> Engagement:
        """The same on another day. Raise UserError where the day does not fit the cycles."""
        if as_of is None:
            return self
        try:
            return Engagement.model_validate(self.model_dump() | {"as_of": as_of})
        except ValidationError as error:
            raise UserError(problems_of(error.errors(), "--as-of", Engagement)) from None


def broken_rule(cycles: Sequence[Cycle], as_of: date) -> str:
    """The rule that cycles and `as_of` break together, '' where they fit."""
    numbers = [cycle.number for cycle in cycles]
    if numbers != sorted(set(numbers)):
        return "cycles.not_in_order"
    if any(late.baseline <= early.baseline for early, late in itertools.pairwise(cycles)):
        return "cycles.baselines_not_in_order"
    return "cycles.as_of_before_baseline" if as_of < cycles[-1].baseline else ""
