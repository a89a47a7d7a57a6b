"""Pretrained networks as an ordered list of stages, with preprocessing and a fingerprint."""

from headstart.backbones._backbone import (
    FEATURES,
    INPUT,
    Backbone,
    Form,
    PhotoPreprocessing,
    Stage,
    VectorPreprocessing,
)
from headstart.backbones._drop import MEAN_POOL, drop_stages
from headstart.backbones._facts import TrainedOn, facts
from headstart.backbones._openvino import (
    PHOTO,
    VECTOR,
    finished_graph,
    import_openvino,
    operators,
)
from headstart.backbones._registry import (
    DEFAULT,
    backbone_from_module,
    is_network,
    load_backbone,
    names,
    restore_backbone,
)
from headstart.backbones._vectors import vector_backbone

__all__ = [
    "DEFAULT",
    "FEATURES",
    "INPUT",
    "MEAN_POOL",
    "PHOTO",
    "VECTOR",
    "Backbone",
    "Form",
    "PhotoPreprocessing",
    "Stage",
    "TrainedOn",
    "VectorPreprocessing",
    "backbone_from_module",
    "drop_stages",
    "facts",
    "finished_graph",
    "import_openvino",
    "is_network",
    "load_backbone",
    "names",
    "operators",
    "restore_backbone",
    "vector_backbone",
]
