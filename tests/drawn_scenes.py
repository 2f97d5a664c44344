"""Pictures drawn by numbers alone, the same everywhere: patches of colour, as many as a seed says."""

from random import Random

import numpy as np

from triage.images import Picture


def scene(seed: int, width: int = 640, height: int = 480, patches: int = 40) -> Picture:
    """Discs and boxes of any colour on a slope of grey; what they look like does not depend on the size."""
    draw = Random(seed).random
    y, x = (np.arange(height)[:, None] + 0.5) / height, (np.arange(width) + 0.5) / width
    canvas = np.repeat((255 * (draw() * x + draw() * y) / 2)[:, :, None], 3, axis=2)
    for number in range(patches):
        across, down, size = draw(), draw(), 0.04 + 0.16 * draw()
        dx, dy = np.abs(x - across), np.abs(y - down)
        inside = np.hypot(dx, dy) < size if number % 2 else (dx < size) & (dy < size / 2)
        canvas[inside] = [255 * draw(), 255 * draw(), 255 * draw()]
    return canvas.astype(np.uint8)
