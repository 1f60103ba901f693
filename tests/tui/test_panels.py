"""The text panels: no sentence is cut at any size, and every line of code keeps its value."""

from __future__ import annotations

import numpy as np
import pytest
from nets import branching, every_kind, meeting, residual, x

from convstep.debugger import Frame, Session
from convstep.layers import Relu
from convstep.network import Network
from convstep.opening import open_session
from convstep.report.explain import caption, code_lines, sentence
from convstep.spec.samples import bundled
from convstep.tui.lines.text import Part, width_of
from convstep.tui.screens.bars import filter_parts
from convstep.tui.screens.header import fact_parts, where
from convstep.tui.screens.panels import code_rows, fact_lines, sum_lines

SIZES = [(47, 4), (42, 5), (58, 11)]
"""The sizes of the sum panel at 80x24, 120x36 and 200x60."""
NAMES = list(bundled())


def frames(session: Session) -> list[Frame]:
    """Return a frame in the middle of every layer, closed and at its last tap."""
    found = []
    for name in session.network.names:
        for line in (f"layer {name}", "jump 50%"):
            session.do(line)
        found.append(session.frame)
        session.do("taps open")
        for _ in range(2):
            session.do("step 1 mac")
        found.append(session.frame)
        session.do("taps close")
    return found


