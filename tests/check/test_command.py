"""`convstep check`: text, JSON, hints, cases, exit codes."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted.pool import POOL_LOOPS

from convstep.check.case import case
from convstep.check.contracts import contract_for
from convstep.cli import main
from convstep.errors import ConvstepError

HERE = Path(__file__).parent
RIGHT, WRONG, FORMS = HERE / "files" / "right", HERE / "files" / "wrong", HERE / "forms"
Capture = pytest.CaptureFixture[str]


def run(*args: str | Path) -> int:
    """Return the exit code of the command."""
    try:
        return int(main(["check", *map(str, args)]) or 0)
    except SystemExit as end:
        return int(end.code or 0)


GOLDEN = {
    RIGHT / "views.py": """\
zero_pad       right on 4 probes
conv_forward   right on 9 probes
""",
    WRONG / "loops_stride_missing.py": """\
zero_pad           right on 4 probes
conv_single_step   right on 3 probes
conv_forward       wrong values from #3 on: Z[0, 0, 1, 0] = −70.375, and should be 0.5625
                   3x3 filter on 7x5x1, stride 2, pad 0: your window covers cols 1–3, the right one cols 2–4
                   loops_stride_missing.py:31   horiz_start = w   → 1, should be 2
                   The stride is missing where the window starts, in rows and columns. At stride 1 nobody notices.
                   (Wrong on 5 of 9 probes.)
                   Your windows start at rows 0, 1, 2; they should start at 0, 2, 4.
                   Your windows start at columns 0, 1, 2, 3; they should start at 0, 2, 4, 6.
""",
    WRONG / "poolviews_sum_for_mean.py": """\
pool_forward   wrong values from #1 on: A[0, 0, 0, 0] = 2.5, and should be 0.625
               2x2 window on 2x2x1, stride 2
               The average is not divided by the number of values.
               (Wrong on 5 of 10 probes.)
""",
    WRONG / "tensordot_input_changed.py": """\
