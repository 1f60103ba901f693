"""The verb `weight`: which weight it picks, and what it says."""

from __future__ import annotations

import pytest

from convstep.errors import VerbError
from convstep.opening import open_session


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["open course", "weight 0 1 2"],
            "W[0, 1, 2, 0] is used 4,096 times, 64 of them on padding; 384 weights instead of 1,572,864",
        ),
        (
            ["open course", "step", "weight 1 1 0"],
            "W[1, 1, 0, 1] is used 4,096 times; 384 weights instead of 1,572,864",
        ),
        (["open tiny", "weight 2 2"], "W[2, 2, 0, 0] is used 9 times; 9 weights instead of 81"),
        (["open tiny", "taps open", "step 5 mac", "weight"], "W[1, 2, 0, 0] is used 9 times; 9 weights instead of 81"),
        (
            ["open course", "layer fc", "weight 5"],
            "W[5, 0] is used once: each of the 384 weights has one product only",
        ),
        (["open conv1d", "weight 3"], "W[3, 0, 0, 0] is used 491 times; 200 weights instead of 98,200"),
    ],
)
def test_it_says_how_often_a_weight_is_used(lines: list[str], said: str) -> None:
    session = open_session("photo")
    assert [session.do(line) for line in lines][-1] == said


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["weight 1 1"], "weight: expected A B K, got '1 1'"),
        (["weight a b c"], "weight: expected A B K, got 'a b c'"),
        (["weight 9 0 0"], "conv1: its filters have rows 0 to 3, got 9"),
        (["layer relu1", "weight"], "relu1 has no weights. Convolutions and dense layers have them"),
        (["layer fc", "weight 1 1"], "weight: expected K, got '1 1'"),
    ],
)
def test_what_it_cannot_pick_is_refused(lines: list[str], said: str) -> None:
    session = open_session("photo")
    for line in lines[:-1]:
        session.do(line)
    with pytest.raises(VerbError) as caught:
        session.do(lines[-1])
    assert str(caught.value) == said
