"""The frozen pass: engines, the store on disk, the pipeline between them."""

from headstart.activations._engine import Engine, EngineInfo
from headstart.activations._frozen_pass import FrozenPass, frozen_pass
from headstart.activations._hardware import (
    available_threads,
    has_bf16,
    has_gpu_engine,
    instruction_set,
)
from headstart.activations._keys import DatasetKey, RowKey
from headstart.activations._select import DEVICES, PRECISIONS, choose_engine, engine_maker
from headstart.activations._store import ActivationStore, DatasetInfo

__all__ = [
    "DEVICES",
    "PRECISIONS",
    "ActivationStore",
    "DatasetInfo",
    "DatasetKey",
    "Engine",
    "EngineInfo",
    "FrozenPass",
    "RowKey",
    "available_threads",
    "choose_engine",
    "engine_maker",
    "frozen_pass",
    "has_bf16",
    "has_gpu_engine",
    "instruction_set",
]
