"""Why: somebody's own answer traced to the slip behind it."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import nets
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convstep import load
from convstep.answers.why import Verdict, why
from convstep.engine.geometry import Padding, Sliding
from convstep.errors import ArgumentError
from convstep.layers import KINDS, Conv, Flatten, Layer, MaxPool, Relu
from convstep.network import Network

F32 = np.dtype(np.float32)
MNIST = nets.mnist()


def lines(text: str, network: Network = MNIST, layer: str | None = None, m: int = 1) -> list[str]:
    """Return the verdict's sentences."""
    return list(why(network, text, layer, m).sentences)


# Worked by hand


def test_valid_everywhere_in_mnist() -> None:
    assert lines("4x4x64") == [
        "4x4x64 comes from VALID in both convolutions and both pools: 28 → 24 → 12 → 8 → 4.",
        "conv1 was taken as 28 − 5 + 1 = 24, not ⌈28 / 1⌉ = 28: SAME pads as much as that takes.",
        "In both pools it makes no difference here.",
        "Right is SAME: 28 → 28 → 14 → 14 → 7, so pool2 is 7x7x64 = 3,136.",
    ]


@pytest.mark.parametrize(
    ("answer", "layer", "first"),
    [
        ("7x7x64", None, "7x7x64 is right: 28 → 28 → 14 → 14 → 7, so pool2 is 7x7x64 = 3,136."),
        ("3,136", None, "3,136 is right: 28 → 28 → 14 → 14 → 7, so pool2 is 7x7x64 = 3,136."),
        ("832", None, "832 is right: conv1 has 5·5·1·32 + 32 = 832 parameters."),
        ("14x14x32", None, "14x14x32 is pool1's: 28 → 28 → 14, so pool1 is 14x14x32 = 6,272."),
        ("14x14x32", "pool2", "14x14x32 is pool1's: 28 → 28 → 14, so pool1 is 14x14x32 = 6,272."),
        ("(32, 7, 7, 64)", None, "32x7x7x64 is right (for a batch of 32): 28 → 28 → 14 → 14 → 7, "),
        ("[64, 7, 7]", None, "64x7x7 is right (channels first, as in PyTorch): 28 → 28 → 14 → 14 → 7, "),
        ("5x5x64", None, "5x5x64 comes from VALID in conv2: 28 → 28 → 14 → 10 → 5."),
        ("14x14x64", "pool2", "14x14x64 is conv2's: 28 → 28 → 14 → 14, so conv2 is 14x14x64 = 12,544."),
        ("7x7x2048", None, "7x7x2048 comes from the channels multiplied instead of summed in conv2: "),
        ("7x7x1", None, "7x7x1 comes from only one filter counted in conv2: 28 → 28 → 14 → 14 → 7."),
        ("27x27x32", "conv1", "27x27x32 comes from the + 1 missing in conv1: 28 → 27."),
        ("26x26x32", "conv1", "26x26x32 comes from the padding counted once instead of twice in conv1: 28 → 26."),
        ("6x6x32", "conv1", "6x6x32 comes from kernel and stride swapped in conv1: 28 → 6."),
        ("800", None, "800 comes from the bias forgotten in conv1: conv1 has 5·5·1·32 = 800 parameters."),
        ("26", "conv1", "26 comes from only one filter counted in conv1: conv1 has 5·5·1 + 1 = 26 parameters."),
        ("1,600", "conv1", "1,600 comes from a bias per weight in conv1: conv1 has 5·5·1·32 + 5·5·1·32 = 1,600 "),
        (
            "652,288",
            None,
            "652,288 comes from weights of its own for every place of conv1: conv1 has 28·28·(5·5·1·32 + ",
        ),
        ("1,664", "conv2", "1,664 comes from the input's channels left out in conv2: conv2 has 5·5·64 + 64 = 1,664 "),
        ("3,211,264", None, "3,211,264 comes from the bias forgotten in dense1: dense1 has 3136·1024 = 3,211,264 "),
        (
            "1,049,600",
            None,
            "1,049,600 comes from VALID in both convolutions and both pools: dense1 has 1024·1024 + 1024",
        ),
    ],
)
def test_first_sentence(answer: str, layer: str | None, first: str) -> None:
    assert lines(answer, layer=layer)[0].startswith(first)


