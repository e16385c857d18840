"""Invented companies with planted duplicates, branches and neighbours of nearly the same name."""

import numpy as np
import pandas as pd

_FIRST = "华光宏达鑫盛恒信泰和瑞丰金源东方永安天成博远嘉禾新宇国联中汇飞龙万通凯旋祥云腾越海阔隆兴启明顺德锦绣长青正阳"
_TRADE = ("科技", "贸易", "食品", "电子", "机械", "医疗器械", "物流", "建材", "纺织", "化工", "传媒", "餐饮管理")
_PLACES = ("上海", "北京", "广州", "深圳", "杭州", "南京", "苏州", "成都", "武汉", "西安")
_FORMS = ("有限公司", "股份有限公司", "有限责任公司")
_TRADITIONAL = str.maketrans("华达东丰万龙国联汇飞凯云腾兴启顺锦绣长阳贸电机医疗传饮广苏汉", "華達東豐萬龍國聯匯飛凱雲騰興啟順錦繡長陽貿電機醫療傳飲廣蘇漢")  # fmt: skip
_WORDS = ("Acorn", "Bluefin", "Castell", "Dunmore", "Elmwood", "Fairhaven", "Glenrock", "Harlow", "Inverness", "Juniper",
          "Kestrel", "Lynwood", "Marlowe", "Northgate", "Oakridge", "Pinecrest")  # fmt: skip
_WESTERN_TRADE = ("Trading", "Foods", "Electronics", "Logistics", "Medical", "Textiles", "Media", "Engineering")
_WESTERN_FORMS = ("Ltd", "Limited", "Co., Ltd.", "GmbH", "Inc.")
_ROADS = ("人民路", "中山路", "解放路", "建设路", "和平路", "科苑路")


def companies(count, seed):
    """`count` firms, a seventh of them with a branch, 40 % of all with a second record; and the firm or branch of each."""
    rng = np.random.default_rng(seed)
    firms = [_firm(rng, i) for i in range(count)]
    firms += [_branch(rng, firm) for firm in firms if firm["han"] and rng.random() < 1 / 7]
    rows = []
    for number, firm in enumerate(firms):
        rows.append(firm | {"firm": number})
        if rng.random() < 0.4:
            rows.append(_again(rng, firm) | {"firm": number})
    found = pd.DataFrame(rows, dtype=object).iloc[rng.permutation(len(rows))].reset_index(drop=True)
    for column, share in (("phone", 0.15), ("email", 0.4), ("address", 0.2), ("city", 0.1), ("id_number", 0.6)):
        found[column] = found[column].where(rng.random(len(found)) >= share, None)
    found["record_id"] = [f"R{i:06d}" for i in range(len(found))]
    found["key_space"], found["customer_key"] = "crm", [f"B{i:06d}" for i in range(len(found))]
    columns = ["record_id", "key_space", "customer_key", "phone", "email", "name", "city", "address", "id_number"]
    return found[columns], found["firm"]


def _firm(rng, number):
    """Every eighth sits at the address, and has the switchboard, of an office block that others share."""
    place, han = str(rng.choice(_PLACES)), bool(rng.random() < 0.75)
    if han:
        core = "".join(rng.choice(list(_FIRST), rng.integers(2, 4))) + str(rng.choice(_TRADE))
        name = f"{place}{core}{rng.choice(_FORMS)}"
    else:
        core = f"{' '.join(rng.choice(_WORDS, 2, replace=False))} {rng.choice(_WESTERN_TRADE)}"
        name = f"{core} {rng.choice(_WESTERN_FORMS)}"
    block = bool(rng.random() < 1 / 8)
    address = "科苑路8号创业大厦" if block else f"{rng.choice(_ROADS)}{rng.integers(1, 999)}号{rng.integers(1, 30)}楼"
    return {
        "name": name, "core": core, "place": place, "han": han, "city": place, "address": f"{address}{rng.integers(100, 2000)}室",
        "phone": _phone(rng), "email": f"info@{'ab'[number % 2]}firm{number}.example",
        "id_number": f"9131{rng.integers(10**13, 10**14)}",
    }  # fmt: skip


def _branch(rng, firm):
    """Another city, its own telephone and licence; the head office's domain."""
    place = str(rng.choice([p for p in _PLACES if p != firm["place"]]))
    return firm | {
        "name": f"{firm['name']}{place}分公司", "branch": True, "city": place, "phone": _phone(rng),
        "address": f"{rng.choice(_ROADS)}{rng.integers(1, 999)}号", "id_number": f"9144{rng.integers(10**13, 10**14)}",
    }  # fmt: skip


def _again(rng, firm):
    """As another system has it: form left out or changed, place in brackets, traditional, a new telephone or room."""
    found = dict(firm)
    draw = rng.random()
    if firm["han"] and not firm.get("branch"):
        if draw < 0.25:
            found["name"] = f"{firm['core']}（{firm['place']}）有限公司"
        elif draw < 0.45:
            found["name"] = f"{firm['place']}{firm['core']}"
    elif not firm["han"]:
        found["name"] = f"{firm['core'].upper() if draw < 0.4 else firm['core']} {rng.choice(_WESTERN_FORMS)}"
    if firm["han"] and rng.random() < 0.3:
        found["name"] = found["name"].translate(_TRADITIONAL)
    if rng.random() < 0.25:
        found["phone"] = _phone(rng)
    if rng.random() < 0.15:
        found["address"] = f"{rng.choice(_ROADS)}{rng.integers(1, 999)}号"
    if rng.random() < 0.2:
        found["email"] = "sales" + firm["email"][4:]
    return found


def _phone(rng):
    return f"+8621{rng.integers(10**7, 10**8)}"
