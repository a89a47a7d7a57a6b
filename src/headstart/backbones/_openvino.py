"""The one place where OpenVINO is imported."""

from __future__ import annotations

import sys
from types import ModuleType


def import_openvino() -> ModuleType:
    """Import OpenVINO without its telemetry.

    On import, ``openvino_telemetry`` looks up a statistics host. ``None`` in `sys.modules` makes
    its import fail, which OpenVINO handles by going without it.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino  # 0.2 s, and only after telemetry is blocked

    return openvino  # type: ignore[no-any-return]
