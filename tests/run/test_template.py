"""The engagement.toml of `tasks.py new`: complete, true to the models, and sound but for its files."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from crm_lib.engagement import Engagement, LocalText, load
from crm_lib.errors import UserError
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.run.contract import check
from crm_lib.run.plan import Asked
from crm_lib.run.template import ASIDE, SAMPLE, create, engagement_toml, identifier, toml


def models(model: type[BaseModel], seen: frozenset[type[BaseModel]] = frozenset()) -> set[type[BaseModel]]:
    """The model and all that its fields hold."""
    found = {model}
    if model in seen:
        return found
    for field in model.model_fields.values():
        for part in [field.annotation, *getattr(field.annotation, "__args__", ())]:
            if isinstance(part, type) and issubclass(part, BaseModel) and part is not LocalText:
                found |= models(part, seen | {model})
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_names_every_key_and_can_be_read(language: str, tmp_path: Path):
    text = create(tmp_path / "Acme Ltd", catalogue(language)).read_text(encoding="utf-8")
    keys = set(re.findall(r"^(?:# )?\[*([a-z_]+)(?: =|\])", text, re.MULTILINE)) | set(
        re.findall(r"([a-z_]+) = ", text)
    )
    for model in models(Engagement):
        names = {field.alias or name for name, field in model.model_fields.items()}
        assert names - {"parameters"} <= keys, model
    assert load(tmp_path / "Acme Ltd").id == "acme_ltd"
    assert (tmp_path / "Acme Ltd" / "raw").is_dir()


def test_defaults_in_comments_are_those_of_the_models():
    section, checked = "", 0
    for line in engagement_toml("x", catalogue("en")).splitlines():
        if header := re.match(r"(?:# )?\[+(\w+)\]+$", line):
            section = header[1]
        if (found := re.match(r"# ([a-z_]+) = (.+)$", line)) and section:
            key, value = found[1], tomllib.loads(f"v = {found[2]}")["v"]
            annotation = Engagement.model_fields[section].annotation
            model = next(p for p in [annotation, *getattr(annotation, "__args__", ())] if hasattr(p, "model_fields"))
            default = model.model_fields[key].get_default(call_default_factory=True)
            if section in ASIDE:
                continue  # the whole section is an example
            if default in (None, (), {}, ""):
                assert value == tomllib.loads(f"v = {toml(SAMPLE[key])}")["v"]
            else:
                assert value == (list(default) if isinstance(default, tuple) else default), line
                checked += 1
    assert checked > 20


def test_check_tells_of_every_missing_file_and_of_nothing_else(tmp_path: Path):
    create(tmp_path / "acme", catalogue("en"))
    with pytest.raises(UserError) as caught:
        check(Asked(tmp_path / "acme", phases=(1,)))
    told = [problem.text(catalogue("en")) for problem in caught.value.problems if "engagement.toml" in problem.where]
    assert [re.search(r"raw/\w+\.csv", words)[0] for words in told] == ["raw/orders.csv", "raw/customers.csv"]


def test_an_engagement_is_never_overwritten(tmp_path: Path):
    create(tmp_path, catalogue("en"))
    with pytest.raises(UserError, match="already"):
        create(tmp_path, catalogue("zh"))


@pytest.mark.parametrize(
    ("name", "id"),
    [("Acme Ltd.", "acme_ltd"), ("2026 pilot", "engagement_2026_pilot"), ("拾光", "engagement"), ("a", "a")],
)
def test_identifiers(name: str, id: str):
    assert identifier(name) == id
