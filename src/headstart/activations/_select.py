"""Which engine runs here, and with what precision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Literal, cast

from headstart.activations._engine import Engine, EngineInfo, Precision
from headstart.activations._hardware import (
    available_threads,
    has_bf16,
    has_gpu,
    has_gpu_engine,
    instruction_set,
)
from headstart.backbones import Backbone
from headstart.errors import MissingExtraError, SettingError

Device = Literal["auto", "cpu", "cuda"]
PRECISIONS = ("auto", "f32", "bf16")
DEVICES = ("auto", "cpu", "cuda")


def choose_engine(
    *, precision: str = "auto", device: str = "auto", threads: int | None = None
) -> EngineInfo:
    """The engine for this machine, without importing it.

    Args:
        precision: ``"auto"``: bfloat16 where the device computes in it, else float32.
        device: ``"auto"``: a GPU where there is one and PyTorch is installed, else the processor.
        threads: of the processor; all that this process may use where ``None``.

    Raises:
        SettingError: a value is not known, there is no such device, or it lacks that precision.
        MissingExtraError: a GPU was asked for and PyTorch is not installed.
    """
    if precision not in PRECISIONS:
        raise SettingError(f"precision {precision!r} is none of {', '.join(PRECISIONS)}")
    if device not in DEVICES:
        raise SettingError(f"device {device!r} is none of {', '.join(DEVICES)}")
    if threads is not None and threads < 1:
        raise SettingError(f"threads must be 1 or more, not {threads}")
    if device == "cuda" and not has_gpu():
        raise SettingError(
            "device 'cuda': there is no NVIDIA GPU with its driver here; use 'cpu' or 'auto'"
        )
    if device == "cuda" and not has_gpu_engine():
        raise MissingExtraError("device 'cuda'", "train")
    if device == "cuda" or (device == "auto" and has_gpu_engine()):
        return _torch_info(precision, threads or available_threads())
    if precision == "bf16" and not has_bf16():
        raise SettingError(
            f"precision 'bf16' needs a processor that computes in bfloat16; this one "
            f"({instruction_set()}) does not: use 'f32' or 'auto'"
        )
    chosen = "bf16" if has_bf16() and precision != "f32" else "f32"
    return EngineInfo(
        name="openvino",
        version=version("openvino"),
        device="cpu",
        precision=cast("Precision", chosen),
        threads=threads or available_threads(),
        instruction_set=instruction_set(),
    )


def _torch_info(precision: str, threads: int) -> EngineInfo:
    return EngineInfo(
        name="torch",
        version=version("torch"),
        device="cuda",
        precision="f32" if precision == "f32" else "bf16",
        threads=threads,
        instruction_set="cuda",
    )


def engine_maker(backbone: Backbone, cuts: Sequence[str], info: EngineInfo) -> Callable[[], Engine]:
    """Makes the engine when it is called: where everything is stored, none is needed.

    Args:
        backbone: the network.
        cuts: names of stages, without `INPUT`; activations at all of them come from one pass.
        info: from `choose_engine`.
    """

    def make() -> Engine:
        if info.name == "torch":
            from headstart.activations._torch_engine import TorchEngine  # 8 s

            return TorchEngine(backbone, cuts, info)
        from headstart.activations._openvino_engine import OpenVinoEngine

        return OpenVinoEngine(backbone, cuts, info)

    return make
