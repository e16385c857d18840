"""Both languages say everything that is spoken, with the same arguments, and nothing that is not."""

import re
from functools import cache
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from crm_lib.engagement import OPERATING_CLASSES
from crm_lib.language import LANGUAGES, catalogue, term_or_text
from crm_lib.paths import LOCALE
from crm_lib.report._typst_glyphs import coverage
from tests.locale_scan import Scan, scan

# Ids that only data spell out, or that are for the engagement's author to name.
FROM_DATA = (
    "status.",
    "severity.",
    "weekday.",
    "class.",
    "place.",
    "head.",
    "group.",
    "industry.",
    "stage.",
    "channel.",
    "kind.",
    "outcome.",
)
NAMES_ITSELF = {"report.language.zh", "report.language.en"}  # each language is called as its readers call it
QUOTES_CHINESE = {"template.sources.amount_unit"}  # explains a unit that the client's files may be in
# In Chinese: what is said of persons only, and what must be staff where it stands as it is.
PERSONS = re.compile(
    r"(?:\}|[0-9]) ?(?:位|人|名)(?![单称册于下])|[一两每](?:位|人)|位[客新]|[一每]名客|(?<!责)人[均数]|人次"
)
STAFF = re.compile("负责人|销售人员|成交最多的一位|联系人|接待人员|由一人联系|51～200人|超过 15 位")
PLURAL = re.compile(r"[^|{}]+\|[^|{}]+")  # {n:customer|customers}
CLASSES = {f"class.{name}" for name in OPERATING_CLASSES}
TOOLS = re.compile("papermill|nbconvert|html")
CJK = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


@cache
def words(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((LOCALE / language).glob("*.po")):
        with path.open("rb") as stream:
            found |= {str(entry.id): str(entry.string) for entry in read_po(stream) if entry.id}
    return found


@cache
def scanned() -> Scan:
    return scan()


def placeholders(text: str) -> frozenset[str]:
    """Names of arguments; words that the catalogue fills in by itself are none."""
    named = frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)
    return frozenset(name for name in named if not name.startswith(("class.", "shop.", "head.")))


def bare(text: str) -> str:
    """The text without its placeholders."""
    return "".join(part for part, *_ in Formatter().parse(text))


