"""For a course's own tests: a pytest fixture that fails with where a function first goes wrong, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Check = Callable[..., None]


@pytest.fixture
def convstep_check() -> Check:
    """Return what fails a test unless a function is right: `convstep_check(conv_forward)`."""
    return check


def check(function: Callable[..., Any], name: str = "") -> None:
    """Fail the test, with where it first goes wrong and which mistake it is, unless a function is right.

    Args:
        function: A `conv_forward`, or another function that is known.
        name: The name of the known function that it stands for; "" for its own.
    """
    from convstep.check import check_function
    from convstep.check.checking import Checked, Report
    from convstep.report.check import check_text, passed

    report = Report("", (Checked(check_function(function, name)),))
    if not passed(report):
        pytest.fail("\n".join(check_text(report)), pytrace=False)