def test_batch_is_mixed_in() -> None:
    assert lines("100352", m=32)[0] == ("100,352 = 7·7·64 comes from the batch of 32 mixed in: 28 → 28 → 14 → 14 → 7.")


def test_a_batch_of_a_usual_size_is_the_last_guess() -> None:
    assert lines("313,600")[0] == "313,600 = 7·7·64 comes from the batch of 100 mixed in: 28 → 28 → 14 → 14 → 7."


def test_height_and_width_are_swapped() -> None:
    network = chain((20, 30, 3), [Conv("conv1", filters=4, kernel=(3, 5), stride=(2, 1), padding=Padding(1, 1, 2, 2))])
    assert lines("10x30x4", network)[0].startswith("10x30x4 is right: 20×30 → 10×30")
    assert lines("30x10x4", network)[0] == "30x10x4 comes from height and width swapped: 20×30 → 10×30."


def test_nothing_known_gives_it() -> None:
    assert lines("100x100x64") == [
        "No slip that is known here gives 100x100x64.",
        "Its 64 channels are right, its size is not.",
        "Right: 28 → 28 → 14 → 14 → 7, so pool2 is 7x7x64 = 3,136.",
        "Step by step: conv1 ⌈28 / 1⌉ = 28, pool1 ⌈28 / 2⌉ = 14, conv2 ⌈14 / 1⌉ = 14, pool2 ⌈14 / 2⌉ = 7.",
    ]


def test_what_is_right_for_a_vector_has_its_size() -> None:
    assert "Right: one mean for each of 4 channels, so global_avg_pool is 4." in lines(
        "9", load("residual")[0], "global_avg_pool"
    )
    assert "Right: 7·7·64 = 3,136." in lines("9", layer="flatten")


def test_a_number_that_is_a_layers_own_and_the_size_of_a_wrong_map() -> None:
    verdict = why(MNIST, "1024")
    assert verdict.finding == "another"
    assert verdict.sentences[:2] == (
        "1,024 is dense1's: 1,024 units.",
        "For pool2, 1,024 = 4·4·64 comes from VALID in both convolutions and both pools: 28 → 24 → 12 → 8 → 4.",
    )


def test_a_net_that_can_not_run_is_answered_up_to_where_it_can() -> None:
    network = MNIST
    for name in ("conv1", "pool1", "conv2", "pool2"):
        network = network.with_window(name, padding=Padding(0, 0, 0, 0))
    assert network.fault is not None
    assert lines("4x4x64", network)[0] == "4x4x64 is right: 28 → 24 → 12 → 8 → 4, so pool2 is 4x4x64 = 1,024."
    assert lines("7x7x64", network)[0].startswith("7x7x64 comes from SAME in both convolutions")
    with pytest.raises(ArgumentError, match="dense2 can't run"):
        why(network, "10", "dense2")


def test_a_net_whose_first_layer_can_not_run() -> None:
    network = chain((5, 5, 1), [Conv("conv1", filters=2, kernel=(7, 7)), Conv("conv2", filters=3, kernel=(1, 1))])
    assert network.fault is not None
    assert lines("5x5x2", network) == [
        "5x5x2 comes from SAME in conv1: 5 → 5.",
        "conv1 was taken as ⌈5 / 1⌉ = 5, and no window fits here: VALID doesn't pad to keep the size.",
        "As it is, conv1 can't run: a window of 7x7 does not fit in the 5x5 input.",
    ]
    for answer in ("1x1x1", "100", "3", "7x7", "5x5x3", "1x2x3x4"):
        assert lines(answer, network)
        with pytest.raises(ArgumentError, match="conv1 can't run"):
            lines(answer, network, "conv1")


def test_a_joined_map() -> None:
    network = nets.meeting()  # left 2, relu1 4 and right 1 channels: 7, not 8, and not 2
    assert lines("7x6x8", network, "join")[0].startswith("7x6x8 comes from the channels multiplied instead of joined")
    assert lines("7x6x2", network, "join")[0].startswith("7x6x2 is left's")


# How an answer may be written


