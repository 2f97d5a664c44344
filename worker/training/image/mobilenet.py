"""MobileNetV2 with ImageNet weights: the body of gun-map and mobilenet-v2."""

from pathlib import Path

import keras

from triage.errors import TrainingError

FIRST_TRAINED = "block_3_expand"
"""Layers before this one stay as ImageNet left them: edges and textures are the same everywhere,
and a step takes 12 ms a picture instead of 18 (measured on 2 cores, 224 px, batches of 32)."""
DROPOUT = 0.2


def body(weights: Path | None, size: int) -> keras.Model:
    """Build MobileNetV2 without its classifier.

    Args:
        weights: ImageNet weights of the whole MobileNetV2, classifier included, as Keras saves them
            (`.weights.h5`) or downloads them (`.h5`); None starts at random.
        size: side of the input in pixels.

    Returns:
        A model from pictures scaled to -1..1, (n, size, size, 3), to its last map of features. Layers that
        do not learn are frozen.

    Raises:
        TrainingError: the weights are missing or do not fit.
    """
    network = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(size, size, 3))
    if weights is not None:
        _copy(weights, network)
    learns = False
    for layer in network.layers:
        learns = learns or layer.name == FIRST_TRAINED
        # BatchNorm keeps its ImageNet statistics: batches here are small and unlike what is served
        layer.trainable = learns and not isinstance(layer, keras.layers.BatchNormalization)
    return network


def stages(weights: Path | None, size: int) -> keras.Model:
    """Return the body as a model from uint8 pictures to its maps of stride 16 and 32."""
    pictures = keras.Input((size, size, 3), dtype="uint8")
    network = body(weights, size)
    maps = [network.get_layer("block_13_expand_relu").output, network.output]
    return keras.Model(pictures, keras.Model(network.input, maps, name="mobilenet_v2")(scaled(pictures)))


def whole_picture(weights: Path | None, size: int) -> keras.Model:
    """Build the network that judges a picture as a whole: one logit from pooled features."""
    pictures = keras.Input((size, size, 3), dtype="uint8", name="pictures")
    features = body(weights, size)(scaled(pictures))
    pooled = keras.layers.Dropout(DROPOUT)(keras.layers.GlobalAveragePooling2D()(features))
    logit = keras.layers.Dense(1, name="logit", dtype="float32")(pooled)
    return keras.Model(pictures, {"logit": logit}, name="mobilenet_v2")


def scaled(pictures: keras.KerasTensor) -> keras.KerasTensor:
    """Scale 0..255 to -1..1 inside the network, so that serving has nothing to get wrong."""
    return keras.layers.Rescaling(1 / 127.5, offset=-1, name="scaled")(pictures)


def _copy(weights: Path, network: keras.Model) -> None:
    """Copy ImageNet weights layer by layer: the file's network has a classifier and another input size."""
    whole = keras.applications.MobileNetV2(weights=None, include_top=True, classes=1000)
    try:
        whole.load_weights(weights)
    except (OSError, ValueError) as error:
        raise TrainingError(f"{weights} holds no MobileNetV2 weights: {error}") from error
    for layer in network.layers:
        layer.set_weights(whole.get_layer(layer.name).get_weights() if layer.weights else [])
