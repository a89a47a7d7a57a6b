"""The finished model: predict, save, load."""

from headstart.model._format import FORMAT, FORMAT_VERSION, check_target, replacing, write_json
from headstart.model._load import load
from headstart.model._model import (
    Model,
    Prediction,
    dataset_key,
    run_frozen_pass,
)

__all__ = [
    "FORMAT",
    "FORMAT_VERSION",
    "Model",
    "Prediction",
    "check_target",
    "dataset_key",
    "load",
    "replacing",
    "run_frozen_pass",
    "write_json",
]
