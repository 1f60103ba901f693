"""Sentences about mistakes speak of a learner's own variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from convstep.check.causes import cause_of
from convstep.check.checking import check_file
from convstep.check.names import assigned, own_names, renamed
from convstep.report.check import REPAIR, check_text

COURSE = """
import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    {taken}
    m, H, V, C = A_prev.shape
    f, f, C, K = W.shape
    oh, ow = (H - f + 2 * {p}) // {s} + 1, (V - f + 2 * {p}) // {s} + 1
    X = np.pad(A_prev, ((0, 0), ({p}, {p}), ({p}, {p}), (0, 0)))
    out = np.zeros((m, oh, ow, K))
    for n in range(m):
        for y in range(oh):
            for x in range(ow):
                for k in range(K):
                    x_start = x
                    part = X[n, y * {s}:y * {s} + f, x_start:x_start + f]
                    out[n, y, x, k] = np.sum(part * W[..., k]) + b[0, 0, 0, k]
    return out
"""
TAKEN = [
    ('s, p = hparameters["stride"], hparameters["pad"]', "s", "p"),
    ('stride, pad = hparameters["stride"], hparameters["pad"]', "stride", "pad"),
]


@pytest.mark.parametrize(("taken", "s", "p"), TAKEN, ids=["own", "the course's"])
def test_their_names_are_told(tmp_path: Path, taken: str, s: str, p: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(COURSE.format(taken=taken, s=s, p=p))
    report = check_file(path)
    live = report.functions[0].live
    assert live is not None
    names = own_names("NHWC", live.at.lines)
    sizes = {"n_H": "oh", "n_W": "ow", "horiz_start": "x_start"}
    counters = {"i": "n", "h": "y", "w": "x", "c": "k", "Z": "out"}
    assert names == sizes | counters | ({"stride": s, "pad": p} if s == "s" else {})
    said = "\n".join(check_text(report, REPAIR))
    assert f"column x, and should start at column x * {s}." in said
    assert f"Instead: x_start = x * {s}" in said


def test_a_counter_alone_is_the_line_that_a_missing_stride_is_on(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    one = COURSE.format(taken=TAKEN[0][0], s="s", p="p")
    loops = one[one.index("    for n") : one.index("    return")]
    bare = {"y * s, x": "stride_cols_missing", "y, x * s": "stride_rows_missing", "y, x": "stride_missing"}
    for bound, kind in bare.items():
        body = f"""    for n, y, x, k in np.ndindex(*out.shape):
        top, left = {bound}
        part = X[n, top:top + f, left:left + f]
        out[n, y, x, k] = np.sum(part * W[..., k]) + b[0, 0, 0, k]
"""
        path.write_text(one.replace(loops, body))
        live = check_file(path).functions[0].live
        assert live is not None
        number = cause_of(kind, live.at.lines, "conv_forward")
        names = own_names("NHWC", live.at.lines)
        assert (names["vert_start"], names["horiz_start"]) == ("top", "left")
        assert path.read_text().splitlines()[(number or 0) - 1].strip() == f"top, left = {bound}"


def test_words_are_no_variables() -> None:
    names = {"stride": "s", "pad": "p", "f": "k", "Z": "out", "h": "i", "i": "n", "w": "j"}
    assert renamed("the stride is missing: the window starts at row h, not h * stride", names) == (
        "the stride is missing: the window starts at row i, not i * s"
    )
    assert renamed("n_H = (n_H_prev - f + 2 * pad) // stride + 1", names) == "n_H = (n_H_prev - k + 2 * p) // s + 1"
    assert renamed("Z[i, h, w, c] = ... and Z itself", names) == "out[n, i, j, c] = ... and Z itself"
    assert renamed("range(0, n_H, stride)", names) == "range(0, n_H, s)"
    assert renamed("a pad of f", {}) == "a pad of f"


def test_what_is_no_single_assignment_assigns_nothing() -> None:
    for text in ("", "x +=", "a = b = 1", "x = " + "(" * 300 + "1" + ")" * 300, "\0", "a, *b = c", "x[0] = y", "a; b"):
        assert list(assigned(text)) == []
    assert [name for name, _ in assigned("x, y = '\\d', 2  # a pair")] == ["x", "y"]
