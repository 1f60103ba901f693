"""Mistakes are named: planted in three styles of code, alone and in pairs, and in learners' files."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted import STYLES, Planted, pairs, planted, source
from planted_others import OTHERS, RIGHT
from verdicts import kinds, verdict

from convstep.check.case import case
from convstep.check.checking import Checked, check_file
from convstep.check.contracts import Contract, contract_for
from convstep.check.mutations.kinds import KINDS

FILES = Path(__file__).parent / "files"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FILES / "wrong" / "expected.json").read_text())
ALIKE = [{"pad_missing", "unpadded_slice"}, {"axes_order", "n_H_n_W_swapped"}]
"""No output can tell these apart."""


def of(code: str, name: str) -> Contract:
    """Return the contract of a function by the parameters in its source."""
    found = re.search(r"def \w+\((.*)\):", code)
    assert found is not None
    parameters = [each.strip() for each in re.sub(r"\([^()]*\)", "0", found[1]).split(",")]
    names = [each.partition("=")[0] for each in parameters]
    contract = contract_for(name, names, sum("=" not in each for each in parameters))
    assert contract is not None
    return contract


@pytest.mark.parametrize("style", STYLES)
def test_right_in_every_style(style: str) -> None:
    assert verdict(source(style), "conv_forward").verdict == "right"


@pytest.mark.parametrize(("name", "code"), sorted(RIGHT))
def test_the_other_functions_are_right(name: str, code: str) -> None:
    assert verdict(code, name, contract=of(code, name)).verdict == "right"


@pytest.mark.parametrize("one", list(planted()), ids=lambda one: f"{one.style} {one.kind}")
def test_every_mistake_is_named(one: Planted) -> None:
    found = verdict(source(one.style, one.changes), "conv_forward")
    assert found.verdict == ("error" if one.kind == "window_end_long" else "wrong")
    assert one.kind in KINDS
    assert {one.kind} in kinds(found)
    assert found.verdict == "error" or len(found.mistakes) == 1 or set().union(*kinds(found)) in ALIKE


@pytest.mark.parametrize(("name", "code", "kind", "old", "new"), OTHERS, ids=[f"{row[0]} {row[2]}" for row in OTHERS])
def test_every_mistake_of_other_functions(name: str, code: str, kind: str, old: str, new: str) -> None:
    assert old in code
    found = verdict(code.replace(old, new), name, contract=of(code, name))
    assert found.verdict == "wrong"
    assert {kind} in kinds(found)
    assert len(found.mistakes) == 1 or set().union(*kinds(found)) in ALIKE


def test_some_pairs_come_apart() -> None:
    chosen = [pair for n, pair in enumerate(pairs()) if n % 37 == 5]
    told = [
        {one.kind, other.kind} in kinds(verdict(source(one.style, one.changes, other.changes), "conv_forward"))
        for one, other in chosen
    ]
    assert len(told) > 15
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


@pytest.fixture(scope="module")
def reports() -> dict[str, Checked]:
    found = {}
    for name, row in EXPECTED.items():
        report = check_file(FILES / "wrong" / name, row["function"])
        found[name] = report.functions[0]
    return found


@pytest.mark.parametrize("name", EXPECTED)
def test_learners_mistakes_are_named(reports: dict[str, Checked], name: str) -> None:
    row, found = EXPECTED[name], reports[name].verdict
    assert found.verdict != "right"
    assert set(row["kinds"]) in kinds(found)
    assert row.get("among") or len(found.mistakes) == 1
    assert found.sure is not bool(row.get("guess"))


CASES = [(7, 5, 2, 3, 3, 2, 1, 2), (6, 9, 3, 2, 3, 3, 2, 2), (5, 8, 1, 2, 2, 1, 0, 3), (8, 6, 2, 4, 3, 2, 0, 2)]


@pytest.mark.parametrize("name", [name for name, row in EXPECTED.items() if any(row.get("first", ()))])
def test_the_first_wrong_index_of_a_given_case(name: str) -> None:
    row, indices = EXPECTED[name], []
    contract = contract_for(row["function"])
    assert contract is not None
    for n, (height, width, C, filters, f, stride, pad, m) in enumerate(CASES):
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
