"""A network that a model directory holds as an OpenVINO graph: it predicts without PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headstart.backbones._backbone import Backbone, Form, PhotoPreprocessing, Stage, Weights
from headstart.backbones._drop import DroppedForm, drop_stages
from headstart.backbones._openvino import import_openvino
from headstart.errors import BackboneError, MissingExtraError

if TYPE_CHECKING:
    from headstart.backbones._torch_stage import TorchStage

GRAPH_FILE = "network.xml"
"""Beside it lies ``network.bin``."""


def stages_as_json(stages: Sequence[Stage]) -> list[dict[str, Any]]:
    """Stages in what JSON can hold."""
    return [
        {
            "name": stage.name,
            "tensors": list(stage.tensors),
            "outputs": {key: list(shape) for key, shape in stage.outputs.items()},
            "flops": stage.flops,
            "parameters": list(stage.parameters),
        }
        for stage in stages
    ]


def stages_from_json(values: Sequence[Mapping[str, Any]]) -> tuple[Stage, ...]:
    """Stages as `stages_as_json` wrote them."""
    return tuple(
        Stage(
            name=value["name"],
            tensors=tuple(value["tensors"]),
            outputs={key: tuple(shape) for key, shape in value["outputs"].items()},
            flops=int(value["flops"]),
            parameters=tuple(value["parameters"]),
        )
        for value in values
    )


def graph_backbone(described: Mapping[str, Any], weights: Weights, directory: Path) -> Backbone:
    """A network of timm, or a user's own, from a model directory.

    Args:
        described: ``name`` and ``form``, as written by the form that it had.
        weights: its tensors by name.
        directory: where ``network.xml`` lies.

    Raises:
        BackboneError: a tensor is missing.
    """
    form = described["form"]
    whole = Backbone(
        name=described["name"],
        architecture=form["architecture"],
        origin=form["origin"],
        input_kind=form["input_kind"],
        preprocessing=PhotoPreprocessing.from_dict(form["preprocessing"]),
        stages=stages_from_json(form["stages"]),
        weights=weights,
        form=GraphForm(directory, {**form, "drop_stages": 0}, ""),
    )
    # What was thrown away is not in the directory, and dropping it again does not ask for it.
    backbone = drop_stages(whole, int(form.get("drop_stages", 0)))
    needed = [name for stage in backbone.stages for name in stage.tensors]
    if missing := [name for name in needed if name not in weights]:
        raise BackboneError(f"the weights of {backbone.name} lack {', '.join(missing[:3])}")
    backbone = replace(backbone, weights={name: weights[name] for name in needed})
    return replace(backbone, form=GraphForm(directory, form, backbone.fingerprint))


@dataclass(frozen=True)
class GraphForm:
    """The form of a network whose graph lies in a model directory.

    Attributes:
        directory: of the model.
        described: what the form said of itself that the network had before.
        fingerprint: of the network that the graph was made of.
    """

    directory: Path
    described: Mapping[str, Any]
    fingerprint: str

    def graph(self, backbone: Backbone, cuts: Sequence[str]) -> Any:
        """As of `Form`; read from the directory where it is asked for as it was saved.

        Raises:
            BackboneError: the graph cannot be read; or it has to be made anew, and the network is a
                module of the user's own.
            MissingExtraError: it has to be made anew, and PyTorch or timm is not installed.
        """
        if set(cuts) != {backbone.last_cut} or backbone.fingerprint != self.fingerprint:
            return self._made_anew.graph(backbone, cuts)
        path = self.directory / GRAPH_FILE
        try:
            return import_openvino().Core().read_model(str(path))
        except RuntimeError as error:
            reason = str(error).strip().rpartition("\n")[2]
            raise BackboneError(f"{path}: the network cannot be read ({reason})") from None

    def torch_stages(self, backbone: Backbone) -> dict[str, TorchStage]:
        """As of `Form`; a network of timm is made anew, with the errors of `graph`."""
        return self._made_anew.torch_stages(backbone)

    @property
    def has_saved_graph(self) -> bool:
        """Always."""
        return True

    @property
    def only_head(self) -> str:
        """Why no stage can be retrained; empty for a network of timm."""
        if self.described["kind"] == "timm":
            return ""
        return (
            "it is a module of your own, whose code a model directory does not hold: it computes "
            "its features, and for everything else the module must be given again, with "
            "backbone_from_module(...).with_weights(backbone.weights)"
        )

    @cached_property
    def _made_anew(self) -> Form:
        """How the network is computed by the code that it was made of."""
        if self.only_head:
            raise BackboneError(f"{self.described['architecture']}: {self.only_head}")
        try:
            from headstart.backbones._timm_torch import timm_form  # imports torch and timm
        except ImportError as error:
            if error.name is None or error.name.partition(".")[0] not in {"torch", "timm"}:
                raise
            feature = "a timm: network other than up to its last stage, as it was saved,"
            raise MissingExtraError(feature, "train") from None
        form = timm_form(self.described)
        count = int(self.described.get("drop_stages", 0))
        if not count:
            return form
        return DroppedForm(form, stages_from_json(self.described["stages"]), count)

    def describe(self) -> dict[str, Any]:
        return dict(self.described)
