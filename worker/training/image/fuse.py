"""`flagpost train fuse`: a network that looks place by place and one that sees the whole become one.

The two err on different pictures. Their logits are weighed by logistic regression on the validation split;
the map moves as a whole, so that the mean of its highest cells remains the score, and its contrast grows,
so that a sure verdict does not colour everything.
"""

from pathlib import Path

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray
from rich.console import Console
from sklearn.linear_model import LogisticRegression

from worker.manifest import Artifact
from worker.training.image.archs import PAIRS, find
from worker.training.image.feed import labels
from worker.training.image.fit import outputs
from worker.training.image.gun_map import TopMean, everywhere
from worker.training.image.pictures import Dataset
from worker.training.image.publish import publish
from worker.training.image.train import checked
from worker.training.image.trained import Trained

WHOLE, WHOLE_SIDE = "mobilenet-v2", 192
"""The whole is seen in 192 pixels: on validation as good beside the map as 224, and sooner done."""

CONTRAST = 2.0
"""How much steeper the map falls around its highest cells than that of the network that looks for places."""
UNTIED = 0.01
"""Keeps pixels off the halves, which each runtime's own last digit would round up or down."""

console = Console(stderr=True)


def fuse(located: Path, whole: Path, data: Path, out: Path, limit: int | None = None) -> Artifact:
    """Write one artifact of two trained ones.

    Args:
        located: artifact of a `gun-map` or `gun-map-lite`.
        whole: artifact of a `mobilenet-v2`, whose pictures are framed alike.
        data: dataset folder or index CSV; validation decides how the two are weighed.
        out: artifact folder to write.
        limit: most pictures of each class and split; None for all.

    Raises:
        ArtifactError: a folder holds no verified artifact.
        TrainingError: an artifact holds another network, or the dataset cannot be used.
    """
    dataset = checked(data, limit, seed=0)
    first, second = Trained.load(located, *PAIRS.values()), Trained.load(whole, WHOLE)
    pair = next(name for name, arch in PAIRS.items() if arch == first.arch)
    console.print("Weighing the two")
    both = joined(first, second)
    model = fused(both, *weighed(both, dataset, pair))
    notes = {"data": dataset.digest, "parts": {"map": first.summary, "whole": second.summary}}
    artifact = publish(model, dataset, out, pair, notes)
    console.print(f"Wrote {out}: {artifact.manifest.metrics['test']}")
    return artifact


def joined(located: Trained, whole: Trained) -> keras.Model:
    """Let two networks see the same picture.

    Args:
        located: with outputs `logit`, `map` and `kinds`.
        whole: with output `logit`.

    Returns:
        A model with the input and outputs of `located` and, as `whole`, the logit of the other, (n, 1).
    """
    size = find(located.arch).size
    first, second = _resized(located, size), _resized(whole, WHOLE_SIDE)
    pictures = keras.Input((size, size, 3), dtype="uint8", name="pictures")
    small = keras.layers.Resizing(WHOLE_SIDE, WHOLE_SIDE, interpolation="bilinear", dtype="float32")(pictures)
    said = second(ops.cast(ops.round(small + UNTIED), "uint8"), training=False)["logit"]
    return keras.Model(pictures, {**first(pictures, training=False), "whole": said})


def _resized(trained: Trained, side: int) -> keras.Model:
    """Return a network for pictures of another side."""
    model = find(trained.arch).build(None, side)
    model.set_weights(trained.model.get_weights())
    return model


def fused(both: keras.Model, weights: NDArray[np.float64], bias: float) -> keras.Model:
    """Make one verdict of two.

    Args:
        both: see `joined`.
        weights: of the two logits, (2,).
        bias: added to their sum.

    Returns:
        A model with the outputs `logit`, `map` and `kinds`.
    """
    said = both.output
    verdict = float(weights[0]) * said["logit"] + float(weights[1]) * said["whole"] + bias
    below = said["map"] - everywhere(said["logit"], said["map"])
    lifted = keras.layers.Add(name="map")([CONTRAST * below, everywhere(verdict, said["map"])])
    logit = TopMean(name="logit", dtype="float32")(lifted)
    kinds = keras.layers.Identity(name="kinds")(said["kinds"])
    return keras.Model(both.input, {"logit": logit, "map": lifted, "kinds": kinds}, name="gun_pair")


def weighed(both: keras.Model, dataset: Dataset, pair: str) -> tuple[NDArray[np.float64], float]:
    """Return the weights of the two logits, (2,), and the bias, by the validation split."""
    examples = dataset.split("validation")
    said = outputs(both, examples, find(pair))
    logits = np.concatenate([said["logit"], said["whole"]], axis=1)
    found = LogisticRegression().fit(logits, labels(examples))
    return found.coef_[0], float(found.intercept_[0])
