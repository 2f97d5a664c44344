"""violence_text: does a caption threaten, incite, wish or glorify violence? A MiniLM on ONNX Runtime."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from triage.contracts import Score
from triage.errors import ArtifactError, TextError
from worker.manifest import Artifact
from worker.scorers.model import ModelScorer
from worker.windows import cut, pack, pad

WORDLESS = TextError("the caption holds no words; score the post without it")


@dataclass(frozen=True)
class Reading:
    """A caption's highest logit, and the window it was found in: start and end in characters."""

    logit: float
    window: tuple[int, int]


class ViolenceText(ModelScorer[str]):
    """Scores captions of any length; a caption's score does not depend on its batch.

    A long caption is read in overlapping windows and the worst window counts: a threat does not get milder by
    what stands around it. The evidence holds the operating points and, as `window`, the part of the caption
    that decided. A caption without a word becomes an error.
    """

    name = "violence_text"
    kind = "text"

    def __init__(self, artifact: Artifact | None = None, threads: int | None = None) -> None:
        """See `ModelScorer`."""
        super().__init__(artifact, threads)
        self._tokenizer = _tokenizer(self.artifact)

    def score_good(self, items: list[str]) -> list[Score]:
        """See `BatchScorer`."""
        readings = self.read(items)
        scores = iter(self.calibrated(np.array([reading.logit for reading in readings if reading])))
        return [_placed(next(scores), reading) if reading else self.refuse(WORDLESS) for reading in readings]

    def read(self, captions: Sequence[str]) -> list[Reading | None]:
        """Run the model on captions; None for one without a word."""
        best: list[Reading | None] = [None] * len(captions)
        for windows in pack(cut(self._tokenizer, captions)):
            ids, mask = pad(windows)
            logits = self.network(input_ids=ids, attention_mask=mask)["logit"]
            for window, logit in zip(windows, logits.tolist(), strict=True):
                known = best[window.caption]
                if known is None or logit > known.logit:
                    best[window.caption] = Reading(logit, window.span)
        return best


def _placed(score: Score, reading: Reading) -> Score:
    return score.model_copy(update={"evidence": {**score.evidence, "window": list(reading.window)}})


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
