"""How an exported file is run, with nothing of headstart's."""

from __future__ import annotations

from pathlib import Path

from headstart.backbones import PHOTO, VECTOR, Backbone, PhotoPreprocessing, VectorPreprocessing

_RUNTIMES = {"onnx": "onnxruntime", "openvino": "openvino", "torch": "torch"}

_OPEN = {
    "onnx": """\
session = onnxruntime.InferenceSession({path!r})
described = json.loads(session.get_modelmeta().custom_metadata_map["headstart"])
""",
    # Without the hint OpenVINO computes in bfloat16 on processors that can.
    "openvino": """\
network = openvino.Core().read_model({path!r})
run = openvino.compile_model(network, "CPU", {{"INFERENCE_PRECISION_HINT": "f32"}})
described = json.loads(network.get_rt_info(["headstart"]).value)
""",
    "torch": """\
files = {{"headstart": ""}}
network = torch.export.load({path!r}, extra_files=files).module()
described = json.loads(files["headstart"])
""",
}

_PHOTO = """\
photo = ImageOps.exif_transpose(Image.open("new.jpg")).convert("RGB")
photo = ImageOps.fit(photo, {size}, Image.Resampling.{interpolation}, bleed={border!r})
photo = numpy.array(photo)[None]
"""

_COLUMNS = """\
with open("new.csv", newline="", encoding="utf-8") as file:
    row = next(csv.DictReader(file))
names = described["preprocessing"]["names"]
vector = numpy.array([[row[name] for name in names]], "float32")
"""

_ARRAY = """\
vector = numpy.load("new.npy")[:1].astype("float32")
"""

_RUN = {
    "onnx": """\
found = session.run(None, {{"{given}": {given}}})[0][0]
""",
    "openvino": """\
found = run({{"{given}": {given}}})["probabilities"][0]
""",
    "torch": """\
found = network(torch.from_numpy({given}))[0].tolist()
""",
}

_PRINT = """\
print(dict(zip(described["classes"], found)))
"""


def snippet(backbone: Backbone, format_: str, path: Path) -> str:
    """Python that runs an exported file on the first example of a file of new ones.

    That is ``new.jpg``, or of feature vectors ``new.csv``, where their numbers have names, else
    ``new.npy``.
    """
    runtime, reads = _RUNTIMES[format_], backbone.preprocessing
    if isinstance(reads, VectorPreprocessing):
        given = VECTOR
        # The columns of an array are named by their places.
        named = reads.names != tuple(map(str, range(len(reads.names))))
        imports = f"import {'csv, ' if named else ''}json, numpy, {runtime}\n"
        loading = _COLUMNS if named else _ARRAY
    else:
        given, loading = PHOTO, _photo(reads)
        imports = f"import json, numpy, {runtime}\nfrom PIL import Image, ImageOps\n"
    opening = _OPEN[format_].format(path=str(path))
    return imports + opening + loading + _RUN[format_].format(given=given) + _PRINT


def _photo(preprocessing: PhotoPreprocessing) -> str:
    # `bleed` is the border that is left out on each side; resizing and cropping are one step.
    border = (1 - preprocessing.size / preprocessing.resize) / 2
    return _PHOTO.format(
        size=(preprocessing.size, preprocessing.size),
        interpolation=preprocessing.interpolation.upper(),
        border=border,
    )
