"""Which part of a photo decided: its places, coloured by the class that they speak for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.report import _format as form
from headstart.report._heat import data_uri, smaller, two_sided
from headstart.report._predictions import Example
from headstart.report._thumbnails import SIDE


@dataclass(frozen=True)
class Heat:
    """A photo whose places are coloured by what they speak for.

    Attributes:
        uri: a ``data:`` URI of a JPEG.
        label: what it really is; blue places speak for it.
        other: the class that orange places speak for: the one it was named, or of one that was
            named rightly the next most probable.
        share: of what all places say, how much is said for `label`, in per cent.
        words: the same in words.
        now: what the model whose colours these are says of the photo, where that is not what was
            predicted.
    """

    uri: str
    label: str
    other: str
    share: float
    words: str
    now: str


def heat(
    logits: NDArray[np.float32],
    classes: tuple[str, ...],
    example: Example,
    pixels: NDArray[np.uint8],
    *,
    threshold: float | None = None,
) -> Heat | None:
    """The picture of one photo; ``None`` where its class is none of the model's.

    Args:
        logits: of each place, ``(classes, rows, columns)``, as of `headstart.model.place_logits`.
        classes: of the model.
        example: what it is and what it was named.
        pixels: of the photo as it enters the network.
        threshold: from which chance of the second of two classes on that is the answer; ``None``
            where the most probable class is.
    """
    if example.label not in classes:
        return None
    whole = logits.mean(axis=(1, 2), dtype=np.float64)
    really = classes.index(example.label)
    other = next(int(place) for place in np.argsort(-whole, kind="stable") if place != really)
    if example.predicted != example.label and example.predicted in classes:
        other = classes.index(example.predicted)
    speaks = logits[really] - logits[other]
    total = float(np.abs(speaks).sum())
    share = float(np.maximum(speaks, 0).sum()) / total if total else 0.5
    label, against = form.visible(classes[really]), form.visible(classes[other])
    return Heat(
        uri=data_uri(two_sided(smaller(pixels, SIDE), speaks)),
        label=label,
        other=against,
        share=100 * share,
        words=f"{form.whole_percent(share)} for {label}, "
        f"{form.whole_percent(1 - share)} for {against}",
        now=_now(whole, classes, example, threshold),
    )


def _now(
    logits: NDArray[np.float64],
    classes: tuple[str, ...],
    example: Example,
    threshold: float | None,
) -> str:
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    named = int(shares.argmax()) if threshold is None else int(shares[1] >= threshold)
    if classes[named] == example.predicted:
        return ""
    return f"{form.visible(classes[named])}, {form.confidence(float(shares[named]))}"
