"""Phone numbers as E.164, with the extension where there is one, and e-mail addresses in lower case."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

from crm_lib.ingest.values.text import match_form

_CHINA_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_SEPARATORS = re.compile(r"[\s().·\-\u2010-\u2015_]+")
_LABEL = re.compile(r"^(?:tel|phone|mobile|cell|手机号?|电话|座机|联系电话)[:：]?\s*", re.IGNORECASE)
_EXTENSION = re.compile(r"\s*(?:转|轉|分机号?|分機|ext(?:ension)?\.?|#|x)\s*[:：]?\s*(\d{1,7})$", re.IGNORECASE)
_DASHED = re.compile(r"(0\d{2,3}-?\d{7,8})-(\d{1,6})")  # 010-88886666-8, as it is written in China
_ASIDE = re.compile(r"\s*\([^()\d]*\)$")  # (微信同号)
_BETWEEN = re.compile(r"[/、,，;；|\n]+|\s{2,}|\s+(?=(?:\+?86[ -]?)?1[3-9]\d{9}(?!\d))|(?:\s*(?:或|和|and|or)\s*)")
_PLAIN_EMAIL = re.compile(r"[a-z0-9_%+-]+(?:\.[a-z0-9_%+-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}")


@dataclass(frozen=True)
class Phone:
    """`number`: E.164, '+861088886666;ext=8' (RFC 3966) where an extension follows: without it another may answer.
    `several`: the cell held more than one number, this is the first that can be dialled."""

    number: str
    extension: bool = False
    several: bool = False


def parse_phone(text: str, region: str) -> str | None:
    """The number alone; None where it is none that could be dialled. `region` is ISO 3166."""
    phone = read_phone(text, region)
    return phone.number if phone else None


def read_phone(text: str, region: str) -> Phone | None:
    if region == "CN" and (plain := _CHINA_MOBILE.fullmatch(text)):  # most are written so
        return Phone("+86" + plain[1])
    if whole := _read(text, region):
        return whole
    parts = [part for part in _BETWEEN.split(match_form(text)) if part.strip()]
    found = next((phone for part in parts if (phone := _read(part, region))), None) if len(parts) > 1 else None
    return Phone(found.number, found.extension, several=True) if found else None


def _read(text: str, region: str) -> Phone | None:
    plain = _LABEL.sub("", match_form(text).lstrip("'"))
    plain = re.sub(r"\.0+$", "", _ASIDE.sub("", plain))
    if found := _EXTENSION.search(plain):
        number = _number(plain[: found.start()], region)
        return Phone(f"{number};ext={found[1]}", extension=True) if number else None
    if region == "CN" and (found := _DASHED.fullmatch(plain)) and (number := _number(found[1], region)):
        return Phone(f"{number};ext={found[2]}", extension=True)
    number = _number(plain, region)
    return Phone(number) if number else None


def _number(plain: str, region: str) -> str | None:
    digits = _SEPARATORS.sub("", plain)
    if region == "CN" and (found := _CHINA_MOBILE.fullmatch(digits)):
        return "+86" + found[1]
    if digits.startswith("00"):
        return _valid("+" + digits[2:], region)
    # a spreadsheet's number has lost its plus sign: with the country's code in front it is tried with it first
    code = str(phonenumbers.country_code_for_region(region))
    whole = digits.isdigit() and digits.startswith(code) and len(digits) > len(code) + 7
    return (_valid("+" + digits, region) if whole else None) or _valid(plain, region)


def _valid(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or number.extension:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def parse_email(text: str) -> str | None:
    """Address in lower case; None where its form is wrong."""
    plain = match_form(text).lower().removeprefix("mailto:")
    if _PLAIN_EMAIL.fullmatch(plain):
        return plain
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(plain, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        return None
