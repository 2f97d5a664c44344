"""What the commands that train have in common. Light: it is loaded with every `flagpost`."""

from pathlib import Path
from typing import Annotated

import typer

DataOption = Annotated[Path | None, typer.Option("--data", help="Dataset folder or index CSV.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder to write.")]
ArchOption = Annotated[str, typer.Option("--arch", help="Network to train.")]
WeightsOption = Annotated[
    Path | None, typer.Option(help="ImageNet weights to start from.", show_default="as the network has them")
]
ScratchOption = Annotated[bool, typer.Option("--from-scratch", help="Start from random weights.")]
MostEpochsOption = Annotated[
    int | None, typer.Option(min=1, help="Most epochs.", show_default="as the network has it")
]
EpochsOption = Annotated[
    int, typer.Option(min=1, help="Epochs; the one with the best average precision on validation is kept.")
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
EncoderOption = Annotated[
    Path | None,
    typer.Option(file_okay=False, help="Folder to write the trained encoder to, as a --base to go on from."),
]
CaseWeightOption = Annotated[
    float, typer.Option(min=0.0, max=10.0, help="What a behavioural text counts beside a collected one.")
]
BaseOption = Annotated[
    str | None, typer.Option("--base", help="Folder or Hub id of the encoder. Default: all-MiniLM-L6-v2.")
]
MinedOption = Annotated[
    float, typer.Option(min=0, max=1, help="Share of the negatives that are the hardest so far.")
]
DoubtOption = Annotated[
    float, typer.Option(min=0, max=0.5, help="Share of the unreviewed labels taken to be wrong.")
]
TeachersOption = Annotated[
    list[Path] | None,
    typer.Option(help="Trained artifact to learn from as well; give several, which are asked together."),
]
VariantsOption = Annotated[
    bool,
    typer.Option("--variants", help="Train with each choice changed in turn; write a table of them."),
]
