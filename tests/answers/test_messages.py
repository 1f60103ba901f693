"""What a framework's error message says about a net: PyTorch's, Keras', TensorFlow's, JAX' and NumPy's wordings."""

from __future__ import annotations

import re

import nets
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convstep import load
from convstep.answers.why import why
from convstep.answers.why.messages import Axes, Border, Channels, Differ, Message, Product, Reshape, TooLarge, parse
from convstep.errors import ArgumentError
from convstep.network import Network

MNIST = nets.mnist()
COURSE = load("course")[0]
NETS = (MNIST, nets.branching(), nets.residual(), nets.averaged(), load("conv1d")[0])

READ: list[tuple[str, Message]] = [
    (
        "RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x1024 and 3136x10)",
        Product(1024, 3136, 10, 32),
    ),
    (
        "RuntimeError: size mismatch, m1: [32 x 1024], m2: [3136 x 10] at THTensorMath.cpp:41",
        Product(1024, 3136, 10, 32),
    ),
    (
        'ValueError: Input 0 of layer "dense" is incompatible with the layer: expected axis -1 of input shape to have '
        "value 3136, but received input with shape (None, 1024)",
        Product(1024, 3136, shape=(1024,)),
    ),
    (
        "ValueError: Input 0 of layer dense_30 is incompatible with the layer: expected axis -1 of input shape to have "
        "value 180 but received input with shape [32, 245]",
        Product(245, 180, shape=(245,)),
    ),
    (
        "Input 0 is incompatible with layer dense_1: expected axis -1 of input shape to have value 3 but got shape "
        "(4, 5)",
        Product(5, 3, shape=(5,)),
    ),
    (
        'Input 0 of layer "conv2d" is incompatible with the layer: expected axis -1 of input shape to have value 3, '
        "but received input with shape (None, 3, 64, 64)",
        Channels(64, 3, (3, 64, 64), "last"),
    ),
    (
        "RuntimeError: Given groups=1, weight of size [8, 3, 4, 4], expected input[1, 64, 64, 3] to have 3 channels, "
        "but got 64 channels instead",
        Channels(64, 3, (64, 64, 3), "first", 8, (4, 4)),
    ),
    (
        "Given groups=1, weight of size 32 6 3 3, expected input[8, 3, 336, 336] to have 6 channels, but got 3 "
        "channels instead",
        Channels(3, 6, (3, 336, 336), "first", 32, (3, 3)),
    ),
    (
        "Given groups=1, weight[512, 2048, 1, 1], so expected input[16, 64, 75, 75] to have 2048 channels, but got 64 "
        "channels instead",
        Channels(64, 2048, (64, 75, 75), "first", 512, (1, 1)),
    ),
    (
        "RuntimeError: Calculated padded input size per channel: (2 x 2). Kernel size: (5 x 5). Kernel size can't be "
        "greater than actual input size",
        TooLarge((5, 5), (2, 2)),
    ),
    (
        "Calculated padded input size per channel: (2). Kernel size: (3). Kernel size can't be greater than actual "
        "input size",
        TooLarge((3,), (2,)),
    ),
    ("Kernel size can't be greater than actual input size", TooLarge((), ())),
    (
        "RuntimeError: Given input size: (512x1x1). Calculated output size: (512x0x0). Output size is too small",
        TooLarge((), (1, 1)),
    ),
    (
        "ValueError: Negative dimension size caused by subtracting 5 from 4 for 'conv2d_2/convolution' (op: 'Conv2D') "
        "with input shapes: [?,4,4,32], [5,5,32,64].",
        TooLarge((5,), (4,), (4, 4, 32)),
    ),
    (
        "Negative dimension size caused by subtracting 5 from 4 for '{{node conv2d/Conv2D}} = Conv2D[T=DT_FLOAT, "
        'data_format="NHWC"](x, kernel)\' with input shapes: [?,4,4,32], [5,5,32,64].',
        TooLarge((5,), (4,), (4, 4, 32)),
    ),
    ("Negative dimension size caused by subtracting 5 from 4", TooLarge((5,), (4,))),
    (
        "Computed output size would be negative. Received: `inputs shape=(None, 4, 4, 64)`, "
        "`kernel shape=(5, 5, 64, 32)`, `dilation_rate=[1, 1]`.",
        TooLarge((5, 5), (4, 4), (4, 4, 64)),
    ),
    (
        "InvalidArgumentError: Matrix size-incompatible: In[0]: [32,1024], In[1]: [3136,10]\n\t [[Node: MatMul]]",
        Product(1024, 3136, 10, 32),
    ),
    (
        "Dimensions must be equal, but are 1024 and 3136 for '{{node MatMul}} = MatMul[T=DT_FLOAT](x, w)' with input "
        "shapes: [?,1024], [3136,10].",
        Product(1024, 3136, 10, 0),
    ),
    ("input depth must be evenly divisible by filter depth: 1 vs 3", Channels(1, 3, (), "last")),
    (
        "TypeError: dot_general requires contracting dimensions to have the same shape, got (1024,) and (3136,).",
        Product(1024, 3136),
    ),
    (
        "conv_general_dilated lhs feature dimension size divided by feature_group_count must equal the rhs input "
        "feature dimension size, but 64 // 1 != 3.",
        Channels(64, 3, (), "last"),
    ),
    (
        "ValueError: could not broadcast input array from shape (3,3,3) into shape (2,3,3)",
        Border((3, 3, 3), (2, 3, 3), True),
    ),
    ("operands could not be broadcast together with shapes (2,3,3) (3,3,3) ", Border((2, 3, 3), (3, 3, 3), False)),
    (
        "ValueError: shapes (32,1024) and (3136,10) not aligned: 1024 (dim 1) != 3136 (dim 0)",
        Product(1024, 3136, 10, 32),
    ),
    (
        "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature (n?,k),(k,m?)->(n?,m?) "
        "(size 3136 is different from 1024)",
        Product(1024, 3136),
    ),
    (
        'Input 0 of layer "conv2d" is incompatible with the layer: expected min_ndim=4, found ndim=3. Full shape '
        "received: (None, 28, 28)",
        Axes(4, 3, (0, 28, 28)),
    ),
    (
        "Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: [28, 28]",
        Axes(4, 2, (28, 28)),
    ),
    ("shape '[-1, 3136]' is invalid for input of size 32768", Reshape(3136, 32768)),
    (
        "The size of tensor a (28) must match the size of tensor b (24) at non-singleton dimension 3",
        Differ(28, 24),
    ),
    (
        "Sizes of tensors must match except in dimension 1. Expected size 28 but got size 24 for tensor number 1 in "
        "the list.",
        Differ(28, 24),
    ),
]


