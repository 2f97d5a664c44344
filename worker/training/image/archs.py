"""Every network that `flagpost train image --arch` knows, and how each is trained."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import keras

from triage.errors import TrainingError
from worker.framing import Framing
from worker.training.image import gun_map, lite, mobilenet, seed_nets
from worker.training.image.starts import Body

DEFAULT = "gun-map-lite"
PAIRS = {"gun-pair-lite": "gun-map-lite", "gun-pair": "gun-map"}
"""A network that looks place by place and a mobilenet-v2 as one, and the former's name; see `fuse`."""
EARLY_SHARE = 0.6
GENTLY = 0.25
"""Share of the learning rate with which trained weights are trained on."""
MORE_EPOCHS = 3


@dataclass(frozen=True)
class Arch:
    """A network and its recipe."""

    build: Callable[[Path | None, int], keras.Model]
    """From ImageNet weights and the side of the input to a model with an output `logit` (n, 1)."""
    size: int
    framing: Framing
    epochs: int
    batch: int
    optimizer: Callable[..., keras.optimizers.Optimizer]
    """From the steps of the whole training and, where not 1, the share of the usual learning rate."""
    patience: int
    """Epochs without gain before training stops; of the training accuracy for the seed networks, and
    of the validation ROC AUC for ours."""
    varied: bool = True
    """Whether training pictures are composed into scenes or shown as they are."""
    starts: Body | None = None
    """What it takes ImageNet weights of; None where it starts at random."""
    maps: bool = False
    """Whether the network has the outputs `map` and `kinds`."""
    early_size: int | None = None
    """Side of the pictures in the first EARLY_SHARE of the epochs, which smaller pictures make cheap.

    Source: Tan and Le, "EfficientNetV2: smaller models and faster training", 2021 (progressive learning).
    """

    def at(self, epoch: int, epochs: int) -> "Arch":
        """Return the network as it is trained in an epoch, counted from 0."""
        if self.early_size is None or epoch >= EARLY_SHARE * epochs:
            return self
        return replace(self, size=self.early_size)

    def continued(self) -> "Arch":
        """Return the recipe that goes on from trained weights: gently, and soon done."""
        gently = partial(self.optimizer, share=GENTLY)
        return replace(self, optimizer=gently, epochs=MORE_EPOCHS, early_size=None)


def compiled(arch: Arch, weights: Path | None, steps: int) -> keras.Model:
    """Build a network with its losses and optimizer for a training of so many steps."""
    model = arch.build(weights, arch.size)
    smoothing = gun_map.SMOOTHING if arch.varied else 0.0
    label_loss = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing)
    losses = {"logit": label_loss}
    weighed = {"logit": 1.0}
    if arch.maps:
        losses |= {"map": gun_map.cell_loss, "kinds": gun_map.kind_loss}
        weighed |= {"map": 1.0, "kinds": 0.5}
    model.compile(
        arch.optimizer(steps),
        losses,
        loss_weights=weighed,
        metrics={"logit": keras.metrics.BinaryAccuracy(name="accuracy", threshold=0.0)},
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
        # XLA through TensorFlow is ten times slower on a CPU
    )
    return model


def resized(model: keras.Model, arch: Arch, steps: int) -> keras.Model:
    """Return a model in training for another size of pictures, its optimizer's state included."""
    other = compiled(arch, None, steps)
    other.set_weights(model.get_weights())
    other.optimizer.build(other.trainable_variables)
    for mine, theirs in zip(other.optimizer.variables, model.optimizer.variables, strict=True):
        mine.assign(theirs)
    return other


def find(name: str) -> Arch:
    """Return a network by name.

    Raises:
        TrainingError: there is none of that name; the message lists them.
    """
    if name in PAIRS:
        return replace(ARCHS[PAIRS[name]], build=_of_two)
    if name not in ARCHS:
        raise TrainingError(f"There is no network {name!r}. Choose from: {', '.join(ARCHS)}.")
    return ARCHS[name]


def bodies(name: str | None) -> list[Body]:
    """Return what a network, or all of them, takes ImageNet weights of."""
    chosen = [find(name)] if name else ARCHS.values()
    return list(dict.fromkeys(arch.starts for arch in chosen if arch.starts))


def _of_two(weights: Path | None, size: int) -> keras.Model:  # noqa: ARG001 - as all networks are built
    raise TrainingError("A pair is made of two trained networks: see `flagpost train fuse --help`.")


def _cosine(peak: float, warmup: float, steps: int, share: float = 1.0) -> keras.optimizers.Optimizer:
    """AdamW whose rate rises over the first share of the steps and falls to zero along a cosine."""
    rising = max(1, round(steps * warmup))
    schedule = keras.optimizers.schedules.CosineDecay(
        share * peak / 10, max(1, steps - rising), warmup_target=share * peak, warmup_steps=rising
    )
    return keras.optimizers.AdamW(schedule, weight_decay=1e-4, clipnorm=5.0)


def _plain(
    kind: Literal["adam", "sgd"],
    steps: int,  # noqa: ARG001 - the rate is constant
    share: float = 1.0,
) -> keras.optimizers.Optimizer:
    optimizer = keras.optimizers.get(kind)
    optimizer.learning_rate = share * float(optimizer.learning_rate)
    return optimizer


def _seed(stack: seed_nets.Stack, epochs: int, optimizer: Literal["adam", "sgd"] = "adam") -> Arch:
    return Arch(
        partial(seed_nets.seed_net, stack),
        size=224,
        framing=Framing.SQUASH,
        epochs=epochs,
        batch=64,
        optimizer=partial(_plain, optimizer),
        patience=5,
        varied=False,
    )


ARCHS: dict[str, Arch] = {
    "baseline": _seed(seed_nets.baseline, 50),
    "cnn-v1": _seed(seed_nets.v1, 20, "sgd"),
    "cnn-v2": _seed(seed_nets.v1, 20),
    "cnn-v3": _seed(seed_nets.v3, 30),
    "cnn-v4": _seed(seed_nets.v4, 20),
    "cnn-v5": _seed(seed_nets.v5, 20),
    "cnn-v6": _seed(seed_nets.v6, 20),
    "cnn-v7": _seed(seed_nets.v7, 20),
    "cnn-v8": _seed(seed_nets.v8, 20),
    "mobilenet-v2": Arch(
        mobilenet.whole_picture, 224, Framing.LETTERBOX, epochs=8, batch=32, patience=3,
        starts=Body.MOBILENET, optimizer=partial(_cosine, 1.2e-4, 0.0),
    ),
    "gun-map": Arch(
        gun_map.gun_map, 320, Framing.LETTERBOX, epochs=32, batch=32, patience=12, maps=True, early_size=224,
        starts=Body.MOBILENET, optimizer=partial(_cosine, 3e-4, 0.04),
    ),
    DEFAULT: Arch(
        partial(gun_map.gun_map, body=lite.body, name="gun_map_lite"), 288, Framing.LETTERBOX, epochs=12,
        batch=32, patience=12, maps=True, early_size=224, starts=Body.LITE,
        optimizer=partial(_cosine, 3e-4, 0.04),
    ),
}  # fmt: skip
