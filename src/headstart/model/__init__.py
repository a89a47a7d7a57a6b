"""The finished model: predict, save, load, export."""

from headstart.model._evidence import place_logits, places_cut, pooled_cut
from headstart.model._export import FORMATS, Exported, export
from headstart.model._format import (
    FORMAT,
    FORMAT_VERSION,
    check_target,
    read_description,
    replacing,
    write_json,
)
from headstart.model._load import load, load_network
from headstart.model._model import PRETRAINED, Model
from headstart.model._prediction import Answer, Prediction

__all__ = [
    "FORMAT",
    "FORMATS",
    "FORMAT_VERSION",
    "PRETRAINED",
    "Answer",
    "Exported",
    "Model",
    "Prediction",
    "check_target",
    "export",
    "load",
    "load_network",
    "place_logits",
    "places_cut",
    "pooled_cut",
    "read_description",
    "replacing",
    "write_json",
]
