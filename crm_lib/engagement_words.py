"""What the models of engagement.toml share: the strict base, words in both languages, ids, spans of days."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from crm_lib.language import Message, local

Days = Annotated[int, Field(ge=1, le=3660)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class StrictModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class LocalText(StrictModel):
    """Words in both languages; a plain string serves for both."""

    zh: str
    en: str

    @property
    def message(self) -> Message:
        return local({"zh": self.zh, "en": self.en})


def _both_languages(value: Any) -> Any:
    return {"zh": value, "en": value} if isinstance(value, str) else value


Words = Annotated[LocalText, BeforeValidator(_both_languages)]


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


OurValue = Annotated[str, BeforeValidator(_number_as_text)]  # 5 of a scale may stand without quotes


PLACES = {  # what the client's own header calls a column of stores, the first that holds
    "hotel": ("酒店", "宾馆", "民宿", "hotel"),
    "store": ("店", "store", "shop", "laden", "verkaufsstelle"),
    "region": ("大区", "区域", "片区", "战区", "region", "territory", "gebiet"),
    "department": ("部门", "事业部", "department", "division", "abteilung"),
    "campus": ("校区", "campus"),
    "clinic": ("诊所", "院区", "clinic"),
    "branch": (
        "网点",
        "分公司",
        "营业部",
        "服务站",
        "维修站",
        "branch",
        "filial",
        "niederlassung",
        "geschäftsstelle",
        "zweigstelle",
    ),
}


def place_kind(header: str) -> str:
    """The key of PLACES that a header speaks of; '' where it speaks of none."""
    said = header.casefold()
    return next((kind for kind, words in PLACES.items() if any(word in said for word in words)), "")
