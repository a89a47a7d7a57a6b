"""A network whose last stages are thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from headstart.backbones._backbone import FEATURES, Backbone, Form, Stage
from headstart.backbones._openvino import finished_graph, operators
from headstart.errors import SettingError

if TYPE_CHECKING:
    from headstart.backbones._torch_stage import TorchStage

MEAN_POOL = "mean_pool"
"""The stage that takes the place of what was thrown away: the mean over all places."""


def drop_stages(backbone: Backbone, count: int) -> Backbone:
    """Throw away the last `count` stages that own weights, with what follows them.

    What is left ends in a stage that takes the mean over all places, so that own layers get a
    vector. Feature maps are taken as ``(channels, height, width)``, tokens as ``(tokens, width)``.

    Raises:
        SettingError: not even one stage with weights would be left, or some were thrown away
            before.
    """
    if count == 0:
        return backbone
    if before := backbone.form.describe().get("drop_stages"):
        raise SettingError(
            f"{backbone.name} is without its last {before} stages already, and more cannot be "
            "dropped from it; start from the network that it came from"
        )
    weighted = backbone.weighted_stages
    if not 0 < count < len(weighted):
        raise SettingError(
            f"{count} stages cannot be dropped from {backbone.name}: it has {len(weighted)} with "
            f"weights, and one must be left; give 1 to {len(weighted) - 1}"
        )
    first = [stage.name for stage in backbone.stages].index(weighted[-count].name)
    kept = backbone.stages[:first]
    shape = kept[-1].output_shape
    width = shape[-1] if len(shape) < 3 else shape[0]
    pool = Stage(MEAN_POOL, (), {FEATURES: (width,)}, int(np.prod(shape)))
    return replace(
        backbone,
        architecture=f"{backbone.architecture} without its last {count}",
        stages=(*kept, pool),
        weights={name: backbone.weights[name] for stage in kept for name in stage.tensors},
        form=DroppedForm(backbone.form, backbone.stages, count),
    )


@dataclass(frozen=True)
class DroppedForm:
    """The form of the whole network, cut short.

    Attributes:
        whole: form of the network with all its stages.
        stages: all of them.
        count: how many with weights were thrown away.
    """

    whole: Form
    stages: tuple[Stage, ...]
    count: int

    def graph(self, backbone: Backbone, cuts: Sequence[str]) -> Any:
        kept = backbone.stages[:-1]
        last = kept[-1].name
        asked = dict.fromkeys(last if cut == MEAN_POOL else cut for cut in cuts)
        graph = self.whole.graph(replace(backbone, stages=kept), tuple(asked))
        if MEAN_POOL not in cuts:
            return graph
        outputs = {
            output.get_any_name(): output.get_node().input_value(0) for output in graph.outputs
        }
        node = outputs[f"{last}/{FEATURES}"]
        axes = {3: [2, 3], 2: [1], 1: []}[len(kept[-1].output_shape)]
        outputs[f"{MEAN_POOL}/{FEATURES}"] = operators().reduce_mean(
            node, np.array(axes, np.int64), keep_dims=False
        )
        wanted = {key: node for key, node in outputs.items() if key.rpartition("/")[0] in cuts}
        return finished_graph(graph.get_parameters()[0], wanted, backbone.name)

    def torch_stages(self, backbone: Backbone) -> dict[str, TorchStage]:
        from headstart.backbones._torch_stage import GlobalPool, TorchStage  # imports torch

        kept = replace(backbone, stages=backbone.stages[:-1])
        return {**self.whole.torch_stages(kept), MEAN_POOL: TorchStage(GlobalPool())}

    @property
    def only_head(self) -> str:
        """As the whole network's, of which it is computed."""
        return getattr(self.whole, "only_head", "")

    def describe(self) -> dict[str, Any]:
        return {**self.whole.describe(), "drop_stages": self.count}
