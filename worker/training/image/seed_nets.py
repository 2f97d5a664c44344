"""The networks that Flagpost's gun classifier grew from (2022), layer by layer as they were published.

They stay so that anyone can train them and see what a better network is worth: `docs/gun-image.md` has the
table. Pictures are squashed to 224 x 224 and scaled to 0..1; convolutions are 'valid' with ReLU.
"""

from collections.abc import Callable
from pathlib import Path

import keras
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.regularizers import L1, L2, Regularizer

Stack = Callable[[], list[keras.layers.Layer]]


def seed_net(stack: Stack, weights: Path | None, size: int) -> keras.Model:  # noqa: ARG001 - they start at random
    """Build one of them around its stack of layers."""
    pictures = keras.Input((size, size, 3), dtype="uint8", name="pictures")
    values = keras.layers.Rescaling(1 / 255)(pictures)
    for layer in stack():
        values = layer(values)
    return keras.Model(pictures, {"logit": Dense(1, name="logit", dtype="float32")(values)})


def _conv(filters: int, side: int, regularizer: Regularizer | None = None) -> keras.layers.Layer:
    return Conv2D(filters, side, activation="relu", kernel_regularizer=regularizer)


def _dense(units: int, regularizer: Regularizer | None = None) -> keras.layers.Layer:
    return Dense(units, activation="relu", kernel_regularizer=regularizer)


def baseline() -> list[keras.layers.Layer]:
    """No convolution at all."""
    return [Flatten(), _dense(64), _dense(32), _dense(16)]


def v1(regularizer: Regularizer | None = None, dropout: float = 0) -> list[keras.layers.Layer]:
    """Three convolutions; v2 is the same with Adam, v3 to v5 vary its regularisation."""
    first = [_conv(32, 3), *([Dropout(dropout)] if dropout else []), MaxPooling2D(2)]
    rest = [_conv(32, 4), MaxPooling2D(2), _conv(64, 3), MaxPooling2D(2)]
    return [*first, *rest, Flatten(), _dense(64, regularizer)]


def v3() -> list[keras.layers.Layer]:
    """As v1, L1 on the dense layer."""
    return v1(L1(3e-3))


def v4() -> list[keras.layers.Layer]:
    """As v1, L2 on the dense layer."""
    return v1(L2(3e-3))


def v5() -> list[keras.layers.Layer]:
    """As v3, dropout after the first convolution."""
    return v1(L1(3e-3), dropout=0.2)


def v6() -> list[keras.layers.Layer]:
    """Convolutions in pairs; its authors' choice."""
    pairs = [_conv(32, 3), _conv(32, 3), MaxPooling2D(2), _conv(64, 4), _conv(64, 3), MaxPooling2D(2)]
    return [*pairs, Flatten(), _dense(128, L1(3e-3))]


def v7() -> list[keras.layers.Layer]:
    """Two convolutions."""
    return [_conv(32, 3), MaxPooling2D(2), _conv(64, 4), MaxPooling2D(2), Flatten(), _dense(128, L1(3e-3))]


def v8() -> list[keras.layers.Layer]:
    """Four convolutions with wide pooling and dropout."""
    first = [_conv(32, 3), MaxPooling2D(3), _conv(32, 4), MaxPooling2D(3), Dropout(0.3)]
    second = [_conv(32, 4), MaxPooling2D(3), Dropout(0.3), _conv(64, 3, L2(3e-3)), MaxPooling2D(3)]
    return [*first, *second, Flatten(), _dense(64)]
