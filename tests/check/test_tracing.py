"""One window of a learner's function, followed line by line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from learners import A_PREV, BIAS, FILTERS, QUICK, conv, conv_call
from planted.backward import POOL_LOOPS

from convstep.check.checking import check_file
from convstep.check.contracts import Call
from convstep.check.live import Line, Live
from convstep.check.reading import submission
from convstep.check.running import Runner, Shape, Trace
from convstep.report.beside import text_of

SHAPE = (2, 3, 4, 4)
HEAD = """import numpy as np
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters['stride'], hparameters['pad']
    m, H, V, C = A_prev.shape
    f, _, _, n_C = W.shape
    n_H, n_W = (H + 2 * pad - f) // stride + 1, (V + 2 * pad - f) // stride + 1
    X = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
"""
LOOPS = (
    HEAD
    + """    Z = np.zeros((m, n_H, n_W, n_C))
    for i in range(m):
        for h in range(n_H):
            vert_start = h * stride
            vert_end = vert_start + f
            for w in range(n_W):
                horiz_start = w * stride
                horiz_end = horiz_start + f
                for c in range(n_C):
                    a_slice = X[i, vert_start:vert_end, horiz_start:horiz_end]
                    Z[i, h, w, c] = np.sum(a_slice * W[..., c]) + b[0, 0, 0, c]
    return Z, None
