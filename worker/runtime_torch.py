"""Text networks as the Hugging Face Hub keeps them, on PyTorch, for GPU workers. Loaded when asked for."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForSequenceClassification

from triage.errors import ArtifactError
from worker.runtime import Arrays


class TorchNetwork:
    """A folder with `config.json` and weights of a sequence classifier; see `worker.runtime.Network`.

    Its one output, `logit`, is the log odds of the labels that count as violent against all others.
    """

    outputs: tuple[str, ...] = ("logit",)
    variant = ""

    def __init__(self, folder: Path, positive: list[int], threads: int | None = None) -> None:
        """Load it, to the GPU where there is one. Code that comes with a model is never run.

        Args:
            folder: of the model.
            positive: numbers of the labels that count as violent.
            threads: of PyTorch, in this process; by default its own choice.

        Raises:
            ArtifactError: the folder holds no sequence classifier, or not so many labels.
        """
        try:
            model = AutoModelForSequenceClassification.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
        except (OSError, ValueError, KeyError) as error:
            raise ArtifactError(
                f"{folder} holds no model that can be run: {error}. Adopt it anew."
            ) from error
        if not set(positive) <= set(range(model.config.num_labels)):
            raise ArtifactError(
                f"{folder} has {model.config.num_labels} labels, not those of its manifest: {positive}."
            )
        if threads:
            torch.set_num_threads(threads)
        self.on_gpu = torch.cuda.is_available()
        self._device = "cuda" if self.on_gpu else "cpu"
        self._model = model.eval().to(self._device)
        self._positive = positive

    def __call__(self, **inputs: NDArray[np.int64]) -> Arrays:
        """See `worker.runtime.Network`."""
        tensors = {name: torch.from_numpy(values).to(self._device) for name, values in inputs.items()}
        with torch.inference_mode():
            return {"logit": self._odds(self._model(**tensors).logits.float()).cpu().numpy()}

    def _odds(self, logits: torch.Tensor) -> torch.Tensor:
        """(n, labels) to (n,)."""
        if logits.shape[1] == 1:
            return logits[:, 0]
        violent = torch.zeros(logits.shape[1], dtype=torch.bool, device=logits.device)
        violent[self._positive] = True
        return logits[:, violent].logsumexp(1) - logits[:, ~violent].logsumexp(1)