@pytest.mark.parametrize(
    "text",
    [
        *("4x4x64", "4*4*64", "4 x 4 x 64", "4·4·64", "4×4×64", "4X4X64", "(4, 4, 64)", "[4, 4, 64]", "(4,4,64,)"),
        *("4, 4, 64", "4 4 64", "4,4,64", "(None, 4, 4, 64)", "1x4x4x64", "?x4x4x64", "torch.Size([1, 4, 4, 64])"),
        " 4x4x64. ",
    ],
)
def test_forms_of_a_shape(text: str) -> None:
    verdict = why(MNIST, text)
    assert verdict.finding == "slips"
    assert verdict.fits[0].slips == (("valid", ("conv1", "pool1", "conv2", "pool2")),)


@pytest.mark.parametrize("text", ["1,024", "1024", "(1024,)", "[1024]", "1024."])
def test_forms_of_a_number(text: str) -> None:
    assert why(MNIST, text).answer == "1,024"


def test_the_right_shape_is_written_as_the_answer_is() -> None:
    for sign in "x×*·":
        assert f"pool2 is 7{sign}7{sign}64 = 3,136" in lines(sign.join(["4", "4", "64"]))[-1]


@pytest.mark.parametrize(
    "text", ["", " ", "foo", "4xx64", "x", "4x4x-64", "4.5x3", "9" * 5000, "1x" * 300 + "1", "4x\x004", "∞", "()"]
)
def test_what_is_no_shape_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError, match="Write a shape such as 4x4x64") as raised:
        why(MNIST, text)
    assert len(str(raised.value)) < 250


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"[0-9x,() *]{1,20}", fullmatch=True))
def test_any_text_is_answered_or_refused(text: str) -> None:
    try:
        verdict = why(nets.branching(), text)
    except ArgumentError:
        return
    assert verdict.sentences


# Planted slips, worked out with integers alone

Values = dict[str, Any]


def chain(shape: tuple[int, ...], layers: list[Layer]) -> Network:
    """Return a net that ends with a flatten."""
    return Network("chain", shape, (*layers, Flatten("flatten")), F32)


