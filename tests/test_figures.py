from __future__ import annotations

import numpy as np
import pytest

from convstep.figures import Extent, Format, cell, equality_sign, extent, figure, fitting, parse_figure, rounded


def column(*values: float) -> list[str]:
    numbers = np.array(values)
    form = fitting(extent(numbers))
    return [form.text(value) for value in numbers]


def test_points_stand_below_each_other() -> None:
    assert column(0.5, -12.25, 3) == ["  0.50", "−12.25", "  3.00"]


def test_integers_have_no_decimals() -> None:
    assert column(1, -2, 10) == ["  1", " −2", " 10"]


def test_a_number_that_would_look_like_0_is_told_from_0() -> None:
    assert column(-0.001, 0.5, 0.0, 0.004, 0.006, -0.0) == ["   ≈0", " 0.50", " 0.00", "   ≈0", " 0.01", " 0.00"]
    form = fitting(extent(np.array([-0.001, 0.5])))
    assert [form.text(value) for value in (-0.001, 0.0, -0.0, 0.005001)] == ["   ≈0", " 0.00", " 0.00", " 0.01"]
    assert parse_figure("≈0") == 0


def test_tiny_numbers_share_a_power_of_ten() -> None:
    form = fitting(extent(np.array([0.0012, -0.0004])))
    assert (form.factor, form.text(0.0012), form.text(-0.0004)) == ("×10⁻³", " 1.20", "−0.40")


def test_huge_numbers_share_a_power_of_ten() -> None:
    form = fitting(extent(np.array([1.5e8, -2.25e7])))
    assert (form.factor, form.text(1.5e8), form.text(-2.25e7)) == ("×10⁸", " 1.50", "−0.23")


def test_large_numbers_have_fewer_decimals() -> None:
    assert column(123.456, 1.5) == ["123.5", "  1.5"]
    assert column(12345.6, 1.5) == ["12346", "    2"]


def test_nan_and_infinities_fit() -> None:
    assert column(np.nan, np.inf, -np.inf, 0.5) == ["  NaN", " ∞   ", "−∞   ", " 0.50"]
    assert column(np.nan, np.inf, -np.inf) == ["NaN", "  ∞", " −∞"]


def test_room_is_kept_for_the_whole_layer() -> None:
    form = fitting(extent(np.array([0.25])), Extent(12.5, negative=True, whole=False))
    assert form.text(0.25) == "  0.25"


@pytest.mark.parametrize("seed", range(50))
def test_every_number_has_the_same_width(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=20) * 10.0 ** rng.integers(-8, 9)
    assert len(set(map(len, column(*values)))) == 1


def test_a_number_is_written_one_way() -> None:
    written = {
        0: "0.00", 0.18: "0.18", -0.081: "−0.08", 0.0031: "0.0031", 1.5e-7: "1.5e−07", 12.345: "12.35", 99.996: "100.0",
        123.45: "123.5", 1234.567: "1235", 99_999: "99999", 123_456.7: "1.2e+05", np.nan: "NaN", -np.inf: "−∞",
    }  # fmt: skip
    for value, text in written.items():
        assert figure(value) == text
        if value:
            assert Format(2, 0, 0).alone(value) == text
    assert figure(0.18424, 4) == "0.1842"
    assert figure(12.3456, 4) == "12.3456"
    assert figure(12.3456, 4, digits=4) == "12.35"
    assert [figure(value, 3) for value in (0.18424, 12.34567, 123.4567)] == ["0.184", "12.346", "123.46"]
    assert figure(250, 0) == "250"
    assert [rounded(value) for value in (0, -1.0, 0.0031, 12.345, np.inf)] == ["0", "−1", "0.0031", "12.35", "∞"]


@pytest.mark.parametrize(
    ("found", "result", "sum_", "product"),
    [
        ("7.90", "7.91", "≈", "≈"),
        ("7.91", "7.91", "=", "="),
        ("0.1122", "0.11", "≈", "="),
        ("0.115", "0.11", "≈", "="),  # a tie goes either way
        ("0.1151", "0.11", "≈", "≈"),
        ("124.36", "124.4", "≈", "="),
        ("−0.0031", "−0.0031", "=", "="),
        ("123456", "1.2e+05", "≈", "="),
        ("30", "30", "=", "="),
        ("NaN", "0.00", "≈", "≈"),
        ("0.00", "NaN", "=", "="),
        ("99999", "−∞", "=", "="),
    ],
)
def test_an_equals_sign_stands_where_what_is_shown_comes_to_what_is_shown(
    found: str, result: str, sum_: str, product: str
) -> None:
    assert equality_sign(parse_figure(found), result, exactly=True) == sum_
    assert equality_sign(parse_figure(found), result) == product


def test_decimals_are_those_that_were_asked_for_in_a_line_too() -> None:
    form = fitting(extent(np.array([0.5, 12.34567])), decimals=3)
    assert form.text(12.34567) == "12.346"
    assert form.alone(12.34567) == "12.346"


def test_whole_numbers_stay_whole_in_a_line() -> None:
    whole = Format(0, 0, 2)
    assert (whole.alone(2.5), whole.alone(-3.0), whole.alone(1234.567)) == ("2.50", "−3", "1235")


@pytest.mark.parametrize(
    ("value", "width", "decimals", "text"),
    [
        (-0.5, 5, 2, "−0.50"),
        (-0.001, 5, 2, "≈0"),
        (-0.0, 5, 2, "0.00"),
        (1.5e-5, 5, -1, "2e−5"),
        (np.nan, 5, 2, "NaN"),
        (-np.inf, 5, 2, "−∞"),
        (250.0, 5, 0, "250"),
        (-3e-12, 5, -1, "≈0"),
        (-3e200, 5, -1, "≪0"),
    ],
)
def test_a_number_in_a_cell(value: float, width: int, decimals: int, text: str) -> None:
    assert cell(value, width, decimals) == text


@pytest.mark.parametrize("form", [Format(2, 0, 6), Format(0, 0, 4), Format(1, 0, 9), Format(2, 3, 5)])
def test_many_numbers_at_once_are_written_like_each(form: Format) -> None:
    values = np.array([[0.0, -0.0, -0.001, 0.004], [-10.0, 12.345, -99.999, 1.5], [-0.5, 0.5, 7, -3]])
    assert form.texts(values) == [form.text(value) for value in values.flat]
    values[1, 1], values[2, 2], values[0, 0] = np.nan, np.inf, -np.inf
    assert form.texts(values) == [form.text(value) for value in values.flat]
