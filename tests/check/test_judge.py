"""Verdicts: what is right in any style, what is a convention, and what is said about what is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import TIES_ALL, TIES_FIRST
from planted.conv import STYLES, source
from planted.cs231n import CS_CONV
from planted.pool import POOL_LOOPS
from verdicts import kinds, verdict

from convstep.check.case import case
from convstep.check.contracts import Call, Failure, Outcome, Outdated, contract_for
from convstep.check.decoder import decode
from convstep.check.judge import ask, judge
from convstep.check.probes import convolution, places, probes
from convstep.errors import ConvstepError

CONV = contract_for("conv_forward")
assert CONV is not None


@settings(max_examples=25, deadline=None)
@given(
    dtype=st.sampled_from(["np.float32", "np.float64"]),
    seed=st.integers(0, 1000),
    answer=st.sampled_from(["Z", "(Z, None)", "Z.tolist()", "(Z, (A_prev, W, b, hparameters))", "Z + 1e-9"]),
    fortran=st.booleans(),
)
def test_any_order_of_sums_and_any_dtype_is_right(dtype: str, seed: int, answer: str, fortran: bool) -> None:
    code = f"""
import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    f, C, n_C = W.shape[0], W.shape[2], W.shape[3]
    X = np.pad(A_prev.astype({dtype}), ((0, 0), (p, p), (p, p), (0, 0)))
    n_H, n_W = (X.shape[1] - f) // s + 1, (X.shape[2] - f) // s + 1
    order = np.random.default_rng({seed}).permutation(f * f * C)
    Z = np.zeros((len(X), n_H, n_W, n_C), dtype={dtype}, order="{"F" if fortran else "C"}")
    for n in order:
        q, r, k = np.unravel_index(n, (f, f, C))
        part = X[:, q:q + s * (n_H - 1) + 1:s, r:r + s * (n_W - 1) + 1:s, k]
        Z += part[..., None] * W[q, r, k].astype({dtype})
    Z += b.astype({dtype})
    return {answer}