"""
)


def traced(text: str, index: tuple[int, ...], call: Call | None = None, **options: Any) -> Trace:
    """Return one call's trace; the last file's child is asked again if it is the same file."""
    return runner_of(text).trace(call or conv_call(), index, options.pop("shape", SHAPE), **options)


runners: dict[str, Runner] = {}


def runner_of(text: str) -> Runner:
    """Return a file, ready to be called; the one before is closed."""
    if text not in runners:
        close_runners()
        runners[text] = Runner(submission(text, "my.py"), QUICK)
    return runners[text]


@pytest.fixture(scope="module", autouse=True)
def _closing() -> Iterator[None]:
    yield
    close_runners()


def close_runners() -> None:
    for runner in runners.values():
        runner.close()
    runners.clear()


def values(trace: Trace) -> dict[str, Any]:
    """Return what the lines bound, the last value of each name."""
    return {name: value for line in trace.lines for name, value in line.variables}


@pytest.mark.parametrize("index", list(np.ndindex(*SHAPE))[::7])
def test_the_variables_are_those_of_the_window(index: tuple[int, int, int, int]) -> None:
    trace = traced(LOOPS, index)
    i, h, w, c = index
    found = values(trace)
    assert (trace.how, trace.line, trace.windows, trace.raised) == ("index", 18, 1, "")
    assert [found[name] for name in ("i", "h", "w", "c")] == [i, h, w, c]
    assert [found[name] for name in ("vert_start", "vert_end", "horiz_start", "horiz_end")] == [
        2 * h,
        2 * h + 3,
        2 * w,
        2 * w + 3,
    ]
    padded = np.pad(A_PREV, ((0, 0), (1, 1), (1, 1), (0, 0)))
    assert np.array_equal(found["a_slice"], padded[i, 2 * h : 2 * h + 3, 2 * w : 2 * w + 3])
    assert found["Z[i, h, w, c]"] == conv(A_PREV, FILTERS, BIAS, 2, 1)[index]
    assert found["Z"] == Shape(SHAPE, "float64")
    assert dict(trace.variables)["horiz_start"] == 2 * w
    assert [line.line for line in trace.lines] == list(range(3, 19))


SUM = "np.sum(X[i, h*2:h*2+f, w*2:w*2+f] * W[..., c]) + b[0, 0, 0, c]"
PART = "np.tensordot(X[i, h*2:h*2+f, w*2:w*2+f], W, 3) + b[0, 0, 0]"
BATCH = "np.tensordot(X[:, h*2:h*2+f, w*2:w*2+f], W, 3) + b[0, 0, 0]"
MAP = "(X[:, h*2:h*2+f, w*2:w*2+f] * W[..., c]).sum((1, 2, 3)) + b[0, 0, 0, c]"
ROWS_COLS = "for h in range(n_H):\nfor w in range(n_W):\n"
ALL = f"for i in range(m):\n{ROWS_COLS}for c in range(n_C):\n"


def nested(loops: str, last: str) -> str:
    """Return loops, each inside the one before, and what the innermost does."""
    lines = [*loops.split("\n")[:-1], last]
    return "".join("    " * depth + line + "\n" for depth, line in enumerate(lines))


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (nested(ROWS_COLS, f"Z[:, h, w] = {BATCH}") + "return Z", "hw"),
        (nested(f"for c in range(n_C):\n{ROWS_COLS}", f"Z[..., h, w, c] = {MAP}") + "return Z, 1", "hwc"),
        (f"for i, h, w, c in np.ndindex(*Z.shape):\n    at = (i, h, w, c)\n    Z[at] = {SUM}\nreturn Z", "ihwc"),
        (nested(f"{ROWS_COLS}for i in range(m):\n", f"Z[i][h][w][:] = {PART}") + "return Z", "ihw"),
        (nested(ALL, f"z = Z[i]; z[h, w, c] = {SUM}") + "return Z", "ihwc"),
        (
            "Y = np.zeros((m, n_C, n_H, n_W))\n"
            + nested(ALL, f"Y[i, c, h, w] = {SUM}")
            + "return np.ascontiguousarray(Y.transpose(0, 2, 3, 1))",
            "ihwc",
        ),
        ("out = []\n" + nested(ALL, f"out.append({SUM})") + "return np.array(out).reshape(Z.shape)", "ihwc"),
        (
            "i = 0\nwhile i < m:\n"
            + "".join(f"    {line}\n" for line in nested(ROWS_COLS, f"Z[i, h, w] = {PART}").split("\n"))
            + "    i += 1\nreturn Z",
            "ihw",
        ),
    ],
)
def test_the_window_is_found_in_many_styles(body: str, names: str) -> None:
    text = HEAD + "    Z = np.zeros((m, n_H, n_W, n_C))\n" + "".join(f"    {line}\n" for line in body.split("\n"))
    for index in ((0, 0, 1, 0), (1, 2, 3, 1), (1, 0, 2, 3)):
        trace = traced(text, index)
        assert trace.how == ("count" if "append" in body else "index")
        wanted = dict(zip("ihwc", index, strict=True))
        found = dict(trace.variables)
        assert {name: found[name] for name in names} == {name: wanted[name] for name in names}


def test_code_without_loops_is_one_window() -> None:
    text = HEAD + (
        "    windows = np.lib.stride_tricks.sliding_window_view(X, (f, f), axis=(1, 2))[:, ::2, ::2]\n"
        "    Z = np.einsum('mhwkpq,pqkc->mhwc', windows, W)\n    return Z\n"
    )
    trace = traced(text, (1, 2, 3, 1))
    assert trace.how == "whole"
    assert values(trace)["windows"] == Shape((2, 3, 4, 2, 3, 3), "float64")


def test_lines_of_other_rounds_are_left_out() -> None:
    text = """def f(n):
    Z = [0] * n
    for h in range(n):
        if h == 0:
            first = 1
        else:
            other = h
            for k in range(2):
                inner = k
        Z[h] = h
        after = h
    return Z
"""
    assert [line.line for line in traced(text, (0,), Call("f", (3,)), shape=(3,)).lines] == [2, 3, 4, 5, 10]
    assert [line.line for line in traced(text, (2,), Call("f", (3,)), shape=(3,)).lines] == [2, 3, 4, 7, 8, 9, 10]


def test_a_sum_that_is_built_in_the_output_is_told_at_its_end() -> None:
    text = """import numpy as np
def f(a):
    Z = np.zeros(3)
    for h in range(3):
        for k in range(4):
            Z[h] += a[h, k]
    return Z