@pytest.mark.parametrize(("text", "message"), READ, ids=lambda each: str(each)[:50] if isinstance(each, str) else "")
def test_messages_are_read(text: str, message: Message) -> None:
    assert parse(text) == message
    assert parse(f"Traceback (most recent call last):\n  File 'x.py', line 3\n{text}\n") == message


@pytest.mark.parametrize("number", range(len(READ)), ids=lambda number: READ[number][0][:50])
def test_every_message_is_answered_for_every_net(number: int) -> None:
    """About no layer, the first or the last: each with every message, and with every net."""
    for each, network in enumerate((*NETS, COURSE)):
        layer = (None, network.names[0], network.names[-1])[(number + each) % 3]
        verdict = why(network, READ[number][0], layer)
        assert verdict.finding == "message"
        assert all(verdict.sentences)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(READ), st.sampled_from(NETS), st.data())
def test_any_numbers_in_a_message_are_answered(
    case: tuple[str, Message], network: Network, data: st.DataObject
) -> None:
    number = st.integers(0, 70) | st.sampled_from([0, 1, 3, 4, 28, 64, 3136, 10**11])
    text = re.sub(r"(?<=[(\[ x,])\d+", lambda _: str(data.draw(number)), case[0])
    try:
        assert why(network, text).sentences
    except ArgumentError:
        assert parse(text) is None


