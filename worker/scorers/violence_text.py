"""violence_text: does a caption threaten, incite, wish or glorify violence? A MiniLM on ONNX Runtime."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from tokenizers import Tokenizer

from triage.contracts import Score
from triage.errors import ArtifactError, InputError, TextError
from worker import manifest
from worker.manifest import Artifact
from worker.runtime import open_session
from worker.scorers.base import Item
from worker.scorers.batch import carry_errors, to_scores
from worker.windows import cut, pack, pad


@dataclass(frozen=True)
class Reading:
    """A caption's highest logit, and the window it was found in: start and end in characters."""

    logit: float
    window: tuple[int, int]


class ViolenceText:
    """Scores captions of any length; a caption's score does not depend on its batch.

    A long caption is read in overlapping windows and the worst window counts: a threat does not get milder by
    what stands around it.
    """

    name = "violence_text"
    kind: Literal["image", "text"] = "text"
    has_artifact = True

    def __init__(self, artifact: Artifact | None = None, threads: int | None = None) -> None:
        """Verify and load a model.

        Args:
            artifact: by default the one that `worker.manifest.load` finds.
            threads: threads inside the model; by default `FLAGPOST_MODEL_THREADS`.

        Raises:
            ArtifactError: the artifact is missing, altered or no model.
        """
        self.manifest = (artifact := artifact or manifest.load(self.name)).manifest
        self.version = self.manifest.version
        self._session = open_session(artifact.path("model.onnx"), threads)
        self._tokenizer = _tokenizer(artifact)

    def score(self, items: Sequence[Item | InputError]) -> list[Score]:
        """Score captions; see `Scorer.score`.

        The evidence holds the operating points and, as `window`, the part of the caption that decided.
        A caption without a word becomes an error.
        """
        return carry_errors(self, items, self._score)

    def read(self, captions: Sequence[str]) -> list[Reading | None]:
        """Run the model on captions; None for one without a word."""
        best: list[Reading | None] = [None] * len(captions)
        for windows in pack(cut(self._tokenizer, captions)):
            ids, mask = pad(windows)
            logits = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
            for window, logit in zip(windows, logits.tolist(), strict=True):
                known = best[window.caption]
                if known is None or logit > known.logit:
                    best[window.caption] = Reading(logit, window.span)
        return best

    def _score(self, items: list[Item]) -> list[Score]:
        readings = self.read(cast(list[str], items))
        raw = np.array([reading.logit for reading in readings if reading])
        points = self.manifest.operating_points
        scores = iter(to_scores(self, raw, self.manifest.calibration(raw), points))
        return [self._placed(next(scores), reading) if reading else self._wordless() for reading in readings]

    def _placed(self, score: Score, reading: Reading) -> Score:
        return score.model_copy(update={"evidence": {**score.evidence, "window": list(reading.window)}})

    def _wordless(self) -> Score:
        error = TextError("the caption holds no words; score the post without it")
        return Score(scorer=self.name, version=self.version, error=str(error))


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
