"""The verbs that answer why, in sessions and scripts."""

from __future__ import annotations

import pytest

from convstep.errors import ExpectationError, VerbError
from convstep.opening import open_session


def test_why_says_the_first_sentence() -> None:
    session = open_session("mnist")
    before = session.frame
    said = session.do("why 4x4x64")
    assert said == "4x4x64 comes from VALID in both convolutions and both pools: 28 → 24 → 12 → 8 → 4."
    assert session.do("why conv1 27x27x32").startswith("27x27x32 comes from the + 1 missing in conv1")
    assert "dense1 has weights for 3,136 inputs" in session.do(
        "why mat1 and mat2 shapes cannot be multiplied (32x1024 and 3136x10)"
    )
    assert session.frame is before
    with pytest.raises(VerbError, match="Write a shape such as"):
        session.do("why is it so")
    with pytest.raises(VerbError, match="Usage: why"):
        session.do("why")


def test_why_follows_the_net_as_it_was_changed() -> None:
    session = open_session("mnist")
    session.do("padding valid all")
    assert session.do("why 4x4x64").startswith("4x4x64 is right: 28 → 24 → 12 → 8 → 4")


def test_expect_why() -> None:
    session = open_session("mnist")
    for line in ('expect why 4x4x64 "VALID"', "expect why 4x4x64 '28 → 24'", 'expect why 4 x 4 x 64 "both pools"'):
        assert session.do(line).startswith("4x4x64 comes from VALID")
    session.do('expect why conv1 27x27x32 "+ 1"')
    with pytest.raises(ExpectationError, match="expected 'ceil' in the explanation, got: 4x4x64 comes from"):
        session.do("expect why 4x4x64 ceil")
    with pytest.raises(VerbError, match="Usage: expect why"):
        session.do("expect why 4x4x64")
