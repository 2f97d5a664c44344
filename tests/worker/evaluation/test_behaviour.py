"""How sure the behavioural suite is of what it counts."""

import pytest

from worker.evaluation.behaviour import passed
from worker.evaluation.shares import wilson
from worker.training.behaviour.cases import Case, Part, cases, functionalities


def written(texts: int, frames: int) -> list[Case]:
    return [Case("veiled-threat", f"text {at}", 1, "veiled", f"frame {at % frames}") for at in range(texts)]


def test_many_texts_of_few_frames_are_as_unsure_as_the_frames() -> None:
    found = passed(written(50, frames=5), [True] * 50)["veiled-threat"]
    assert (found.passed, found.n, found.frames) == (50, 50, 5)
    assert found.interval == pytest.approx(wilson(5, 5))


def test_more_frames_make_an_interval_narrower_and_more_texts_of_them_do_not() -> None:
    def width(texts: int, frames: int) -> float:
        low, high = passed(written(texts, frames), [at % 2 == 0 for at in range(texts)])[
            "veiled-threat"
        ].interval
        return high - low

    assert width(60, frames=20) < width(60, frames=5) == pytest.approx(width(20, frames=5))


def test_every_text_of_the_suite_names_the_frame_it_was_written_from() -> None:
    suite = cases(Part.HELD, 50)
    rates = passed(suite, [True] * len(suite))
    held = {one.name: len(one.held) for one in functionalities()}
    assert {name: rates[name].frames for name in held} == held
    assert rates["threat-leetspeak"].frames == sum(
        held[name] for name in ("direct-threat", "incitement", "gun-display-threat")
    )
