"""Mistakes are named: planted in three styles of code, alone and in pairs, and in learners' files."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted import STYLES
from planted.backward import CONV_LOOPS as CONV_BACK
from planted.conv import AFTER, BEFORE_ONCE, FITTED, LOOPS_RIGHT, ONCE, pairs, source
from planted.styles import Style
from verdicts import contract_of, kinds, verdict, verdict_and_first

from convstep.check.case import case
from convstep.check.checking import check_file
from convstep.check.contracts import contract_for
from convstep.check.mutations.kinds import KINDS

FILES = Path(__file__).parent / "files"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FILES / "wrong" / "expected.json").read_text())
ODD = FILES / "odd"
ODD_KINDS: dict[str, list[str]] = json.loads((ODD / "expected.json").read_text())
UNPADDED = LOOPS_RIGHT["cut"].replace("A_pad", "A_prev")
ALIKE = [
    {"pad_missing", "unpadded_slice"},
    {"axes_order", "n_H_n_W_swapped"},
    {"size_pad_once", "pad_before_only"},
    {"filter_transposed", "rows_cols_swapped"},
    {"pad_before_only", "pad_twice"},
]
"""No output can tell these apart; their variables can."""


@pytest.mark.parametrize("style", STYLES, ids=lambda style: f"{style.function} {style.name}")
def test_right_in_every_style(style: Style) -> None:
    contract = contract_of(style.source(), style.function)
    found, first = verdict_and_first(style.source(), contract)
    assert (found.verdict, found.mistakes, first) == ("right", (), None)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: f"{style.function} {style.name}")
def test_every_mistake_is_found_and_named(style: Style) -> None:
    contract = contract_of(style.source(), style.function)
    missed = {}
    for one in style.planted():
        found, first = verdict_and_first(one.code, contract)
        named, index = kinds(found), found.first and (found.first.probe, found.first.result, found.first.index)
        is_found = found.verdict in ("wrong", "error", "convention") and first in (index, None)
        is_named = {one.kind} in named and (not found.sure or len(named) == 1 or set().union(*named) in ALIKE)
        if not (is_found and is_named):
            missed[one.kind, one.code] = found.verdict, index, first, named
    assert not missed


def function_of(path: Path) -> tuple[str, str]:
    """Return a file's source and its last function."""
    text = path.read_text()
    return text, re.findall(r"^def (\w+)\(", text, re.M)[-1]


@pytest.mark.parametrize("path", sorted((ODD / "right").iterdir()), ids=lambda path: path.stem)
def test_nothing_right_of_an_odd_style_is_accused(path: Path) -> None:
    text, name = function_of(path)
    found, first = verdict_and_first(text, contract_of(text, name))
    assert (found.verdict, found.mistakes, first) == ("right", (), None)


@pytest.mark.parametrize("name", ODD_KINDS)
def test_mistakes_in_odd_styles_are_named(name: str) -> None:
    text, function = function_of(ODD / "wrong" / name)
    found, first = verdict_and_first(text, contract_of(text, function))
    assert found.first is not None
    assert (found.first.probe, found.first.result, found.first.index) == first
    named = kinds(found)
    assert set(ODD_KINDS[name]) in named
    assert not found.sure or len(named) == 1 or set.symmetric_difference(*named) in ALIKE


