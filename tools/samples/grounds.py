"""Backgrounds: paper, wood, cloth, sky. Arrays of 0..1, height x width x 3, three times too large."""

import numpy as np
from PIL import Image

from tools.samples.canvas import SCALE, SIZE, Array, Tone

WIDTH, HEIGHT = SIZE[0] * SCALE, SIZE[1] * SCALE


def paper(seed: int, tone: Tone = (246, 246, 244)) -> Array:
    """A photographer's white table: a little darker towards the corners."""
    x, y = np.meshgrid(np.linspace(-1, 1, WIDTH), np.linspace(-1, 1, HEIGHT))
    light = 1.02 - 0.10 * (x**2 + y**2) + 0.01 * clouds(seed, 6)
    return _coloured(light, tone)


def wood(seed: int, tone: Tone = (150, 104, 66), planks: int = 5) -> Array:
    """Planks from left to right, each with its own brightness and grain."""
    random = np.random.default_rng(seed)
    rows = np.arange(HEIGHT)[:, None] * np.ones((1, WIDTH))
    plank = (rows * planks / HEIGHT).astype(int)
    streaks = _noise(random, (240, 6)) * 0.10 + _noise(random, (480, 14)) * 0.06
    rings = np.sin(rows / 9 + _noise(random, (12, 5)) * 9) * 0.035
    light = 1 + random.uniform(-0.09, 0.09, planks)[plank] + streaks + rings
    gap = np.abs(rows * planks / HEIGHT - np.round(rows * planks / HEIGHT)) * HEIGHT / planks
    return _coloured(light * np.where(gap < SCALE * 1.3, 0.45, 1), tone)


def cloth(seed: int, tone: Tone) -> Array:
    """Woven cloth with soft folds."""
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    weave = 0.03 * np.sin(x * 2 * np.pi / 9) + 0.03 * np.sin(y * 2 * np.pi / 9)
    return _coloured(1 + weave + 0.14 * clouds(seed, 4), tone)


def sky(seed: int, top: Tone, bottom: Tone, cloudy: float = 0.25) -> Array:
    """A sky from one tone to another with clouds."""
    fall = np.linspace(0, 1, HEIGHT)[:, None, None]
    blend = np.asarray(top) * (1 - fall) + np.asarray(bottom) * fall
    cover = np.clip(clouds(seed, 5, stretch=3), 0, 1)[..., None] * cloudy
    return np.asarray((blend / 255) * (1 - cover) + cover, np.float32).clip(0, 1)


def clouds(seed: int, cells: int, stretch: int = 1) -> Array:
    """Smooth noise of several sizes, about -1 to 1."""
    random = np.random.default_rng(seed)
    total = np.zeros((HEIGHT, WIDTH), np.float32)
    for octave in range(4):
        fine = cells * 2**octave
        total += _noise(random, (fine, fine // stretch + 1)) / 2**octave
    return total


def _noise(random: np.random.Generator, cells: tuple[int, int]) -> Array:
    coarse = random.normal(0, 0.5, cells).astype(np.float32)
    return np.asarray(Image.fromarray(coarse).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))


def _coloured(light: Array, tone: Tone) -> Array:
    return np.asarray(light[..., None] * np.asarray(tone) / 255, np.float32).clip(0, 1)
