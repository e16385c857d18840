import pytest
from pydantic import ValidationError

from crm_lib.errors import UserError
from crm_lib.paths import TEMPLATES
from crm_lib.report.brand import load_brand

GIVEN = (TEMPLATES / "brand.toml").read_text(encoding="utf-8")


def written(tmp_path, text):
    path = tmp_path / "brand.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_brand_that_comes_along_is_sound_and_frozen():
    brand = load_brand()
    with pytest.raises(ValidationError):
        brand.name = "other"
    assert len(set(brand.colours.palette)) == len(brand.colours.palette) >= 6


def test_every_problem_is_told_at_once(tmp_path):
    text = GIVEN.replace('ink = "#1b2733"', 'ink = "black"\ninc = "#000000"').replace('name = "CRM Playbooks"', "")
    with pytest.raises(UserError) as caught:
        load_brand(written(tmp_path, text))
    told = str(caught.value)
    for part in (
        "colours.ink: a colour is written as #rrggbb",
        "colours.inc: there is no such key",
        "name: this key is missing",
    ):
        assert part in told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('accent = "#0f5e8c"', 'accent = "#9fc4dc"', "contrast"),
        ("[colours]", 'logo = "absent.svg"\n[colours]', "logo: no such file"),
        ("[colours]", 'logo = "brand.toml"\n[colours]', "logo: no such file, or not one of .svg, .png"),
        ("[fonts]", '[fonts]\ncharts = "absent.otf"', "fonts.charts"),
        ("[fonts]", '[fonts]\nfiles = "absent"', "fonts.files: no such folder"),
        ("[fonts]", "[fonts", "not TOML"),
        ('"system-ui"', '"x;}body{"', "fonts.screen"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, old, new, told):
    with pytest.raises(UserError, match=told):
        load_brand(written(tmp_path, GIVEN.replace(old, new, 1)))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(UserError, match="no such brand file"):
        load_brand(tmp_path / "brand.toml")


def test_paths_are_beside_the_file(tmp_path):
    (tmp_path / "logo.png").write_bytes(b"x")
    brand = load_brand(written(tmp_path, GIVEN.replace("[colours]", 'logo = "logo.png"\n[colours]', 1)))
    assert brand.logo == tmp_path / "logo.png"
    (tmp_path / "logo.png").write_bytes(b"x" * 600_000)
    with pytest.raises(UserError, match="larger than 500 kB"):
        load_brand(tmp_path / "brand.toml")