conv_forward   wrong values from #1 on: Z[0, 0, 0, 0] = −5.29167, and should be −2.375
               3x3 filter on 3x3x1, stride 1, pad 0
               tensordot_input_changed.py:18   Z[:, h, w, :] = np.tensordot(patch, W, axes=([1, 2, 3], [0,…
               The function changes its input in place. Where the input isn't used again nobody notices.
               (Wrong on all 9 probes.)
""",
    WRONG / "cb_mean_over_batch.py": """\
conv_backward   wrong values: dW[0, 0, 0, 0] = 822.188, and should be 1644.38
                3x3 filter on 6x9x2, stride 2, pad 1
                dW is averaged over the examples, and should be their sum. With one example nobody notices.
                db is averaged over the examples, and should be their sum. With one example nobody notices.
                (Wrong on 2 of 8 probes.)
""",
    WRONG / "zp_pads_every_axis.py": """\
zero_pad   wrong shape: the shape of X_pad is (3, 4, 5, 3), and should be (1, 4, 5, 1) (pad 1, a wide map)
           Every axis is padded, examples and channels too. Without padding nobody notices.
           (Wrong on 3 of 4 probes.)
""",
    WRONG / "cf_no_return.py": """\
conv_forward   not written yet
               The function returns nothing: the return is missing, or a part is still None.
""",
    FORMS / "placeholders_all.py": """\
zero_pad       placeholders_all.py:6: zero_pad is not written yet: line 6 is still as in the template
conv_forward   placeholders_all.py:13: conv_forward is not written yet: lines 13-16 are still as in the template
""",
    FORMS / "notebook_two_versions.ipynb": """\
zero_pad           right on 4 probes
conv_single_step   right on 3 probes
conv_forward       right on 9 probes
                   There are two definitions; the last one, in cell 5, line 2, counts.
""",
    FORMS / "missing_helper.py": """\
conv_forward   missing_helper.py:11: NameError: name 'zero_pad' is not defined (zero_pad is not defined in this file)
               (one window, one channel)
               3x3 filter on 3x3x1, stride 1, pad 0
               zero_pad is not in this file.
               conv_single_step is not in this file.
               With convstep's own zero_pad, conv_single_step it is right.
""",
}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_text(path: Path, capsys: Capture) -> None:
    code = run(path)
    assert capsys.readouterr().out == GOLDEN[path]
    assert code == (0 if "right on" in GOLDEN[path].rstrip().split("\n")[-1] or "two_versions" in path.name else 1)


def test_hints_tell_more_and_more(capsys: Capture) -> None:
    told = []
    for hint in range(4):
        run(WRONG / "loops_stride_missing.py", "--function", "conv_forward", "--hint", str(hint))
        told.append(capsys.readouterr().out)
    assert "stride is missing" not in told[0]
    assert "stride is missing" in told[1]
    assert "horiz_start = w" not in told[1]
    assert "horiz_start = w   → 1, should be 2" in told[2]
    assert "Instead: vert_start = h * stride" not in told[2]
    assert "Instead: vert_start = h * stride" in told[3]
    assert all("Z[0, 0, 1, 0]" in text for text in told)


def as_json(capsys: Capture, *args: str | Path) -> Any:
    """Return what the command prints as JSON."""
    run(*args, "--json")
    return json.loads(capsys.readouterr().out)


def test_json(capsys: Capture) -> None:
    path = WRONG / "old_and_stride.py"
    told = as_json(capsys, path, "--function", "conv_forward")
    assert told["file"] == str(path)
    (function,) = told["functions"]
    assert {"function", "verdict", "mistakes", "outdated", "first", "probes", "skipped"} <= function.keys()
    assert (function["function"], function["verdict"]) == ("conv_forward", "wrong")
    says = "the window starts at row h, and should start at row h * stride"
    assert function["mistakes"] == [[{"kind": "stride_rows_missing", "says": says}]]
    assert [(old["kind"], old["line"]) for old in function["outdated"]] == [("float_of_array", 11)]
    first = function["first"]
    assert (first["index"], first["got"], first["expected"]) == ([0, 1, 0, 0], -94.0625, 109.75)
    assert first["probe"] == "stride 2, a tall map, nothing left over"
    assert [probe["passed"] for probe in function["probes"]].count(False) == 4
    assert all(probe.keys() == {"name", "passed", "why"} for probe in function["probes"])


def test_a_wrong_helper_is_the_cause(capsys: Capture) -> None:
    told = as_json(capsys, WRONG / "cf2_no_stride_bias_per_element.py")["functions"]
    assert [each["function"] for each in told] == ["zero_pad", "conv_single_step", "conv_forward"]
    helper, caller = told[1], told[2]
    assert [[each["kind"] for each in one] for one in helper["mistakes"]] == [["bias_per_tap"]]
    assert caller["cause"] == "conv_single_step"
    assert [{each["kind"] for each in one} for one in caller["mistakes"]] == [{"bias_per_tap", "stride_missing"}]


def test_a_case_of_ones_own(tmp_path: Path, capsys: Capture) -> None:
    rng = np.random.default_rng(0)
    A, W, b = (rng.integers(-4, 5, shape) / 2 for shape in ((2, 7, 5, 2), (3, 3, 2, 3), (1, 1, 1, 3)))
    np.savez(tmp_path / "case.npz", A_prev=A, W=W, b=b, stride=2, pad=1)
    case = ("--case", tmp_path / "case.npz")
    (told,) = as_json(capsys, WRONG / "im2col_bias_index_wrong.py", "--function", "conv_forward", *case)["functions"]
    assert told["first"]["index"] == [0, 0, 0, 1]
    assert [probe["name"] for probe in told["probes"]] == ["case.npz"]
    assert run(RIGHT / "views.py", "--function", "conv_forward", *case) == 0


def test_a_case_is_for_the_named_function_alone(tmp_path: Path, capsys: Capture) -> None:
    A = np.arange(70.0).reshape(1, 7, 5, 2)
    np.savez(tmp_path / "case.npz", A_prev=A, W=np.ones((3, 3, 2, 1)), b=np.zeros(1), stride=2, pad=1)
    path = WRONG / "loops_stride_missing.py"
    told = as_json(capsys, path, "--function", "conv_forward", "--case", tmp_path / "case.npz")["functions"]
    assert [(each["function"], each["first"]["index"]) for each in told] == [("conv_forward", [0, 0, 1, 0])]


def test_functions_that_a_case_does_not_fit_are_said(tmp_path: Path, capsys: Capture) -> None:
    np.savez(tmp_path / "case.npz", A_prev=np.ones((1, 7, 5, 2)), W=np.ones((3, 3, 2, 1)), pad=1)
    path = tmp_path / "mine.py"
    path.write_text((WRONG / "loops_stride_missing.py").read_text() + POOL_LOOPS)
    assert run(path, "--case", tmp_path / "case.npz") == 0
    assert (
        capsys.readouterr().out
        == """\
zero_pad           right on 1 probe
conv_forward       right on 1 probe
conv_single_step   not asked (a_slice_prev or W: expected a window and a filter of 3 axes)
pool_forward       not asked (case: there is no f)
"""
    )


def test_a_case_with_errors(tmp_path: Path, capsys: Capture) -> None:
    A = np.arange(24.0).reshape(1, 4, 6, 1)
    np.savez(tmp_path / "case.npz", A_prev=A, W=np.ones((2, 2, 1, 1)), b=np.zeros(1), stride=1, pad=0)
    args = (WRONG / "cf_swap_loops.py", "--case", tmp_path / "case.npz")
    (told,) = as_json(capsys, *args)["functions"]
    assert told["verdict"] == "error"
    assert told["first"]["index"] == "IndexError"
    (tmp_path / "broken.npz").write_bytes(b"no zip")
    assert run(WRONG / "cf_swap_loops.py", "--case", tmp_path / "broken.npz") == 2
    assert run(WRONG / "cf_swap_loops.py", "--case", tmp_path / "none.npz") == 2
    np.savez(tmp_path / "odd.npz", A_prev=np.array([{}], dtype=object))
    assert run(WRONG / "cf_swap_loops.py", "--case", tmp_path / "odd.npz") == 2
    assert "Traceback" not in capsys.readouterr().err


def test_junit(tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "out.xml"
    assert run(WRONG / "loops_stride_missing.py", "--junit", target) == 1
    suites = ElementTree.parse(target).getroot()
    counts = [(suite.get("tests"), suite.get("failures")) for suite in suites]
    assert counts == [("4", "0"), ("3", "0"), ("9", "5")]
    failure = suites[2].find(".//failure")
    assert failure is not None
    assert "Z[0, 0, 1, 0]" in str(failure.get("message"))
    assert run(RIGHT / "views.py", "--junit", tmp_path / "no" / "folder.xml") == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["binary.py", "empty.py", "class_only.py", "nbsp.py", "notebook_broken.ipynb", "none.py"]
)
def test_files_that_cannot_be_checked(name: str, capsys: Capture) -> None:
    assert run(FORMS / name) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert name in told.err
    assert "Traceback" not in told.err


def test_a_function_that_is_not_there(capsys: Capture) -> None:
    assert run(RIGHT / "views.py", "--function", "conv_forwards") == 2
    assert "Did you mean 'conv_forward'?" in capsys.readouterr().err


METHOD = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Layer:
    def conv_forward(self, A_prev, W, b, hparameters):
        s, p = hparameters["stride"], hparameters["pad"]
        X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
        windows = sliding_window_view(X, W.shape[:2], axis=(1, 2))[:, ::s, ::s]
        return np.einsum("mhwcij,ijck->mhwk", windows, W) + b
"""


def test_a_method_that_is_named(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "layer.py"
    path.write_text(METHOD)
    assert run(path, "--function", "Layer.conv_forward") == 0
    assert "Layer.conv_forward   right on 9 probes" in capsys.readouterr().out
    path.write_text(METHOD.replace("[:, ::s, ::s]", "[:, :, ::s]"))
    assert run(path, "--function", "Layer.conv_forward") == 1


def test_a_folder(tmp_path: Path, capsys: Capture) -> None:
    for name in ("loops_stride_missing.py", "poolviews_sum_for_mean.py", "cb_mean_over_batch.py"):
        (tmp_path / name).write_text((WRONG / name).read_text())
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "views.py").write_text((RIGHT / "views.py").read_text())
    (tmp_path / "nothing.py").write_text("x = 1\n")
    assert run(tmp_path, "--jobs", "2") == 1
    told = capsys.readouterr().out.split("\n")
    assert told[:5] == [
        "cb_mean_over_batch.py: conv_backward wrong (dW_averaged + db_averaged)",
        "deeper/views.py: zero_pad right, conv_forward right",
        "loops_stride_missing.py: zero_pad right, conv_single_step right, conv_forward wrong (stride_missing)",
        "nothing.py: there is no function that check knows",
        "poolviews_sum_for_mean.py: pool_forward wrong (sum_for_mean)",
    ]
    assert told[6] == "1 of 5 files are right."
    assert "1  the stride is missing where the window starts, in rows and columns" in told
    data = as_json(capsys, tmp_path)
    assert [each["file"] for each in data][-1] == "poolviews_sum_for_mean.py"
    assert data[3]["refused"] == "there is no function that check knows"
    assert run(tmp_path, "--jobs", "0") == 2
    assert run(tmp_path / "deeper") == 0
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty") == 2


def test_the_readme_shows_a_real_session(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_conv.py").write_text((WRONG / "loops_stride_missing.py").read_text())
    monkeypatch.chdir(tmp_path)
    run("my_conv.py")
    told = f"$ convstep check my_conv.py\n{capsys.readouterr().out}"
    assert f"```text\n{told}```" in (HERE.parents[1] / "README.md").read_text()


def test_a_net_gives_the_probes(capsys: Capture) -> None:
    path, strided = WRONG / "loops_stride_missing.py", ("--set", "conv1.stride=2")
    assert run(path, "--net", "photo") == 0
    said = capsys.readouterr().out.split("\n")
    assert said[0] == "conv_forward       right on 2 probes"
    assert said[1] == "zero_pad           not asked (--net: no layer of photo can be asked of zero_pad)"
    alone = (path, "--function", "conv_forward")
    assert run(*alone, "--net", "photo", *strided) == 1
    assert (
        capsys.readouterr().out
        == """\
conv_forward   wrong values from #9 on: Z[0, 0, 1, 0] = −0.0316993, and should be −0.0349673
               4x4 filter on 64x64x3, stride 2, pad 1
               loops_stride_missing.py:31   horiz_start = w   → 1, should be 2
               The stride is missing where the window starts, in rows and columns. At stride 1 nobody notices.
               (Wrong on 1 of 2 probes.)
"""
    )
    (told,) = as_json(capsys, path, "--net", "photo:conv1", *strided)["functions"]
    assert [probe["name"] for probe in told["probes"]] == ["conv1 of photo"]
    assert told["line"] == {
        "place": "loops_stride_missing.py:31",
        "text": "horiz_start = w",
        "variable": "horiz_start",
        "value": "1",
        "expected": "2",
    }


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--net", "nosuch"), "there is no such file"),
        (("--net", "photo:nosuch"), "there is no layer 'nosuch'"),
        (("--net", "photo:relu1"), "relu1: conv_forward does not compute a layer of kind relu"),
        (("--net", "wide"), "conv1: its windows are 5x100, and conv_forward takes square ones"),
        (("--net", "photo", "--case", "x.npz"), "not both"),
        (("--set", "conv1.stride=2"), "there is none"),
    ],
)
def test_nets_that_cannot_be_asked_for(given: tuple[str, ...], says: str, capsys: Capture) -> None:
    assert run(RIGHT / "views.py", *given) == 2
    told = capsys.readouterr()
    assert (told.out, "Traceback" in told.err) == ("", False)
    assert says in told.err


CASE: dict[str, Any] = {"A_prev": np.ones((1, 4, 4, 1)), "W": np.ones((3, 3, 1, 2)), "b": np.ones(2), "stride": 1}


@pytest.mark.parametrize(
    ("function", "changes", "says"),
    [
        ("conv_forward", {"stride": (1, 2)}, "stride: conv_forward takes one number for rows and columns, got (1, 2)"),
        ("conv_forward", {"stride": -1}, "stride: expected at least 1, got -1"),
        ("conv_forward", {"b": np.ones(5)}, "b: expected a bias for each of 2 filters, got 5"),
        ("conv_forward", {"A_prev": np.ones((0, 4, 4, 1))}, "A_prev: it holds no values"),
        ("conv_forward", {"A_prev": np.ones((1, 2, 2, 1))}, "the window is larger than the padded input"),
        ("conv_backward", {"dZ": np.ones((1, 2, 2, 3))}, "dZ or dA: its shape, channels last, should be (1, 2, 2, 2)"),
        ("pool_forward", {}, "there is no f"),
        ("pool_forward", {"f": 2, "mode": "best"}, "mode: expected max or average, got 'best'"),
    ],
)
def test_cases_that_cannot_be_asked(function: str, changes: dict[str, Any], says: str) -> None:
    contract = contract_for(function)
    assert contract is not None
    with pytest.raises(ConvstepError) as raised:
        case(contract, CASE | changes)
    assert says in str(raised.value)


def test_a_case_with_nan_is_compared(tmp_path: Path, capsys: Capture) -> None:
    np.savez(tmp_path / "nan.npz", **(CASE | {"A_prev": np.full((1, 4, 4, 1), np.nan), "pad": 0}))
    assert run(RIGHT / "views.py", "--case", tmp_path / "nan.npz") == 0
    np.save(tmp_path / "one.npy", np.ones(3))
    assert run(RIGHT / "views.py", "--case", tmp_path / "one.npy") == 2
    assert "it holds one array without a name" in capsys.readouterr().err


def test_functions_that_cannot_be_called_so(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.py"
    path.write_text("def pool_forward(x):\n    return x\n")
    assert run(path) == 2
    assert "mine.py:1: pool_forward(x) takes other arguments than check can give it" in capsys.readouterr().err
    path.write_text(path.read_text() + (RIGHT / "views.py").read_text())
    told = as_json(capsys, path)["functions"]
    assert [(each["function"], each["verdict"]) for each in told][-1] == ("pool_forward", "error")


def test_alternatives_are_few(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "import numpy as np\ndef conv_forward(A_prev, W, b, hparameters):\n    return np.zeros((1, 1, 1, 1))\n"
    )
    np.savez(tmp_path / "case.npz", A_prev=np.zeros((1, 3, 3, 1)), W=np.ones((3, 3, 1, 1)), b=np.ones(1), pad=0)
    assert run(path, "--case", tmp_path / "case.npz") == 1
    assert len(capsys.readouterr().out.split("\n")) < 20
