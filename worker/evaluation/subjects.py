"""What a model looks for, in words: the same figures and plots serve pictures and captions."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """Words for what is found, and for everything else."""

    one: str
    """`a gun`"""
    found: str
    """`guns`"""
    rest: str
    """`other pictures`"""
    items: str
    """`pictures`"""
    none: str
    """`no gun`"""


GUN = Subject("a gun", "guns", "other pictures", "pictures", "no gun")
VIOLENCE = Subject("violence", "violent captions", "other captions", "captions", "no violence")


def meanings(subject: Subject) -> dict[str, str]:
    """Say what each figure is, for people who read a table."""
    return {
        "roc_auc": f"chance that {subject.found} score higher than {subject.rest}; 0.5 is guessing",
        "average_precision": "mean precision over all thresholds; drops first where false alarms rank high",
        "ece": "mean gap between a stated probability and what came true; 0 is perfect",
        "accuracy": f"share of all {subject.items} judged right",
        "recall": f"share of the {subject.found} that were found",
        "false_positive_rate": f"share of the {subject.rest} that were flagged",
        "precision": "share of the flags that are right",
    }
