"""A float ONNX network to int8: weights per channel, activations by their ranges on real pictures.

Rounding a layer's weights shifts the mean of its outputs, and over fifty layers the shifts add up:
MobileNetV2's logits moved by half a unit. The biases are corrected for it first, after which they move by
less than a tenth. Weights keep 7 bits: processors without VNNI instructions add pairs of 8-bit products in 16
bits, which 8-bit weights would overflow. With them the same file said other things on other processors.

Source: Nagel et al., "Data-free quantization through weight equalization and bias correction", 2019.
"""

import logging
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

QUANTIZED = ("Conv", "Add", "Relu", "Clip")
"""The rest (pooling, softmax, the top cells) costs nothing and stays exact."""
HIGHEST = 64
"""Largest weight; symmetric, as ONNX Runtime rounds them where it reduces the range."""

Batches = Sequence[NDArray[np.uint8]]


def to_int8(source: Path, target: Path, batches: Batches) -> None:
    """Write the int8 form of a float network.

    Args:
        source: an ONNX file with an input `pictures`.
        target: the file to write.
        batches: framed training pictures, (n, size, size, 3) each; they show ranges and means of activations.
    """
    logging.getLogger().setLevel(logging.ERROR)  # ONNX Runtime advises the preparation that was just done
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        folded = Path(folder) / "folded.onnx"
        quant_pre_process(source, folded, skip_symbolic_shape=True)
        model = onnx.load(folded)
        correct_biases(model, batches)
        onnx.save(model, folded)
        quantize_static(
            folded,
            target,
            _Reader(batches),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(QUANTIZED),
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )


def correct_biases(model: onnx.ModelProto, batches: Batches) -> None:
    """Take from every convolution's bias what rounding its weights will add to its outputs on average."""
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    means = _means(model, [node.input[0] for node in convolutions], batches)
    tables = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in convolutions:
        weights = numpy_helper.to_array(tables[node.input[1]])
        shift = _shift(weights, means[node.input[0]])
        bias = tables[node.input[2]] if node.input[2:] else None
        if bias is not None:
            bias.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(bias) - shift, bias.name))
        else:
            node.input.append(f"{node.name}.bias")
            model.graph.initializer.append(numpy_helper.from_array(-shift, node.input[2]))


def _shift(weights: NDArray[np.float32], means: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return what rounding weights adds to each output channel's mean, (out,).

    Args:
        weights: (out, in / groups, height, width).
        means: of the input's channels, (in,).
    """
    step = np.abs(weights).max(axis=(1, 2, 3), keepdims=True) / HIGHEST
    step[step == 0] = 1
    error = (np.round(weights / step) * step - weights).sum(axis=(2, 3))
    # each channel of a depthwise convolution reads its own input channel alone
    depthwise = error.shape[1] == 1 and len(means) == len(error)
    return np.asarray(error[:, 0] * means if depthwise else error @ means, np.float32)


def _means(model: onnx.ModelProto, names: Iterable[str], batches: Batches) -> dict[str, NDArray[np.float64]]:
    """Return the mean of each channel of some values inside a network, over pictures and places."""
    wanted = list(dict.fromkeys(names))
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    del probe.graph.output[:]
    probe.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in wanted)
    session = ort.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])
    found = [
        [value.mean(axis=(0, 2, 3)) for value in session.run(wanted, {"pictures": batch})]
        for batch in batches
    ]
    return {name: np.mean([row[at] for row in found], axis=0) for at, name in enumerate(wanted)}


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """Hands the calibration pictures to ONNX Runtime, batch by batch."""

    def __init__(self, batches: Batches) -> None:
        self.batches = iter(batches)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """Return the next batch; called by ONNX Runtime."""
        batch = next(self.batches, None)
        return None if batch is None else {"pictures": batch}
