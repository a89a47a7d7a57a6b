"""A real data set that comes with a dependency: scikit-learn's handwritten digits."""

from __future__ import annotations

from pathlib import Path

EXAMPLES_PER_CLASS = 40
PIXELS = 64
"""Side of the pictures; the digits are 8 by 8 pixels, drawn large enough to look at."""


def write_digits(folder: Path) -> Path:
    """Write handwritten digits as PNG class folders ``0`` to ``9``.

    The first `EXAMPLES_PER_CLASS` of each class; files that are there already are left alone.

    Returns:
        The folder.
    """
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits  # 1 s, and only the demo needs it

    digits = load_digits()
    written = dict.fromkeys(range(10), 0)
    for number, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        if written[int(label)] >= EXAMPLES_PER_CLASS:
            continue
        written[int(label)] += 1
        path = folder / str(label) / f"{number:04d}.png"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.round(image * (255 / 16)).astype(np.uint8)  # ink 0 to 16
            picture = Image.fromarray(255 - pixels).resize(
                (PIXELS, PIXELS), Image.Resampling.BICUBIC
            )
            picture.save(path)
    return folder
