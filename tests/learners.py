"""Learners' code for the tests, and right answers as plain loops."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from convstep.check.contracts import Call, Outcome
from convstep.check.process import Limits
from convstep.check.reading import submission
from convstep.check.running import Runner
from convstep.check.submission import Submission

FORMS = Path(__file__).parent / "check" / "forms"
QUICK = Limits(call=0.6, total=2.0)
RNG = np.random.default_rng(3)
A_PREV = RNG.permutation(np.arange(1, 2 * 5 * 8 * 2 + 1)).reshape(2, 5, 8, 2) / 4
FILTERS = RNG.permutation(np.arange(1, 3 * 3 * 2 * 4 + 1)).reshape(3, 3, 2, 4) / 4
BIAS = np.arange(40, 44).reshape(1, 1, 1, 4) / 4
HPARAMETERS = {"stride": 2, "pad": 1}


def conv(A: Any, W: Any, b: Any, stride: int, pad: int) -> Any:
    """Return the right output, one product at a time."""
    (m, H, V, C), (f, g, _, n_C) = A.shape, W.shape
    n_H, n_W = (H + 2 * pad - f) // stride + 1, (V + 2 * pad - g) // stride + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    for i, h, w, c in np.ndindex(*Z.shape):
        total = float(b.reshape(-1)[c])
        for p, q, k in np.ndindex(f, g, C):
            y, x = h * stride + p - pad, w * stride + q - pad
            if 0 <= y < H and 0 <= x < V:
                total += A[i, y, x, k] * W[p, q, k, c]
        Z[i, h, w, c] = total
    return Z


def conv_call(name: str = "conv_forward", twice: bool = False) -> Call:
    """Return a call of the course's conv_forward."""
    return Call(name, (A_PREV, FILTERS, BIAS, dict(HPARAMETERS)), twice=twice)


def code(body: str, before: str = "") -> Submission:
    """Return a file with one function `f(A_prev, W, b, hparameters)`, whose first line is line 4."""
    head = f"import numpy as np\n{before}\ndef f(A_prev, W, b, hparameters):\n"
    return submission(head + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n", "my.py")


def called(source: Submission, call: Call | None = None, limits: Limits | None = None, **options: Any) -> Outcome:
    """Return what one call gives."""
    with Runner(source, limits) as runner:
        return runner.run([call or conv_call("f")], **options)[0]


def outcome(body: str, before: str = "", *, twice: bool = False, limits: Limits | None = None) -> Outcome:
    """Return what a call of `f` gives."""
    return called(code(body, before), conv_call("f", twice), limits)


def together(bodies: Sequence[str]) -> list[tuple[Outcome, int]]:
    """Return what calls of functions give, all in one file and one child, and the line before each body."""
    lines, starts = ["import numpy as np"], []
    for number, body in enumerate(bodies):
        lines.append(f"def f{number}(A_prev, W, b, hparameters):")
        starts.append(len(lines))
        lines += textwrap.indent(textwrap.dedent(body).strip("\n"), "    ").split("\n")
    calls = [conv_call(f"f{number}") for number in range(len(bodies))]
    with Runner(submission("\n".join(lines) + "\n", "my.py")) as runner:
        return list(zip(runner.run(calls), starts, strict=True))


def says(found: Outcome) -> str:
    """Return the sentence of an outcome that is no value."""
    assert found.error is not None
    return found.error.says
