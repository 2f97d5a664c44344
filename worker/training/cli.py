"""`flagpost train`: image, text, adopt, describe, transfer; what they need is loaded only when they run."""

from pathlib import Path
from typing import Annotated

import typer

from triage.settings import get_settings
from worker.extras import train_extra
from worker.training.options import (
    ArchOption,
    BaseOption,
    CaseWeightOption,
    DataOption,
    DoubtOption,
    EncoderOption,
    EpochsOption,
    LimitOption,
    MinedOption,
    MostEpochsOption,
    OutOption,
    PrecisionOption,
    ResumeOption,
    ScratchOption,
    SeedOption,
    TeachersOption,
    VariantsOption,
    WeightsOption,
)
from worker.training.text.examples import ADOPT_EXAMPLES, DESCRIBE_EXAMPLES, TEXT_EXAMPLES

ALL = "all"
IMAGE_EXAMPLES = """
Examples:

  flagpost train image --data pictures/ --out gun_image

  flagpost train image --data pictures/index.csv --out gun_image --resume

  flagpost train image --data our_pictures/ --base gun_image --out gun_image_2   (on your own pictures)

  flagpost train image --arch all --data pictures/ --out networks/   (every network, and a table of them)

A dataset is a folder {train,validation,test}/{gun,not_gun} or {gun,not_gun}, or an index CSV with the columns
path and label.
Networks: baseline, cnn-v1 to cnn-v8, mobilenet-v2, gun-map, gun-map-lite.
"""
FUSE_EXAMPLES = """
Example:

  flagpost train fuse --map gun_map/ --whole mobilenet_v2/ --data pictures/ --out gun_image
"""
TRANSFER_EXAMPLES = """
Examples:

  flagpost train transfer image --data pictures/index.csv --epochs 5 --out transfer/

  flagpost train transfer text --data text/ --out transfer/
"""

transfers = typer.Typer(
    help="Train with whole sources left out, and measure on them: what does data from elsewhere bring?",
    no_args_is_help=True,
    epilog=TRANSFER_EXAMPLES,
)
commands = typer.Typer(help="Train a model (needs the train extra).", no_args_is_help=True)
commands.add_typer(transfers, name="transfer")


@commands.command("image", epilog=IMAGE_EXAMPLES)
def train_image(
    out: OutOption,
    data: DataOption = None,
    arch: Annotated[
        str, typer.Option("--arch", help="Network to train, or `all` for each in turn.")
    ] = "gun-map-lite",
    weights: WeightsOption = None,
    from_scratch: ScratchOption = False,
    epochs: MostEpochsOption = None,
    seed: SeedOption = 7,
    resume: ResumeOption = False,
    limit: LimitOption = None,
    precision: PrecisionOption = "float32",
    base: Annotated[
        Path | None,
        typer.Option(
            help="Trained artifact to go on from, gently: of the network, or of a pair that holds it."
        ),
    ] = None,
) -> None:
    """Train gun_image, calibrate it, measure it and write its artifact, card and plots."""
    with train_extra():
        from worker.training.image import archs, networks, starts, train
    data = data or get_settings().data / "images"
    if base and arch == ALL:
        raise typer.BadParameter("--base goes with one network, not with `--arch all`")
    bodies = () if from_scratch or base else archs.bodies(None if arch == ALL else arch)
    plan = train.Plan(arch, epochs, seed, limit, starts.weights(bodies, data, weights), precision, base)
    if arch == ALL:
        typer.echo(networks.train_all(data, out, plan).read_text(encoding="utf-8"))
    else:
        train.train(data, out, plan, resume=resume)


@commands.command("fuse", epilog=FUSE_EXAMPLES)
def train_fuse(
    out: OutOption,
    located: Annotated[Path, typer.Option("--map", help="Artifact of a gun-map-lite or gun-map.")],
    whole: Annotated[Path, typer.Option("--whole", help="Artifact of a mobilenet-v2.")],
    data: DataOption = None,
    limit: LimitOption = None,
) -> None:
    """Make one gun_image of two: one that looks place by place, one that sees the whole picture."""
    with train_extra():
        from worker.training.image.fuse import fuse
    fuse(located, whole, data or get_settings().data / "images", out, limit)


