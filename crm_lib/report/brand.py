"""templates/brand.toml -> Brand: name, logo, colours and fonts of all formats and charts."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from crm_lib.errors import Problem, UserError
from crm_lib.language import msg
from crm_lib.paths import TEMPLATES
from crm_lib.report.colour import contrast, lifted

LOGO_BYTES = 500_000
READABLE = 4.5  # least contrast of text, WCAG 2.2 AA
Colour = Annotated[
    str,
    BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
    Field(pattern=r"^#[0-9a-f]{6}$"),
]
FontName = Annotated[str, Field(pattern=r"^[\w .\-]+$", max_length=80)]  # goes into CSS and Typst unquoted


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Colours(_Model):
    ink: Colour
    muted: Colour
    paper: Colour
    accent: Colour
    second: Colour
    good: Colour
    watch: Colour
    bad: Colour
    palette: Annotated[tuple[Colour, ...], Field(min_length=4, max_length=12)]

    @property
    def named(self) -> dict[str, str]:
        """Token -> colour; the palette's tokens are 'series-1', 'series-2', ..."""
        single = {name: getattr(self, name) for name in Colours.model_fields if name != "palette"}
        return single | {f"series-{i}": colour for i, colour in enumerate(self.palette, 1)}


class Fonts(_Model):
    """Families by name; `charts` and `files` are paths beside brand.toml, made absolute by `load_brand`."""

    screen: Annotated[tuple[FontName, ...], Field(min_length=1)] = ("system-ui", "sans-serif")
    print: Annotated[tuple[FontName, ...], Field(min_length=1)] = ("Noto Sans SC",)
    sheet: FontName = "Microsoft YaHei"
    charts: Path | None = None
    files: Path | None = None


class Brand(_Model):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    logo: Path | None = None
    colours: Colours
    fonts: Fonts = Fonts()

    @cached_property
    def dark(self) -> Colours:
        """The same colours for a dark screen: paper and ink change places, the others get light enough to read."""
        paper = "#12181f"
        given = self.colours
        texts = {
            name: lifted(getattr(given, name), paper, 6.0) for name in ("accent", "second", "good", "watch", "bad")
        }
        series = tuple(lifted(colour, paper, 4.5 + i % 3) for i, colour in enumerate(given.palette))
        return Colours(ink="#e6ebf0", muted="#9fabb8", paper=paper, palette=series, **texts)


def load_brand(path: Path = TEMPLATES / "brand.toml") -> Brand:
    """Brand of a brand.toml. Raise UserError with every unknown, missing or unfit key."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise UserError(Problem(msg("report.error.brand_no_file"), where=str(path))) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(Problem(msg("report.error.brand_not_toml", reason=str(error)), where=str(path))) from None
    try:
        brand = Brand.model_validate(_absolute(given, path.parent))
    except ValidationError as error:
        raise UserError(_problem(detail, path) for detail in error.errors()) from None
    if problems := list(_unfit(brand, path)):
        raise UserError(problems)
    return brand


def _absolute(given: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    def beside(value: Any) -> Any:
        return folder / value if isinstance(value, str) and value else value

    given = dict(given)
    if "logo" in given:
        given["logo"] = beside(given["logo"])
    if isinstance(fonts := given.get("fonts"), dict):
        given["fonts"] = {key: beside(part) if key in ("charts", "files") else part for key, part in fonts.items()}
    return given


def _problem(detail: Any, path: Path) -> Problem:
    where = f"{path} {'.'.join(str(part) for part in detail['loc'])}"
    if detail["type"] == "extra_forbidden":
        return Problem(msg("report.error.brand_unknown_key"), where)
    if detail["type"] == "missing":
        return Problem(msg("report.error.brand_missing_key"), where)
    if detail["type"] == "string_pattern_mismatch" and detail["loc"][0] == "colours":
        return Problem(msg("report.error.brand_colour", found=str(detail["input"])), where)
    return Problem(msg("report.error.brand_value", reason=detail["msg"]), where)


def _unfit(brand: Brand, path: Path) -> Iterator[Problem]:
    for key, file, kinds in (
        ("logo", brand.logo, (".svg", ".png")),
        ("fonts.charts", brand.fonts.charts, (".otf", ".ttf")),
    ):
        if file and not (file.is_file() and file.suffix.lower() in kinds):
            yield Problem(msg("report.error.brand_file", kinds=", ".join(kinds)), f"{path} {key}")
    if brand.logo and brand.logo.is_file() and brand.logo.stat().st_size > LOGO_BYTES:
        yield Problem(msg("report.error.brand_logo_size", most=LOGO_BYTES // 1000), f"{path} logo")
    if brand.fonts.files and not brand.fonts.files.is_dir():
        yield Problem(msg("report.error.brand_folder"), f"{path} fonts.files")
    for name in ("ink", "muted", "accent", "good", "watch", "bad"):
        if (found := contrast(getattr(brand.colours, name), brand.colours.paper)) < READABLE:
            yield Problem(msg("report.error.brand_contrast", found=found, least=READABLE), f"{path} colours.{name}")
