"""Transfer against scratch at five sizes, on three kinds of pictures.

Measures: `headstart compare --with scratch,head,1 --sizes ...` on x-rays, flowers and spectrograms
of spoken digits: accuracy of each with its interval, what may be said, and what pre-training was
worth in labelled examples. Scratch is a small network at 64 px (`--arch`) that has its own schedule
and augmentation. With `--figure FILE.svg` the curves are drawn beside one another.

Against: one another.

Command: python benchmarks/curves.py [--sets flowers5 xray spoken_digits] [--draws 3]
[--arch timm:test_resnet] [--figure docs/curves.svg]

Printed on 2026-11-30: see RESULTS.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from _common import announce, arguments, progress
from _spectrograms import add_pictures_option, pictures_of
from headstart.examples import read_examples
from headstart.report._curve_chart import Curve, Point, learning_curves
from headstart.report._plot import HEIGHT, WIDTH
from headstart.runs import CompareSettings, Comparison, TrainSettings, compare

NAMES = ("scratch", "head", "1")
WORDS = {
    "scratch": "from scratch",
    "head": "new head on a pretrained network",
    "1": "its last stage retrained too",
}
SETS = {
    "flowers5": ("Flowers, 5 classes", (20, 40, 80, 160, 320)),
    "xray": ("Chest x-rays, 3 classes", (10, 20, 40, 80, 160)),
    "spoken_digits": ("Spectrograms of spoken digits, 10 classes", (20, 40, 80, 160, 320)),
}
COLOURS = ("#c9893f", "#2b6f97", "#7fb0cd")
MARGIN = 30.0


@dataclass(frozen=True)
class Panel:
    """One data set's curves."""

    title: str
    curves: tuple[Curve, ...]


def panel(title: str, found: Comparison) -> Panel:
    """What the comparison found, as the report draws it."""
    rows = found.as_dict()["candidates"]
    curves = []
    for name in NAMES:
        points = tuple(
            Point(row["examples"], row["accuracy"]["value"], row["accuracy"]["low"],
                  row["accuracy"]["high"])
            for row in rows if row["name"] == name and row["accuracy"]["low"] is not None
        )  # fmt: skip
        curves.append(Curve(WORDS[name], points))
    return Panel(title, tuple(curves))


def told(found: Comparison) -> None:
    """The table, then the words."""
    for row in found.as_dict()["candidates"]:
        right, loss = row["accuracy"], row["log_loss"]
        print(
            f"  {row['name']:<8} {row['examples']:>5}  {right['value']:.3f} "
            f"({right['low']:.3f} to {right['high']:.3f}), log loss {loss['value']:.3f}"
        )
    for sentence in found.findings.sentences:
        print(f"  {sentence}")
    print(f"  {found.seconds:.0f} s", flush=True)


def drawn(panels: Sequence[Panel]) -> str:
    """An SVG picture of its own: light, so that it can be read on a dark page too."""
    wide, high = len(panels) * (WIDTH + MARGIN) + MARGIN, HEIGHT + 110
    styles = "".join(
        f".curve.s{place}{{stroke:{colour}}}.spot.s{place}{{fill:{colour}}}"
        for place, colour in enumerate(COLOURS)
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" '
        f'width="{wide:g}" font-family="system-ui, sans-serif">',
        "<style>text{font-size:12px;fill:#5d666e}.panel{font-size:15px;fill:#1c2126;"
        "font-weight:600}.grid{stroke:#dedbd4}.curve{fill:none;stroke-width:2px}"
        f".spot{{stroke:#faf9f6;stroke-width:1.5px}}{styles}</style>",
        f'<rect width="{wide:g}" height="{high:g}" fill="#faf9f6"/>',
    ]
    for place, each in enumerate(panels):
        left = MARGIN + place * (WIDTH + MARGIN)
        picture = learning_curves(each.curves, title="accuracy")
        inner = str(picture).replace(
            "<svg ", f'<svg x="{left:g}" y="50" width="{WIDTH:g}" height="{HEIGHT:g}" ', 1
        )
        title = escape(each.title)
        parts += [f'<text class="panel" x="{left + 60:g}" y="36">{title}</text>', inner]
    for place, (name, colour) in enumerate(zip(WORDS.values(), COLOURS, strict=True)):
        x = MARGIN + 60 + 300 * place
        parts.append(f'<rect x="{x:g}" y="{high - 32:g}" width="12" height="12" fill="{colour}"/>'
                     f'<text x="{x + 18:g}" y="{high - 22:g}">{escape(name)}</text>')  # fmt: skip
    return "".join([*parts, "</svg>\n"])


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--arch", default="timm:test_resnet")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--figure", type=Path, help="an SVG file to write")
    add_pictures_option(parser)
    given = parser.parse_args()
    announce(__doc__)
    panels = []
    for name in given.sets:
        data = pictures_of(name, given)
        title, sizes = SETS[name]
        progress(name)
        settings = CompareSettings(
            names=NAMES,
            sizes=sizes[:2] if given.quick else sizes,
            draws=given.draws,
            architecture=given.arch,
            size=64,
            train=TrainSettings(threads=given.threads),
        )
        found = compare(read_examples(data), settings)
        print(f"\n{title}, {given.draws} draws", flush=True)
        told(found)
        panels.append(panel(title, found))
    if given.figure:
        given.figure.write_text(drawn(panels), encoding="utf-8")


if __name__ == "__main__":
    main()
