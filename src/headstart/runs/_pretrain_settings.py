"""The settings of a pre-training run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from headstart.activations import DEVICES, PRECISIONS
from headstart.backbones import Backbone, is_network, load_backbone
from headstart.errors import SettingError
from headstart.heads import TaskWeights

DEFAULT_ARCHITECTURE = "timm:resnet10t"
DEFAULT_SIZE = 64
RANDOM = "random"


@dataclass(frozen=True)
class PretrainSettings:
    """How to train a network from its first layer on; checked as a whole when made.

    Attributes:
        architecture: name of a network, of which the weights are not taken: one of headstart's, or
            one of timm's with or without ``timm:`` before it.
        weights: a file of weights to go on from; random ones where ``None``.
        size: side of the photos that the network is to read, pixels.
        epochs: passes over the examples; chosen from their number where ``None``.
        learning_rate: at its highest; chosen where ``None``.
        batch_size: examples a step; chosen from their number where ``None``.
        augment: whether each epoch sees another view of each photo.
        task_weights: what each of several tasks counts, as of `headstart.heads.Objective.of`.
        seed: of the weights, the part that is held out, and every random draw.
        precision: ``"auto"``, ``"f32"`` or ``"bf16"``.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        threads: of the processor; all that this process may use where ``None``.
        cache: where checkpoints lie; `cache_directory()` where ``None``.

    Raises:
        SettingError: names every setting that cannot be used.
    """

    architecture: str = DEFAULT_ARCHITECTURE
    weights: str | Path | None = None
    size: int = DEFAULT_SIZE
    epochs: int | None = None
    learning_rate: float | None = None
    batch_size: int | None = None
    augment: bool = True
    task_weights: TaskWeights = "formula"
    seed: int = 0
    precision: str = "auto"
    device: str = "auto"
    threads: int | None = None
    cache: str | Path | None = None

    def __post_init__(self) -> None:
        checks = {
            f"epochs must be 1 or more, not {self.epochs}":
                self.epochs is not None and self.epochs < 1,
            f"learning_rate must be above 0, not {self.learning_rate}":
                self.learning_rate is not None and self.learning_rate <= 0,
            f"batch_size must be 2 or more, not {self.batch_size}: the statistics of a batch of "
            "one teach nothing": self.batch_size is not None and self.batch_size < 2,
            f"seed must be 0 or more, not {self.seed}": self.seed < 0,
            f"precision {self.precision!r} is none of {', '.join(PRECISIONS)}":
                self.precision not in PRECISIONS,
            f"device {self.device!r} is none of {', '.join(DEVICES)}": self.device not in DEVICES,
            f"threads must be 1 or more, not {self.threads}":
                self.threads is not None and self.threads < 1,
        }  # fmt: skip
        if faults := [text for text, wrong in checks.items() if wrong]:
            raise SettingError("; ".join(faults))

    def load_backbone(self) -> Backbone:
        """The network to be trained.

        Raises:
            SettingError: there is no such network, or it does not work on photos of that size.
            BackboneError: the weights are missing or are not what they should be.
            MissingExtraError: it is one of timm's, without timm.
        """
        name = self.architecture
        return load_backbone(
            name if is_network(name) else f"timm:{name}",
            weights=self.weights or RANDOM,
            size=self.size,
            seed=self.seed,
        )
