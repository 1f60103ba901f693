"""A learner's function beside the right one: its output, its windows and its lines on one probe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import oracle
import pytest
from learners import conv

from convstep.check.beside import Beside
from convstep.check.comparing import network_of
from convstep.check.contracts import KNOWN, Contract
from convstep.check.live import LiveLine
from convstep.check.opening import STEPPED, Opened, open_function
from convstep.check.probes import probes
from convstep.check.variables import Variable
from convstep.report.beside import both_values, change, line_value, shown_lines, verdict

WRONG = Path(__file__).parent / "files" / "wrong"
STRIDE = WRONG / "loops_stride_missing.py"
COURSE = ("conv_single_step", "conv_forward", "pool_forward", "conv_forward_naive", "max_pool_forward_naive")
PLAIN = """
import numpy as np

def conv2d(image, kernel, stride=1):
    (f, g), (H, V) = kernel.shape, image.shape
    out = np.zeros(((H - f) // stride + 1, (V - g) // stride + 1))
    for h in range(out.shape[0]):
        for w in range(out.shape[1]):
            out[h, w] = np.sum(image[h * stride:h * stride + f, w:w + g] * kernel)
    return out
"""


@contextmanager
def opened(file: Path, last: Beside | None = None) -> Iterator[Opened]:
    _, found = open_function(file, last=last)
    assert found is not None
    try:
        yield found
    finally:
        found.close()


def changed(folder: Path, *changes: tuple[str, str], file: Path = STRIDE) -> Path:
    """Write a file with some changes, and return its path."""
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "mine.py"
    path.write_text(text, encoding="utf-8")
    return path


def text(parts: Any) -> str:
    return "".join(part.text for part in parts)


def value(line: LiveLine) -> str:
    return text(line_value(line, 2))


FORWARD = [each for each in KNOWN if each.operation in STEPPED and each.name in ("conv2d", *COURSE)]


@pytest.mark.parametrize("contract", FORWARD, ids=lambda each: f"{each.family}-{each.name}")
def test_the_net_computes_what_the_textbook_does(contract: Contract) -> None:
    for probe in probes(contract):
        problem = probe.problem
        network = network_of(contract, problem, "test")
        (Z,) = network.forward(problem.A).values()
        pads = (problem.pad[0], problem.pad[0], problem.pad[1], problem.pad[1])
        if problem.W is not None:
            given = problem.A.tolist(), problem.W.tolist(), problem.biases.tolist()
            want = np.asarray(oracle.conv(*given, problem.stride, pads, (1, 1), 1))
        else:
            kind = "avg" if problem.mode == "average" else "max"
            want = np.asarray(oracle.pool(problem.A.tolist(), kind, problem.f, problem.stride, pads, (1, 1)))
        assert Z.shape == (len(problem.A), *problem.sizes, want.shape[3])
        assert np.allclose(Z, want, atol=1e-9), probe.name


def test_the_stride_that_is_missing() -> None:
    with opened(STRIDE) as found:
        beside = found.beside
        problem = beside.probe.problem
        theirs = conv(problem.A, problem.W, problem.biases, 1, 0)[:, :3, :2]
        assert np.array_equal(beside.ours, conv(problem.A, problem.W, problem.biases, 2, 0))
        assert beside.theirs is not None
        assert np.array_equal(beside.theirs, theirs)
        assert np.array_equal(beside.differs, theirs != beside.ours)
        assert beside.first == (0, 0, 1, 0)
        assert {place: (w.rows.start, w.cols.start) for place, w in beside.windows.items()} == {
            (0, h, w): (h, w) for h in range(3) for w in range(2)
        }
        lines = {line.text.strip(): line for line in found.at((0, 2, 1, 1)).lines}
        values = {code: text(line_value(line, 2)) for code, line in lines.items()}
        assert values["vert_start = h"] == "✗ 2, should be 4"
        assert values["horiz_start = w"] == "✗ 1, should be 2"
        assert values["n_H = int((n_H_prev - f + 2 * pad) / stride) + 1"] == "3 ✓"
        cut = next(value for code, value in values.items() if code.startswith("a_slice_prev = "))
        assert cut == "✗ rows 2–4, cols 1–3, should be rows 4–6, cols 2–4"
        (stored,) = next(line for line in lines.values() if line.current).variables
        assert (stored.value, stored.expected) == (theirs[0, 2, 1, 1], beside.ours[0, 2, 1, 1])
        said = text(both_values(beside, (0, 2, 1, 1), None))
        assert said.endswith("yours is the sum over rows 2–4, cols 1–3")
        assert "The stride is missing" in verdict(beside, 1).text
        assert "The stride" not in verdict(beside, 0).text


@pytest.mark.parametrize(
    ("old", "new", "made"),
    [
        ("Z = Z + b.item()", "pass", "the sum without the bias"),
        ("Z = np.sum(s)\n    Z = Z + b.item()", "Z = np.sum(s + b)", "the sum with the bias 9 times"),
        ("* W\n", "* W[::-1, ::-1]\n", "the sum with the filter flipped"),
        ("* W\n", "* W.transpose(1, 0, 2)\n", "the sum with rows and columns of the filter swapped"),
        ("np.sum(s)", "np.mean(s)", "the mean of the products, and the bias"),
        ("np.sum(s)", "np.sum(s[..., 0])", "the sum over channel 0 alone"),
        ("W[:, :, :, c]", "W[:, :, :, 0]", "the sum with filter c = 0"),
        ("b[:, :, :, c]", "b[:, :, :, 0]", "the sum with the bias of filter c = 0"),
        ("np.sum(s)", "np.sum(s) * 3", ""),
    ],
)
def test_what_a_wrong_value_is_made_of(old: str, new: str, made: str, tmp_path: Path) -> None:
    right = (("= h\n", "= h * stride\n"), ("= w\n", "= w * stride\n"))
    with opened(changed(tmp_path, *right, (old, new))) as found:
        beside = found.beside
        assert verdict(beside).good is False
        parts = text(both_values(beside, beside.first, None))
        assert parts.partition("yours is ")[2] == made
        assert "yours is " not in text(both_values(beside, beside.first, None, 0))


def test_another_input_is_the_next_that_it_is_wrong_on() -> None:
    with opened(STRIDE) as found:
        wrong = [probe.name for probe in found.beside.checked.verdict.probes if not probe.passed]
        names, now = [found.beside.probe.name], found
        for _ in wrong:
            now = now.on(now.next_probe())
            names.append(now.beside.probe.name)
            assert now.beside.differs.any()
            assert now.at(now.beside.first).lines
        assert names == [*wrong, wrong[0]]


def test_at_windows_that_are_right_nothing_is_accused() -> None:
    with opened(STRIDE) as found:
        lines = found.at((0, 0, 0, 1)).lines
        assert lines
        assert not any(each.expected is not None for line in lines for each in line.variables)
        assert text(both_values(found.beside, (0, 0, 0, 1), None)).endswith("✓ as it should be")


def test_a_function_that_is_right_has_no_differences_and_steps_through_several_windows(tmp_path: Path) -> None:
    mended = changed(tmp_path, ("= h\n", "= h * stride\n"), ("= w\n", "= w * stride\n"))
    with opened(STRIDE) as before, opened(mended, before.beside) as found:
        beside = found.beside
        assert not beside.differs.any()
        assert beside.probe.name == before.beside.probe.name
        assert min(beside.probe.problem.sizes) > 1
        assert verdict(beside).good
        assert not any(line.wrong for line in found.at((0, 1, 1, 0)).lines)
        assert change(before.beside, beside) == "conv_forward is right now on all 9 probes"
        assert change(beside, before.beside) == "conv_forward was right, and is wrong now"
        assert change(before.beside, before.beside) == "conv_forward: the same as before"


def test_an_output_of_another_size(tmp_path: Path) -> None:
    small = changed(tmp_path, ("/ stride) + 1", "/ stride)"), ("= h\n", "= h * stride\n"), ("= w\n", "= w * stride\n"))
    with opened(small) as found:
        beside = found.beside
        assert beside.differs.any()
        assert beside.their_value(beside.first) is None
        at = found.at(beside.first)
        assert {line.text.split()[0] for line in at.lines if line.wrong} <= {"n_H", "n_W"}
        assert "n_H is" in verdict(beside).text


def test_an_exception_opens_at_its_window(tmp_path: Path) -> None:
    raising = changed(tmp_path, ("= h\n", "= h * stride\n"), ("= w\n", "= w * stride + (h + w) * 1j\n"))
    with opened(raising) as found:
        beside = found.beside
        assert beside.theirs is None
        assert beside.error.type == "TypeError"
        assert beside.inside
        assert beside.first == (0, 0, 0, 0)
        assert beside.differs.all()
        lines = found.at(beside.first).lines
        assert next(map(value, (line for line in lines if line.text.strip() == "vert_end = vert_start + f"))) == "3 ✓"
        assert next(line.text for line in lines if line.current).strip().startswith("a_slice_prev")
        assert "none: TypeError" in text(both_values(beside, beside.first, None))


def test_an_exception_beyond_the_right_output_accuses_no_window() -> None:
    with opened(WRONG / "cf_swap_loops.py") as found:
        beside = found.beside
        assert (beside.first, beside.inside) == ((0, 1, 0, 0), False)
        at = found.at(beside.first)
        assert at.whole
        assert not any(line.wrong for line in at.lines)
        assert next(value(line) for line in at.lines if "for h" in line.text) == "2"


FLAT = """
import numpy as np

def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    Ho, Wo = 1 + (H - ph) // s, 1 + (W - pw) // s
    out = np.zeros((N, C, Ho * Wo))
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    out[n, c, i * Ho + j] = x[n, c, i*s:i*s+ph, j*s:j*s+pw].max()
    return out.reshape(N, C, Ho, Wo), (x, pool_param)
"""


def test_before_an_exception_what_was_stored_counts(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(FLAT, encoding="utf-8")
    with opened(file) as found:
        beside = found.beside
        (m, n_H, n_W, n_C), A = beside.ours.shape, beside.probe.problem.A
        assert n_H > n_W
        stored = np.zeros((m, n_C, n_H * n_W))
        with pytest.raises(IndexError):  # noqa: PT012
            for n, c, i, j in np.ndindex(m, n_C, n_H, n_W):
                stored[n, c, i * n_H + j] = A[n, i : i + 2, j : j + 3, c].max()
        right = np.moveaxis(beside.ours, 3, 1).reshape(stored.shape)
        expected = np.moveaxis((stored != right).reshape(m, n_C, n_H, n_W), 1, 3)
        assert beside.first == (n, i, j, c)
        assert expected[beside.first]
        assert np.array_equal(beside.differs, expected)
        assert not expected[0, 0, :, 0].any()
        assert expected[0, 1, :, 0].all()
        assert "index 10 is out of bounds" in text(both_values(beside, beside.first, None))


def test_of_an_exception_with_an_unknown_output_all_from_there_on_differs(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    raising = FLAT.replace("out[n, c, i * Ho + j] = ", "y = 1 // (1 - c); out[n, c, i * Wo + j] = ")
    file.write_text(raising, encoding="utf-8")
    with opened(file) as found:
        beside = found.beside
        assert (beside.error.type, beside.first) == ("ZeroDivisionError", (0, 0, 0, 1))
        assert not beside.differs[0, ..., 0].any()
        assert beside.differs[0, ..., 1].all()
        assert beside.differs[1:].all()


def test_what_is_not_written_yet_has_nothing_to_compare(tmp_path: Path) -> None:
    with opened(changed(tmp_path, ("vert_start = h\n", "vert_start = None\n"))) as found:
        assert found.beside.theirs is None
        assert not found.beside.differs.any()
        assert "not written yet" in verdict(found.beside).text
        assert found.at((0, 0, 0, 0)).lines


def test_one_filter_at_a_time_shows_all_windows(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(PLAIN, encoding="utf-8")
    with opened(file) as found:
        beside = found.beside
        assert beside.windows[0, 1, 1].rows.start == beside.probe.problem.stride[0]
        assert beside.windows[0, 1, 1].cols.start == 1
        assert beside.their_window((0, 1, 1, 0)) != beside.right_window((0, 1, 1, 0))


def test_pools_are_read_off_their_slices() -> None:
    with opened(WRONG / "pf_no_batch_index.py") as found:
        assert found.beside.checked.verdict.function == "pool_forward"
        assert found.beside.differs[found.beside.first]


def test_a_backward_pass_alone_cannot_be_stepped() -> None:
    report, found = open_function(WRONG / "cb_mean_over_batch.py")
    assert found is None
    assert [each.verdict.function for each in report.functions] == ["conv_backward"]


def test_a_helper_alone_is_one_window(tmp_path: Path) -> None:
    helper = STRIDE.read_text(encoding="utf-8").partition("def conv_forward")[0]
    file = tmp_path / "mine.py"
    file.write_text(helper.replace("np.sum(s)", "np.sum(s + b)"), encoding="utf-8")
    with opened(file) as found:
        assert found.beside.contract.name == "conv_single_step"
        assert found.beside.ours.shape == (1, 1, 1, 1)
        assert [value(line) for line in found.at((0, 0, 0, 0)).lines if line.text.strip() == "s = a_slice_prev * W"]


def test_after_it_is_closed_nothing_is_asked() -> None:
    with opened(STRIDE) as found:
        known = found.at((0, 0, 0, 0))
        found.close()
        assert found.at((0, 0, 0, 0)) is known
        assert found.at((0, 1, 1, 1)).lines == ()


def test_the_lines_that_fit_are_those_that_tell_most() -> None:
    lines = [LiveLine(n, f"line {n}", "f") for n in range(1, 21)]
    lines[2] = LiveLine(3, "x = w", "f", (Variable("x", 4, 5.0, wrong=True),))
    lines[15] = LiveLine(16, "Z[i] = y", "f", (Variable("Z[i]", 1, 2.0, wrong=True),), current=True)
    lines[8] = LiveLine(9, "return y", "helper")
    assert [line.number for line in shown_lines(lines, 5)] == [3, 13, 14, 15, 16]
    assert [line.number for line in shown_lines(lines, 5, "zero_pad, helper")] == [3, 9, 14, 15, 16]
    assert shown_lines(lines, 0) == []
    assert shown_lines([], 4) == []
    assert text(line_value(lines[2], 2)) == "✗ 4, should be 5"
    assert text(line_value(lines[2], 1)) == "4"
