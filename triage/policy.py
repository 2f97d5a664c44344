"""The policy: rules in order, first match decides. Pure: the same post and scores give the same decision."""

import hashlib
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from pydantic import Field, ValidationError

from triage.contracts import Action, Contract, Decision, Level, Post, Score
from triage.errors import ConfigurationError
from triage.settings import get_settings

SHIPPED = Path(__file__).with_name("policy.toml")
NO_RULE = "no-rule"


class Rule(Contract):
    """One rule of the policy."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    """What the console shows."""
    action: Action
    priority: int = Field(ge=0, le=100)
    when: dict[str, Level] = Field(min_length=1)
    """Scorer name to the level that its score must reach; all of them must."""
    sample_rate: float = Field(1.0, ge=0, le=1)
    """Share of the matching posts that the rule takes, drawn by the post's id."""

    def matches(self, post: Post, levels: dict[str, Level]) -> bool:
        """Whether the rule takes a post whose scorers reached these levels."""
        reached = all(levels.get(name, Level.CLEAR).rank >= level.rank for name, level in self.when.items())
        return reached and _draw(post) < self.sample_rate


class Policy(Contract):
    """All rules of one version."""

    version: str
    rules: tuple[Rule, ...]

    def title(self, rule: str) -> str:
        """Return a rule's title; of a rule of another version, its name."""
        return next((known.title for known in self.rules if known.name == rule), rule)


def decide(policy: Policy, post: Post, scores: Sequence[Score]) -> Decision:
    """Return what the policy says about a post with these scores.

    Of several pictures the highest level counts. A score that is an error counts as `clear`: the post goes by
    its other scores, and the console shows the error.
    """
    levels: dict[str, Level] = {}
    for score in scores:
        levels[score.scorer] = max(levels.get(score.scorer, Level.CLEAR), score.level, key=lambda at: at.rank)
    for rule in policy.rules:
        if rule.matches(post, levels):
            return _decision(policy, rule.action, rule.name, rule.priority)
    return _decision(policy, Action.PASS, NO_RULE, 0)


def load(path: Path) -> Policy:
    """Read a policy file.

    Raises:
        ConfigurationError: it is missing or wrong; the message says where.

    """
    try:
        return Policy.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigurationError(
            f"The policy {path} cannot be read: {error}. Check FLAGPOST_POLICY."
        ) from error
    except (tomllib.TOMLDecodeError, ValidationError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The policy {path} is wrong: {error}") from error


@lru_cache(maxsize=1)
def current() -> Policy:
    """Return the policy in force, read once per process."""
    return load(get_settings().policy or SHIPPED)


def _decision(policy: Policy, action: Action, rule: str, priority: int) -> Decision:
    return Decision(action=action, rule=rule, priority=priority, policy_version=policy.version)


def _draw(post: Post) -> float:
    """Return a number in 0..1 that depends on the post alone, so that a re-score draws the same sample."""
    digest = hashlib.sha256(f"{post.source}\x00{post.external_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
