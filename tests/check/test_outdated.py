"""Code that older NumPy took: recognised, told with its line, and run as if it were repaired."""

from __future__ import annotations

import numpy as np
import pytest
from learners import A_PREV, BIAS, FILTERS, called, code, conv, conv_call, outcome, together

from convstep.check.contracts import Call, Ref
from convstep.check.reading import submission
from convstep.check.running import Runner

COURSE = """import numpy as np
def zero_pad(X, pad):
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)), 'constant')
def conv_single_step(a, W, b):
    s = np.multiply(a, W)
    return np.sum(s) + float(b)
def conv_forward(A_prev, W, b, hparameters):
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f, n_C = W.shape[0], W.shape[3]
    stride, pad = hparameters['stride'], hparameters['pad']
    n_H = np.int((n_H_prev - f + 2 * pad) / stride) + 1
    n_W = int((n_W_prev - f + 2 * pad) / stride) + 1
    Z = np.zeros((m, n_H, n_W, n_C), dtype=np.float)
    X = zero_pad(A_prev, pad)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    a = X[i, h * stride:h * stride + f, w * stride:w * stride + f]
                    Z[i, h, w, c] = conv_single_step(a, W[..., c], b[..., c])
    return Z, (A_prev, W, b, hparameters)
"""


def test_the_course_s_own_solution_is_right_and_told_what_is_outdated() -> None:
    found = called(submission(COURSE, "my.py"), conv_call("conv_forward", twice=True))
    assert np.array_equal(found.value[0], conv(A_PREV, FILTERS, BIAS, 2, 1))
    assert found.again is None
    assert [(each.kind, each.line) for each in found.outdated] == [
        ("float_of_array", 6),
        ("np_float", 11),
        ("np_float", 13),
    ]
    assert [each.says for each in found.outdated] == [
        "float() of an array with several axes is refused by today's NumPy: write .item() instead",
        "np.int is gone from NumPy: write int",
        "np.float is gone from NumPy: write float",
    ]


OLD = [
    ("return float(b[..., 0])", 10.0, "float_of_array", ".item()"),
    ("return int(b[..., 1])", 10, "float_of_array", ".item()"),
    ("Z = np.zeros(2)\nZ[1] = b[..., 0]\nreturn float(Z[1])", 10.0, "float_of_array", ".item()"),
    ("Z = np.ones((2, 2))\nZ[0, 1] += b[..., 0]\nreturn Z[0].sum()", 12.0, "float_of_array", ".item()"),
    ("Z = np.ones(3)\nZ[0:1][0] -= b[..., 0]\nreturn Z.sum()", -7.0, "float_of_array", ".item()"),
    ("import math\nreturn math.floor(b[..., 1])", 10, "float_of_array", ".item()"),
    ("return np.float(3)", 3.0, "np_float", "write float"),
    ("return np.int(3.5)", 3, "np_float", "write int"),
    ("return str(np.zeros(1, dtype=np.object).dtype)", "object", "np_float", "write object"),
    ("return np.product([2, 3])", 6, "np_gone", "np.prod"),
    ("return np.lib.pad(b, 1).size", 3 * 3 * 3 * 6, "np_gone", "np.pad"),
    ("return np.asscalar(b[0, 0, 0, :1])", 10.0, "np_gone", "a.item()"),
    ("return np.math.sqrt(4)", 2.0, "np_gone", "math"),
    ("return np.Inf", np.inf, "np_gone", "np.inf"),
    ("return np.alltrue([True])", True, "np_gone", "np.all"),
]


def test_each_kind_is_repaired() -> None:
    told = together([body for body, *_ in OLD])
    for (body, value, kind, repair), (found, start) in zip(OLD, told, strict=True):
        assert found.kind == "value", (body, found.error)
        assert found.value == value
        assert [each.kind for each in found.outdated] == [kind]
        assert repair in found.outdated[0].says
        assert found.outdated[0].line == start + next(n for n, line in enumerate(body.split("\n"), 1) if _is_old(line))


def _is_old(line: str) -> bool:
    return (
        "np.zeros(2)" not in line and "np.ones(" not in line and "import" not in line and "return float(Z" not in line
    )


@pytest.mark.parametrize(
    "body",
    [
        "return float(A_prev)",
        "return float(b)",
        "Z = np.zeros(2)\nZ[0] = A_prev[0]",
        "Z = np.zeros(2)\nZ[0] = [1.0]",
        "return np.nonsense",
        "return np.array([[1], [1, 2]])",
        "return float('x')",
    ],
)
def test_what_older_numpy_refused_too_stays_an_error(body: str) -> None:
    found = outcome(body)
    assert (found.kind, found.outdated) == ("error", ())
    assert found.error is not None
    assert found.error.line == 3 + len(body.split("\n"))


