"""Every kind of mistake that is known is planted in a test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from learners import QUICK
from planted import FEWER, TIES_ALL, TIES_FIRST, planted
from planted.conv import FITTED, source
from planted.pool import POOL_LOOPS
from planted.styles import THREE

from convstep.check.bank import IMPLEMENTATIONS
from convstep.check.checking import check_with
from convstep.check.contracts import COURSE
from convstep.check.mutations.kinds import KINDS
from convstep.check.reading import submission
from convstep.check.running import Runner

EXPECTED = json.loads((Path(__file__).parent / "files" / "wrong" / "expected.json").read_text(encoding="utf-8"))
PADDED = (
    "A_prev = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)), constant_values=0 if mode == 'average' else -np.inf)"
)
SIZES = "(H - f + 2 * pad) / stride + 1", "(V - f + 2 * pad) / stride + 1"
REST = {
    "size_not_floored": ("conv_forward", source("loops", {"n_H": SIZES[0], "n_W": SIZES[1]})),
    "loops_over_input": ("conv_forward", source("loops", {"rows": "range(H)", "cols": "range(V)", "value": FITTED})),
    "mask_first_only": ("pool_backward", TIES_FIRST),
    "mask_all_tied": ("max_pool_backward_naive", TIES_ALL),
    "padding_counted": (
        "pool_forward",
        POOL_LOOPS.replace(
            "    n_H,", f"    p = hparameters.get('pad', 0)\n    {PADDED}\n    H, V = A_prev.shape[1:3]\n    n_H,"
        ),
    ),
    "not_repeatable": ("conv_forward", "calls = []\n" + source("loops", {"answer": "Z + len(calls), calls.append(1)"})),
    "float_of_array": ("conv_forward", source("loops", {"bias": "float(b[..., c])"})),
    "np_float": ("conv_forward", source("loops", {"bias": "np.float(b[0, 0, 0, c])"})),
    "hangs": ("conv_forward", source("loops", {"end": "while True: pass"})),
    "exits": ("conv_forward", source("loops", {"end": "exit()"})),
    "asks": ("conv_forward", source("loops", {"end": "input()"})),
}
"""Kinds that are not planted among the others: the function, and its code."""


@pytest.mark.parametrize("kind", REST)
def test_the_rest_are_named(kind: str) -> None:
    name, code = REST[kind]
    with Runner(submission(code, "my.py"), QUICK) as runner:
        (found,) = check_with(runner, "my.py", name).functions
    outdated = {each.kind for each in found.verdict.outdated}
    assert kind in outdated | {mistake.kind for one in found.verdict.mistakes for mistake in one}


def test_every_kind_is_planted() -> None:
    known = {one.kind for one in planted()} | REST.keys()
    known |= {kind for row in EXPECTED.values() for kind in row["kinds"]}
    assert known == KINDS.keys()


def test_every_mistake_of_a_function_is_in_three_styles_or_it_says_why_not() -> None:
    known = {each.name: {one.kind for one in IMPLEMENTATIONS[each.operation].mutations} for each in COURSE}
    styles: dict[str, dict[str, set[str]]] = {name: {kind: set() for kind in kinds} for name, kinds in known.items()}
    for one in planted():
        form, _, style = one.style.rpartition(" ")
        named = styles.setdefault(f"{form} {one.function}".strip(), {})
        named.setdefault(one.kind, set()).add(style)
    fewer = {
        function: {kind for kind, found in kinds.items() if found != set(THREE)} for function, kinds in styles.items()
    }
    assert {function: kinds for function, kinds in fewer.items() if kinds} == {
        function: set(reasons) for function, reasons in FEWER.items()
    }
