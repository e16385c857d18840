"""Companies: legal forms, places, characters and branches."""

import pandas as pd
import pytest

from crm_lib.engagement import Identity
from crm_lib.identity import resolve
from crm_lib.identity.firms import HEAD, read_firm
from crm_lib.identity.resolution import resolve_records
from crm_lib.run.pair_quality import quality
from tests.identity.companies import companies

P, Q = "+862161234567", "+862161234568"


def customers(one, other, **settings):
    rows = [
        {"record_id": f"r{i}", "key_space": "crm", "customer_key": f"{i}", "email": None, "phone": None, **given}
        for i, given in enumerate((one, other))
    ]
    found = resolve_records(pd.DataFrame(rows, dtype=object), Identity(kind="company", **settings)).records
    return found["customer_id"].nunique()


@pytest.mark.parametrize(
    ("name", "core", "branch"),
    [
        ("上海华光科技有限公司", "华光科技", HEAD),
        ("华光科技（上海）有限公司", "华光科技", HEAD),
        ("上海华光科技股份有限公司", "华光科技", HEAD),
        ("上海华光科技有限公司北京分公司", "华光科技", "北京分公司"),
        ("招商银行深圳分行", "招商银行", "深圳分行"),
        ("Acme Trading Co., Ltd.", "acmetrading", HEAD),
        ("ACME Trading GmbH & Co. KG", "acmetrading", HEAD),
        ("Acme Trading Ltd - Berlin Branch", "acmetrading", "berlinbranch"),
        ("Kühn Metallbau GmbH & Co. KG Niederlassung Göttingen", "kuhnmetallbau", "niederlassunggottingen"),
        ("Leitner Anlagentechnik AG, Zweigniederlassung Graz", "leitneranlagentechnik", "zweigniederlassunggraz"),
        ("Thiel Stahlbau AG Chemnitz Niederlassung", "thielstahlbau", "chemnitzniederlassung"),
        ("Nowak Maszyny Sp. z o.o. Oddział w Krakowie", "nowakmaszyny", "oddzialwkrakowie"),
        ("Durand SARL, succursale de Lyon", "durand", "succursaledelyon"),
        ("Acme Trading Ltd, Branch Munich", "acmetrading", "branchmunich"),
        ("Olive Branch Foods Ltd", "olivebranchfoods", HEAD),
        ("Narzędzia Kamiński Spółka z o.o.", "narzedziakaminski", HEAD),
        ("Mazur Metal Spółka Akcyjna", "mazurmetal", HEAD),
        ("Pichler Maschinenbau G.m.b.H.", "pichlermaschinenbau", HEAD),
        ("Moser Stahlbau Ges.m.b.H.", "moserstahlbau", HEAD),
        ("Haas Werkzeugbau e.K.", "haaswerkzeugbau", HEAD),
        ("Vogt Hydraulik Aktiengesellschaft", "vogthydraulik", HEAD),
        ("Fa. Dietz Drehteile", "dietzdrehteile", HEAD),
        ("Förster u. Müller Stahlbau KG", "forsterandmullerstahlbau", HEAD),
        ("Foerster & Mueller Stahlbau KG", "forsterandmullerstahlbau", HEAD),
        ("Bauer Feuerschutz GmbH", "bauerfeuerschutz", HEAD),
        ("Fabry Werkzeuge GmbH", "fabrywerkzeuge", HEAD),
        ("Sequoia AG", "sequoia", HEAD),
    ],
)
def test_a_firm_is_told_from_its_form_and_branch(name, core, branch):
    found = read_firm(name)
    assert (found.core, found.branch) == (core, branch)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "上海华光科技有限公司", "phone": P}, {"name": "上海華光科技有限公司", "phone": P}),
        ({"name": "上海华光科技有限公司", "address": "人民路1号", "city": "上海"}, {"name": "华光科技（上海）有限公司", "address": "人民路1号", "city": "上海"}),
        ({"name": "Acme Trading Ltd", "email": "buy@acme.example"}, {"name": "ACME TRADING LIMITED", "email": "buy@acme.example"}),
        ({"name": "Acme Trading Ltd", "id_number": "91310000123456789X", "city": "上海"}, {"name": "Acme Commerce", "id_number": "91310000123456789X", "city": "上海"}),
    ],
)  # fmt: skip
def test_spellings_of_one_firm_are_one_customer(one, other):
    assert customers(one, other) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "上海华光科技有限公司", "phone": P}, {"name": "上海华泰贸易有限公司", "phone": P}),
        ({"name": "上海华光科技有限公司"}, {"name": "北京华光科技有限公司"}),
        ({"name": "上海华光科技有限公司", "phone": P}, {"name": "上海华光科技有限公司北京分公司", "phone": P}),
    ],
)
def test_others_and_branches_are_customers_of_their_own(one, other):
    assert customers(one, other) == 2


