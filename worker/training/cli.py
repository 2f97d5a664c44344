"""`flagpost train image`, `train transfer` and `train text`; what they need is loaded only when they run."""

from pathlib import Path
from typing import Annotated

import typer

from triage.settings import get_settings
from worker.extras import train_extra

WEIGHTS = "weights/mobilenet_v2_imagenet.weights.h5"
ALL = "all"
IMAGE_EXAMPLES = """
Examples:

  flagpost train image --data pictures/ --out gun_image

  flagpost train image --data pictures/index.csv --out gun_image --resume

  flagpost train image --data our_pictures/ --base gun_image --out gun_image_2   (on your own pictures)

  flagpost train image --arch all --data pictures/ --out networks/   (every network, and a table of them)

A dataset is a folder {train,validation,test}/{gun,not_gun} or {gun,not_gun}, or an index CSV with the columns
path and label.
Networks: baseline, cnn-v1 to cnn-v8, mobilenet-v2, gun-map.
"""
FUSE_EXAMPLES = """
Example:

  flagpost train fuse --map gun_map/ --whole mobilenet_v2/ --data pictures/ --out gun_image
"""
TRANSFER_EXAMPLES = """
Example:

  flagpost train transfer --data pictures/index.csv --epochs 5 --out transfer/

The index must name each picture's source in the column source_repo.
"""

DataOption = Annotated[Path | None, typer.Option("--data", help="Dataset folder or index CSV.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder to write.")]
ArchOption = Annotated[str, typer.Option("--arch", help="Network to train.")]
WeightsOption = Annotated[
    Path | None, typer.Option(help="ImageNet weights of MobileNetV2 to start from.", show_default=WEIGHTS)
]
ScratchOption = Annotated[bool, typer.Option("--from-scratch", help="Start from random weights.")]
MostEpochsOption = Annotated[
    int | None, typer.Option(min=1, help="Most epochs.", show_default="as the network has it")
]
EpochsOption = Annotated[
    int, typer.Option(min=1, help="Most epochs; training stops early when it no longer helps.")
]
SeedOption = Annotated[int, typer.Option(help="Decides every random choice.")]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on after an interrupted run with the same options.")
]
PrecisionOption = Annotated[
    str, typer.Option(help="Arithmetic in training: float32, or mixed_bfloat16 on machines fast at it.")
]
LimitOption = Annotated[
    int | None, typer.Option(min=1, help="Use at most so many examples of each class and split.")
]

commands = typer.Typer(help="Train a model (needs the train extra).", no_args_is_help=True)


@commands.command("image", epilog=IMAGE_EXAMPLES)
def train_image(
    out: OutOption,
    data: DataOption = None,
    arch: Annotated[
        str, typer.Option("--arch", help="Network to train, or `all` for each in turn.")
    ] = "gun-map",
    weights: WeightsOption = None,
    from_scratch: ScratchOption = False,
    epochs: MostEpochsOption = None,
    seed: SeedOption = 7,
    resume: ResumeOption = False,
    limit: LimitOption = None,
    precision: PrecisionOption = "float32",
    base: Annotated[
        Path | None,
        typer.Option(help="Trained artifact of the network to go on from, for a few gentle epochs."),
    ] = None,
) -> None:
    """Train gun_image, calibrate it, measure it and write its artifact, card and plots."""
    with train_extra():
        from worker.training.image import archs, networks, train
    data = data or get_settings().data / "images"
    if base and arch == ALL:
        raise typer.BadParameter("--base goes with one network, not with `--arch all`")
    needed = arch == ALL or (archs.find(arch).pretrained and not base)
    start = _start(data, weights) if needed and not from_scratch else None
    plan = train.Plan(arch, epochs, seed, limit, start, precision, base)
    if arch == ALL:
        typer.echo(networks.train_all(data, out, plan).read_text(encoding="utf-8"))
    else:
        train.train(data, out, plan, resume=resume)


@commands.command("fuse", epilog=FUSE_EXAMPLES)
def train_fuse(
    out: OutOption,
    located: Annotated[Path, typer.Option("--map", help="Artifact of a gun-map.")],
    whole: Annotated[Path, typer.Option("--whole", help="Artifact of a mobilenet-v2.")],
    data: DataOption = None,
    limit: LimitOption = None,
) -> None:
    """Make one gun_image of two: one that looks place by place, one that sees the whole picture."""
    with train_extra():
        from worker.training.image.fuse import fuse
    fuse(located, whole, data or get_settings().data / "images", out, limit)


@commands.command("transfer", epilog=TRANSFER_EXAMPLES)
def train_transfer(
    out: OutOption,
    data: DataOption = None,
    arch: ArchOption = "gun-map",
    weights: WeightsOption = None,
    from_scratch: ScratchOption = False,
    epochs: MostEpochsOption = None,
    seed: SeedOption = 7,
    limit: LimitOption = None,
    precision: PrecisionOption = "float32",
) -> None:
    """Train with whole sources left out, and measure on them: what do pictures from elsewhere bring?"""
    with train_extra():
        from worker.training.image import train, transfer
    data = data or get_settings().data / "images"
    start = None if from_scratch else _start(data, weights)
    transfer.leave_out(data, out, train.Plan(arch, epochs, seed, limit, start, precision))
    typer.echo((out / "transfer.md").read_text(encoding="utf-8"))


@commands.command("text")
def train_text(
    out: OutOption,
    data: DataOption = None,
    base: Annotated[
        str | None, typer.Option(help="Folder or Hub id of the encoder. Default: all-MiniLM-L6-v2.")
    ] = None,
    epochs: EpochsOption = 5,
    seed: SeedOption = 7,
    resume: ResumeOption = False,
    limit: LimitOption = None,
) -> None:
    """Train violence_text on a folder with train, validation and test files of labelled texts."""
    with train_extra():
        from worker.training import text
    data = data or get_settings().data / "text"
    text.train(data, out, base=base, epochs=epochs, seed=seed, resume=resume, limit=limit)


def _start(data: Path, weights: Path | None) -> Path:
    """Return the weights to start from."""
    start = weights or (data.parent if data.suffix == ".csv" else data).parent / WEIGHTS
    if not start.is_file():
        raise typer.BadParameter(f"no weights at {start}: give --weights FILE or --from-scratch")
    return start