"""
    a = np.arange(12).reshape(3, 4) / 4
    trace = traced(text, (1,), Call("f", (a,)), shape=(3,))
    assert trace.windows == 4
    assert values(trace)["Z[h]"] == a[1].sum()
    assert values(trace)["k"] == 3


def test_helpers_are_followed_too_and_comprehensions_are_not() -> None:
    text = """import numpy as np
def step(a):
    total = a + 1
    return total
def f(x):
    Z = np.zeros(4)
    sizes = [n for n in range(3)]
    for h in range(4):
        Z[h] = step(h)
    return Z
"""
    trace = traced(text, (2,), Call("f", (1,)), shape=(4,))
    assert [(line.function, line.line) for line in trace.lines] == [
        ("step", 3), ("step", 4), ("f", 6), ("f", 7), ("f", 8), ("f", 9),
    ]  # fmt: skip
    assert values(trace)["total"] == 3


def test_a_backward_pass_is_followed_by_the_place_it_reads() -> None:
    text = """import numpy as np
def conv_backward(dZ, cache):
    m, n_H, n_W, n_C = dZ.shape
    dA = np.zeros((m, 9, 9, 2))
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    vert_start = h
                    dA[i, vert_start:vert_start + 3, w * 2:w * 2 + 3] += dZ[i, h, w, c]
    return dA, 1, 2
"""
    dZ = np.arange(1, 2 * 3 * 4 * 2 + 1).reshape(2, 3, 4, 2) / 4
    trace = traced(text, (1, 2, 0, 1), Call("conv_backward", (dZ, ())), argument=0, shape=dZ.shape)
    found = values(trace)
    assert (trace.how, found["i"], found["h"], found["w"], found["c"], found["vert_start"]) == ("index", 1, 2, 0, 1, 2)


def test_a_call_that_fails_is_told_up_to_there() -> None:
    trace = traced(LOOPS.replace("np.zeros((m, n_H, n_W, n_C))", "np.zeros((m, n_W, n_H, n_C))"), (0, 2, 3, 0))
    assert trace.raised == "IndexError"
    assert values(trace)["w"] == 3
    assert trace.how == "whole"


def test_a_call_that_does_not_end_or_ends_the_child_has_no_trace() -> None:
    for body in ("while True: pass", "import os\n    os._exit(1)"):
        trace = traced(f"def f(x):\n    {body}\n    return x\n", (0,), Call("f", (1,)))
        assert trace.lines == ()


def test_a_trace_leaves_the_runner_as_it_was() -> None:
    with Runner(submission(LOOPS, "my.py")) as runner:
        before = runner.run([conv_call()])[0].value[0]
        runner.trace(conv_call(), (0, 0, 0, 0), SHAPE)
        assert np.array_equal(runner.run([conv_call()])[0].value[0], before)


def live(code: str, name: str, tmp_path: Path) -> Live:
    """Return a function's code at the first wrong window."""
    (tmp_path / "my.py").write_text(code)
    found = check_file(tmp_path / "my.py", name).functions[0].live
    assert found is not None
    return found


def judged(found: Live) -> dict[str, tuple[str, str]]:
    """Return what variables are, and what they should be."""
    bound = [variable for line in found.at.lines for variable in line.variables if variable.expected is not None]
    return {variable.name: (text_of(variable.value), text_of(variable.expected)) for variable in bound}


def test_variables_stand_beside_what_they_should_be(tmp_path: Path) -> None:
    code = LOOPS.replace("a_slice", "a_slice_prev").replace("horiz_start = w * stride", "horiz_start = w")
    found = live(code, "conv_forward", tmp_path)
    assert found.at.index == (0, 0, 1, 0)
    assert judged(found) == {
        "n_H": ("3", "3"),
        "n_W": ("2", "2"),
        "vert_start": ("0", "0"),
        "vert_end": ("3", "3"),
        "horiz_start": ("1", "2"),
        "horiz_end": ("4", "5"),
        "a_slice_prev": ("rows 0–2, cols 1–3", "rows 0–2, cols 2–4"),
        "Z[i, h, w, c]": ("−70.375", "0.5625"),
    }
    assert found.look == Line("my.py:14", "horiz_start = w", "horiz_start", "1", "2")


