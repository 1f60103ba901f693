from __future__ import annotations

import numpy as np
import pytest

from convstep.tui.window_numbers import Extent, Format, extent, figure, fitting, precise


def column(*values: float) -> list[str]:
    numbers = np.array(values)
    form = fitting(extent(numbers))
    return [form.text(value) for value in numbers]


def test_points_stand_below_each_other() -> None:
    assert column(0.5, -12.25, 3) == ["  0.50", "−12.25", "  3.00"]


def test_integers_have_no_decimals() -> None:
    assert column(1, -2, 10) == ["  1", " −2", " 10"]


def test_a_negative_number_that_rounds_to_nothing_has_no_sign() -> None:
    assert column(-0.001, 0.5) == [" 0.00", " 0.50"]


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


def test_figures_in_a_line() -> None:
    assert figure(0.004, Format(2, 0, 5)) == "0.00"
    assert figure(0.0042, Format(2, -3, 5)) == "0.0042"
    assert figure(2.5, Format(0, 0, 2)) == "2.50"
    assert figure(-3.0, Format(0, 0, 2)) == "−3"
    assert figure(np.nan, Format(2, 0, 5)) == "NaN"
    assert figure(-np.inf, Format(0, 0, 2)) == "−∞"


def test_precise_numbers_do_not_vanish() -> None:
    assert precise(0) == "0.00"
    assert precise(-0.25) == "−0.25"
    assert precise(0.00123) == "0.00123"
    assert precise(-1.5e-7) == "−1.5×10⁻⁷"
    assert precise(123456.7) == "1.23×10⁵"


@pytest.mark.parametrize("form", [Format(2, 0, 6), Format(0, 0, 4), Format(1, 0, 9), Format(2, 3, 5)])
def test_many_numbers_at_once_are_written_like_each(form: Format) -> None:
    values = np.array([[0.0, -0.0, -0.001, 0.004], [-10.0, 12.345, -99.999, 1.5], [-0.5, 0.5, 7, -3]])
    assert form.texts(values) == [form.text(value) for value in values.flat]
    values[1, 1], values[2, 2], values[0, 0] = np.nan, np.inf, -np.inf
    assert form.texts(values) == [form.text(value) for value in values.flat]
