"""Fine-tuning that can be stopped at any time and goes on where it was."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import average_precision_score
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from triage.errors import TrainingError
from worker.training.text.lessons import Lessons
from worker.training.text.losses import KIND_SHARE, Loss, kind_loss, score_loss
from worker.training.text.model import Classifier, arithmetic, collate, predict

SAVE_SECONDS = 120
AVERAGED = 0.5
"""Share of an epoch over whose steps the weights that are kept are averaged, the last steps weighing most.

Source: Tarvainen and Valpola, "Mean teachers are better role models", 2017."""
PARTS = ("model", "average", "optimizer", "schedule")
"""Of a run that have a state."""
SORTED_TOGETHER = 50
"""Batches that are sorted by length among themselves: little padding, still a random order."""


@dataclass(frozen=True)
class Plan:
    """What decides the outcome of a run, next to the data."""

    epochs: int
    seed: int
    dataset: str
    base: str
    choices: dict[str, Any] = field(default_factory=dict)
    """Of what is learned; see `lessons.Choices`."""
    loss: Loss = Loss.PLAIN
    mined: float = 0.25
    """Share of an epoch's turns that goes to the negatives the network was most wrong about."""
    batch: int = 32
    rate: float = 8e-5
    warmup: float = 0.1
    negatives: float = 2
    """Negatives an epoch sees for each row it always sees; real posts are 96 % negative, mostly easy."""


@dataclass(frozen=True)
class Judge:
    """Texts to judge an epoch by: token ids, and labels (n,)."""

    ids: Sequence[np.ndarray]
    labels: np.ndarray


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

    def __init__(self, model: Classifier, plan: Plan, lessons: Lessons, checkpoint: Path) -> None:
        torch.manual_seed(plan.seed)
        for head in (model.head, model.kinds):
            torch.nn.init.normal_(head.weight, std=0.02)
            torch.nn.init.zeros_(head.bias)
        self.model, self.plan, self.lessons, self.checkpoint = model, plan, lessons, checkpoint
        self.hardness = torch.zeros(len(lessons.ids))
        """How far the last look at each row was from the truth, 0 to 1; 0 where there was none."""
        self.hardness_before = self.hardness.clone()
        """The same as the epoch began, which decides what the epoch sees."""
        trained = [weight for weight in model.parameters() if weight.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=plan.rate, weight_decay=0.01)
        self.progress = Progress(total=plan.epochs * len(self.batches(0)))
        remembered = 1 - 1 / max(1.0, AVERAGED * len(self.batches(0)))
        self.average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(remembered))
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self._rate)
        self.best_weights: dict[str, torch.Tensor] = {}

    def batches(self, epoch: int) -> list[np.ndarray]:
        """Return the row numbers of each batch of an epoch, by plan, epoch and hardness."""
        plan, chance = self.plan, np.random.default_rng((self.plan.seed, epoch))
        rows = np.concatenate([np.flatnonzero(self.lessons.always), self._turns(epoch)])
        chance.shuffle(rows)
        size = plan.batch * SORTED_TOGETHER
        chunks = [self._sorted(rows[start : start + size]) for start in range(0, len(rows), size)]
        batches = [chunk[at : at + plan.batch] for chunk in chunks for at in range(0, len(chunk), plan.batch)]
        return [batches[at] for at in chance.permutation(len(batches))]

    def _turns(self, epoch: int) -> np.ndarray:
        """Return which of the other rows an epoch sees: the hardest so far, then those whose turn it is."""
        plan, others = self.plan, np.flatnonzero(~self.lessons.always)
        count = min(int(plan.negatives * self.lessons.always.sum()), len(others))
        hard = self.hardness_before.numpy()[others]
        mined = (
            others[np.argsort(-hard, kind="stable")[: int(plan.mined * count)]] if hard.any() else others[:0]
        )
        turns = np.random.default_rng(plan.seed).permutation(others)
        turns = np.roll(turns, -epoch * count)
        return np.concatenate([mined, turns[~np.isin(turns, mined)][: count - len(mined)]])

    def __call__(self, validation: Judge) -> Iterator[Progress]:
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
        lessons, labels = self.lessons, torch.from_numpy(self.lessons.labels[rows]).float()
        doubt, weights = (torch.from_numpy(part[rows]) for part in (lessons.doubt, lessons.weights))
        with arithmetic():
            logits, kinds = self.model(*collate([lessons.ids[row] for row in rows]))
        truth = labels + doubt * (1 - 2 * labels)
        loss = score_loss(logits.float(), truth, weights, self.plan.loss)
        whole = loss + KIND_SHARE * kind_loss(kinds.float(), torch.from_numpy(lessons.kinds[rows]))
        whole.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.average.update_parameters(self.model)
        self.hardness[torch.from_numpy(rows)] = (torch.sigmoid(logits.detach().float()) - truth).abs()
        self.progress.step += 1
        self.progress.done += 1
        self.progress.loss = 0.98 * self.progress.loss + 0.02 * loss.item()

    def _judge(self, validation: Judge) -> None:
        """Close an epoch: measure it and keep its weights if they are the best so far."""
        with arithmetic():
            logits = predict(self.average.module, validation.ids)
        precision = float(average_precision_score(validation.labels, logits))
        progress = self.progress
        progress.average_precision.append(precision)
        if precision > progress.best:
            progress.best = precision
            averaged = self.average.module.state_dict()
            self.best_weights = {name: value.clone() for name, value in averaged.items()}
        progress.epoch, progress.step = progress.epoch + 1, 0
        self.hardness_before = self.hardness.clone()

    def save(self) -> None:
        """Write the checkpoint; a crash while writing leaves the one before."""
        state = {
            "plan": self._described(),
            "progress": vars(self.progress),
            "chance": torch.get_rng_state(),
            "hardness": self.hardness,
            "hardness_before": self.hardness_before,
            "best_weights": self.best_weights,
            **{part: getattr(self, part).state_dict() for part in PARTS},
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
        if state["plan"] != self._described():
            raise TrainingError(
                f"{self.checkpoint} is from a run with other data or options. "
                "Give the same, or start without --resume."
            )
        for part in PARTS:
            getattr(self, part).load_state_dict(state[part])
        self.progress, self.best_weights = Progress(**state["progress"]), state["best_weights"]
        self.hardness, self.hardness_before = state["hardness"], state["hardness_before"]
        torch.set_rng_state(state["chance"])

    def _described(self) -> dict[str, Any]:
        """Return the plan and what is learned in plain values."""
        return vars(self.plan) | {"loss": self.plan.loss.value, "lessons": self.lessons.digest()}

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
        return rows[np.argsort([len(self.lessons.ids[row]) for row in rows], kind="stable")]
