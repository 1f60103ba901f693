"""Weights in every order of axes that files have: named, they give the same output; unnamed, the message names it."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convstep import load
from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.report.files import write_arrays
from convstep.report.spec import as_spec
from convstep.spec.layouts import Layout, layout_of

SIZES = {"H": 3, "W": 2, "I": 4, "O": 6}
INPUT = "input: {shape: [5, 6, 4], random: {seed: 3}}\nlayers:\n"
LENGTH = "input: {shape: [9, 4], random: {seed: 3}}\nlayers:\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def output(layers: str, start: str = INPUT) -> Array:
    Path("net.yaml").write_text(start + layers)
    network, x = load("net.yaml")
    return network.forward(x)[network.names[-1]]


def refusal(layers: str, start: str = INPUT) -> str:
    with pytest.raises(SpecError) as caught:
        output(layers, start)
    return str(caught.value)


def reordered(array: Array, own: str, letters: str) -> Array:
    """Return an array whose axes are `own` in another order, by naming every axis for einsum."""
    turned: Array = np.einsum(f"{own.lower()}->{letters.lower()}", array)
    return turned


KINDS = {
    "conv": ("HWIO", (3, 2, 4, 6), "  - conv: {{filters: 6, kernel: [3, 2], weights: {{file: w.npy{}}}}}\n", INPUT),
    "conv1d": ("HIO", (3, 4, 6), "  - conv1d: {{filters: 6, kernel: 3, weights: {{file: w.npy{}}}}}\n", LENGTH),
    "transposed": (
        "HWOI",
        (3, 2, 6, 4),
        "  - conv_transpose: {{filters: 6, kernel: [3, 2], stride: 2, weights: {{file: w.npy{}}}}}\n",
        INPUT,
    ),
    "depthwise": (
        "HWIM",
        (3, 2, 4, 2),
        "  - depthwise_conv: {{kernel: [3, 2], multiplier: 2, weights: {{file: w.npy{}}}}}\n",
        INPUT,
    ),
    "dense": ("IO", (120, 6), "  - flatten\n  - dense: {{units: 6, weights: {{file: w.npy{}}}}}\n", INPUT),
}


@pytest.mark.parametrize("kind", KINDS)
def test_any_order_that_is_named_gives_the_same(kind: str) -> None:
    own, shape, layers, start = KINDS[kind]
    weights = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    np.save("w.npy", weights)
    expected = output(layers.format(""), start)
    for letters in map("".join, permutations(own)):
        np.save("w.npy", reordered(weights, own, letters))
        assert (output(layers.format(f", layout: {letters}"), start) == expected).all(), letters
        words = Layout(own, letters).in_words
        assert (output(layers.format(f', layout: "{words}"'), start) == expected).all(), words


@settings(max_examples=40, deadline=None)
@given(st.permutations("HWIO"), st.tuples(*[st.integers(1, 4)] * 4), st.integers(0, 99))
def test_arrays_are_turned_whatever_their_sizes(letters: list[str], shape: tuple[int, ...], seed: int) -> None:
    weights = np.random.default_rng(seed).standard_normal(shape)
    layout = layout_of("".join(letters), "HWIO")
    assert layout is not None
    stored = reordered(weights, "HWIO", layout.letters)
    assert layout.fits(stored.shape, shape)
    assert (layout.turned(stored, shape) == weights).all()


def test_pytorchs_depthwise_filters_have_their_channels_among_the_filters() -> None:
    """PyTorch keeps (channels · multiplier, 1, h, w): filter k · multiplier + q is channel k's filter q."""
    weights = np.random.default_rng(1).standard_normal((3, 2, 4, 2)).astype(np.float32)
    np.save("w.npy", weights)
    layers = KINDS["depthwise"][2]
    expected = output(layers.format(""))
    pytorchs = np.stack([weights[:, :, k, q] for k in range(4) for q in range(2)])[:, None]
    np.save("w.npy", pytorchs)
    assert (output(layers.format(", layout: OIHW")) == expected).all()
    assert "These look like PyTorch's (out, in, h, w): add layout: OIHW" in refusal(layers.format(""))


def test_depthwise_weights_for_a_convolution_in_groups() -> None:
    """By hand: 10·1, 10·2, 100·3, 100·4. Keras' DepthwiseConv2D keeps (h, w, in, multiplier)."""
    np.save("w.npy", np.array([[[[1, 2], [3, 4]]]], np.float32))
    start = "input: {shape: [1, 1, 2], values: [[[10, 100]]]}\nlayers:\n"
    layers = "  - conv: {{filters: 4, kernel: 1, groups: 2, weights: {{file: w.npy{}}}}}\n"
    said = refusal(layers.format(""), start)
    assert "expected 1×1×1×4 numbers, got 1×1×2×2 numbers" in said
    assert (
        "These look like a depthwise layer's (h, w, in, multiplier): add layout: HWIM, or take depthwise_conv" in said
    )
    assert output(layers.format(", layout: HWIM"), start).ravel().tolist() == [10, 20, 300, 400]
    depthwise = "  - depthwise_conv: {kernel: 1, multiplier: 2, weights: {file: w.npy}}\n"
    assert output(depthwise, start).ravel().tolist() == [10, 20, 300, 400]