def test_variables_of_a_padded_input_tell_mistakes_apart_that_show_without_padding(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    for changes, kind in (({"padded": AFTER}, "pad_missing"), ({"cut": UNPADDED, "value": FITTED}, "unpadded_slice")):
        path.write_text(source("loops", changes, {"bias": "0 * b[0, 0, 0, c]"}))
        assert kinds(check_file(path).functions[0].verdict) == [{kind, "bias_missing"}]


def test_some_pairs_come_apart() -> None:
    chosen = [pair for n, pair in enumerate(pairs()) if n % 173 == 5]
    found = [(both, verdict(code, "conv_forward")) for both, code in chosen]
    told = [both in kinds(each) for both, each in found if each.sure]
    assert len(told) > 9
    assert sum(told) / len(told) > 0.9


def test_three_at_once() -> None:
    changes = {"x": "w", "filter": "W[::-1, ::-1, :, c]", "value": "value = np.sum(a * k)"}
    found = verdict(source("loops", changes), "conv_forward")
    assert kinds(found) == [{"stride_cols_missing", "filter_flipped", "bias_missing"}]
    assert found.sure


def test_none_of_the_usual_ones() -> None:
    started = time.process_time()
    found = verdict(source("loops", {"value": "value = np.sum(np.abs(a) ** 3 * k) + beta"}), "conv_forward")
    assert time.process_time() - started < 4
    assert (found.verdict, found.mistakes, found.sure) == ("wrong", (), False)
    assert found.first is not None
    assert found.first.index == (0, 0, 0, 0)


def test_errors_alone_are_a_guess() -> None:
    found = verdict(source("loops", {"rows": "range(n_W)", "cols": "range(n_H)"}), "conv_forward")
    assert found.verdict == "error"
    assert not found.sure
    assert {"rows_cols_swapped"} in kinds(found)


@pytest.mark.parametrize("path", sorted((FILES / "right").iterdir()), ids=lambda path: path.stem)
def test_nothing_right_is_accused(path: Path) -> None:
    for checked in check_file(path).functions:
        assert checked.verdict.verdict in ("right", "outdated"), checked
        assert checked.verdict.first is None


@pytest.mark.parametrize("name", EXPECTED)
def test_learners_mistakes_are_named(name: str) -> None:
    row = EXPECTED[name]
    found = check_file(FILES / "wrong" / name, row["function"]).functions[0].verdict
    assert found.verdict != "right"
    assert set(row["kinds"]) in kinds(found)
    assert row.get("among") or len(found.mistakes) == 1
    assert found.sure is not bool(row.get("guess"))


@pytest.mark.parametrize(
    ("style", "kind", "changes"),
    [
        ("loops", "unpadded_slice", {"cut": UNPADDED, "value": FITTED}),
        ("loops", "pad_missing", {"padded": AFTER}),
        ("loops", "size_pad_once", {"n_H": ONCE, "n_W": ONCE.replace("H", "V")}),
        ("loops", "pad_before_only", {"n_H": ONCE, "n_W": ONCE.replace("H", "V"), "padded": BEFORE_ONCE}),
        ("loops", "filter_transposed", {"filter": "W[:, :, :, c].transpose(1, 0, 2)"}),
        ("loops", "rows_cols_swapped", {"cut": "A_pad[i, y:y + f, x:x + f, :].swapaxes(0, 1)"}),
        ("loops", "axes_order", {"answer": "Z.swapaxes(1, 2)"}),
        ("loops", "n_H_n_W_swapped", {"zeros": "np.zeros((m, n_W, n_H, n_C))", "store": "Z[i, w, h, c] = value"}),
        ("views", "axes_order", {"product": 'np.einsum("mhwcij,ijck->mwhk", windows, W)'}),
    ],
)
def test_variables_tell_equal_outputs_apart(tmp_path: Path, style: str, kind: str, changes: dict[str, str]) -> None:
    path = tmp_path / "mine.py"
    path.write_text(source(style, changes))
    assert kinds(check_file(path).functions[0].verdict) == [{kind}]


LOOPS_OVER_WRONG_SIZES = """
import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    m, H, V, C = A_prev.shape
    f, _, _, n_C = W.shape
    n_H, n_W = (H - f + 2 * pad) // stride + 1, (V - f + 2 * pad) // stride + 1
    X = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    Z = np.zeros((m, n_H, n_W, n_C))
    for i in range(m):
        for h in range({rows}):
            for w in range({cols}):
                for c in range(n_C):
                    a = X[i, h * stride:h * stride + f, w * stride:w * stride + f]
                    Z[i, h, w, c] = np.sum(a * W[:a.shape[0], :a.shape[1], :, c]) + b[0, 0, 0, c]
    return Z
"""


@pytest.mark.parametrize(
    ("rows", "cols", "says"),
    [
        ("n_W", "n_H", "the loops run over the wrong sizes, h over n_W and w over n_H"),
        ("H", "V", "the loops run over the input's height and width, and should run over the output's"),
    ],
)
def test_errors_past_the_output_are_of_the_loops(tmp_path: Path, rows: str, cols: str, says: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(LOOPS_OVER_WRONG_SIZES.format(rows=rows, cols=cols))
    found = check_file(path).functions[0].verdict
    assert (found.verdict, found.sure) == ("error", False)
    assert says in {mistake.says for one in found.mistakes for mistake in one}
    assert not any(mistake.kind == "n_H_n_W_swapped" for one in found.mistakes for mistake in one)


CACHED = """
import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    m, H, V, C = A_prev.shape
    f, _, _, n_C = W.shape
    n_H, n_W = (H + 2 * p - f) // s + 1, (V + 2 * p - f) // s + 1
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    kept = X[:, p:p + H, p:p + V]
    Z = np.zeros((m, n_H, n_W, n_C))
    for h in range(n_H):
        for w in range(n_W):
            Z[:, h, w] = np.tensordot(X[:, h * s:h * s + f, w * s:w * s + f], W, 3) + b[0, 0, 0]
    {then}
    return Z, (kept, W, b, hparameters)
"""


def test_a_cache_of_views_that_change_later(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    for then, backward in (("X *= 0.5", "wrong"), ("pass", "right")):
        path.write_text(CACHED.format(then=then) + CONV_BACK)
        forward, after = check_file(path).functions
        assert (forward.verdict.verdict, after.verdict.verdict) == ("right", backward)
    path.write_text(CACHED.format(then="X *= 0.5") + CONV_BACK)
    after = check_file(path).functions[1]
    assert kinds(after.verdict) == [{"cache_of_views"}]
    assert (after.cause, after.verdict.sure) == ("conv_forward", True)
    path.write_text(CACHED.format(then="kept = kept[..., ::-1, :]") + CONV_BACK.replace("* dZ", "* 2 * dZ"))
    assert check_file(path).functions[1].cause == ""


CASES = [(7, 5, 2, 3, 3, 2, 1, 2), (6, 9, 3, 2, 3, 3, 2, 2), (5, 8, 1, 2, 2, 1, 0, 3), (8, 6, 2, 4, 3, 2, 0, 2)]


@pytest.mark.parametrize("name", [name for name, row in EXPECTED.items() if any(row.get("first", ()))])
def test_the_first_wrong_index_of_a_given_case(name: str) -> None:
    row, indices = EXPECTED[name], []
    contract = contract_for(row["function"])
    assert contract is not None
    for n, (height, width, C, filters, f, stride, pad, m) in enumerate(CASES[: len(row["first"])]):
        rng = np.random.default_rng(n)
        A, W, b = (
            rng.integers(-4, 5, shape) / 2 for shape in ((m, height, width, C), (f, f, C, filters), (1, 1, 1, filters))
        )
        if contract.layout == "NCHW":
            A, W, b = np.moveaxis(A, -1, 1), W.transpose(3, 2, 0, 1), b.reshape(-1)
        own = case(contract, {"A_prev": A, "W": W, "b": b, "stride": stride, "pad": pad})
        first = verdict((FILES / "wrong" / name).read_text(), row["function"], [own]).first
        indices.append(None if first is None else list(first.index))
    assert indices == row["first"]


def test_every_kind_has_its_sentences() -> None:
    for kind, each in KINDS.items():
        assert each.says, kind
        for text in (each.says, each.unnoticed, each.instead):
            assert not text.removesuffix("...").endswith("."), kind


TENSORDOT = """
import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    s, p, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    n_H, n_W = (X.shape[1] - f) // s + 1, -(-(X.shape[2] - f) // s) + 1
    Z = np.zeros((len(X), n_H, n_W, W.shape[3]))
    for h in range(n_H):
        for w in range(n_W):
            patch = X[:, h * s:h * s + f, w * s:w * s + f]
            Z[:, h, w] = np.tensordot(patch, W, 3) + b[0, 0, 0]
    return Z
"""


def test_the_window_at_an_error_tells_mistakes_apart(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(TENSORDOT)
    found = check_file(path).functions[0].verdict
    assert (found.verdict, kinds(found), found.sure) == ("error", [{"size_ceil"}], False)
    assert "width" in found.mistakes[0][0].says
