"""Pretrained networks as an ordered list of stages, with preprocessing and a fingerprint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headstart._lazy import lazy

if TYPE_CHECKING:
    from headstart.backbones._backbone import FEATURES as FEATURES
    from headstart.backbones._backbone import INPUT as INPUT
    from headstart.backbones._backbone import Backbone as Backbone
    from headstart.backbones._backbone import Form as Form
    from headstart.backbones._backbone import PhotoPreprocessing as PhotoPreprocessing
    from headstart.backbones._backbone import Stage as Stage
    from headstart.backbones._backbone import VectorPreprocessing as VectorPreprocessing
    from headstart.backbones._drop import MEAN_POOL as MEAN_POOL
    from headstart.backbones._drop import drop_stages as drop_stages
    from headstart.backbones._facts import TrainedOn as TrainedOn
    from headstart.backbones._facts import facts as facts
    from headstart.backbones._openvino import PHOTO as PHOTO
    from headstart.backbones._openvino import VECTOR as VECTOR
    from headstart.backbones._openvino import finished_graph as finished_graph
    from headstart.backbones._openvino import import_openvino as import_openvino
    from headstart.backbones._openvino import operators as operators
    from headstart.backbones._registry import DEFAULT as DEFAULT
    from headstart.backbones._registry import backbone_from_module as backbone_from_module
    from headstart.backbones._registry import is_network as is_network
    from headstart.backbones._registry import load_backbone as load_backbone
    from headstart.backbones._registry import names as names
    from headstart.backbones._registry import restore_backbone as restore_backbone
    from headstart.backbones._vectors import vector_backbone as vector_backbone
else:
    __all__, __getattr__, __dir__ = lazy(
        __name__,
        {
            "_backbone": (
                "FEATURES",
                "INPUT",
                "Backbone",
                "Form",
                "PhotoPreprocessing",
                "Stage",
                "VectorPreprocessing",
            ),
            "_drop": ("MEAN_POOL", "drop_stages"),
            "_facts": ("TrainedOn", "facts"),
            "_openvino": ("PHOTO", "VECTOR", "finished_graph", "import_openvino", "operators"),
            "_registry": (
                "DEFAULT",
                "backbone_from_module",
                "is_network",
                "load_backbone",
                "names",
                "restore_backbone",
            ),
            "_vectors": ("vector_backbone",),
        },
    )
