from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.made import failed, post, score
from triage import policy
from triage.contracts import Action, Level
from triage.errors import ConfigurationError

SHIPPED = policy.load(policy.SHIPPED)


def decide(gun: Level | None, text: Level | None, number: int = 1) -> policy.Decision:
    said = [score(gun, "gun_image")] if gun else []
    said += [score(text, "violence_text")] if text else []
    return policy.decide(SHIPPED, post(number), said)


@pytest.mark.parametrize("gun", [None, *Level])
def test_a_gun_alone_flags_nothing(gun: Level | None) -> None:
    assert decide(gun, Level.CLEAR).action is Action.PASS
    assert decide(gun, None).action is Action.PASS


@pytest.mark.parametrize("gun", [None, *Level])
def test_an_explicit_threat_is_flagged_with_or_without_a_gun(gun: Level | None) -> None:
    assert decide(gun, Level.STRONG).action is Action.FLAG


def test_a_gun_together_with_violent_text_is_the_most_urgent() -> None:
    together = decide(Level.LIKELY, Level.LIKELY)
    assert (together.action, together.rule) == (Action.FLAG, "gun-and-violent-text")
    assert together.priority > decide(None, Level.STRONG).priority


def test_of_several_pictures_the_worst_counts() -> None:
    said = [
        score(Level.CLEAR, "gun_image"),
        score(Level.STRONG, "gun_image"),
        score(Level.LIKELY, "violence_text"),
    ]
    assert policy.decide(SHIPPED, post(), said).rule == "gun-and-violent-text"


def test_a_score_that_is_an_error_leaves_the_decision_to_the_others() -> None:
    said = [failed("broken picture", "gun_image"), score(Level.STRONG, "violence_text")]
    assert policy.decide(SHIPPED, post(), said).rule == "explicit-threat"


def test_the_abstain_band_is_sampled_at_its_rate_and_never_flagged() -> None:
    actions = [decide(None, Level.UNSURE, number).action for number in range(4000)]
    assert set(actions) == {Action.SAMPLE, Action.PASS}
    assert 120 <= actions.count(Action.SAMPLE) <= 280  # 5 % of 4000 is 200


def test_the_same_post_is_drawn_the_same_way_every_time() -> None:
    draws = [[decide(None, Level.UNSURE, number).action for number in range(200)] for _ in range(2)]
    assert draws[0] == draws[1]


@given(st.sampled_from(Level), st.sampled_from(Level), st.sampled_from(Level), st.sampled_from(Level))
def test_higher_scores_never_make_a_post_less_urgent(
    gun: Level, text: Level, more: Level, worse: Level
) -> None:
    if more.rank >= gun.rank and worse.rank >= text.rank:
        assert decide(more, worse).priority >= decide(gun, text).priority or Action.SAMPLE in (
            decide(more, worse).action,
            decide(gun, text).action,
        )


def test_every_rule_of_the_shipped_policy_can_fire() -> None:
    fired = {decide(gun, text, number).rule for gun, text, number in product(Level, Level, range(60))}
    assert fired == {rule.name for rule in SHIPPED.rules} | {policy.NO_RULE}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("version = ", "wrong"),
        ("version = '1'", "rules"),
        (
            "version='1'\n[[rules]]\nname='a'\ntitle='A'\naction='arrest'\npriority=1\nwhen={x='likely'}",
            "action",
        ),
        ("version='1'\n[[rules]]\nname='a'\ntitle='A'\naction='flag'\npriority=1\nwhen={}", "when"),
    ],
)
def test_a_wrong_policy_file_is_refused_and_named(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=named) as caught:
        policy.load(path)
    assert str(path) in str(caught.value)


def test_a_missing_policy_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="FLAGPOST_POLICY"):
        policy.load(tmp_path / "none.toml")
