"""Long captions cut into windows, and windows packed into batches."""

import random
from itertools import pairwise

import numpy as np
import pytest
from tokenizers import Tokenizer

from worker import manifest
from worker.windows import MICRO_BATCH, MOST_WINDOWS, STEP, Window, cut, pack, pad

SIZE, OVERLAP = 128, 32


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(manifest.load("violence_text").path("tokenizer.json")))
    tokenizer.enable_truncation(SIZE, stride=OVERLAP)
    return tokenizer


def windows(*lengths: int) -> list[Window]:
    return [Window(number, (0, 1), np.full(length, 7)) for number, length in enumerate(lengths)]


def test_windows_of_a_long_caption_overlap_and_leave_nothing_out(tokenizer: Tokenizer) -> None:
    caption = " ".join(f"word{number} 🔪 @user_{number}" for number in range(300))
    found = list(cut(tokenizer, ["short", caption]))
    assert found[0].caption == 0
    spans = [window.span for window in found[1:]]
    assert (spans[0][0], spans[-1][1]) == (0, len(caption))
    assert all(first[0] < second[0] < first[1] < second[1] for first, second in pairwise(spans))
    assert max(len(window.ids) for window in found) == SIZE


def noise(signs: str, length: int) -> str:
    return "".join(random.Random(7).choices(signs, k=length))


@pytest.mark.parametrize("part", [".", "(", "$", "-", "k.", "ab!", ". .", "\u0301", "kill you. "])
def test_a_caption_that_repeats_itself_gives_as_many_windows_as_it_says_different_things(
    tokenizer: Tokenizer, part: str
) -> None:
    found = list(cut(tokenizer, [part * (100_000 // len(part))]))
    assert len(found) <= 6
    assert len({tuple(window.ids) for window in found}) == len(found)
    assert not any(window.left_out for window in found)


@pytest.mark.parametrize("signs", [".,;:!?-()$#", "ab. ", "\u4e00\u4e8c\u4e09\u56db"])
def test_a_caption_without_end_gives_no_more_than_the_most_windows(tokenizer: Tokenizer, signs: str) -> None:
    found = list(cut(tokenizer, [noise(signs, 50_000)]))
    assert len(found) == MOST_WINDOWS
    assert all(window.left_out > 0 for window in found)


def test_words_are_read_however_much_noise_is_around_them(tokenizer: Tokenizer) -> None:
    words = "tomorrow at noon I will come to your office with a rifle and shoot every one of you"
    caption = f"{noise('.,;:!?', 40_000)} {words} {noise('.,;:!?', 40_000)}"
    found = list(cut(tokenizer, [caption]))
    assert any(words in caption[slice(*window.span)] for window in found)
    assert [window.span for window in found] == sorted(window.span for window in found)


def test_packs_hold_every_window_once_and_hardly_any_padding() -> None:
    made = windows(*range(3, 128), *[5] * 70)
    packs = list(pack(made))
    assert sorted(window.caption for part in packs for window in part) == list(range(len(made)))
    for part in packs:
        lengths = [len(window.ids) for window in part]
        assert len(part) <= MICRO_BATCH
        assert max(lengths) - min(lengths) < STEP


def test_the_mask_marks_the_words_and_not_the_padding() -> None:
    ids, mask = pad(windows(3, 16, 9))
    assert ids.shape == mask.shape == (3, STEP)
    assert mask.sum(axis=1).tolist() == [3, 16, 9]
    assert (ids == 7 * mask).all()


def test_a_window_is_padded_the_same_whoever_its_neighbours_are() -> None:
    assert pad(windows(17))[0].shape[1] == pad(windows(17, 30))[0].shape[1] == 2 * STEP