@pytest.mark.parametrize(
    ("head", "branch"),
    [
        ("Kühn Metallbau GmbH", "Kühn Metallbau GmbH Niederlassung Göttingen"),
        ("Leitner Technik AG", "Leitner Technik AG Zweigniederlassung Graz"),
        ("Nowak Maszyny Sp. z o.o.", "Nowak Maszyny Sp. z o.o. Oddział Poznań"),
        ("Durand SARL", "Durand SARL succursale de Lyon"),
    ],
)
def test_a_branch_with_the_head_offices_mailbox_and_tax_number_is_its_own(head, branch):
    both = {"email": "info@firm.example", "id_number": "DE372982618"}
    assert customers({"name": head, "city": "A", **both}, {"name": branch, "city": "B", "phone": P, **both}) == 2
    assert customers({"name": head, **both}, {"name": branch, **both}, branches="together") == 1


@pytest.mark.parametrize(
    ("name", "count"),
    [("Automatyka D?browski S.A.", 1), ("Automatyka D\ufffdbrowski S.A.", 1), ("Automatyka K?minski S.A.", 2)],
)
def test_a_letter_that_an_encoding_lost_may_be_any(name, count):
    assert customers({"name": "Automatyka Dąbrowski S.A.", "phone": P}, {"name": name, "phone": P}) == count


def test_branches_are_one_where_the_engagement_says_so():
    one = {"name": "上海华光科技有限公司", "phone": P}
    other = {"name": "上海华光科技有限公司北京分公司", "phone": P}
    assert customers(one, other, branches="together") == 1


@pytest.mark.parametrize("seed", [1, 2])
def test_invented_companies_are_found_and_neighbours_stay_apart(seed):
    records, truth = companies(2000, seed)

    def reached(**settings):
        found = resolve(records, Identity(**settings))
        return quality(records[["record_id"]].merge(found, on="record_id")["customer_id"], truth)

    ours = reached(kind="company")
    assert ours.precision >= 0.995, ours
    assert ours.recall >= 0.85, ours  # one in ten second records shares nothing but the name
    assert ours.f1 > reached(kind="none").f1 + 0.3


OTHERS = {"phone": "+862187654321", "city": "杭州"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("杭州联源网新能源有限公司", "杭州联源网新能源 有限公司"),
        ("杭州达网教育科技有限公司", "杭州達網教育科技有限公司"),
        ("杭州博图贸易有限公司", "杭州市博图贸易有限公司"),
        ("杭州博图贸易有限公司", "浙江省杭州市博图贸易有限公司"),
    ],
)
@pytest.mark.parametrize("known", [{}, {"city": "杭州"}, {"phone": P, "city": "杭州"}])
def test_a_registered_name_is_one_firms(one, other, known):
    assert customers({"name": one, **known}, {"name": other, **OTHERS}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("和森拓食品有限公司", "和森拓食品公司"),
        ("杭州鼎力供应链管理有限公司", "鼎力供应链管理"),
        ("科邦达教育科技有限公司", "科邦达教育科技（集团）有限公司"),
        ("Acme Trading Ltd", "ACME TRADING"),
    ],
)
def test_names_that_leave_something_open_are_shown_to_a_person(one, other):
    given = [{"name": one, "phone": P, "city": "杭州"}, {"name": other, **OTHERS}]
    rows = [
        {"record_id": f"r{i}", "key_space": "crm", "customer_key": f"{i}", "email": None, **row}
        for i, row in enumerate(given)
    ]
    found = resolve_records(pd.DataFrame(rows, dtype=object), Identity(kind="company"))
    assert (found.records["customer_id"].nunique(), len(found.pairs)) == (2, 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"id_number": "91310000123456789X"}, {"id_number": "91330000987654321X"}),
        ({"email": "a@one.example", "address": "人民路1号"}, {"email": "b@two.example", "address": "中山路9号"}),
    ],
)
def test_what_speaks_against_one_firm_counts(one, other):
    name = {"name": "杭州博图贸易有限公司"}
    assert customers(name | {"phone": P} | one, name | other | {"phone": OTHERS["phone"]}) == 2


@pytest.mark.parametrize(
    ("name", "core"),
    [("上海超级市场管理有限公司", "超级市场管理"), ("华夏城市建设有限公司", "华夏城市建设"), ("绍兴市华光科技有限公司", "华光科技")],
)  # fmt: skip
def test_a_city_is_no_part_of_a_word(name, core):
    assert read_firm(name).core == core
