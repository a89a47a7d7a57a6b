"""Pretrained networks as an ordered list of stages, with preprocessing and a fingerprint."""

from headstart.backbones._backbone import Backbone, PhotoPreprocessing, Stage
from headstart.backbones._openvino import import_openvino
from headstart.backbones._registry import DEFAULT, build_graph, load_backbone, names

__all__ = [
    "DEFAULT",
    "Backbone",
    "PhotoPreprocessing",
    "Stage",
    "build_graph",
    "import_openvino",
    "load_backbone",
    "names",
]