"""
    found = verdict(code, "conv_forward")
    assert found.verdict == "right", found
    assert all(probe.passed for probe in found.probes)


@settings(max_examples=20, deadline=None)
@given(
    style=st.sampled_from(list(STYLES)),
    dtype=st.sampled_from(["np.float32", "np.float64"]),
    axes=st.permutations("xyk"),
    fortran=st.booleans(),
)
def test_right_code_of_any_style_dtype_and_order_is_right(
    style: str, dtype: str, axes: list[str], fortran: bool
) -> None:
    typed = STYLES[style].places["padded"].replace("A_prev", f"A_prev.astype({dtype})")
    zeros = f"n_C), dtype={dtype}, order='{'F' if fortran else 'C'}')"
    code = source(style, {"padded": typed}).replace("n_C))", zeros)
    left = "yxk"
    summed = ""
    for axis in axes:
        summed += f".sum(axis={left.index(axis)})"
        left = left.replace(axis, "")
    code = code.replace("np.sum(a * k)", f"(a * k){summed}")
    found = verdict(code, "conv_forward")
    assert (found.verdict, found.first) == ("right", None)


def test_the_first_wrong_value_and_both_windows() -> None:
    found = verdict(source("loops", {"x": "w"}), "conv_forward")
    assert found.first is not None
    assert found.first.probe == "stride 2, a tall map, nothing left over"
    assert (found.first.result, found.first.index, found.first.window) == ("Z", (0, 0, 1, 0), 2)
    assert found.first.got != found.first.expected
    assert found.geometry == (
        "3x3 filter on 7x5x1, stride 2, pad 0: your window covers cols 1–3, the right one cols 2–4"
    )
    assert "your windows start at columns 0, 1, 2, 3; they should start at 0, 2, 4, 6" in found.notes
    assert not any("rows" in note for note in found.notes)
    assert [probe.passed for probe in found.probes] == [True, True, True, False, True, False, False, False, False]


def test_wrong_shapes_are_formulas() -> None:
    found = verdict(source("loops", {"n_H": "(H - f + pad) // stride + 1"}), "conv_forward")
    assert found.first is not None
    assert found.first.index == "shape"
    assert (found.first.got, found.first.expected) == ((1, 2, 4, 2), (1, 3, 4, 2))
    assert "n_H is 2, and should be ⌊(3 − 3 + 2·1)/1⌋ + 1 = 3" in found.notes


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("'Z'", "Z is a str, and should be an array of numbers"),
        ("[[1, 2], [3]]", "Z is a list of rows of different lengths, and should be an array of numbers"),
        ("None", "Z is None, and should be an array of numbers"),
        ("np.float64(3)", "the shape of Z is (), and should be (1, 1, 1, 1)"),
        ("np.full((1, 1, 1, 1), np.nan)", "Z[0, 0, 0, 0] = nan, and should be −2.375"),
    ],
)
def test_what_is_no_right_array(answer: str, why: str) -> None:
    code = f"import numpy as np\n\ndef conv_forward(A_prev, W, b, hparameters):\n    return {answer}, None\n"
    found = verdict(code, "conv_forward")
    assert found.verdict == ("not_written" if answer == "None" else "wrong")
    assert found.probes[0].why == why


def test_arguments_changed_in_place() -> None:
    found = verdict(source("loops", {"end": "A_prev *= 0.5"}), "conv_forward")
    assert kinds(found) == [{"input_changed"}]
    assert found.verdict == "wrong"


@pytest.mark.parametrize(
    ("code", "name", "kind"),
    [(TIES_FIRST, "pool_backward", "mask_first_only"), (TIES_ALL, "max_pool_backward_naive", "mask_all_tied")],
)
def test_ties_are_a_convention(code: str, name: str, kind: str) -> None:
    found = verdict(code, name)
    assert (found.verdict, kinds(found)) == ("convention", [{kind}])


PADDED = POOL_LOOPS.replace(
    "    n_H, n_W",
    "    pad = hparameters.get('pad', 0)\n    A_prev = PADDING\n    H, V = A_prev.shape[1:3]\n    n_H, n_W",
)
AROUND = "((0, 0), (pad, pad), (pad, pad), (0, 0))"


def test_pools_without_padding_are_not_asked_for_it() -> None:
    found = verdict(POOL_LOOPS, "pool_forward")
    assert found.verdict == "right"
    assert found.skipped == ("max: padded: pad changes nothing", "average: padded: pad changes nothing")
    assert len(found.probes) == 10


def test_padding_that_counts_is_a_convention() -> None:
    zeros = f"np.pad(A_prev, {AROUND}, constant_values=0 if mode == 'average' else -np.inf)"
    found = verdict(PADDED.replace("PADDING", zeros), "pool_forward")
    assert (found.verdict, kinds(found)) == ("convention", [{"padding_counted"}])


def test_padding_that_wins_is_wrong() -> None:
    found = verdict(PADDED.replace("PADDING", f"np.pad(A_prev, {AROUND})"), "pool_forward")
    assert (found.verdict, kinds(found)) == ("wrong", [{"max_from_zero"}])


def test_padding_left_out_of_the_count_is_right() -> None:
    nans = f"np.pad(A_prev, {AROUND}, constant_values=np.nan)"
    code = PADDED.replace("PADDING", nans).replace("np.max(a)", "np.nanmax(a)").replace("np.mean(a)", "np.nanmean(a)")
    found = verdict(code, "pool_forward")
    assert (found.verdict, len(found.probes), found.skipped) == ("right", 12, ())


def test_an_assert_that_the_stride_divides_is_no_mistake() -> None:
    code = CS_CONV.replace(
        "    out =", "    assert (H + 2 * pad - HH) % stride == 0 and (W + 2 * pad - WW) % stride == 0\n    out ="
    )
    found = verdict(code, "conv_forward_naive")
    assert found.verdict == "right"
    assert len(found.skipped) == 3
    assert verdict(code.replace("+ b[k]", ""), "conv_forward_naive").verdict == "wrong"
    never = verdict(CS_CONV.replace("    out =", "    assert stride == 0\n    out ="), "conv_forward_naive")
    assert never.verdict == "error"


def given_back(*outcomes: Outcome) -> Any:
    """Return the verdict on outcomes, the last of which repeats."""
    assert CONV is not None
    asked = ask(CONV)
    rest = [outcomes[-1]] * (len(asked.calls) - len(outcomes))
    return judge(asked, [*outcomes, *rest])


def right_outcomes(**changes: Any) -> list[Outcome]:
    assert CONV is not None
    from convstep.check.judge import right_results

    return [replace(Outcome("value", right_results(CONV, probe.problem)[0]), **changes) for probe in probes(CONV)]


def test_kinds_of_outcomes() -> None:
    late = Outcome("timeout", error=Failure("TimeUpError", "", says="conv_forward did not end within 3 seconds"))
    assert (given_back(late).verdict, kinds(given_back(late))) == ("timeout", [{"hangs"}])
    waiting = Outcome("error", error=Failure("AsksError", ""))
    assert (given_back(waiting).verdict, kinds(given_back(waiting))) == ("wrong", [{"asks"}])
    ended = Outcome("error", error=Failure("SystemExit", "0"))
    assert (given_back(ended).verdict, kinds(given_back(ended))) == ("wrong", [{"exits"}])
    unwritten = Outcome("not_written", error=Failure("NotWritten", ""))
    assert (given_back(unwritten).verdict, kinds(given_back(unwritten))) == ("not_written", [{"not_written"}])
    full = Outcome("limit", error=Failure("MemoryError", "too much"))
    assert given_back(full).verdict == "error"
    assert given_back(Outcome("value", None)).verdict == "not_written"


def test_old_code_that_is_right_is_outdated() -> None:
    old = Outdated("np_float", "np.float is gone from NumPy: write float", 7)
    found = given_back(*right_outcomes(outdated=(old,)))
    assert (found.verdict, found.outdated) == ("outdated", (old,))


def test_another_answer_the_second_time() -> None:
    right = right_outcomes()
    again = replace(right[0], again=replace(right[0], value=right[0].value + 1))
    found = given_back(again, *right[1:])
    assert (found.verdict, kinds(found)) == ("wrong", [{"not_repeatable"}])
    same = replace(right[0], again=replace(right[0], value=right[0].value.tolist()))
    assert given_back(same, *right[1:]).verdict == "right"


def test_a_backward_pass_is_given_its_own_cache() -> None:
    contract = contract_for("conv_backward")
    assert contract is not None
    with_forward = ask(contract, ["conv_forward"])
    assert [call.function for call in with_forward.calls[:2]] == ["conv_forward", "conv_backward"]
    assert all(call.function == "conv_backward" for call in ask(contract).calls)
    assert any(isinstance(call, Call) and call.twice for call in with_forward.calls)


def test_the_windows_that_are_read() -> None:
    problem = places(convolution((2, 5, 7, 2), (3, 3), 1, (2, 2), (1, 1)))
    padded = np.pad(problem.A, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.array(
        [[[padded[i, 2 * h : 2 * h + 3, w : w + 3].reshape(-1) for w in range(4)] for h in range(3)] for i in range(2)]
    )
    found = decode(problem, windows)
    assert found is not None
    assert found.starts == ("your windows start at columns 0, 1, 2, 3; they should start at 0, 2, 4, 6",)
    assert found.origins[1, 2, 3] == (1, 3, 2)
    right = decode(problem, windows_at(padded, 2))
    assert right is not None
    assert right.says == ()
    assert decode(problem, windows + 0.25) is None
    swapped = decode(problem, windows_at(padded, 2, swapped=True))
    assert swapped is not None
    assert "rows follow w and columns follow h: they are swapped" in swapped.says


def windows_at(padded: Any, stride: int, *, swapped: bool = False) -> Any:
    out = np.zeros((2, 3, 4, 18))
    for i, h, w in np.ndindex(2, 3, 4):
        y, x = (w * stride, h * stride) if swapped else (h * stride, w * stride)
        cut = padded[i, y : y + 3, x : x + 3]
        full = np.zeros((3, 3, 2))
        full[: cut.shape[0], : cut.shape[1]] = cut
        out[i, h, w] = full.reshape(-1)
    return out


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "there is no A_prev"),
        ({"A_prev": np.zeros((1, 4, 4, 2))}, "there is no W"),
        ({"A_prev": np.zeros((4, 4)), "W": np.zeros((2, 2, 1, 1))}, "expected 4 axes, got 2"),
        ({"A_prev": np.zeros((1, 4, 4, 2)), "W": np.zeros((2, 2, 3, 1))}, "each filter has 3 channels"),
        ({"A_prev": np.zeros((1, 1, 1, 2)), "W": np.zeros((2, 2, 2, 1))}, "larger than the padded input"),
        ({"A_prev": np.array(["a"]), "W": np.zeros((2, 2, 2, 1))}, "expected numbers"),
        ({"A_prev": np.zeros((1, 4, 4, 1)), "W": np.zeros((2, 2, 1, 1)), "stride": 1.5}, "expected a whole number"),
        ({"A_prev": np.zeros((1, 4, 4, 1)), "W": np.zeros((2, 2, 1, 1)), "stride": 0}, "at least 1"),
    ],
)
def test_bad_cases(arrays: dict[str, Any], message: str) -> None:
    assert CONV is not None
    with pytest.raises(ConvstepError, match=message):
        case(CONV, arrays)


@pytest.mark.parametrize(
    ("name", "parameters", "required", "family"),
    [
        ("conv_forward", ("A_prev", "W", "b", "hparameters"), 4, "course"),
        ("conv_forward", ("A", "w", "bias", "params"), 4, "course"),
        ("conv_forward", ("A_prev", "W", "b", "stride", "pad"), 5, "course"),
        ("conv_forward", ("A_prev", "W", "b", "activation", "padding", "stride"), 4, "holberton"),
        ("pool_forward", ("A_prev", "kernel_shape", "stride", "mode"), 2, "holberton"),
        ("pool_forward", ("A_prev", "hparameters"), 2, "course"),
        ("conv_forward_naive", ("x", "w", "b", "conv_param"), 4, "cs231n"),
        ("conv2d", ("img", "k"), 2, "plain"),
        ("conv2d", ("img", "k", "stride"), 2, "plain"),
    ],
)
def test_whose_function_it_is(name: str, parameters: tuple[str, ...], required: int, family: str) -> None:
    contract = contract_for(name, parameters, required)
    assert contract is not None
    assert contract.family == family


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("conv_forward", ("A_prev", "W", "b", "hparameters", "verbose")),
        ("conv_forward", ("A_prev",)),
        ("conv2d", ("image", "kernel", "colour")),
        ("forward", ("A_prev", "W", "b", "hparameters")),
    ],
)
def test_what_is_not_known(name: str, parameters: tuple[str, ...]) -> None:
    assert contract_for(name, parameters) is None


def test_a_function_that_was_chosen_may_have_another_name() -> None:
    chosen = contract_for("my_conv_forward", ("A_prev", "W", "b", "hparameters"), chosen=True)
    assert chosen is not None
    assert chosen.name == "conv_forward"
    by_parameters = contract_for("forward", ("A_prev", "W", "b", "hparameters"), chosen=True)
    assert by_parameters is not None
    assert by_parameters.operation == "conv"