def text(lines: list[list[Part]]) -> str:
    return " ".join(filter(None, ("".join(text for text, _ in parts).rstrip() for parts in lines))).replace(
        "\u00a0", " "
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_the_sum_keeps_its_result_and_no_sentence_is_cut(name: str, size: tuple[int, int]) -> None:
    for frame in frames(open_session(name)):
        total, said = sum_lines(frame, *size)
        assert all(len(text([parts])) <= size[0] for parts in (*total, *said))
        assert len(total) + len(said) <= size[1]
        if frame.cursor.tap is None:
            assert any(role == "output" for parts in total for _, role in parts)
        short = caption(frame)
        assert text(said) in (sentence(frame), short, short.partition(". ")[0] + ".", "")


def test_the_whole_sentence_is_there_where_it_fits() -> None:
    session = open_session("photo")
    total, said = sum_lines(session.frame, 58, 11)
    assert text(said) == sentence(session.frame)
    total, said = sum_lines(session.frame, 42, 5)
    assert text(said) == caption(session.frame)
    assert text(total) == "0.16 red + 0.13 green + 0.11 blue + 0.00 bias = Z[0,0,0,0] = 0.40"


def test_a_sum_that_is_too_long_loses_terms_and_keeps_its_result() -> None:
    session = open_session("mnist")
    session.do("jump dense1 0")
    total, said = sum_lines(session.frame, 20, 3)
    assert len(total) == 3
    assert not said
    assert " … " in text(total)
    assert "Z[0,0] = " in text(total)


def test_a_sum_that_is_too_long_first_loses_the_places_of_its_terms() -> None:
    session = open_session("residual")
    session.do("layer fc")
    assert "global_avg_pool[0]" in text(sum_lines(session.frame, 47, 5)[0])
    total, said = sum_lines(session.frame, 47, 4)
    assert text(total) == "0.18 + 0.51 + 0.59 − 0.09 + 0.00 bias = Z[0,0] = 1.19"
    assert said


@pytest.mark.parametrize("width", [40, 52, 60, 68, 74, 120])
@pytest.mark.parametrize("network", [every_kind(), branching(), meeting(), residual()], ids=lambda net: net.title)
def test_every_line_of_code_keeps_its_value(network: Network, width: int) -> None:
    for frame in frames(Session(network, x(1, *network.input_shape))):
        lines = code_lines(frame)
        rows = code_rows(lines, width, 100)
        assert len(rows) == len(lines)
        for line, (code, value) in zip(lines, rows, strict=True):
            assert width_of(code) + width_of(value) <= width
            assert text([code, value]).endswith(line.value)
            assert text([code]).startswith("▸ " if line.current else "  ")


def test_the_loop_of_a_convolution_is_shown_from_its_first_line_where_the_panel_has_ten() -> None:
    lines = code_lines(open_session("photo").frame)
    rows = [text([code]) for code, _ in code_rows(lines, 74, 9)]
    assert rows[0].startswith("  for i in range(1):")
    assert rows[-1].startswith("▸ ")
    assert len(rows) == len(lines) == 9
    assert [text([code]).split()[0] for code, _ in code_rows(lines, 74, 3)][-1] == "▸"


def test_code_is_cut_before_its_value_where_there_is_no_room_for_both() -> None:
    lines = code_lines(open_session("photo").frame)
    narrow = [text([code, value]) for code, value in code_rows(lines, 40, 9)]
    assert narrow[3].endswith("… rows −1 to 2")
    assert narrow[3].startswith("    rows = A_prev_pad[i, ")


@pytest.mark.parametrize("name", NAMES)
def test_a_line_of_facts_holds_size_and_parameters_at_80_columns(name: str) -> None:
    for frame in frames(open_session(name)):
        said = text([fact_parts(frame, 80)])
        stage = frame.stage
        assert said.startswith("output")
        assert len(said) <= 80
        if stage.layer.parameters(stage.input or ()):
            assert " parameter" in said


@pytest.mark.parametrize("width", [60, 80, 118])
@pytest.mark.parametrize("name", ["mnist", "residual"])
def test_what_was_changed_stands_where_a_layer_that_cannot_work_has_no_facts(name: str, width: int) -> None:
    session = open_session(name)
    session.do("padding valid all")
    for stage in session.network.stages:
        session.do(f"layer {stage.name}")
        said = text([fact_parts(session.frame, width)])
        assert len(said) <= width
        if stage.fault:
            first = session.network.names[0]
            assert said.startswith(f"changed: {first} VALID (was SAME)")
            assert said.endswith(("…", "VALID (was SAME)"))


def test_facts_are_listed_whole() -> None:
    session = open_session("photo")
    session.do("layer pool1")
    listed = text(fact_lines(session.frame, 68, 17))
    assert "SAME: ⌈64 / 8⌉ = 8 windows of 8 rows, 8 apart, fit into 64 rows; columns likewise" in listed
    assert len(fact_lines(session.frame, 68, 3)) <= 3
    assert fact_lines(session.frame, 20, 0) == []


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (3, 1), (5, 9)])
def test_no_size_is_too_small(size: tuple[int, int]) -> None:
    network = every_kind()
    for frame in frames(Session(network, np.full((1, *network.input_shape), np.nan, np.float32))):
        sum_lines(frame, *size)
        code_rows(code_lines(frame), *size)
        fact_lines(frame, *size)


def test_the_neurons_of_all_filters_have_the_decimals_of_their_map() -> None:
    values = np.zeros((4, 4, 2))
    values[3, 3] = 0.5
    session = Session(Network("one", (4, 4, 2), (Relu("relu"),), np.dtype(np.float64)), values)
    assert text([[part for part, _ in filter_parts(session.frame, 48)]]).split()[-2:] == ["0.00", "·"]


def test_the_power_of_ten_of_the_neurons_of_all_filters_is_shown() -> None:
    session = Session(Network("one", (2, 2, 2), (Relu("relu"),), np.dtype(np.float64)), np.full((2, 2, 2), 0.0031))
    shown = text([[part for part, _ in filter_parts(session.frame, 60)]])
    assert "3.10" in shown
    assert "×10⁻³" in shown


def test_the_header_of_a_window_that_does_not_fit() -> None:
    session = open_session("mnist")
    for line in ("layer conv2", "dilation 3", "padding valid all"):
        session.do(line)
    assert session.frame.fault is not None
    for width in (60, 80, 120, 200):
        left, right = where(session.frame, width)
        assert "VALID" in "".join(text for text, _ in right)
        assert width_of(left) + width_of(right) <= width