@commands.command("text", epilog=TEXT_EXAMPLES)
def train_text(
    out: OutOption,
    data: DataOption = None,
    base: BaseOption = None,
    epochs: EpochsOption = 5,
    seed: SeedOption = 7,
    resume: ResumeOption = False,
    limit: LimitOption = None,
    loss: Annotated[str, typer.Option(help="How a wrong score counts: plain or focal.")] = "plain",
    mined: MinedOption = 0.25,
    doubt: DoubtOption = 0.0,
    cases: Annotated[int, typer.Option(min=0, help="Behavioural texts of each functionality.")] = 120,
    case_weight: CaseWeightOption = 0.5,
    synthetic: Annotated[bool, typer.Option(help="Learn from rows written for training.")] = True,
    spelling: Annotated[bool, typer.Option(help="Put disguised words back before reading.")] = True,
    even_sources: Annotated[bool, typer.Option(help="Let each row of a large source count less.")] = False,
    teacher: TeachersOption = None,
    encoder: EncoderOption = None,
    variants: VariantsOption = False,
) -> None:
    """Train violence_text on a folder with train, validation and test files of labelled texts."""
    with train_extra():
        from worker.training.text import train
        from worker.training.text import variants as tables
        from worker.training.text.lessons import Choices
        from worker.training.text.losses import Loss
    if loss not in set(Loss):
        raise typer.BadParameter(f"no loss {loss!r}; choose from: {', '.join(Loss)}")
    data = data or get_settings().data / "text"
    teachers = tuple(str(folder) for folder in teacher or ())
    choices = Choices(spelling, synthetic, cases, case_weight, doubt, even_sources, teachers)
    recipe = train.Recipe(base, epochs, seed, limit, Loss(loss), mined, choices)
    if variants:
        typer.echo(tables.train_all(data, out, recipe).read_text(encoding="utf-8"))
    else:
        train.train(data, out, recipe, resume=resume, encoder=encoder)


@commands.command("adopt", epilog=ADOPT_EXAMPLES)
def train_adopt(
    out: OutOption,
    base: Annotated[str, typer.Option(help="Folder or Hub id of a sequence classifier.")],
    positive: Annotated[list[str], typer.Option(help="Label that counts as violent; may be given again.")],
    data: DataOption = None,
    limit: LimitOption = None,
) -> None:
    """Make a violence_text artifact of a ready sequence classifier: calibrated and measured, not trained."""
    with train_extra():
        from worker.training.text.adopt import adopt
    artifact = adopt(base, positive, data or get_settings().data / "text", out, limit)
    typer.echo(f"Wrote {out}: {artifact.manifest.metrics['test']}")


@commands.command("describe", epilog=DESCRIBE_EXAMPLES)
def train_describe(
    artifact: Annotated[Path, typer.Option(help="Folder of a violence_text artifact.")],
    data: DataOption = None,
) -> None:
    """Write the cards and plots of a violence_text artifact anew; nothing is trained, fitted or chosen."""
    with train_extra():
        from worker.training.text.publish import describe
    describe(artifact, data or get_settings().data / "text")
    typer.echo(f"Wrote {artifact}/CARD.md, card.json and plots")


@transfers.command("image")
def transfer_image(
    out: OutOption,
    data: DataOption = None,
    arch: ArchOption = "gun-map-lite",
    weights: WeightsOption = None,
    from_scratch: ScratchOption = False,
    epochs: MostEpochsOption = None,
    seed: SeedOption = 7,
    limit: LimitOption = None,
    precision: PrecisionOption = "float32",
) -> None:
    """Train gun_image with whole sources left out; the index names them in the column source_repo."""
    with train_extra():
        from worker.training.image import archs, starts, train, transfer
    data = data or get_settings().data / "images"
    start = starts.weights(() if from_scratch else archs.bodies(arch), data, weights)
    transfer.leave_out(data, out, train.Plan(arch, epochs, seed, limit, start, precision))
    typer.echo((out / "transfer.md").read_text(encoding="utf-8"))


@transfers.command("text")
def transfer_text(
    out: OutOption,
    data: DataOption = None,
    base: BaseOption = None,
    epochs: EpochsOption = 3,
    seed: SeedOption = 7,
    limit: LimitOption = None,
) -> None:
    """Train violence_text with whole sources left out; the files name them in the column source."""
    with train_extra():
        from worker.training.text import train, transfer
    recipe = train.Recipe(base, epochs, seed, limit)
    transfer.leave_out(data or get_settings().data / "text", out, recipe)
    typer.echo((out / "transfer.md").read_text(encoding="utf-8"))