def along(n: int, w: Values, axis: int, slip: str) -> int:
    """Return the number of windows along an axis as somebody with a slip counts them; 0 if none fits."""
    f, s, d = int(w["kernel"][axis]), int(w["stride"][axis]), int(w["dilation"])
    padding = w["padding"]
    if slip == "stride forgotten":
        s = 1
    if slip == "kernel and stride swapped":
        f, s = s, f
    if slip == "dilation forgotten":
        d = 1
    if slip in ("valid", "no padding"):
        padding = 0
    if slip == "same":
        padding = "same"
    span = d * (f - 1) + 1
    if padding == "same":
        needed = max(0, (-(-n // s) - 1) * s + span - n)
        before, after = needed // 2, needed - needed // 2
    else:
        before = after = int(padding)
    if slip == "padding on both sides":
        before = after = (span - 1) // 2
    if slip == "padding once":
        after = 0
    room = n + before + after - span
    if room < 0:
        return 0
    if slip == "floor for ceil" and padding == "same":
        return n // s
    if slip == "ceil for floor":
        return -(-room // s) + 1
    return room // s + (slip != "missing + 1")


def answered(shape: tuple[int, int, int], layers: list[Values], slips: dict[str, list[str]]) -> tuple[int, ...]:
    """Return the last map's shape as somebody with slips in some layers works it out."""
    h, w, c = shape
    for layer in layers:
        own = slips.get(layer["name"], [])
        assert len(own) <= 1
        slip = own[0] if own else ""
        if slip == "layer forgotten":
            continue
        h, w = along(h, layer, 0, slip), along(w, layer, 1, slip)
        if layer["filters"]:
            n = int(layer["filters"])
            c = {"channels multiplied": c * n, "channels kept": c, "one filter": 1}.get(slip, n)
        if h < 1 or w < 1:
            return ()
    return h, w, c


def possible(layer: Values) -> list[str]:
    """Return the slips that can be made in a layer."""
    found = ["missing + 1"]
    found += ["valid", "padding on both sides"] if layer["padding"] == "same" else ["same"]
    if layer["padding"] not in ("same", 0):
        found += ["no padding", "padding once"]
    if max(layer["stride"]) > 1:
        found += ["stride forgotten", "floor for ceil" if layer["padding"] == "same" else "ceil for floor"]
    if layer["kernel"] != layer["stride"]:
        found.append("kernel and stride swapped")
    if layer["dilation"] > 1:
        found.append("dilation forgotten")
    return found + (["channels multiplied", "channels kept", "one filter"] if layer["filters"] else ["layer forgotten"])


PAIRS = st.tuples(st.integers(1, 5), st.integers(1, 5))


@st.composite
def chains(draw: st.DrawFn) -> tuple[tuple[int, int, int], list[Values]]:
    """A picture that is not square, and one to five convolutions and pools."""
    shape = (draw(st.integers(20, 60)), draw(st.integers(20, 60)), draw(st.integers(1, 4)))
    layers: list[Values] = []
    for n in range(draw(st.integers(1, 5))):
        kernel = draw(PAIRS)
        layers.append(
            {
                "name": f"layer{n}",
                "kernel": kernel,
                "stride": (draw(st.integers(1, 3)), draw(st.integers(1, 3))),
                "dilation": draw(st.sampled_from([1, 1, 2])),
                "padding": draw(st.sampled_from(["same", 0, 1, 2])),
                "filters": draw(st.sampled_from([0, 5, 7, 11])),
            }
        )
    return shape, layers


def network_of(shape: tuple[int, int, int], layers: list[Values]) -> Network:
    """Return the net of such a chain, with an activation after each convolution."""
    found: list[Layer] = []
    for each in layers:
        p = each["padding"]
        padding: Any = p if p == "same" else Padding(p, p, p, p)
        sliding = Sliding(each["kernel"], each["stride"], (each["dilation"],) * 2, padding)
        if each["filters"]:
            found += [nets.conv(each["name"], sliding, each["filters"]), Relu(f"relu_{each['name']}")]
        else:
            found.append(nets.max_pool(each["name"], sliding))
    return chain(shape, found)


def explains(verdict: Verdict, planted: set[tuple[str, str]]) -> bool:
    """Return whether slips among the planted ones are among the explanations."""
    options = [slips for fit in verdict.fits for slips in (fit.slips, *fit.alike)]
    found = [{(name, layer) for name, layers in each for layer in layers} for each in options]
    return any(each <= planted for each in found)


@settings(max_examples=80, deadline=None)
@given(chains(), st.data())
def test_planted_slips_are_found(case: tuple[tuple[int, int, int], list[Values]], data: st.DataObject) -> None:
    shape, layers = case
    right = answered(shape, layers, {})
    assume(right)
    network = network_of(shape, layers)
    last = network.names[-2]
    assert network.shape_of(last) == right
    chosen = data.draw(st.lists(st.sampled_from(layers), min_size=1, max_size=2, unique_by=lambda each: each["name"]))
    slips = {each["name"]: [data.draw(st.sampled_from(possible(each)))] for each in chosen}
    answer = answered(shape, layers, slips)
    assume(answer)
    verdict = why(network, "x".join(map(str, answer)), last)
    if answer == right:
        assert (verdict.finding, verdict.fits) == ("right", ())
        return
    assume(verdict.finding not in ("another", "right"))  # right: with the channels first
    assert verdict.finding == "slips", (answer, right, slips, verdict.text)
    assert len(verdict.fits[0].slips) <= len(slips)
    planted = {(name, layer) for layer, (name,) in slips.items()}
    assert explains(verdict, planted), (planted, [fit.slips for fit in verdict.fits])


@settings(max_examples=60, deadline=None)
@given(chains(), st.data())
def test_a_slip_in_all_layers_counts_as_one(
    case: tuple[tuple[int, int, int], list[Values]], data: st.DataObject
) -> None:
    shape, layers = case
    right = answered(shape, layers, {})
    slip = data.draw(st.sampled_from(["missing + 1", "stride forgotten", "kernel and stride swapped", "valid", "same"]))
    slips = {each["name"]: [slip] for each in layers if slip in possible(each)}
    answer = answered(shape, layers, slips)
    assume(right and answer and answer != right)
    network = network_of(shape, layers)
    verdict = why(network, "x".join(map(str, answer)), network.names[-2])
    assume(verdict.finding not in ("another", "right"))  # right: with the channels first
    assert verdict.finding == "slips"
    assert len(verdict.fits[0].slips) == 1
    assert explains(verdict, {(slip, layer) for layer in slips})


COUNTS = {
    "bias forgotten": lambda f, c, n: f[0] * f[1] * c * n,
    "bias per weight": lambda f, c, n: 2 * f[0] * f[1] * c * n,
    "one bias": lambda f, c, n: f[0] * f[1] * c * n + 1,
    "channels left out": lambda f, c, n: f[0] * f[1] * n + n,
    "one filter": lambda f, c, n: f[0] * f[1] * c + 1,
    "one side": lambda f, c, n: f[0] * c * n + n,
}


@pytest.mark.parametrize("slip", COUNTS)
@given(kernel=PAIRS, filters=st.integers(2, 40), channels=st.integers(2, 9))
@settings(max_examples=25, deadline=None)
def test_slips_in_a_number_of_parameters(slip: str, kernel: tuple[int, int], filters: int, channels: int) -> None:
    network = chain((30, 41, channels), [Conv("conv1", filters=filters, kernel=kernel), Relu("relu1")])
    right, answer = kernel[0] * kernel[1] * channels * filters + filters, COUNTS[slip](kernel, channels, filters)
    assert why(network, f"{right:,}", "conv1").finding == "right"
    assume(answer != right)
    verdict = why(network, f"{answer:,}", "conv1")
    assume(verdict.finding == "slips")
    assert explains(verdict, {(slip, "conv1")})


# A right answer has no slips


@cache
def every_net() -> list[Network]:
    samples = ("course", "mnist", "tiny", "residual", "conv1d", "wide", "lenet5")
    own = (nets.every_kind, nets.averaged, nets.branching, nets.meeting, nets.residual)
    return [*(load(name)[0] for name in samples), *(make() for make in own)]


@pytest.mark.parametrize("network", every_net(), ids=lambda network: network.title)
def test_a_right_answer_has_no_slips(network: Network) -> None:
    for stage in network.stages:
        assert stage.output is not None
        shape = "x".join(map(str, stage.output))
        own = why(network, shape, stage.name)
        assert (own.finding, own.fits, own.right) == ("right", (), stage.output), stage.name
        if len(stage.output) > 1:
            any_layer = why(network, shape)
            assert any_layer.finding in ("right", "another"), stage.name
            assert any_layer.fits == ()
        if count := stage.layer.parameters(stage.input or ()):
            verdict = why(network, f"{count:,}", stage.name)
            assert (verdict.finding, verdict.fits) == ("right", ()), stage.name


@pytest.mark.parametrize("network", every_net(), ids=lambda network: network.title)
def test_any_number_is_answered(network: Network) -> None:
    for number, layer in enumerate((None, None, *network.names[::2])):
        assert why(network, ("0x0x0", "31x31x4")[number % 2], layer, m=3).sentences


def test_all_kinds_are_met() -> None:
    met = {layer.kind for network in every_net() for layer in network.layers}
    assert {"conv", "conv1d", "max_pool", "avg_pool", "conv_transpose", "concat", "add", "flatten", "dense"} <= met
    assert met <= set(KINDS)


def test_twelve_layers_take_less_than_a_second() -> None:
    layers: list[Layer] = []
    for n in range(6):
        layers.append(Conv(f"conv{n}", filters=8 + n, kernel=(3, 5), stride=(2, 1), padding="same"))
        layers.append(MaxPool(f"pool{n}", kernel=(3, 2), stride=(1, 2), padding=Padding(1, 1, 1, 1)))
    network = chain((512, 512, 3), layers)
    for answer in ("11x9x13", "123,457"):
        start = time.process_time()
        why(network, answer)
        assert time.process_time() - start < 1


def test_a_sentence_that_begins_with_a_layer_s_name_keeps_it() -> None:
    network = load("lenet5")[0]
    said = why(network, "mat1 and mat2 shapes cannot be multiplied (32x1024 and 3136x10)").text
    assert "s2 forgotten" in said
    assert "S2" not in said