def test_repaired_code_does_what_it_did() -> None:
    body = """
    order = []
    def n(x):
        order.append(x)
        return x
    Z = np.zeros((4, 6))
    Z[n(0), n(1)] = n(5)
    Z[1:3, ::2] += 2
    Z[1:3, 1] -= np.float(1)
    Z[..., -1] *= 3
    Z[3, None, :2] = 7
    table = {}
    table["a"] = [1]
    table["a"] += [2]
    names = {"x": {}}
    names["x"]["y"] = int("3")
    Z[Z > 6] = float("8")
    return Z, order, table, names
    """
    found = outcome(body)
    Z = np.zeros((4, 6))
    Z[0, 1] = 5
    Z[1:3, ::2] += 2
    Z[1:3, 1] -= 1
    Z[..., -1] *= 3
    Z[3, None, :2] = 7
    Z[Z > 6] = 8
    assert np.array_equal(found.value[0], Z)
    assert found.value[1:] == ([5, 0, 1], {"a": [1, 2]}, {"x": {"y": 3}})
    assert [each.kind for each in found.outdated] == ["np_float"]


def test_lines_of_errors_stay_theirs_in_repaired_code() -> None:
    found = outcome("x = np.float(1)\nZ = np.zeros(2)\nZ[5] = 1.0")
    assert found.error is not None
    assert (found.error.type, found.error.line) == ("IndexError", 6)
    assert [each.line for each in found.outdated] == [4]


def test_code_that_repairs_itself_is_not_outdated() -> None:
    found = outcome("return np.zeros(2, dtype=np.float).dtype.name, np.int(3.0)", "np.float = float\nnp.int = int")
    assert found.value == ("float64", 3)
    assert found.outdated == ()


def test_numpy_itself_stays_as_it_is() -> None:
    source = submission(
        "import numpy as np\ndef f(x): return np.float(x)\ndef g(x): return hasattr(np, 'float')\n", "my.py"
    )
    with Runner(source) as runner:
        first, second = runner.run([Call("f", (1,)), Call("g", (1,))])
    assert (first.value, second.value) == (1.0, False)
    assert second.outdated == ()


def test_numpy_under_another_name() -> None:
    source = submission("import numpy\nimport numpy as n\ndef f(x): return n.float(x), numpy.int(x)\n", "my.py")
    found = called(source, Call("f", (1.5,)))
    assert found.value == (1.5, 1)
    assert {each.says.split(" ")[0] for each in found.outdated} == {"np.float", "np.int"}


def test_old_code_is_traced_as_if_repaired() -> None:
    with Runner(submission(COURSE, "my.py")) as runner:
        trace = runner.trace(conv_call("conv_forward"), (1, 2, 3, 1))
    values = dict(pair for line in trace.lines for pair in line.variables)
    assert (trace.how, values["i"], values["h"], values["w"], values["c"]) == ("index", 1, 2, 3, 1)
    assert values["Z[i, h, w, c]"] == conv(A_PREV, FILTERS, BIAS, 2, 1)[1, 2, 3, 1]


# What an earlier call returned


def test_a_backward_pass_gets_the_cache_of_their_own_forward_pass() -> None:
    text = (
        "def forward(x):\n    return x, (x, 'theirs')\ndef fails(x):\n    return x[99]\ndef alone(x):\n    return x\n"
        "def ends(x):\n    import os\n    os._exit(1)\n"
        "def backward(d, cache):\n    return d, cache[1], cache[0] is None\n"
    )
    ours = (None, "ours")
    calls = [
        Call("forward", (5,)),
        Call("fails", ((1,),)),
        Call("alone", (5,)),
        Call("backward", (1, Ref(0, 1, ours))),
        Call("backward", (2, Ref(1, 1, ours))),
        Call("backward", (3, Ref(2, 1, ours))),
        Call("ends", (5,)),
        Call("backward", (4, Ref(0, 1, ours))),
    ]
    with Runner(submission(text, "my.py")) as runner:
        found = runner.run(calls)
    assert [each.value for each in found if each.kind == "value"][2:] == [
        (1, "theirs", False),
        (2, "ours", True),
        (3, "ours", True),
        (4, "theirs", False),  # made anew, in a new child
    ]


def test_a_cache_that_is_changed_is_named() -> None:
    text = "def forward(x):\n    return x, (x,)\ndef backward(d, cache):\n    cache[0][0] = 7\n    return d\n"
    calls = [Call("forward", (np.ones(3),)), Call("backward", (1, Ref(0, 1, ())))]
    with Runner(submission(text, "my.py")) as runner:
        assert runner.run(calls)[1].changed == (1,)


def test_several_runs_in_one_child_start_anew() -> None:
    source = code("count.append(1)\nreturn len(count)", "count = []")
    with Runner(source) as runner:
        values = [[each.value for each in runner.run([conv_call("f")] * 2)] for _ in range(2)]
    assert values == [[1, 2], [1, 2]]