def test_rows_that_were_flattened_channels_first() -> None:
    """PyTorch flattens (c, h, w): row c·h·w + ... of its weights is another value of the map."""
    weights = np.random.default_rng(1).standard_normal((5, 6, 4, 3)).astype(np.float32)  # h, w, c, units
    np.save("w.npy", weights.reshape(120, 3))
    layers = "  - relu\n  - flatten\n  - dropout\n  - dense: {{units: 3{}, weights: {{file: w.npy{}}}}}\n"
    expected = output(layers.format("", ""))
    pytorchs = np.einsum("hwcu->uchw", weights).reshape(3, 120)
    np.save("w.npy", pytorchs)
    assert (output(layers.format(", order: CHW", ', layout: "(out, in)"')) == expected).all()
    assert (output(layers.format("", ', layout: "(out, in)"')) != expected).any()
    along = "  - flatten\n  - dense: {{units: 2{}, weights: {{file: w.npy}}}}\n"
    rows = np.random.default_rng(1).standard_normal((9, 4, 2)).astype(np.float32)
    np.save("w.npy", rows.reshape(36, 2))
    straight = output(along.format(""), LENGTH)
    np.save("w.npy", np.einsum("lcu->clu", rows).reshape(36, 2))
    assert (output(along.format(", order: CHW"), LENGTH) == straight).all()


def test_a_net_whose_rows_were_rearranged_says_so_and_is_written_as_it_is_computed() -> None:
    weights = np.random.default_rng(2).standard_normal((5 * 6 * 4, 3)).astype(np.float32)
    np.save("w.npy", weights)
    layers = "  - flatten\n  - dense: {units: 3, order: CHW, weights: {file: w.npy}}\n"
    expected = output(layers)
    network, x = load("net.yaml")
    dense = network.layers[-1]
    assert dense.weight_origins((120,)) == ["weights from w.npy in the order CHW, rearranged to HWC"]
    written = as_spec(network, x, "again.npz")
    with Path("again.npz").open("wb") as file:
        write_arrays(file, written.arrays)
    Path("again.yaml").write_text(written.text)
    again, x = load("again.yaml")
    assert (again.forward(x)["dense1"] == expected).all()


@pytest.mark.parametrize(
    ("shape", "kind", "hint"),
    [
        ((6, 4, 3, 2), "conv", "These look like PyTorch's (out, in, h, w): add layout: OIHW"),
        ((6, 4, 3), "conv1d", "These look like PyTorch's (out, in, h): add layout: OIH"),
        ((4, 6, 3, 2), "transposed", "These look like PyTorch's (in, out, h, w): add layout: IOHW"),
        ((6, 120), "dense", "These look like PyTorch's (out, in): add layout: OI"),
    ],
)
def test_what_fits_only_when_it_is_turned_is_answered_with_that(shape: tuple[int, ...], kind: str, hint: str) -> None:
    np.save("w.npy", np.ones(shape, np.float32))
    _, _, layers, start = KINDS[kind]
    start = start.replace("[5, 6, 4]", "[5, 6, 4]")
    assert refusal(layers.format(""), start).endswith(hint)


def test_what_fits_as_it_is_is_never_turned() -> None:
    """3x3x3x3 fits every layout: nothing is guessed."""
    weights = np.random.default_rng(1).standard_normal((3, 3, 3, 3)).astype(np.float32)
    np.save("w.npy", weights)
    start = "input: {shape: [5, 6, 3], random: {seed: 3}}\nlayers:\n"
    layers = "  - conv: {{filters: 3, kernel: 3, weights: {{file: w.npy{}}}}}\n"
    plain, turned = output(layers.format(""), start), output(layers.format(", layout: OIHW"), start)
    assert (plain != turned).any()


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ("OIHX", "'OIHX' is no layout of these numbers\n"),
        ("OOHW", "'OOHW' is no layout of these numbers\n"),
        ("NCHW", "'NCHW' is no layout of these numbers\n"),
        ('"(out, in)"', "'(out, in)' is no layout of these numbers\n"),
        ("3", "expected how the file has their axes, such as OIHW, got 3"),
    ],
)
def test_a_layout_that_is_none(layout: str, said: str) -> None:
    np.save("w.npy", np.ones((3, 2, 4, 6), np.float32))
    message = refusal(KINDS["conv"][2].format(f", layout: {layout}"))
    assert said in message
    assert message.startswith("net.yaml:3:")
    if "layout of" in said:
        assert message.endswith("Ours is HWIO, PyTorch's OIHW")


def test_a_layout_that_does_not_fit() -> None:
    np.save("w.npy", np.ones((3, 2, 4, 6), np.float32))
    message = refusal(KINDS["conv"][2].format(", layout: OIHW"))
    assert "expected 6×4×3×2 numbers, got 3×2×4×6 numbers" in message
