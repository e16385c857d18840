"""Phone numbers as E.164 and e-mail addresses in lower case."""

from __future__ import annotations

import re

import phonenumbers

from crm_lib.ingest.text import match_form

_CHINA_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_SEPARATORS = re.compile(r"[\s().·\-\u2010-\u2015_]+")
_LABEL = re.compile(r"^(?:tel|phone|mobile|手机|电话)[:：]?\s*", re.IGNORECASE)
_PLAIN_EMAIL = re.compile(r"[a-z0-9_%+-]+(?:\.[a-z0-9_%+-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}")


def parse_phone(text: str, region: str) -> str | None:
    """E.164 number, '+8613800138000'; None where it is none that could be dialled. `region` is ISO 3166."""
    plain = _LABEL.sub("", match_form(text).lstrip("'"))
    plain = re.sub(r"\.0+$", "", plain)
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
