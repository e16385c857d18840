"""Channels in the order of the class's answers, and what stands in where answers are few."""

import pandas as pd
import pytest

from crm_lib import strategy
from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.language import catalogue, literal
from crm_lib.strategy.channel_findings import channel_findings
from crm_lib.strategy.channels import channel_order
from crm_lib.strategy.preset_channels import preset_channels
from tests.strategy import shop

WORDS = catalogue("en")
LAYERS = shop.layers({"core": 5, "potential": 5})


def contact(
    i: int, customer: str, channel: str | None, outcome: str | None, direction: str = "out", before: int = 9
) -> dict:
    moment = pd.Timestamp(shop.day(before))
    return {
        "interaction_id": f"i{i}",
        "customer_id": customer,
        "channel": channel,
        "outcome": outcome,
        "direction": direction,
        "happened_at": moment,
    }


def measured(contacts: list[dict], **frames: pd.DataFrame) -> tuple[Engine, Engagement, pd.DataFrame]:
    engine = shop.engine(interactions=pd.DataFrame(contacts), customers=shop.everyone(LAYERS), **frames)
    engagement = shop.engagement()
    strategy.customers(engine, engagement, LAYERS)
    return engine, engagement, strategy.responses(engine, engagement)


FEW = [
    *[contact(i, "core-00", "sms", "no_answer") for i in range(3)],
    contact(3, "core-01", "sms", "responded"),
    contact(4, "core-01", "phone", "converted"),
    contact(5, "core-02", "phone", "no_answer"),
    contact(6, "core-02", "visit", "converted"),
    contact(7, "core-03", "phone", "converted", direction="in"),
    contact(8, "core-03", None, "converted"),
    contact(9, "core-03", "phone", "converted", before=400),
]
# The same fortyfold: enough to tell the channels apart.
CONTACTS = [one | {"interaction_id": f"{one['interaction_id']}-{i}"} for one in FEW for i in range(40)]
ALIKE = [
    contact(i, f"core-0{i % 5}", "phone" if i % 2 else "sms", "responded" if i % 8 < 2 else "reached")
    for i in range(80)
]


def test_answers_to_our_own_contacts_of_the_window_are_counted_by_channel():
    _, _, found = measured(FEW)
    core = found.set_index("channel")
    assert core.loc["sms"][["contacts", "responses"]].tolist() == [4, 1]
    assert core.loc["phone"][["contacts", "responses"]].tolist() == [2, 1]
    assert not core.loc["visit", "enough"]
    assert found["channel"].tolist() == ["phone", "sms", "visit"]  # too few last, whatever its rate
    assert core.loc["sms", "low"] < 0.25 < core.loc["sms", "high"]


def test_campaign_messages_count_once_their_window_has_passed():
    sent = [
        ("core-00", 40, 39, "treatment"),
        ("core-01", 40, 10, None),  # answered after the window
        ("core-02", 40, None, "holdout"),
        ("core-03", 5, 4, "treatment"),  # too young
    ]
    members = pd.DataFrame(
        [
            {
                "campaign_id": "c",
                "customer_id": id,
                "sent_on": shop.day(n),
                "responded_on": answered if answered is None else shop.day(answered),
                "arm": arm,
            }
            for id, n, answered, arm in sent
        ]
    )
    campaigns = pd.DataFrame([{"campaign_id": "c", "channel": "email", "starts_on": shop.day(40)}])
    _, _, found = measured(FEW[:1], campaign_members=members, campaigns=campaigns)
    email = found.set_index("channel").loc["email"]
    assert email[["contacts", "kind", "responses"]].tolist() == [2, "campaign", 1]


