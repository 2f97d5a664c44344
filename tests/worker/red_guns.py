"""A network of a few hundred bytes for which a gun is what is red: it has all outputs of a real one.

Run `python -m tests.worker.red_guns` (needs the train extra) to build `red_guns.onnx` again.
"""

import shutil
from pathlib import Path

from worker import manifest
from worker.manifest import Artifact, Calibration, Manifest, OperatingPoints

MODEL = Path(__file__).with_suffix(".onnx")
SIZE, STRIDE, TOP = 160, 16, 4
SIDE = SIZE // STRIDE
KINDS = ["pistol", "phone", "smg"]
"""Their logits are the picture's mean red, green and blue."""


def artifact(folder: Path) -> Artifact:
    """Write the network as an artifact."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(MODEL, folder / "model.onnx")
    described = Manifest(
        scorer="gun_image",
        version="red",
        kind="image",
        files={"model.onnx": ""},
        input={"size": SIZE, "framing": "letterbox", "kinds": KINDS},
        calibration=Calibration(slope=0.5),
        operating_points=OperatingPoints(unsure=0.2, likely=0.5, strong=0.9),
        metrics={"test_levels": {"strong": {"recall": 0.875, "false_positive_rate": 0.0125}}},
    )
    return manifest.write(folder, described)


def build() -> None:
    """Write the network: a cell's logit is 20 times its mean of red - (green + blue) / 2, less 10."""
    from numpy import array, float32, int64
    from onnx import TensorProto as T
    from onnx import helper, numpy_helper, save

    def value(name: str, kind: int, *shape: int | str) -> object:
        return helper.make_tensor_value_info(name, kind, ["n", *shape])

    node = helper.make_node
    nodes = [
        node("Cast", ["pictures"], ["pixels"], to=T.FLOAT),
        node("Transpose", ["pixels"], ["planes"], perm=[0, 3, 1, 2]),
        node("Conv", ["planes", "redness", "bias"], ["red"]),
        node("AveragePool", ["red"], ["cells"], kernel_shape=[STRIDE] * 2, strides=[STRIDE] * 2),
        node("Transpose", ["cells"], ["map"], perm=[0, 2, 3, 1]),
        node("Flatten", ["cells"], ["flat"]),
        node("TopK", ["flat", "top"], ["highest", "places"]),
        node("ReduceMean", ["highest"], ["logit"], axes=[1], keepdims=1),
        node("GlobalAveragePool", ["planes"], ["means"]),
        node("Flatten", ["means"], ["colours"]),
        node("Mul", ["colours", "scale"], ["kinds"]),
    ]
    constants = {
        "redness": array([20, -10, -10], float32).reshape(1, 3, 1, 1) / 255,
        "bias": array([-10], float32),
        "top": array([TOP], int64),
        "scale": array([1 / 16], float32),
    }
    graph = helper.make_graph(
        nodes,
        "red_guns",
        [value("pictures", T.UINT8, SIZE, SIZE, 3)],
        [value("kinds", T.FLOAT, 3), value("logit", T.FLOAT, 1), value("map", T.FLOAT, SIDE, SIDE, 1)],
        [numpy_helper.from_array(data, name) for name, data in constants.items()],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), MODEL)


if __name__ == "__main__":
    build()
