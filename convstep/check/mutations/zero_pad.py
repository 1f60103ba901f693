"""Padding, and its mistakes."""

from __future__ import annotations

import numpy as np

from convstep.check.mutations.plan import Implementation, Mutation, Part, Plan, Stage
from convstep.check.mutations.reading import PADS, padded
from convstep.check.problems import Problem


def pad(problem: Problem, before: Part, plan: Plan) -> Part:
    """Return the padded input."""
    p_h, p_w = problem.pad
    pads = (1, 1) if plan["amount"] == "once" else (p_h, p_w)
    X_pad = padded(problem.A, pads, plan["padding"])
    return Part((np.trunc(X_pad) if plan["numbers"] == "integers" else X_pad,), 1)


ZERO_PAD = Implementation(
    (Stage(frozenset({"padding", "amount", "numbers"}), pad),),
    (
        *(mutation for mutation in PADS if mutation.kind != "unpadded_slice" and "size" not in mutation.changes),
        Mutation("pad_before_only", {"padding": "after once"}, "the padding goes only below and to the right"),
        Mutation("pad_twice", {"padding": "twice"}),
        Mutation("pad_constant", {"amount": "once"}, "1 is padded whatever pad says"),
        Mutation("integer_output", {"numbers": "integers"}, "the padded array holds integers, so values are cut off"),
    ),
)
"""Padding."""
