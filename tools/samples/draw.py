"""Draw the sample posts' pictures into triage/samples/media: `python -m tools.samples.draw [FOLDER]`.

Everything is drawn, nothing is photographed, and the same script gives the same pictures again.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from tools.samples import grounds, guns, rifles, scenes, things
from tools.samples.canvas import Array, Canvas, Place

MEDIA = Path(__file__).parent.parent.parent / "triage" / "samples" / "media"
Drawing = tuple[Callable[[], Array], Callable[[Canvas], None], Place]


def _range_day(canvas: Canvas) -> None:
    canvas.place = Place()
    scenes.target(canvas, 480, 120, 90)
    scenes.floor(canvas, 250, (126, 92, 60))
    canvas.place = Place(x=-70, y=80, scale=0.62, angle=4)
    guns.pistol(canvas)


def _gaming(canvas: Canvas) -> None:
    scenes.television(canvas)
    canvas.place = Place(x=60, y=150, scale=0.34, angle=-6)
    things.controller(canvas)


def _newspaper(canvas: Canvas) -> None:
    scenes.newspaper(canvas, ("Two killed in shooting", "on Main Street"))


DRAWINGS: dict[str, Drawing] = {
    "pistol_on_wood": (lambda: grounds.wood(3), guns.pistol, Place(scale=0.8, angle=12)),
    "silver_pistol": (
        lambda: grounds.paper(5),
        lambda canvas: guns.pistol(canvas, slide=guns.SILVER, grip=guns.WALNUT),
        Place(y=-10, scale=0.92, mirror=True),
    ),
    "revolver_on_red": (
        lambda: grounds.cloth(3, (120, 30, 36)),
        lambda canvas: guns.revolver(canvas, metal=guns.SILVER),
        Place(scale=0.85, angle=-8, mirror=True),
    ),
    "old_revolver": (lambda: grounds.paper(2), guns.revolver, Place(y=-10, scale=0.92)),
    "rifle_on_white": (lambda: grounds.paper(6), rifles.assault_rifle, Place()),
    "hunting_rifle": (lambda: grounds.cloth(11, (190, 180, 150)), rifles.hunting_rifle, Place(angle=-15)),
    "range_day": (lambda: grounds.paper(7, (150, 156, 150)), _range_day, Place()),
    "drill": (lambda: grounds.wood(8, (176, 138, 94), 3), things.drill, Place(y=-20, scale=0.92)),
    "phone": (lambda: grounds.wood(9, (92, 66, 48)), things.phone, Place(angle=9, scale=0.9)),
    "cake": (lambda: grounds.cloth(10, (196, 214, 214)), things.cake, Place(y=-14, scale=0.92)),
    "gaming": (lambda: grounds.paper(12, (176, 164, 150)), _gaming, Place()),
    "pan": (lambda: grounds.wood(13, (196, 170, 130), 4), things.pan, Place(scale=0.95)),
    "guitar": (lambda: grounds.cloth(14, (58, 74, 66)), things.guitar, Place(scale=0.92, angle=-18)),
    "umbrella": (lambda: grounds.sky(15, (140, 150, 164), (196, 200, 204), 0.5), things.umbrella, Place()),
    "mountains": (lambda: grounds.sky(16, (86, 140, 206), (240, 214, 186)), scenes.mountains, Place()),
    "sea": (lambda: grounds.sky(17, (96, 130, 190), (250, 196, 140)), scenes.sea, Place()),
    "vigil": (lambda: grounds.sky(18, (14, 16, 34), (40, 38, 62), 0.05), scenes.vigil, Place()),
    "newspaper": (lambda: grounds.wood(19, (120, 88, 60)), _newspaper, Place()),
}


def draw(name: str, folder: Path) -> Path:
    """Draw one picture into a folder and return its path."""
    ground, thing, place = DRAWINGS[name]
    canvas = Canvas(ground(), seed=sorted(DRAWINGS).index(name))
    canvas.place = place
    thing(canvas)
    path = folder / f"{name}.jpg"
    canvas.save(path)
    return path


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else MEDIA
    for drawing in DRAWINGS:
        sys.stderr.write(f"{draw(drawing, target)}\n")
