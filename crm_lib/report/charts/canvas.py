"""A page in points (origin top left) that is drawn on by matplotlib and leaves as clean, identical SVG."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm_lib.report.brand import Brand, Colours
from crm_lib.report.charts.fonts import DRAWN, LINE, SIZE, Font, font
from crm_lib.report.colour import contrast

WIDTH = 360.0
HEIGHT = 222.0
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.2, 1.6)), (0, (7, 2, 1.5, 2)), (0, (3, 1.5)), (0, (9, 2)))
HATCHES = ("", "//", "\\\\", "xx", "--", "++")
_LOCK = threading.Lock()  # matplotlib's settings are the process's


@dataclass(frozen=True)
class Style:
    """How one series is told from the others, with and without colour."""

    colour: str
    marker: str = "o"
    dash: Any = "-"
    hatch: str = ""
    alpha: float = 1.0


class Canvas:
    def __init__(self, brand: Brand, height: float = HEIGHT) -> None:
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
        from matplotlib.transforms import Affine2D

        self.height = height
        self.colours: Colours = brand.colours
        self.font: Font = font(brand.fonts.charts)
        self._figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72, facecolor="none")
        FigureCanvasSVG(self._figure)
        self._to_page = Affine2D().scale(1, -1).translate(0, height)
        self._layer = 0.0
        self._words: list[tuple[float, float, str, float, str, bool]] = []

    def _add(self, artist: Any) -> None:
        """What is added later lies on top."""
        self._layer += 1
        artist.set(transform=self._to_page, zorder=self._layer, clip_on=False)
        self._figure.add_artist(artist)

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: str,
        alpha: float = 1.0,
        hatch: str = "",
        edge: float = 0,
    ) -> None:
        """Filled box; negative width or height is folded over. `edge`: width of a border in the paper's colour."""
        from matplotlib.patches import Rectangle

        paper = self.colours.paper
        x, width = (x, width) if width >= 0 else (x + width, -width)
        y, height = (y, height) if height >= 0 else (y + height, -height)
        border = paper if edge else "none"
        self._add(Rectangle((x, y), width, height, facecolor=colour, alpha=alpha, edgecolor=border, linewidth=edge))
        if hatch:
            lines: dict[str, Any] = {"facecolor": "none", "edgecolor": paper, "linewidth": 0, "alpha": 0.55}
            self._add(Rectangle((x, y), width, height, hatch=hatch, **lines))

    def frame(self, x: float, y: float, width: float, height: float, colour: str, line: float = 1.0) -> None:
        from matplotlib.patches import Rectangle

        self._add(Rectangle((x, y), width, height, facecolor="none", edgecolor=colour, linewidth=line))

    def line(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        colour: str,
        width: float = 1.0,
        dash: Any = "-",
        alpha: float = 1.0,
    ) -> None:
        from matplotlib.lines import Line2D

        self._add(Line2D(list(xs), list(ys), color=colour, linewidth=width, linestyle=dash, alpha=alpha))

    def dots(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        style: Style,
        size: float = 5.0,
        hollow: bool = False,
        alpha: float | None = None,
    ) -> None:
        """Marks; a hollow one is filled with the paper's colour."""
        from matplotlib.lines import Line2D

        self._add(
            Line2D(
                list(xs),
                list(ys),
                linestyle="none",
                marker=style.marker,
                markersize=size,
                markerfacecolor=self.colours.paper if hollow else style.colour,
                markeredgecolor=style.colour if hollow else self.colours.paper,
                markeredgewidth=1.3 if hollow else 0.6,
                alpha=style.alpha if alpha is None else alpha,
            )
        )

    def band(
        self, xs: Sequence[float], lows: Sequence[float], highs: Sequence[float], colour: str, alpha: float = 0.16
    ) -> None:
        from matplotlib.patches import Polygon

        edge = [*zip(xs, lows, strict=True), *reversed(list(zip(xs, highs, strict=True)))]
        self._add(Polygon(edge, closed=True, facecolor=colour, edgecolor="none", alpha=alpha))

    def text(
        self,
        x: float,
        y: float,
        words: str,
        colour: str = "",
        ha: str = "left",
        va: str = "baseline",
        size: float = SIZE,
        plate: str = "",
        turned: bool = False,
    ) -> None:
        """Words whose baseline (or middle, `va="middle"`) is at y. `plate`: a colour laid under them.

        `turned`: they run upwards from (x, y).
        """
        words = self.font.drawable(words)
        if not words.strip():
            return
        if va == "middle":
            y += 0.36 * size  # half the height of a capital: steadier than the box of each word
        width = self.font.width(words) * size / SIZE
        left = x - {"left": 0, "center": width / 2, "right": width}[ha]
        if plate:
            self.rect(left - 2, y - 0.95 * size, width + 4, 1.3 * size, plate, alpha=0.8)
        self._words.append((left, y, words, size, colour or self.colours.ink, turned))

    def lines_of_text(self, x: float, middle: float, lines: Sequence[str], **options: Any) -> None:
        """Several lines centred about `middle`."""
        top = middle - (len(lines) - 1) * LINE / 2
        for i, line in enumerate(lines):
            self.text(x, top + i * LINE, line, va="middle", **options)

    def svg(self, prefix: str) -> str:
        """SVG text; every id in it begins with `prefix`."""
        import matplotlib

        stream = io.StringIO()
        settings: Any = {
            "svg.hashsalt": "crm-playbooks",
            "hatch.linewidth": 0.7,
            "path.simplify": False,
        }
        with _LOCK, matplotlib.rc_context(settings):
            self._figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        return _clean(stream.getvalue(), prefix).removesuffix("</svg>") + self._outlines(prefix) + "</svg>"

    def _outlines(self, prefix: str) -> str:
        """All words, on top of the drawing: each glyph's outline once, then uses of it. Matplotlib's own text lays
        every string out three times, which was more than half of a chart's time."""
        glyphs: dict[str, str] = {}
        groups, advances = [], self.font.advances
        for left, y, words, size, colour, turned in self._words:
            uses, at, unit = [], 0.0, size / DRAWN
            for c in words:
                if self.font.outline(c):
                    id = glyphs.setdefault(c, f"{prefix}-t{len(glyphs) + 1}")
                    uses.append(f'<use xlink:href="#{id}" x="{at * DRAWN / SIZE:.0f}"/>')
                at += advances[c]
            turn = " rotate(-90)" if turned else ""
            place = f"translate({left:.2f} {y:.2f}){turn} scale({unit:.6g} {-unit:.6g})"
            groups.append(f'<g style="fill: {colour}" transform="{place}">{"".join(uses)}</g>')
        paths = (f'<path id="{id}" d="{self.font.outline(c)}"/>' for c, id in glyphs.items())
        return f"<defs>{''.join(paths)}</defs>{''.join(groups)}"


