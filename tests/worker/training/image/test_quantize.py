# ruff: noqa: E402 - the skip comes before the imports that need the train extra
"""Rounding a network to int8 leaves the means of its layers where they were."""

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs the train extra")

from onnx import TensorProto, helper, numpy_helper

from worker.training.image.quantize import HIGHEST, correct_biases, to_int8

pytestmark = pytest.mark.train


def network(weights: np.ndarray, groups: int) -> "onnx.ModelProto":
    """Pictures (n, 4, 4, 3) to one convolution without a bias."""
    nodes = [
        helper.make_node("Cast", ["pictures"], ["values"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["values"], ["channels"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["channels", "weights"], ["out"], name="conv", group=groups),
    ]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("pictures", TensorProto.UINT8, ["n", 4, 4, 3])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(weights, "weights")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)


@pytest.mark.parametrize("groups", [1, 3])
def test_the_bias_takes_away_what_rounding_adds_on_average(groups: int) -> None:
    random = np.random.default_rng(0)
    weights = random.normal(size=(6 if groups == 1 else 3, 3 // groups, 1, 1)).astype(np.float32)
    pictures = random.integers(0, 256, (5, 4, 4, 3), np.uint8)
    model = network(weights, groups)
    correct_biases(model, [pictures])
    (bias,) = (numpy_helper.to_array(t) for t in model.graph.initializer if t.name == "conv.bias")
    step = np.abs(weights).max(axis=(1, 2, 3), keepdims=True) / HIGHEST
    error = (np.round(weights / step) * step - weights)[..., 0, 0]
    means = pictures.astype(float).mean(axis=(0, 1, 2))
    added = error @ means if groups == 1 else error[:, 0] * means
    assert bias == pytest.approx(-added, rel=1e-3, abs=1e-4)
    assert np.abs(bias).max() > 0 or groups == 3  # one weight a channel rounds to itself


def test_no_pair_of_products_overflows_sixteen_bits_on_processors_without_vnni(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    model = network(random.normal(size=(6, 3, 1, 1)).astype(np.float32), groups=1)
    onnx.save(model, tmp_path / "float.onnx")
    to_int8(
        tmp_path / "float.onnx", tmp_path / "int8.onnx", [random.integers(0, 256, (5, 4, 4, 3), np.uint8)]
    )
    tables = [numpy_helper.to_array(t) for t in onnx.load(tmp_path / "int8.onnx").graph.initializer]
    (weights,) = (table for table in tables if table.dtype == np.int8 and table.ndim == 4)
    assert 2 * 255 * int(np.abs(weights.astype(int)).max()) < 2**15
    assert np.abs(weights).max() == HIGHEST


@pytest.mark.parametrize(
    ("shift", "noise", "chosen"), [(0.0, 0.0, "int8"), (-0.6, 0.0, "int8"), (0.0, 1.5, "float32")]
)
def test_int8_ships_only_where_it_finds_as_many_guns_at_as_many_false_positives(
    shift: float, noise: float, chosen: str
) -> None:
    """A shift alone is no loss: each form has its own calibration and thresholds."""
    from worker.manifest import Calibration, OperatingPoints
    from worker.training.image.publish import Measured, choose

    chance = np.random.default_rng(0)
    truth = np.array([0, 1] * 500)
    logits = chance.normal(3 * truth - 1.5)
    points = OperatingPoints(unsure=0.2, likely=0.5, strong=0.9)
    other = logits + shift + chance.normal(0, noise, len(logits))
    exact, small = (Measured(each, truth, Calibration(), points) for each in (logits, other))
    assert choose({"float32": exact, "int8": small}) == chosen
    assert choose({"float32": exact}) == "float32"