def test_both_languages_have_the_same_files_and_ids():
    files = {language: {path.name for path in (LOCALE / language).glob("*.po")} for language in LANGUAGES}
    assert files["zh"] == files["en"]
    assert {"only zh": words("zh").keys() - words("en").keys(), "only en": words("en").keys() - words("zh").keys()} == {
        "only zh": set(),
        "only en": set(),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_entry_is_empty_fuzzy_or_given_twice(language):
    ids: list[str] = []
    for path in sorted((LOCALE / language).glob("*.po")):
        source = path.read_text(encoding="utf-8")
        assert "#, fuzzy" not in source, path.name
        assert "#~" not in source, path.name
        ids += re.findall(r'^msgid "(.+)"$', source, re.MULTILINE)
    assert sorted(id for id in set(ids) if ids.count(id) > 1) == []
    assert sorted(id for id, text in words(language).items() if not text.strip()) == []
    assert len(ids) == len(words(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_filled_in(language):
    broken = []
    for id, text in words(language).items():
        try:
            parts = list(Formatter().parse(text))
        except ValueError as error:
            broken.append(f"{id}: {error}")
            continue
        broken += [
            f"{id}: {{{name}:{spec}}}"
            for _, name, spec, turn in parts
            if not (spec in (None, "", "full") or (language == "en" and PLURAL.fullmatch(spec or ""))) or turn
            if not (language == "en" and spec == "low")
        ]
    assert broken == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_classes_are_called_by_their_names(language):
    """So that prose and tables say the same where a client's classes have names of their own."""
    named = {name for text in words(language).values() for _, name, _, _ in Formatter().parse(text) if name}
    assert {name for name in named if name.startswith("class.")} <= CLASSES
    plain = re.compile("(?<!高)(?:核心|潜力|沉睡)客户" if language == "zh" else "(?i)core customers|dormant customers")
    own = ("class.", "template.", "errors.", "product.group.", "layering.potential")
    assert [id for id, text in words(language).items() if plain.search(text) and not id.startswith(own)] == []


def test_customers_are_counted_in_a_word_that_follows_the_client():
    """`{head.one}` and its kin, since a client's customers may be companies; staff are persons everywhere."""
    persons = {id: text for id, text in words("zh").items() if not id.startswith("head.")}
    assert [id for id, text in persons.items() if PERSONS.search(text) and not STAFF.search(text)] == []


@pytest.mark.parametrize(("kind", "said"), [("person", "3 位客户"), ("company", "3 家客户"), ("any", "3 个客户")])
def test_each_kind_of_client_has_its_word(kind, said):
    told = catalogue("zh", class_names=(("head", kind),))
    assert told.text("monitoring.count.customers", n=3) == said
    kinds = {name.split(".")[1] for name in words("zh") if name.startswith("head.")}
    named = {
        kind: {id[len(f"head.{kind}.") :] for id in words("zh") if id.startswith(f"head.{kind}.")} for kind in kinds
    }
    assert kinds == {"person", "company", "any"}
    assert len(set(map(frozenset, named.values()))) == 1


def test_both_languages_take_the_same_arguments():
    shared = words("zh").keys() & words("en").keys()
    unlike = {id: (words("zh")[id], words("en")[id]) for id in sorted(shared)}
    unlike = {id: pair for id, pair in unlike.items() if placeholders(pair[0]) != placeholders(pair[1])}
    assert unlike == {}


def test_chinese_is_chinese():
    foreign = {
        id: text
        for id, text in words("zh").items()
        if id not in NAMES_ITSELF and not CJK.search(text) and re.search("[a-z]{3}", TOOLS.sub("", bare(text)))
    }
    assert foreign == {}


def test_english_has_no_chinese():
    allowed = NAMES_ITSELF | QUOTES_CHINESE
    assert {id: text for id, text in words("en").items() if id not in allowed and CJK.search(text)} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fonts_of_the_pdf_have_every_character(language):
    lacking = {
        id: sorted({c for c in text if ord(c) not in coverage() and c != "\n"}) for id, text in words(language).items()
    }
    assert {id: found for id, found in lacking.items() if found} == {}


def test_every_id_that_is_spoken_has_words():
    unknown = sorted(f"{one.where} {one.id}" for one in scanned().spoken if one.id not in words("en"))
    assert unknown == []


def test_every_id_that_is_put_together_can_be_one_with_words():
    patterns = scanned().put_together.items()
    lost = [
        f"{where} {pattern}" for pattern, where in patterns if not any(re.fullmatch(pattern, id) for id in words("en"))
    ]
    assert lost == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_placeholder_is_given_where_an_id_is_spoken(language):
    missing = []
    for one in scanned().spoken:
        if one.given is not None and (lacking := placeholders(words(language).get(one.id, "")) - one.given):
            missing.append(f"{one.where} {one.id}: {', '.join(sorted(lacking))}")
    assert missing == []


def test_no_words_are_left_over():
    found = scanned()
    used = {one.id for one in found.spoken} | found.quoted
    patterns = [re.compile(pattern) for pattern in found.patterns]

    def is_used(id: str) -> bool:
        if id in used or id.startswith(FROM_DATA) or any(pattern.fullmatch(id) for pattern in patterns):
            return True
        return ".col." in id and id.rpartition(".")[2] in found.columns

    assert sorted(id for id in words("en") if not is_used(id)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_has_one_text(language):
    """A merge of two branches can leave both of theirs, and the reader takes one in silence."""
    twice = re.compile(r'^msgstr .*\nmsgstr ".*', re.MULTILINE)
    paths = sorted((LOCALE / language).glob("*.po"))
    assert {path.name: found for path in paths if (found := twice.findall(path.read_text("utf-8")))} == {}


def test_a_marketplace_is_called_by_its_name():
    """Codes that clients write as a constant channel; a word of their own stays as it is."""
    told = {code: catalogue("zh").text(term_or_text("channel", code)) for code in ("tmall", "jd", "自营店", "kiosk")}
    assert told == {"tmall": "天猫", "jd": "京东", "自营店": "自营店", "kiosk": "kiosk"}