@pytest.mark.parametrize(
    ("contacts", "given", "bought", "expected"),
    [
        (CONTACTS, ["sms", "phone"], True, (["sms", "phone"], "given")),  # agreed with its mode: not turned
        (CONTACTS, ["wecom"], True, (["wecom"], "given")),
        (FEW[:1], ["sms", "phone"], True, (["sms", "phone"], "given")),
        (CONTACTS, [], True, (["visit", "phone", "sms"], "measured")),
        (ALIKE, ["sms", "phone"], True, (["sms", "phone"], "given")),
        (ALIKE, ["phone", "sms"], True, (["phone", "sms"], "given")),
        (ALIKE, [], True, (["store"], "purchases")),
        (FEW[:1], [], True, (["store"], "purchases")),
        (FEW[:1], [], False, (["email", "visit"], "preset")),
    ],
)
def test_the_order_and_its_source(contacts: list[dict], given: list[str], bought: bool, expected: tuple):
    frames = {"orders": shop.orders([shop.order("core-00", 9)])} if bought else {}
    engine, engagement, found = measured(contacts, **frames)
    one = shop.engagement(strategies=[shop.strategy("visit", "core", "ann", channels=given)]).strategies[0]
    presets = {"core": ("email", "visit")}
    assert channel_order(one, found, strategy.purchase_channels(engine, engagement), presets) == expected


