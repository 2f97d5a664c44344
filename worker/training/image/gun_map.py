"""The network that looks for guns place by place: a map of logits, whose highest cells are the score.

A whole-picture network learns what surrounds guns in its training set, and loses guns of a few pixels. This
one is told by boxes where the guns are, so that the gun itself earns the score, and its map shows analysts
where. A second look at the hottest place and at the whole picture, which also names the kind of thing, lifts
or dims the map: a drill or a knife is often told from a gun by more than its outline.
"""

from collections.abc import Callable
from pathlib import Path

import keras
from keras import ops

from worker.training.image import mobilenet
from worker.training.image.kinds import KINDS
from worker.training.image.mobilenet import DROPOUT

Body = Callable[[Path | None, int], keras.Model]

CHANNELS = 128
TOP_CELLS = 4
"""The score is the mean of so many highest cells: one cell alone would let a speck decide."""
PRIOR = -3.0
"""First bias of the map: guns are rare among cells.

Source: Lin et al., "Focal loss for dense object detection", 2017."""
GAMMA = 2.0
"""How strongly cells that are right already are left in peace (same source)."""
NEGATIVE_CELLS = 20.0
"""So many wrong empty cells weigh as much as all cells of the guns together."""
SMOOTHING = 0.05
"""Of the label: a few labels are wrong."""


def gun_map(
    weights: Path | None, size: int, body: Body = mobilenet.stages, name: str = "gun_map"
) -> keras.Model:
    """Build the network.

    Args:
        weights: ImageNet weights of its body; None starts at random.
        size: side of the input in pixels, a multiple of 32.
        body: what reads the picture: from weights and size to a model from uint8 pictures to two maps of
            features, of stride 16 and 32.
        name: of the model, by which a pair knows its part.

    Returns:
        A model from uint8 pictures (n, size, size, 3) to `logit` (n, 1), `map` (n, size / 16, size / 16, 1)
        and `kinds` (n, kinds), all logits.
    """
    layers = keras.layers
    pictures = keras.Input((size, size, 3), dtype="uint8", name="pictures")
    fine, coarse = body(weights, size)(pictures)
    # stride 16 knows where, stride 32 knows what
    context = layers.UpSampling2D(2, interpolation="nearest")(
        layers.Conv2D(CHANNELS, 1, name="context")(coarse)
    )
    joined = layers.ReLU()(layers.Add()([layers.Conv2D(CHANNELS, 1, name="detail")(fine), context]))
    features = layers.SeparableConv2D(CHANNELS, 3, padding="same", activation="relu", name="features")(joined)
    cells = layers.Conv2D(
        1, 1, bias_initializer=keras.initializers.Constant(PRIOR), name="cells", dtype="float32"
    )(layers.SpatialDropout2D(DROPOUT)(features))
    # a second look: what stands at the hottest place, and the picture as a whole
    looks = [Where(name="where")([features, cells]), layers.GlobalAveragePooling2D()(coarse)]
    looked = layers.Dropout(DROPOUT)(layers.Concatenate()(looks))
    kinds = layers.Dense(len(KINDS), name="kinds", dtype="float32")(looked)
    verdict = layers.Dense(1, kernel_initializer="zeros", name="verdict", dtype="float32")(looked)
    # the verdict lifts or dims the whole map, so that the map's highest cells remain the score
    lifted = layers.Add(name="map", dtype="float32")([cells, everywhere(verdict, cells)])
    logit = TopMean(name="logit", dtype="float32")(lifted)
    return keras.Model(pictures, {"logit": logit, "map": lifted, "kinds": kinds}, name=name)


def everywhere(verdict: keras.KerasTensor, cells: keras.KerasTensor) -> keras.KerasTensor:
    """Repeat one number a picture, (n, 1), for each cell of maps, (n, side, side, 1).

    Adding would broadcast it as well, but Keras 3.15 on TensorFlow takes n numbers for a bias of n channels
    where the batch is as large as the map's side, and gives each picture the numbers of all.
    """
    return ops.tile(keras.layers.Reshape((1, 1, 1))(verdict), (1, cells.shape[1], cells.shape[2], 1))


@keras.saving.register_keras_serializable("flagpost")
class TopMean(keras.layers.Layer):  # type: ignore[misc]
    """The mean of the highest cells: (n, side, side, 1) to (n, 1)."""

    def call(self, cells: keras.KerasTensor) -> keras.KerasTensor:
        """Compute it; called by Keras."""
        flat = ops.reshape(cells, (-1, cells.shape[1] * cells.shape[2]))
        return ops.mean(ops.top_k(flat, TOP_CELLS, sorted=False)[0], axis=1, keepdims=True)


@keras.saving.register_keras_serializable("flagpost")
class Where(keras.layers.Layer):  # type: ignore[misc]
    """Features pooled where the map is highest; the map itself does not learn from it."""

    def call(self, inputs: list[keras.KerasTensor]) -> keras.KerasTensor:
        """Compute it; called by Keras."""
        features, cells = inputs
        places = cells.shape[1] * cells.shape[2]
        weights = ops.softmax(ops.reshape(ops.stop_gradient(cells), (-1, 1, places)))
        flat = ops.reshape(features, (-1, places, features.shape[-1]))
        return ops.reshape(ops.matmul(ops.cast(weights, flat.dtype), flat), (-1, features.shape[-1]))


@keras.saving.register_keras_serializable("flagpost")  # type: ignore[untyped-decorator]
def cell_loss(truth: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
    """Focal loss on the cells; every picture and, within it, guns and surroundings weigh the same.

    Args:
        truth: 1 gun, 0 none, -1 not judged; (n, side, side, 1).
        logits: of the same shape.

    Returns:
        (n,)
    """
    gun = ops.cast(truth == 1, "float32")
    none = ops.cast(truth == 0, "float32")
    wrong = ops.sigmoid(logits) * none + ops.sigmoid(-logits) * gun
    cost = ops.power(wrong, GAMMA) * (ops.softplus(logits) * none + ops.softplus(-logits) * gun)
    axes = (1, 2, 3)
    found = ops.sum(cost * gun, axes) / ops.maximum(ops.sum(gun, axes), 1)
    return found + ops.sum(cost * none, axes) / NEGATIVE_CELLS


@keras.saving.register_keras_serializable("flagpost")  # type: ignore[untyped-decorator]
def kind_loss(truth: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
    """Cross-entropy of a *set* of possible kinds: minus the log of the probability inside the set.

    Args:
        truth: 1 for each possible kind; (n, kinds). A row without any costs nothing.
        logits: (n, kinds).

    Returns:
        (n,)
    """
    inside = ops.logsumexp(ops.where(truth > 0, logits, -1e9), axis=-1)
    known = ops.any(truth > 0, axis=-1)
    return ops.where(known, ops.logsumexp(logits, axis=-1) - inside, 0.0)
