"""Where in the store the activations of one network lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from headstart.activations._engine import EngineInfo
from headstart.activations._keys import DatasetKey, dataset_keys
from headstart.activations._store import ActivationStore
from headstart.backbones import Backbone
from headstart.media import Augmentation


@dataclass(frozen=True)
class Places:
    """The datasets of some cuts.

    Attributes:
        store: they lie in.
        plain: number of each cut's dataset of plain rows, those of view 0.
        augmented: the same for the rows of all other views; empty where there are none.
    """

    store: ActivationStore
    plain: dict[str, int]
    augmented: dict[str, int]

    @classmethod
    def make(
        cls,
        store: ActivationStore,
        backbone: Backbone,
        cuts: Sequence[str],
        engine: EngineInfo,
        *,
        augmentation: Augmentation | None,
    ) -> Places:
        """Datasets are made where there are none; ``None`` asks for view 0 alone."""
        plain, augmented = {}, {}
        for cut, key in dataset_keys(backbone, cuts, engine).items():
            plain[cut] = store.dataset(key)
            if augmentation is not None:
                augmented[cut] = store.dataset(augmented_key(key, augmentation))
        return cls(store, plain, augmented)

    def dataset(self, cut: str, view: int) -> int:
        """Number of the dataset that the row of this view belongs to."""
        return (self.augmented if view else self.plain)[cut]


def augmented_key(plain: DatasetKey, augmentation: Augmentation) -> DatasetKey:
    """Key of the dataset of the views beside one of plain rows."""
    return replace(plain, augmentation=augmentation.canonical())
