"""The finished model: predict, save, load, export."""

from headstart.model._export import FORMATS, Exported, export
from headstart.model._format import (
    FORMAT,
    FORMAT_VERSION,
    check_target,
    read_description,
    replacing,
    write_json,
)
from headstart.model._load import load
from headstart.model._model import (
    Model,
    Prediction,
)

__all__ = [
    "FORMAT",
    "FORMATS",
    "FORMAT_VERSION",
    "Exported",
    "Model",
    "Prediction",
    "check_target",
    "export",
    "load",
    "read_description",
    "replacing",
    "write_json",
]
