"""The forms in which learners' files come: each is read and run as it should be.

The files that are right or wrong are compared with plain loops; what is wrong with them is named elsewhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from learners import A_PREV, BIAS, FILTERS, FORMS, conv, conv_call

from convstep.check.contracts import Call, Identity, Outcome
from convstep.check.process import Limits
from convstep.check.reading import read
from convstep.check.running import Runner
from convstep.check.submission import Submission, SubmissionError

RIGHT = [
    "notebook_right.ipynb",
    "notebook_two_versions.ipynb",
    "exported_notebook.py",
    "imports_tensorflow.py",
    "infinite_loop_top_level.py",
    "exits.py",
    "reads_stdin.py",
    "prints_a_lot.py",
    "prints_escape_codes.py",
    "plots.py",
    "two_definitions.py",
    "seterr_raise.py",
    "writes_files.py",
    "latin1.py",
    "modifies_argv_threads.py",
]
NO_STRIDE = [
    "notebook_no_stride.ipynb",
    "magics_in_py.py",
    "asserts_at_top_level.py",
    "helpers_elsewhere/conv_forward.py",
]
REFUSED = {
    "notebook_broken.ipynb": "not a notebook: its JSON is broken at line 1, column",
    "syntax_error.py": "syntax_error.py:21:28: a syntax error: expected ':'\n            for h in range(n_H)\n",
    "nbsp.py": "this line has no-break spaces (U+00A0), pasted from a web page or a PDF",
    "tabs_and_spaces.py": "tabs_and_spaces.py:21:1: tabs and spaces are mixed",
    "python2.py": "this is Python 2 (print without brackets, xrange)",
    "empty.py": "there is nothing to check in an empty file",
    "binary.py": "not text: byte 0x80 at 128 is not UTF-8",
}
FAILING = {
    "placeholders_all.py": (
        "not_written",
        "conv_forward is not written yet: lines 13-16 are still as in the template",
        13,
    ),
    "infinite_loop.py": ("timeout", "the loop in infinite_loop.py:23 goes on", None),
    "exits_inside.py": ("error", "conv_forward calls exit(), which ends the whole program", 26),
    "os_exit_inside.py": ("error", "conv_forward gave no answer: it ended the whole program", None),
    "reads_stdin_inside.py": (
        "error",
        "conv_forward waits for input; it must take what it needs from its arguments",
        15,
    ),
    "memory_hog.py": ("limit", "conv_forward needs more memory than it may use here", 18),
    "visible_spaces.py": ("error", "␣ (U+2423) is no plain character", 15),
    "missing_helper.py": ("error", "zero_pad is not defined in this file", 11),
    "recursion.py": ("error", "conv_forward calls itself without an end", 5),
}


def run_form(name: str, call: Call | None = None, limits: Limits | None = None) -> tuple[Submission, Outcome]:
    """Return a file, and what a call of its function gives."""
    source = read(FORMS / name)
    with Runner(source, limits) as runner:
        return source, runner.run([call or conv_call()])[0]


@pytest.mark.parametrize("name", RIGHT)
def test_right_ones_give_the_right_output(name: str) -> None:
    before = sorted((path.name, path.stat().st_mtime_ns) for path in FORMS.iterdir())
    _, found = run_form(name)
    assert found.kind == "value"
    assert np.array_equal(found.value[0], conv(A_PREV, FILTERS, BIAS, 2, 1))
    assert found.changed == ()
    assert "\x1b" not in found.printed
    assert sorted((path.name, path.stat().st_mtime_ns) for path in FORMS.iterdir()) == before


@pytest.mark.parametrize("name", NO_STRIDE)
def test_wrong_ones_give_their_own_wrong_output(name: str) -> None:
    _, found = run_form(name)
    right = conv(A_PREV, FILTERS, BIAS, 2, 1)
    without = conv(A_PREV, FILTERS, BIAS, 1, 1)[:, : right.shape[1], : right.shape[2]]
    assert np.array_equal(found.value[0], without)


@pytest.mark.parametrize(("name", "text"), REFUSED.items())
def test_what_is_no_code_is_said(name: str, text: str) -> None:
    with pytest.raises(SubmissionError) as error:
        read(FORMS / name)
    assert text in str(error.value)


@pytest.mark.parametrize(("name", "expected"), FAILING.items())
def test_what_fails_is_said_with_the_line(name: str, expected: tuple[str, str, int | None]) -> None:
    kind, says, line = expected
    _, found = run_form(name, limits=Limits(call=0.6 if kind == "timeout" else 2.0))
    assert found.error is not None
    assert found.kind == kind
    assert says in found.error.says
    if line is not None:
        assert (found.error.line, found.error.place) == (line, f"{name}:{line}")


def test_memory_that_grows_comes_to_an_end() -> None:
    """On a busy machine the time may be up before the memory is."""
    _, found = run_form("memory_grows.py", limits=Limits(call=2.0))
    assert found.error is not None
    assert found.kind in ("limit", "timeout")
    assert "needs more memory" in found.error.says or "did not end" in found.error.says


def test_functions_in_text_don_t_count_and_methods_have_their_class_s_name() -> None:
    assert read(FORMS / "notebook_markdown_answer.ipynb").functions == ()
    names = [each.name for each in read(FORMS / "class_only.py").functions]
    assert names == ["ConvLayer.__init__", "ConvLayer.forward"]


def test_the_notebook_s_line_is_named_by_its_cell() -> None:
    source, _ = run_form("notebook_no_stride.ipynb")
    line = next(n for n, text in enumerate(source.text.split("\n"), 1) if "h:h + f" in text)
    assert source.place(line) == "cell 4, line 13"


@pytest.mark.parametrize(("name", "earlier"), [("two_definitions.py", (12,)), ("notebook_two_versions.ipynb", (18,))])
def test_earlier_definitions_are_told(name: str, earlier: tuple[int, ...]) -> None:
    function = read(FORMS / name).function("conv_forward")
    assert function is not None
    assert function.earlier == earlier


def test_templates() -> None:
    for name, function, lines in (
        ("placeholders_all.py", "zero_pad", (6,)),
        ("deleted_line.py", "zero_pad", (7,)),
        ("todo_pass.py", "conv_forward_naive", (5,)),
    ):
        arguments: tuple[Any, ...] = (A_PREV, 1) if function == "zero_pad" else (A_PREV, FILTERS, BIAS, {})
        source, found = run_form(name, Call(function, arguments))
        known = source.function(function)
        assert known is not None
        assert (found.kind, known.unwritten) == ("not_written", lines)


def test_a_missing_helper_is_offered() -> None:
    source = read(FORMS / "missing_helper.py")
    function = source.function("conv_forward")
    assert function is not None
    assert function.missing == ("conv_single_step", "zero_pad")
    pad = "def zero_pad(X, pad):\n    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)))\n"
    step = "def conv_single_step(a, W, b):\n    return np.sum(a * W) + b.item()\n"
    with Runner(source) as runner:
        (found,) = runner.run([conv_call()], {"zero_pad": pad, "conv_single_step": step})
    assert np.array_equal(found.value[0], conv(A_PREV, FILTERS, BIAS, 2, 1))


def test_other_signatures() -> None:
    _, found = run_form("other_signature.py", Call("conv_forward", (A_PREV, FILTERS, BIAS), {"stride": 2, "pad": 1}))
    assert np.array_equal(found.value[0], conv(A_PREV, FILTERS, BIAS, 2, 1))
    _, found = run_form(
        "holberton_signature.py", Call("conv_forward", (A_PREV, FILTERS, BIAS, Identity(), "valid", (2, 2)))
    )
    assert np.array_equal(found.value, conv(A_PREV, FILTERS, BIAS, 2, 0))
    x, w = A_PREV.transpose(0, 3, 1, 2), FILTERS.transpose(3, 2, 0, 1)
    _, found = run_form(
        "relative_import.py", Call("conv_forward_naive", (x, w, BIAS.reshape(-1), {"stride": 2, "pad": 1}))
    )
    assert np.array_equal(found.value[0].transpose(0, 2, 3, 1), conv(A_PREV, FILTERS, BIAS, 2, 1))


def test_every_form_is_in_a_test() -> None:
    tested = {*RIGHT, *NO_STRIDE, *REFUSED, *FAILING}
    tested |= {"notebook_markdown_answer.ipynb", "class_only.py", "deleted_line.py", "todo_pass.py"}
    tested |= {"memory_grows.py", "other_signature.py", "holberton_signature.py", "relative_import.py"}
    files = {str(path.relative_to(FORMS)) for path in FORMS.rglob("*") if path.suffix in (".py", ".ipynb")}
    assert files - {"helpers_elsewhere/zero_pad.py", "helpers_elsewhere/conv_single_step.py"} == tested
    assert Path(FORMS / "helpers_elsewhere").is_dir()