def test_a_product_in_mnist() -> None:
    assert why(MNIST, READ[0][0]).sentences == (
        "dense1 has weights for 3,136 inputs, but 1,024 arrive, in a batch of 32.",
        "In this net pool2 gives 7·7·64 = 3,136 values, as many as the weights were made for.",
        "1,024 = 4·4·64 comes from VALID in both convolutions and both pools: 28 → 24 → 12 → 8 → 4.",
        "conv1 was taken as 28 − 5 + 1 = 24, not ⌈28 / 1⌉ = 28: SAME pads as much as that takes.",
        "In both pools it makes no difference here.",
        "Right is SAME: 28 → 28 → 14 → 14 → 7, so pool2 is 7x7x64 = 3,136.",
    )


def test_a_missing_flatten() -> None:
    text = "mat1 and mat2 shapes cannot be multiplied (14336x7 and 3136x10)"
    assert why(MNIST, text).sentences[1] == (
        "7 is the last axis of pool2's map 7×7×64 alone, its width: the flatten before dense1 is missing."
    )


def test_channels_in_the_wrong_place() -> None:
    sentences = why(COURSE, READ[6][0]).sentences
    assert sentences == (
        "A layer with 8 filters of 4×4 for 3 channels was given 64 channels.",
        "The 3 channels of the input 64×64×3 come last, but are taken second, after the batch, so that 64, a size of "
        "the picture, was taken for them: x.permute(0, 3, 1, 2) in PyTorch.",
        "In this net 3 are right for conv1, which takes the net's input.",
    )
    keras = why(COURSE, READ[5][0]).text
    assert "come first, but are taken last" in keras
    assert "tf.transpose(x, (0, 2, 3, 1))" in keras


def test_a_dense_layer_that_keras_gives_a_map() -> None:
    text = READ[5][0].replace("value 3,", "value 64,").replace("(None, 3, 64, 64)", "(None, 2, 2, 16)")
    assert why(COURSE, text).sentences[1] == ("2·2·16 = 64: it is a dense layer, and the flatten before it is missing.")


def test_a_reshape() -> None:
    sentences = why(MNIST, "shape '[-1, 3136]' is invalid for input of size 32768").sentences
    assert sentences[:4] == (
        "32,768 values are to go into rows of 3,136; 32,768 / 3,136 leaves 1,408.",
        "In this net pool2 gives 7·7·64 = 3,136 values an example.",
        "In a batch of 32, 1,024 values an example arrive.",
        "1,024 = 4·4·64 comes from VALID in both convolutions and both pools: 28 → 24 → 12 → 8 → 4.",
    )


def test_a_window_that_is_too_large() -> None:
    sentences = why(MNIST, READ[13][0]).sentences
    assert sentences[0].startswith("A window of 5 doesn't fit into a map of 4 along an axis")
    assert sentences[1] == "In this net conv2's window of 5×5 moves over 14×14, where it fits."
    first = why(MNIST, "Negative dimension size caused by subtracting 5 from 1 for 'c' with input shapes: [?,1,28,28]")
    assert "the number of channels, 1, comes first, and was taken for its height" in first.text


def test_a_window_past_the_border() -> None:
    text = why(MNIST, "could not broadcast input array from shape (5,5,1) into shape (4,5,1)").text
    assert "a slice past the end is cut off, so that 4 of 5 places are left" in text
    assert "In this net conv1 has windows at ⌊(28 + 2 + 2 − 5)/1⌋ + 1 = 28 places a side." in text
    padded = why(MNIST, "could not broadcast input array from shape (28,28,1) into shape (32,32,1)").text
    assert "as with and without padding of 2 on every side" in padded
