"""Fine-tuning that can be stopped at any time and goes on where it was."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import average_precision_score
from torch.nn.functional import binary_cross_entropy_with_logits

from triage.errors import TrainingError
from worker.training.text_model import Classifier, collate, predict

SAVE_SECONDS = 120
SORTED_TOGETHER = 50
"""Batches that are sorted by length among themselves: little padding, still a random order."""


@dataclass(frozen=True)
class Examples:
    """Token ids and labels; `always` marks rows that every epoch sees, the others take turns."""

    ids: Sequence[np.ndarray]
    labels: np.ndarray
    always: np.ndarray


@dataclass(frozen=True)
class Plan:
    """What decides the outcome of a run, next to the data."""

    epochs: int
    seed: int
    dataset: str
    base: str
    batch: int = 32
    rate: float = 8e-5
    warmup: float = 0.1
    negatives: int = 3
    """Negatives an epoch sees for each row it always sees; real posts are 96 % negative, mostly easy."""


@dataclass
class Progress:
    """Where a run is. Everything here and the weights go into the checkpoint."""

    epoch: int = 0
    step: int = 0
    done: int = 0
    total: int = 0
    loss: float = 0.0
    best: float = -1.0
    average_precision: list[float] = field(default_factory=list)


class Run:
    """One fine-tuning: iterate over it to train; stop iterating whenever you like."""

    def __init__(self, model: Classifier, plan: Plan, examples: Examples, checkpoint: Path) -> None:
        torch.manual_seed(plan.seed)
        torch.nn.init.normal_(model.head.weight, std=0.02)
        torch.nn.init.zeros_(model.head.bias)
        self.model, self.plan, self.examples, self.checkpoint = model, plan, examples, checkpoint
        trained = [weight for weight in model.parameters() if weight.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=plan.rate, weight_decay=0.01)
        self.progress = Progress(total=plan.epochs * len(self.batches(0)))
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self._rate)
        self.best_weights: dict[str, torch.Tensor] = {}

    def batches(self, epoch: int) -> list[np.ndarray]:
        """Return the row numbers of each batch of an epoch; the same for the same plan and epoch."""
        plan, chance = self.plan, np.random.default_rng((self.plan.seed, epoch))
        always, others = np.flatnonzero(self.examples.always), np.flatnonzero(~self.examples.always)
        count = min(plan.negatives * len(always), len(others))
        turns = np.random.default_rng(plan.seed).permutation(others)
        rows = np.concatenate([always, turns.take(np.arange(count) + epoch * count, mode="wrap")])
        chance.shuffle(rows)
        size = plan.batch * SORTED_TOGETHER
        chunks = [self._sorted(rows[start : start + size]) for start in range(0, len(rows), size)]
        batches = [chunk[at : at + plan.batch] for chunk in chunks for at in range(0, len(chunk), plan.batch)]
        return [batches[at] for at in chance.permutation(len(batches))]

    def __call__(self, validation: Examples) -> Iterator[Progress]:
        """Train; yields after every step and, with one more average precision, after every epoch."""
        saved = time.monotonic()
        while self.progress.epoch < self.plan.epochs:
            batches = self.batches(self.progress.epoch)
            while self.progress.step < len(batches):
                self._learn(batches[self.progress.step])
                if time.monotonic() - saved > SAVE_SECONDS:
                    self.save()
                    saved = time.monotonic()
                yield self.progress
            self._judge(validation)
            self.save()
            yield self.progress

    def _learn(self, rows: np.ndarray) -> None:
        self.model.train()
        labels = torch.from_numpy(self.examples.labels[rows]).float()
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.model(*collate([self.examples.ids[row] for row in rows]))
        loss = binary_cross_entropy_with_logits(logits.float(), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.progress.step += 1
        self.progress.done += 1
        self.progress.loss = 0.98 * self.progress.loss + 0.02 * loss.item()

    def _judge(self, validation: Examples) -> None:
        """Close an epoch: measure it and keep its weights if they are the best so far."""
        with torch.autocast("cpu", torch.bfloat16):
            logits = predict(self.model, validation.ids)
        precision = float(average_precision_score(validation.labels, logits))
        progress = self.progress
        progress.average_precision.append(precision)
        if precision > progress.best:
            progress.best = precision
            self.best_weights = {name: value.clone() for name, value in self.model.state_dict().items()}
        progress.epoch, progress.step = progress.epoch + 1, 0

    def save(self) -> None:
        """Write the checkpoint; a crash while writing leaves the one before."""
        state = {
            "plan": vars(self.plan),
            "progress": vars(self.progress),
            "chance": torch.get_rng_state(),
            "best_weights": self.best_weights,
            **{part: getattr(self, part).state_dict() for part in ("model", "optimizer", "schedule")},
        }
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.checkpoint.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(self.checkpoint)

    def resume(self) -> None:
        """Go on from the checkpoint.

        Raises:
            TrainingError: there is none, it is broken, or it belongs to another dataset or plan.
        """
        state = self._load()
        if state["plan"] != vars(self.plan):
            raise TrainingError(
                f"{self.checkpoint} is from a run with other data or options. "
                "Give the same, or start without --resume."
            )
        for part in ("model", "optimizer", "schedule"):
            getattr(self, part).load_state_dict(state[part])
        self.progress, self.best_weights = Progress(**state["progress"]), state["best_weights"]
        torch.set_rng_state(state["chance"])

    def _load(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = torch.load(self.checkpoint, weights_only=True)
        except FileNotFoundError as error:
            raise TrainingError(
                f"Nothing to resume: {self.checkpoint} is missing. Start without --resume."
            ) from error
        except Exception as error:  # torch names no base for what a broken file raises
            raise TrainingError(f"{self.checkpoint} is broken: {error}. Start without --resume.") from error
        return state

    def _rate(self, done: int) -> float:
        """Warm up linearly, then fall linearly to zero."""
        warm = max(1, int(self.plan.warmup * self.progress.total))
        return min(
            (done + 1) / warm, max(0.0, (self.progress.total - done) / max(1, self.progress.total - warm))
        )

    def _sorted(self, rows: np.ndarray) -> np.ndarray:
        return rows[np.argsort([len(self.examples.ids[row]) for row in rows], kind="stable")]
