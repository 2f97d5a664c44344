"""The command `flagpost explain`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from triage.errors import InputError, MediaError
from triage.screen import complain, note, out, print_json
from worker import manifest
from worker.explain import poster
from worker.explain.look import Explanation, look
from worker.explain.show import as_row, as_table
from worker.manifest import Manifest
from worker.scorers.gun_image import GunImage

EXAMPLES = """
Examples:

  flagpost explain photo.jpg

  flagpost explain photo.jpg --out seen.png

  flagpost explain *.jpg --json --artifact my_models/gun_image

The heat map is written into the current folder as PHOTO.heat.png. With --json: one line per picture.
Exit codes: 0 all explained, 1 some pictures could not be read, 2 misuse.
"""


def explain(
    pictures: Annotated[list[Path], typer.Argument(help="Picture files.")],
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write the heat map to this PNG (one picture only).")
    ] = None,
    artifact: Annotated[
        Path | None, typer.Option(help="Folder of another gun_image model.", exists=True, file_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON for machines.")] = False,
) -> None:
    """Explain what the model sees in a picture: how probable a gun is, where, and of what kind."""
    targets = _targets(pictures, out_file)
    scorer = GunImage(manifest.load(GunImage.name, artifact))
    if not scorer.has_map:
        note("This model judges a picture as a whole: it cannot say where, so there is no heat map.")
    done = [_explain_one(scorer, *each, as_json) for each in zip(pictures, targets, strict=True)]
    if not all(done):
        raise typer.Exit(1)


def _explain_one(scorer: GunImage, path: Path, target: Path, as_json: bool) -> bool:
    """Explain a picture, or say why it cannot be read and return False."""
    try:
        explained = look(scorer, path)
    except MediaError as error:
        _refuse(path, error, as_json)
        return False
    heat_map = write(explained, scorer.manifest, target)
    if as_json:
        print_json(as_row(explained, scorer.manifest, heat_map))
    else:
        out.print(as_table(explained, scorer.manifest, heat_map))
    return True


def write(explained: Explanation, model: Manifest, target: Path) -> Path | None:
    """Write the heat map; None where the model has no map.

    Raises:
        InputError: it cannot be written there.
    """
    if explained.sighting.map is None:
        return None
    sheet = poster.draw(explained.picture, explained.sighting, model.operating_points, explained.title)
    try:
        sheet.save(target, "PNG")
    except OSError as error:
        raise InputError(f"cannot write {target}: {error.strerror}. Name another file with --out.") from error
    return target


def _targets(pictures: Sequence[Path], chosen: Path | None) -> list[Path]:
    """Name a heat map for each picture: no two the same, none of them a picture to be explained."""
    if chosen is None:
        return list(_free_names(pictures))
    if len(pictures) > 1:
        raise typer.BadParameter("--out takes one picture; without it each heat map is named by its picture")
    if (
        chosen.suffix.lower() != ".png"
        or not chosen.parent.is_dir()
        or chosen.resolve() == pictures[0].resolve()
    ):
        raise typer.BadParameter(f"--out {chosen} must be a new .png file in a folder that exists")
    return [chosen]


def _free_names(pictures: Sequence[Path]) -> Iterator[Path]:
    taken = {path.resolve() for path in pictures}
    for path in pictures:
        number, name = 1, Path(f"{path.stem}.heat.png")
        while name.resolve() in taken:
            number += 1
            name = Path(f"{path.stem}.heat-{number}.png")
        taken.add(name.resolve())
        yield name


def _refuse(path: Path, error: MediaError, as_json: bool) -> None:
    if as_json:
        print_json({"item": str(path), "error": str(error)})
    else:
        complain(f"{path}: {error}")
