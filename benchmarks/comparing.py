"""`headstart compare` from stored activations, against refitting with recomputed frozen layers.

    python benchmarks/comparing.py [--draws 5]

`--with head,1,2 --sizes 10,30,100,all` on hymenoptera: a second time, with all activations stored
and every fit done anew (the journal is deleted), beside the same comparison that keeps nothing and
computes the frozen part anew for each batch, as a script without a store does it.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from _common import (
    announce,
    arguments,
    folder,
    headstart,
    judged,
    measure,
)

TARGET = 5.0
COMPARED = ("--with", "head,1,2", "--sizes", "10,30,100,all")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--draws", type=int, default=5)
    given = parser.parse_args()
    data = folder(given.data, "hymenoptera")
    announce(__doc__)
    with tempfile.TemporaryDirectory() as temporary:
        cache = Path(temporary) / "cache"

        def seconds(*more: str) -> float:
            shutil.rmtree(cache / "journal", ignore_errors=True)
            command = [headstart(), "compare", str(data), *COMPARED, "--draws", str(given.draws)]
            ran = measure([*command, "--out", str(Path(temporary) / "out"), "--quiet", *more],
                          environment={"HEADSTART_CACHE": str(cache)})  # fmt: skip
            return ran.seconds

        first, second = seconds(), seconds()
        recomputed = seconds("--max-cache", "0")
    times = recomputed / second
    print(f"first {first:.0f} s, from stored activations {second:.0f} s, recomputed "
          f"{recomputed:.0f} s: {times:.1f} times; "
          f"{judged(met=times >= TARGET, target=f'{TARGET:g}')}")  # fmt: skip


if __name__ == "__main__":
    main()
