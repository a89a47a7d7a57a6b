"""The frozen pass: engines, the store on disk, the pipeline between them."""

from headstart.activations._augmented import AugmentedPixels
from headstart.activations._engine import Activations, Engine, EngineInfo
from headstart.activations._few import photo_activations
from headstart.activations._frozen_pass import FrozenPass, frozen_pass
from headstart.activations._hardware import (
    available_threads,
    has_bf16,
    has_gpu,
    has_gpu_engine,
    instruction_set,
)
from headstart.activations._keys import DatasetKey, RowKey, dataset_key
from headstart.activations._readers import (
    ActivationReader,
    RecomputedActivations,
    StoredActivations,
)
from headstart.activations._select import DEVICES, PRECISIONS, choose_engine, engine_maker
from headstart.activations._store import ActivationStore, DatasetInfo
from headstart.activations._values import forecast_bytes
from headstart.activations._vectors import VectorReader, vector_pass

__all__ = [
    "DEVICES",
    "PRECISIONS",
    "ActivationReader",
    "ActivationStore",
    "Activations",
    "AugmentedPixels",
    "DatasetInfo",
    "DatasetKey",
    "Engine",
    "EngineInfo",
    "FrozenPass",
    "RecomputedActivations",
    "RowKey",
    "StoredActivations",
    "VectorReader",
    "available_threads",
    "choose_engine",
    "dataset_key",
    "engine_maker",
    "forecast_bytes",
    "frozen_pass",
    "has_bf16",
    "has_gpu",
    "has_gpu_engine",
    "instruction_set",
    "photo_activations",
    "vector_pass",
]
