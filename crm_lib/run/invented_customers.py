"""Invented Chinese customers with planted duplicates: what `bench identity` and the tests of matching run on.

Nothing of the matching's own model is used here. Families live at one address and share a telephone; a fifth of the
cells that a record may lack are missing; a duplicate has the slips that people make at tills and on forms.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.random import Generator

# The commonest surnames with their share of the population in per mille (公安部户政管理研究中心, 2020), then rarer ones.
_SURNAMES = dict(
    zip(
        "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤",
        [72, 71, 68, 54, 46, 31, 23, 21, 20, 19, 15, 14, 13, 12, 12, 11, 11, 11, 10, 9.6, *np.geomspace(9, 1.5, 87)],
        strict=False,
    )
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国文玉红梅春燕兰凤洁琳素云莲真环雪荣爱妹香月莺媛瑞凡佳嘉琼勤珍贞莉璐婷宁慧巧美淑惠珠翠雅芝萍"
    "彤彩霜晶妍茜秋珊莎锦黛青倩婉娴瑾颖露瑶怡婵雁蓓仪荷丹蓉眉君琴蕊薇菁梦岚苑筠柔竹霭凝晓欢霄枫芸菲寒欣滢伊亚宜可姬舒影荔枝思俊峰毅浩博达安岩中茂进林有坚"
    "和彪诚先敬震振壮会思群豪心邦承乐绍功松善厚庆民友裕河哲江翔旭鹏泽晨辰士以建家致树炎德行时泰盛雄琛钧冠策腾楠榕风航弘轩宇子涵梓浩然雨欣诗琪俊熙"
)
_HOMOPHONES = ("丽莉莉力", "伟玮维炜", "芳方仿", "静静婧靖", "敏敏闽", "杰洁捷婕", "婷亭庭", "佳嘉家", "欣心昕新", "宇雨羽语", "晓小筱", "文雯闻", "涛滔韬", "明鸣铭", "华花骅", "章张彰", "王汪", "陈程", "林琳霖", "肖萧")  # fmt: skip
_CITIES = ("上海", "北京", "广州", "深圳", "杭州", "南京", "苏州", "成都", "武汉", "西安", "重庆", "天津", "青岛", "长沙", "宁波", "郑州", "合肥", "厦门", "无锡", "佛山")  # fmt: skip
_ROADS = ("人民", "中山", "解放", "建设", "和平", "新华", "文化", "长江", "黄河", "南京", "北京", "延安", "复兴", "迎宾", "学院", "滨江", "湖滨", "东风", "胜利", "光明")  # fmt: skip
_MAIL = ("qq.com", "163.com", "126.com", "gmail.com", "sina.com", "outlook.com")
COLUMNS = ("record_id", "key_space", "customer_key", "phone", "email", "name", "gender", "birth_date", "city", "address", "first_on")  # fmt: skip


def invented_customers(records: int, duplicates: float, seed: int, gaps: float = 1) -> tuple[pd.DataFrame, pd.Series]:
    """`records` records, a share `duplicates` of them second or third ones of a person; and the person of each.

    gaps: 1 leaves out a fifth of what a record may lack, 0 nothing."""
    rng = np.random.default_rng(seed)
    again = round(records * duplicates)
    people = _people(rng, records - again)
    copied = rng.integers(0, len(people), again)
    second = _slipped(rng, people.iloc[copied].reset_index(drop=True))
    found = pd.concat([people.assign(person=np.arange(len(people))), second.assign(person=copied)], ignore_index=True)
    found = _with_gaps(rng, found, gaps)
    found = found.iloc[rng.permutation(len(found))].reset_index(drop=True)
    found["record_id"] = [f"R{i:08d}" for i in range(len(found))]
    found["key_space"], found["customer_key"] = "crm", [f"M{i:08d}" for i in rng.permutation(len(found))]
    found["first_on"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 1000, len(found)), "D")
    return found[list(COLUMNS)], found["person"]


def _people(rng: Generator, count: int) -> pd.DataFrame:
    """Persons in households of one to four, who share an address, mostly a surname, sometimes a telephone."""
    size = rng.choice([1, 2, 3, 4], count, p=[0.5, 0.25, 0.15, 0.1])
    home = np.repeat(np.arange(count), size)[:count]
    surnames, weights = np.array(list(_SURNAMES)), np.array(list(_SURNAMES.values()))
    own = rng.choice(surnames, count, p=weights / weights.sum())
    family = rng.choice(surnames, count, p=weights / weights.sum())[home]
    surname = np.where(rng.random(count) < 0.7, family, own)
    signs = np.array(list(_GIVEN))
    first, last = rng.choice(signs, count), rng.choice(signs, count)
    name = surname.astype(object) + np.where(rng.random(count) < 0.25, "", first.astype(object)) + last.astype(object)
    phone = _phones(rng, count)
    shared = rng.random(count) < 0.15
    city = rng.choice(_CITIES, count)[home]
    address = (
        pd.Series(rng.choice(_ROADS, count)).str.cat(["路"] * count)
        + pd.Series(rng.integers(1, 999, count)).astype(str) + "号"
        + pd.Series(rng.integers(1, 30, count)).astype(str) + "幢"
        + pd.Series(rng.integers(1, 2800, count)).astype(str) + "室"
    ).to_numpy()[home]  # fmt: skip
    born = np.datetime64("1945-01-01") + rng.integers(0, 22000, count).astype("timedelta64[D]")
    mailbox = pd.Series(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), count)) + _digits(rng, count, 8)
    return pd.DataFrame(
        {
            "name": name,
            "phone": np.where(shared, phone[home], phone),
            "email": (mailbox + "@" + rng.choice(_MAIL, count)).to_numpy(),
            "gender": rng.choice(["female", "male"], count),
            "birth_date": pd.Series(born).dt.strftime("%Y%m%d").to_numpy(),
            "city": city,
            "address": address,
        },
        dtype=object,
    )


def _phones(rng: Generator, count: int) -> np.ndarray:
    start = rng.choice(["138", "139", "136", "150", "158", "186", "177", "189", "133", "152"], count)
    return ("+86" + pd.Series(start) + _digits(rng, count, 8)).to_numpy()


def _digits(rng: Generator, count: int, size: int) -> pd.Series:
    return pd.Series(rng.integers(0, 10**size, count)).astype(str).str.zfill(size)


def _slipped(rng: Generator, people: pd.DataFrame) -> pd.DataFrame:
    """Second records: a slip in the name of a fifth, a new telephone of a fourth, some moved, mistyped or left out."""
    found, count = people.copy(), len(people)
    draw = {name: rng.random(count) for name in ("name", "phone", "email", "birth", "address")}
    found["name"] = [_name_slip(rng, n) if d < 0.2 else n for n, d in zip(found["name"], draw["name"], strict=True)]
    fresh = _phones(rng, count)
    found["phone"] = [
        new if d < 0.25 else _digit_slip(rng, old, 6) if d < 0.35 else old
        for old, new, d in zip(found["phone"], fresh, draw["phone"], strict=True)
    ]
    found["email"] = [_mail_slip(rng, e, d) for e, d in zip(found["email"], draw["email"], strict=True)]
    found["birth_date"] = [_birth_slip(rng, b, d) for b, d in zip(found["birth_date"], draw["birth"], strict=True)]
    moved = _people(rng, count)["address"]
    found["address"] = [
        new if d < 0.1 else _digit_slip(rng, old, 2) if d < 0.15 else old.replace("幢", "栋") if d < 0.25 else old
        for old, new, d in zip(found["address"], moved, draw["address"], strict=True)
    ]
    return found


def _name_slip(rng: Generator, name: str) -> str:
    """A character of the same sound, two characters swapped, one wrong, or one left out."""
    i, kind = int(rng.integers(0, len(name))), rng.random()
    if kind < 0.45:
        for group in _HOMOPHONES:
            for i, sign in enumerate(name):
                if sign in group:
                    return name[:i] + str(rng.choice(list(group))) + name[i + 1 :]
    if kind < 0.65:
        i = max(i, 1)
        return name[: i - 1] + name[i] + name[i - 1] + name[i + 1 :]
    if kind < 0.85 or len(name) < 3:
        return name[:-1] + str(rng.choice(list(_GIVEN)))
    return name[:1] + name[2:]


def _digit_slip(rng: Generator, text: str, first: int) -> str:
    places = [i for i, sign in enumerate(text) if sign.isdigit() and i >= first]
    if not places:
        return text
    i = int(rng.choice(places))
    return text[:i] + str((int(text[i]) + int(rng.integers(1, 10))) % 10) + text[i + 1 :]


def _mail_slip(rng: Generator, email: str, draw: float) -> str:
    if draw < 0.2:
        return (
            str(rng.choice(list("abcdefgh"))) + "".join(map(str, rng.integers(0, 10, 8))) + "@" + str(rng.choice(_MAIL))
        )
    return _digit_slip(rng, email, 1) if draw < 0.25 else email


def _birth_slip(rng: Generator, birth: str, draw: float) -> str:
    """Day and month swapped where that is a day, or a digit of the day wrong."""
    if draw >= 0.06:
        return birth
    turned = birth[:4] + birth[6:] + birth[4:6]
    return turned if draw < 0.02 and int(birth[6:]) <= 12 else birth[:6] + f"{rng.integers(1, 29):02d}"


def _with_gaps(rng: Generator, found: pd.DataFrame, gaps: float) -> pd.DataFrame:
    for column, share in (
        ("phone", 0.1),
        ("email", 0.5),
        ("birth_date", 0.2),
        ("gender", 0.1),
        ("city", 0.1),
        ("address", 0.4),
    ):
        found[column] = found[column].where(rng.random(len(found)) >= share * gaps, None)
    nothing = found["phone"].isna() & found["email"].isna() & found["birth_date"].isna() & found["address"].isna()
    found.loc[nothing, "phone"] = _phones(rng, int(nothing.sum()))
    return found.astype(object)