def nothing(words: str, brand: Brand) -> Canvas:
    """A small panel that says why there is no chart."""
    canvas = Canvas(brand, 72)
    canvas.rect(4, 4, WIDTH - 8, 64, canvas.colours.muted, alpha=0.07)
    canvas.text(WIDTH / 2, 36, words, canvas.colours.muted, ha="center", va="middle")
    return canvas


def inside(colours: Colours, look: Style) -> dict[str, Any]:
    """Options of `Canvas.text` for words on a filled part, readable on light and dark paper."""
    if look.alpha < 1:
        return {"colour": colours.ink}
    if contrast(look.colour, colours.paper) >= 3:
        return {"colour": colours.paper, "plate": look.colour}
    return {"colour": colours.ink, "plate": colours.paper}


def series_style(colours: Colours, i: int, count: int) -> Style:
    """The i-th of `count` series; a single one takes the accent."""
    colour = colours.accent if count == 1 else colours.palette[i % len(colours.palette)]
    hatch = HATCHES[(i + i // len(colours.palette)) % len(HATCHES)]  # a colour that comes again has another
    return Style(colour, MARKERS[i % len(MARKERS)], DASHES[i % len(DASHES)], hatch)


def highlight_style(colours: Colours, i: int, place: int | None) -> Style:
    """`place`: which of the highlighted this is, None for those in the background."""
    if place is None:
        return Style(colours.muted, MARKERS[i % len(MARKERS)], DASHES[i % len(DASHES)], HATCHES[i % len(HATCHES)], 0.5)
    return Style((colours.accent, colours.second)[place % 2], MARKERS[place], "-", HATCHES[place % 2])


_PROLOGUE = re.compile(
    r"^.*?(?=<svg)|<!--.*?-->|<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL
)
_REFERENCE = re.compile(r'(?:href="#|url\(#)([^")]+)')
_ID = re.compile(r' id="([^"]+)"')


def _clean(svg: str, prefix: str) -> str:
    """Without prologue, page-wide style and idle ids; the ids left are renamed in order of appearance."""
    svg = _PROLOGUE.sub("", svg)
    used = {name: f"{prefix}-{i}" for i, name in enumerate(dict.fromkeys(_REFERENCE.findall(svg)), 1)}
    svg = _ID.sub(lambda found: f' id="{used[found[1]]}"' if found[1] in used else "", svg)
    svg = re.sub(r'(href="#|url\(#)([^")]+)', lambda found: found[1] + used[found[2]], svg)
    svg = re.sub(r"<defs>\s*</defs>|<g>\s*</g>", "", svg)
    svg = re.sub(r">\s+<", "><", re.sub(r"(?<=[\d\"MLQCz]) *\n\s*(?=[MLQCz\"\d-])", " ", svg))
    return svg.replace("<svg ", '<svg stroke-linejoin="round" ', 1).strip()
