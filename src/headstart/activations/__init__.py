"""The frozen pass: engines, the store on disk, the pipeline between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headstart._lazy import lazy

if TYPE_CHECKING:
    from headstart.activations._augmented import AugmentedPixels as AugmentedPixels
    from headstart.activations._engine import Activations as Activations
    from headstart.activations._engine import Engine as Engine
    from headstart.activations._engine import EngineInfo as EngineInfo
    from headstart.activations._few import photo_activations as photo_activations
    from headstart.activations._frozen_pass import FrozenPass as FrozenPass
    from headstart.activations._frozen_pass import frozen_pass as frozen_pass
    from headstart.activations._hardware import available_threads as available_threads
    from headstart.activations._hardware import has_bf16 as has_bf16
    from headstart.activations._hardware import has_gpu as has_gpu
    from headstart.activations._hardware import has_gpu_engine as has_gpu_engine
    from headstart.activations._hardware import instruction_set as instruction_set
    from headstart.activations._keys import DatasetKey as DatasetKey
    from headstart.activations._keys import RowKey as RowKey
    from headstart.activations._keys import dataset_key as dataset_key
    from headstart.activations._readers import ActivationReader as ActivationReader
    from headstart.activations._readers import RecomputedActivations as RecomputedActivations
    from headstart.activations._readers import StoredActivations as StoredActivations
    from headstart.activations._select import DEVICES as DEVICES
    from headstart.activations._select import PRECISIONS as PRECISIONS
    from headstart.activations._select import choose_engine as choose_engine
    from headstart.activations._select import engine_maker as engine_maker
    from headstart.activations._store import ActivationStore as ActivationStore
    from headstart.activations._store import DatasetInfo as DatasetInfo
    from headstart.activations._values import forecast_bytes as forecast_bytes
    from headstart.activations._vectors import VectorReader as VectorReader
    from headstart.activations._vectors import vector_pass as vector_pass
else:
    __all__, __getattr__, __dir__ = lazy(
        __name__,
        {
            "_augmented": ("AugmentedPixels",),
            "_engine": ("Activations", "Engine", "EngineInfo"),
            "_few": ("photo_activations",),
            "_frozen_pass": ("FrozenPass", "frozen_pass"),
            "_hardware": (
                "available_threads",
                "has_bf16",
                "has_gpu",
                "has_gpu_engine",
                "instruction_set",
            ),
            "_keys": ("DatasetKey", "RowKey", "dataset_key"),
            "_readers": ("ActivationReader", "RecomputedActivations", "StoredActivations"),
            "_select": ("DEVICES", "PRECISIONS", "choose_engine", "engine_maker"),
            "_store": ("ActivationStore", "DatasetInfo"),
            "_values": ("forecast_bytes",),
            "_vectors": ("VectorReader", "vector_pass"),
        },
    )
