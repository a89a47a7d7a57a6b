"""Feature vectors of the user's own, in the place of what a frozen network gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from headstart.backbones._backbone import FEATURES, Backbone, Stage, VectorPreprocessing
from headstart.backbones._openvino import finished_graph, vector_input

if TYPE_CHECKING:
    from headstart.backbones._torch_stage import TorchStage

VECTORS = "vectors"
"""Kind of the form, and name of the only stage."""


class VectorForm:
    """Vectors go through as they are."""

    def graph(self, backbone: Backbone, cuts: Sequence[str]) -> Any:
        """As of `Form`; its input ``vector`` is float32 ``(1, width)``."""
        (width,) = backbone.stages[-1].output_shape
        vector = vector_input(width)
        outputs = {f"{cut}/{FEATURES}": vector for cut in cuts}
        return finished_graph(vector, outputs, backbone.name)

    def torch_stages(self, backbone: Backbone) -> dict[str, TorchStage]:
        """The only stage, which does nothing."""
        from torch import nn  # of the extra `train`

        from headstart.backbones._torch_stage import TorchStage

        return {VECTORS: TorchStage(nn.Identity())}

    def describe(self) -> dict[str, Any]:
        """What a model directory keeps to make it again."""
        return {"kind": VECTORS}


def vector_backbone(names: Sequence[str]) -> Backbone:
    """What stands in the place of a network where examples are vectors.

    Args:
        names: of the numbers of a vector, in their order.
    """
    width = len(names)
    return Backbone(
        name="feature vectors",
        architecture=f"none, {width} numbers",
        origin="given by the user; nothing was trained before",
        input_kind="vector",
        preprocessing=VectorPreprocessing(tuple(names)),
        stages=(Stage(VECTORS, (), {FEATURES: (width,)}, 0),),
        weights={},
        form=VectorForm(),
    )
