"""The finished model: predict, save, load, export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headstart._lazy import lazy

if TYPE_CHECKING:
    from headstart.model._evidence import place_logits as place_logits
    from headstart.model._evidence import places_cut as places_cut
    from headstart.model._evidence import pooled_cut as pooled_cut
    from headstart.model._export import FORMATS as FORMATS
    from headstart.model._export import Exported as Exported
    from headstart.model._export import export as export
    from headstart.model._format import FORMAT as FORMAT
    from headstart.model._format import FORMAT_VERSION as FORMAT_VERSION
    from headstart.model._format import check_target as check_target
    from headstart.model._format import read_description as read_description
    from headstart.model._format import replacing as replacing
    from headstart.model._format import write_json as write_json
    from headstart.model._load import load as load
    from headstart.model._load import load_network as load_network
    from headstart.model._model import PRETRAINED as PRETRAINED
    from headstart.model._model import Model as Model
    from headstart.model._prediction import Answer as Answer
    from headstart.model._prediction import Prediction as Prediction
else:
    __all__, __getattr__, __dir__ = lazy(
        __name__,
        {
            "_evidence": ("place_logits", "places_cut", "pooled_cut"),
            "_export": ("FORMATS", "Exported", "export"),
            "_format": (
                "FORMAT",
                "FORMAT_VERSION",
                "check_target",
                "read_description",
                "replacing",
                "write_json",
            ),
            "_load": ("load", "load_network"),
            "_model": ("PRETRAINED", "Model"),
            "_prediction": ("Answer", "Prediction"),
        },
    )
