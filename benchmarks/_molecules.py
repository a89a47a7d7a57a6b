"""Tables of molecules (Tox21, ToxCast) as fingerprints and labels."""

from __future__ import annotations

import csv
import gzip
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BITS = 1024
RADIUS = 2


@dataclass(frozen=True)
class Molecules:
    """Molecules whose structure could be read.

    Attributes:
        fingerprints: Morgan fingerprints, 0 or 1; uint8 ``(molecules, 1024)``.
        targets: int64 ``(molecules, tasks)``, -1 where unknown.
        tasks: names.
    """

    fingerprints: NDArray[np.uint8]
    targets: NDArray[np.int64]
    tasks: tuple[str, ...]


def molecules(data: Path, name: str) -> Molecules:
    """The table ``tables/NAME.csv.gz``, or the end with one clear line.

    Blank cells are unknown. Molecules that rdkit cannot read are left out.
    """
    path = data / "tables" / f"{name}.csv.gz"
    if not path.is_file():
        sys.exit(f"{path}: there is no such file; give the folder of tables/ with --data")
    try:  # by name: it is not there where types are checked
        chemistry = import_module("rdkit.Chem")
        generators = import_module("rdkit.Chem.rdFingerprintGenerator")
    except ImportError:
        sys.exit("needs rdkit, which is no dependency of headstart: pip install rdkit")
    import_module("rdkit.RDLogger").DisableLog("rdApp.*")  # a line for each odd molecule
    generator = generators.GetMorganGenerator(radius=RADIUS, fpSize=BITS)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    tasks = tuple(column for column in rows[0] if column not in {"smiles", "mol_id"})
    bits, labels = [], []
    for row in rows:
        molecule = chemistry.MolFromSmiles(row["smiles"])
        if molecule is None:
            continue
        bits.append(generator.GetFingerprintAsNumPy(molecule))
        labels.append([int(float(row[task])) if row[task] else -1 for task in tasks])
    return Molecules(np.array(bits, dtype=np.uint8), np.array(labels, dtype=np.int64), tasks)
