"""What a network is told about its mistakes."""

from enum import StrEnum

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

FOCUS = 2.0
"""How much the focal loss turns from what is known already."""
KIND_SHARE = 0.2
"""Of the kinds in the whole loss."""


class Loss(StrEnum):
    """How a wrong score counts."""

    PLAIN = "plain"
    """By its cross-entropy."""
    FOCAL = "focal"
    """Less where the network is nearly right; Lin et al., "Focal loss for dense object detection", 2017."""


def score_loss(logits: torch.Tensor, truth: torch.Tensor, weights: torch.Tensor, loss: Loss) -> torch.Tensor:
    """Return one number for a batch.

    Args:
        logits: (n,).
        truth: (n,) probability that the text is violent: 0 or 1, or nearer to 1/2 for labels in doubt.
        weights: (n,) of each row.
        loss: how a wrong score counts.
    """
    each = binary_cross_entropy_with_logits(logits, truth, reduction="none")
    if loss is Loss.FOCAL:
        missed = (torch.sigmoid(logits) - truth).abs()
        each = each * missed**FOCUS
    return (each * weights).sum() / weights.sum()


def kind_loss(logits: torch.Tensor, possible: torch.Tensor) -> torch.Tensor:
    """Return how little of the probability lies on the kinds that are possible.

    Args:
        logits: (n, kinds).
        possible: (n, kinds) of bool; rows of which no kind, or every kind, is possible teach nothing.
    """
    telling = possible.any(1) & ~possible.all(1)
    if not telling.any():
        return logits.sum() * 0
    shares = torch.log_softmax(logits[telling], 1).masked_fill(~possible[telling], -torch.inf)
    return -torch.logsumexp(shares, 1).mean()