BACKWARD = """import numpy as np
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad = hparameters['stride'], hparameters['pad']
    m, H, V, C = A_prev.shape
    f, _, _, n_C = W.shape
    _, n_H, n_W, _ = dZ.shape
    X = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    dX, dW, db = np.zeros(X.shape), np.zeros(W.shape), np.zeros((1, 1, 1, n_C))
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    vert_start = h * stride
                    vert_end = vert_start + f
                    horiz_start = w * stride
                    horiz_end = horiz_start + f
                    a_slice = X[i, vert_start:vert_end, horiz_start:horiz_end]
                    dX[i, vert_start:vert_end, horiz_start:horiz_end] += W[..., c] * dZ[i, h, w, c]
                    dW[..., c] += a_slice * dZ[i, h, w, c]
                    db[..., c] += dZ[i, h, w, c]
    return dX[:, pad:pad + H, pad:pad + V], dW, db
"""


@pytest.mark.parametrize(
    ("old", "new", "look"),
    [
        ("horiz_start = w * stride", "horiz_start = w", Line("my.py:16", "horiz_start = w", "horiz_start", "1", "2")),
        ("vert_start = h * stride", "vert_start = h", Line("my.py:14", "vert_start = h", "vert_start", "1", "2")),
        ("dW[..., c] +=", "dW[..., c] =", Line("my.py:20", "dW[..., c] = a_slice * dZ[i, h, w, c]")),
        ("db[..., c] +=", "db[..., c] =", Line("my.py:21", "db[..., c] = dZ[i, h, w, c]")),
    ],
)
def test_backward_passes_have_their_line(tmp_path: Path, old: str, new: str, look: Line) -> None:
    assert live(BACKWARD.replace(old, new), "conv_backward", tmp_path).look == look


def test_pools_and_plain_functions_have_their_line(tmp_path: Path) -> None:
    pool = live(POOL_LOOPS.replace("y, x = h * stride, w * stride", "y, x = h, w"), "pool_backward", tmp_path)
    assert pool.look is not None
    assert pool.look.text == "a = A_prev[i, y:y + f, x:x + f, c]"
    plain = live(
        "import numpy as np\ndef conv2d(image, kernel):\n    k, l = kernel.shape\n"
        "    Z = np.zeros((image.shape[0] - k + 1, image.shape[1] - l + 1))\n"
        "    for i, j in np.ndindex(*Z.shape):\n        patch = image[j:j + k, i:i + l]\n"
        "        Z[i, j] = (patch * kernel[:patch.shape[0], :patch.shape[1]]).sum()\n    return Z\n",
        "conv2d",
        tmp_path,
    )
    assert plain.at.index == (0, 0, 1, 0)
    assert judged(plain)["patch"] == ("rows 1–3, cols 0–2", "rows 0–2, cols 1–3")


def test_nothing_of_the_end_of_a_call_is_taken_for_a_window(tmp_path: Path) -> None:
    code = LOOPS.replace("range(n_H)", "range(0, n_H, stride)").replace("range(n_W)", "range(0, n_W, stride)")
    found = live(code.replace("h * stride", "h").replace("w * stride", "w"), "conv_forward", tmp_path)
    assert (found.at.whole, found.look) == (True, None)
    assert judged(found).keys() == {"n_H", "n_W"}


def test_an_error_is_told_at_the_window_that_was_reached(tmp_path: Path) -> None:
    code = LOOPS.replace("for w in range(n_W)", "for w in range(n_W + 1)")
    assert live(code, "conv_forward", tmp_path).look is None
    beyond = LOOPS.replace("range(m)", "range(m + 1)").replace("a_slice = X[i", "patch = X[:")
    beyond = beyond.replace("Z[i, h, w, c] = ", "A_prev[i]; kept = ").replace("a_slice *", "patch[0] *")
    assert live(beyond, "conv_forward", tmp_path).at.whole
