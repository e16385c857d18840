"""Colours: contrast (WCAG 2.2, relative luminance) and their like on dark paper (OKLab, Ottosson 2020)."""

from __future__ import annotations

from collections.abc import Sequence


def rgb(colour: str) -> tuple[float, float, float]:
    """Red, green, blue in 0..1 of '#rrggbb'."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def luminance(colour: str) -> float:
    red, green, blue = (_linear(part) for part in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(colour: str, other: str, share: float) -> str:
    """`share` of `colour`, the rest of `other`."""
    return _hex([share * a + (1 - share) * b for a, b in zip(rgb(colour), rgb(other), strict=True)])


def lifted(colour: str, paper: str, least: float) -> str:
    """The colour, made lighter just until its contrast on dark `paper` is `least`; hue kept."""
    lightness, a, b = _oklab(colour)
    while contrast(colour, paper) < least and lightness < 1:
        lightness += 0.02
        fade = max(0.0, 1 - max(0.0, lightness - 0.75) / 0.35)  # light colours hold less chroma
        colour = _from_oklab(lightness, a * fade, b * fade)
    return colour


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _gamma(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def _hex(parts: Sequence[float]) -> str:
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, part))):02x}" for part in parts)


def _oklab(colour: str) -> tuple[float, float, float]:
    red, green, blue = (_linear(part) for part in rgb(colour))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _from_oklab(lightness: float, a: float, b: float) -> str:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return _hex([_gamma(min(1.0, max(0.0, part))) for part in linear])
