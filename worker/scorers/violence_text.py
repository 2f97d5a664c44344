"""violence_text: does a caption threaten, incite, wish or glorify violence? A MiniLM on ONNX Runtime."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from triage.contracts import Level, Score
from triage.errors import ArtifactError, TextError
from worker.language import UNKNOWN, Language, detect
from worker.manifest import Artifact
from worker.scorers.model import ModelScorer
from worker.scorers.wording import weigh
from worker.spelling import Spelling
from worker.windows import cut, pack, pad

WORDLESS = TextError("the caption holds no words; score the post without it")


@dataclass(frozen=True)
class Reading:
    """A caption's highest logit, and the window it was found in: start and end in characters."""

    logit: float
    window: tuple[int, int]
    kinds: NDArray[np.float32] | None
    """(kinds,) logits; None from a model that tells none."""
    left_out: int
    """Windows of the caption that were not read."""


class ViolenceText(ModelScorer[str]):
    """Scores captions of any length; a caption's score does not depend on its batch.

    A long caption is read in overlapping windows and the worst window counts: a threat does not get milder by
    what stands around it. The evidence is described in docs/evidence.md. A caption without a word becomes an
    error; one in another language than English, or too long to be read whole, is at least `unsure`.
    """

    name = "violence_text"
    kind = "text"

    def __init__(self, artifact: Artifact | None = None, threads: int | None = None) -> None:
        """See `ModelScorer`."""
        super().__init__(artifact, threads)
        self._tokenizer = _tokenizer(self.artifact)
        self.spelling = (
            Spelling(self._tokenizer.get_vocab().keys()) if self.manifest.input.get("spelling") else None
        )

    def score_good(self, items: list[str]) -> list[Score]:
        """See `BatchScorer`."""
        readings = self.read(items)
        scores = iter(self.calibrated(np.array([reading.logit for reading in readings if reading])))
        return [
            self._explained(next(scores), caption, reading) if reading else self.refuse(WORDLESS)
            for caption, reading in zip(items, readings, strict=True)
        ]

    def read(self, captions: Sequence[str]) -> list[Reading | None]:
        """Run the model on captions; None for one without a word."""
        best: list[Reading | None] = [None] * len(captions)
        for windows in pack(cut(self._tokenizer, captions, self.spelling)):
            ids, mask = pad(windows)
            found = self.network(input_ids=ids, attention_mask=mask)
            kinds = found.get("kinds", [None] * len(windows))
            for window, logit, kind in zip(windows, found["logit"].tolist(), kinds, strict=True):
                known = best[window.caption]
                if known is None or logit > known.logit:
                    best[window.caption] = Reading(logit, window.span, kind, window.left_out)
        return best

    def _explained(self, score: Score, caption: str, reading: Reading) -> Score:
        """Add what the score rests on, and how far it can be trusted."""
        language = detect(caption, self.spelling)
        more: dict[str, Any] = {
            "window": list(reading.window),
            "language": {"code": language.code, "probability": language.probability},
        }
        level = score.level
        if limits := _limits(language, reading):
            more["out_of_scope"] = "; ".join(limits)
            level = max(level, Level.UNSURE, key=lambda at: at.rank)
        if score.level is not Level.CLEAR and reading.kinds is not None:
            more["kind"] = self._kind(reading.kinds)
        if score.level.rank >= Level.LIKELY.rank:
            more["words"] = self._words(caption, reading)
        return score.model_copy(update={"level": level, "evidence": score.evidence | more})

    def _kind(self, logits: NDArray[np.float32]) -> dict[str, Any]:
        """Name the likeliest kind of threat."""
        shares = np.exp(logits - logits.max())
        at = int(shares.argmax())
        return {
            "name": self.manifest.input["kinds"][at],
            "probability": round(float(shares[at] / shares.sum()), 4),
        }

    def _words(self, caption: str, reading: Reading) -> list[list[float]]:
        """Weigh the words of the window that decided."""
        windows = cut(self._tokenizer, [caption], self.spelling, words=True)
        window = next(window for window in windows if window.span == reading.window)
        return [list(word) for word in weigh(self.network, window.ids, window.words, caption)]


def _limits(language: Language, reading: Reading) -> list[str]:
    """Say why a score means little: nobody has understood the caption, or nobody has read all of it."""
    limits = []
    if language.foreign:
        named = "another language" if language.code == UNKNOWN else language.code
        limits.append(f"the model reads English; this is {named}")
    if reading.left_out:
        limits.append(f"the caption is too long; {reading.left_out} parts of it were not read")
    return limits


def _tokenizer(artifact: Artifact) -> Tokenizer:
    """Load the tokenizer, set to cut windows of `max_tokens` that share `overlap` tokens."""
    path, settings = artifact.path("tokenizer.json"), artifact.manifest.input
    try:
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_padding()
        tokenizer.enable_truncation(settings["max_tokens"], stride=settings["overlap"])
    except Exception as error:  # tokenizers raises plain Exception
        raise ArtifactError(
            f"{path} is no usable tokenizer: {error}. Restore the file or train it again."
        ) from error
    return tokenizer