def presets(region: str, industry: str = "retail", **frames: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    report = {"phone_region": region, "languages": ["en"]}
    given = shop.engagement(report=report, client={"name": "Shop", "industry": industry})
    return preset_channels(shop.engine(**frames), given)


def people(**columns: object) -> pd.DataFrame:
    return shop.everyone(LAYERS).assign(**{"phone": "1", "email": "a@b.example"} | columns)


def test_outside_china_nobody_is_sent_to_wecom_or_a_mini_program():
    abroad = presets("DE", customers=people())
    used = {channel for channels in abroad.values() for channel in channels}
    assert used == {"phone", "email", "visit", "sms"}
    assert "wecom" in presets("CN", customers=people())["core"]
    assert presets("DE", "b2b", customers=people())["core"][0] == "visit"


def test_channels_that_the_data_cannot_serve_are_left_out():
    assert presets("DE", customers=people(phone=None))["dormant"] == ("email",)
    assert presets("DE", customers=people(email=None))["potential"] == ("sms",)
    bought = shop.orders([shop.order("core-00", 9) | {"channel": "app"}])
    assert presets("DE", customers=people(), orders=bought)["potential"] == ("email", "app", "sms")
    assert presets("DE")["core"] == ("visit",)  # no customer's details at all


def test_channels_that_the_client_uses_come_before_those_it_does_not():
    known = pd.DataFrame([contact(i, "core-00", "phone", "no_answer") for i in range(3)])
    assert presets("DE", customers=people(), interactions=known)["core"] == ("phone",)


def test_a_proposal_follows_the_class_s_answers_else_the_preset_never_the_tills():
    one = shop.engagement(strategies=[shop.strategy("proposed_core", "core", "ann", channels=[])]).strategies[0]
    engine, engagement, found = measured(CONTACTS, orders=shop.orders([shop.order("core-00", 9)]))
    bought = strategy.purchase_channels(engine, engagement)
    assert channel_order(one, found, bought, {"core": ("email",)}) == (["visit", "phone", "sms"], "measured")
    _, _, few = measured(FEW[:1])
    assert channel_order(one, few, bought, {"core": ("email",)}) == (["email"], "preset")


def unanswered(n: int = 40) -> pd.DataFrame:
    day = shop.day(40)
    return pd.DataFrame(
        [{"campaign_id": "c", "customer_id": f"core-0{i % 5}", "sent_on": day, "channel": "sms"} for i in range(n)]
    )


def test_lists_that_never_say_who_answered_are_no_answers_of_zero():
    engine, engagement, found = measured(FEW, campaign_members=unanswered())
    assert set(found["kind"]) == {"interaction"}
    assert found.loc[found["channel"].eq("sms"), "contacts"].tolist() == [4]
    customers = strategy.customers(engine, engagement, LAYERS)
    said = [WORDS.text(sentence) for sentence in strategy.remarks(engine, engagement, customers)]
    assert any("none of the 40 rows" in sentence for sentence in said)


@pytest.mark.parametrize("outcome", [None, "reached", "no_answer"])
def test_talks_that_never_say_who_answered_are_no_answers_of_zero(outcome):
    engine, engagement, found = measured([contact(i, "core-00", "sms", outcome) for i in range(9)])
    assert not len(found)
    customers = strategy.customers(engine, engagement, LAYERS)
    said = [WORDS.text(sentence) for sentence in strategy.remarks(engine, engagement, customers)]
    assert any("Of 9 interactions, not one says how" in sentence for sentence in said)


@pytest.mark.parametrize(
    ("channels", "source"), [(("phone", "email"), "measured"), (("phone", "sms", "visit", "email"), "preset")]
)
def test_the_best_and_the_worst_of_several_channels_have_to_differ_by_more_than_of_two(channels, source):
    answers = {"phone": (15, 100), "sms": (11, 100), "visit": (10, 100), "email": (5, 100)}
    found = pd.DataFrame(
        [("core", name, "interaction", contacts, x, 0) for name in channels for x, contacts in [answers[name]]],
        columns=["operating_class", "channel", "kind", "contacts", "responses", "campaigns"],
    ).assign(share=lambda frame: frame["responses"] / frame["contacts"], enough=True, comparable=True)
    one = shop.engagement(strategies=[shop.strategy("proposed_core", "core", "ann", channels=[])]).strategies[0]
    assert channel_order(one, found, pd.DataFrame(), {"core": ("email",)})[1] == source


def test_the_title_ranks_channels_only_where_one_is_proven_first():
    title = WORDS.text(strategy.response_title(measured(CONTACTS)[2], 2))
    assert title.startswith("Among talks one by one, core customers answer Visit most")
    mailed = strategy.response_title(measured(CONTACTS)[2].assign(kind="campaign"), 2)
    assert WORDS.text(mailed).startswith("Among mailings, ")
    assert "no channel is proven to be answered more" in WORDS.text(strategy.response_title(measured(ALIKE)[2], 2))


def test_one_channel_is_not_compared_with_itself():
    alone = measured([*CONTACTS[:3], contact(99, "core-00", "sms", "responded")])[2]
    title = WORDS.text(strategy.response_title(alone, 2))
    assert "no channel is proven" not in title
    assert "In no class do two channels have 2 contacts" in title
    plan = pd.DataFrame(columns=["operating_class", "strategy", "label", "channels", "trigger"])
    for addresses, advice in ((True, "second channel"), (False, "no telephone number")):
        (said,) = channel_findings(shop.engagement(), plan, alone.assign(enough=True), plan, addresses)
        assert advice in WORDS.text(said.action)


def asked(customers: int, status: str) -> str:
    """The advice to a strategy that begins with SMS where its class answers the telephone more."""
    found = measured(CONTACTS)[2]
    row = {"strategy": "s", "label": literal("S"), "operating_class": "core", "channels": ["sms", "phone"]}
    row |= {"trigger": "schedule", "owner": "ann", "customers": customers}
    owners = pd.DataFrame({"owner": ["ann"], "label": [literal("Ann")], "status": [status]})
    first = next(iter(channel_findings(shop.engagement(), pd.DataFrame([row]), found, owners, True)))
    assert "“S” puts SMS first" in WORDS.text(first.headline) or "does not use" in WORDS.text(first.headline)
    return WORDS.text(first.action)


def test_another_order_is_tried_on_half_the_list_where_that_can_show_anything():
    assert "Draw half of the list of “S” by lot" in asked(500, "good")
    assert "Ann is above capacity" in asked(500, "bad")
    assert "Keep the order" in asked(10, "good")


def test_classes_with_one_channel_are_no_part_of_the_comparison():
    core = measured(ALIKE)[2]
    alone = core[core["channel"] == "sms"].assign(operating_class="potential")
    title = WORDS.text(strategy.response_title(pd.concat([core, alone], ignore_index=True), 2))
    assert title.startswith("In 1 class that can be compared (core customers)")
    both = pd.concat([core, core.assign(kind="campaign")], ignore_index=True)
    assert WORDS.text(strategy.response_title(both, 2)).startswith("In 1 class that can be compared (core customers)")


def test_mailings_of_one_campaign_are_marked_in_the_table():
    core = measured(ALIKE)[2].assign(enough=True)
    sent = core.assign(kind="campaign", comparable=core["channel"].ne("sms"))
    readings = strategy.response_table(pd.concat([core, sent], ignore_index=True))["reading"]
    assert readings.value_counts().to_dict() == {"enough": 2 * len(core) - 1, "one_campaign": 1}
