"""The picture network: MobileNetV2 with one logit, fine-tuned from ImageNet weights."""

from pathlib import Path

import keras

from triage.errors import TrainingError

SIZE = 224
"""Side of the input in pixels."""
FIRST_TRAINED = "block_3_expand"
"""Layers before this one stay as ImageNet left them: edges and textures are the same everywhere,
and a step takes 12 ms a picture instead of 18 (measured on 2 cores, batches of 32)."""
DROPOUT = 0.2


def build(weights: Path | None, learning_rate: float, steps: int) -> keras.Model:
    """Build and compile the network.

    Args:
        weights: ImageNet weights of the whole MobileNetV2 (`.weights.h5`); None starts at random.
        learning_rate: of the first step; it falls to zero along a cosine.
        steps: batches in the whole training.

    Returns:
        A model from uint8 pictures (n, 224, 224, 3) to logits (n, 1). Scaling to -1..1 is inside, so
        that serving has nothing to get wrong.

    Raises:
        TrainingError: the weights are missing or do not fit.
    """
    body = _body(weights)
    pictures = keras.Input((SIZE, SIZE, 3), dtype="uint8", name="pictures")
    features = body(keras.layers.Rescaling(1 / 127.5, offset=-1)(pictures))
    logit = keras.layers.Dense(1, name="logit")(keras.layers.Dropout(DROPOUT)(features))
    model = keras.Model(pictures, logit, name="gun_image")
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, steps)),
        keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.05),
        jit_compile=False,  # XLA on a CPU is ten times slower here
    )
    return model


def _body(weights: Path | None) -> keras.Model:
    """MobileNetV2 up to its pooled features, with the layers frozen that do not learn."""
    whole = keras.applications.MobileNetV2(weights=None, include_top=True, classes=1000)
    if weights is not None:
        try:
            whole.load_weights(weights)
        except (OSError, ValueError) as error:
            raise TrainingError(f"{weights} holds no MobileNetV2 weights: {error}") from error
    body = keras.Model(whole.input, whole.layers[-2].output, name="mobilenet_v2")
    learns = False
    for layer in body.layers:
        learns = learns or layer.name == FIRST_TRAINED
        # BatchNorm keeps its ImageNet statistics: batches here are small and unlike what is served
        layer.trainable = learns and not isinstance(layer, keras.layers.BatchNormalization)
    return body
