"""Nets: shapes, faults, values, receptive fields."""

from __future__ import annotations

import nets
import numpy as np
import pytest
from nets import avg_pool, conv

from convstep.engine import conv2d
from convstep.engine.geometry import VALID, Padding, Sliding
from convstep.errors import ArgumentError, MismatchError, ShapeError
from convstep.layers.weights import Given
from convstep.network import Network, Values
from convstep.network.receptive import fields


def valid(network: Network) -> Network:
    for name in ("conv1", "pool1", "conv2", "pool2"):
        network = network.with_window(name, padding=VALID)
    return network


def outputs(network: Network) -> list[tuple[int, ...] | None]:
    return [stage.output for stage in network.stages]


def test_the_courses_shapes() -> None:
    assert outputs(nets.course()) == [
        (64, 64, 8),
        (64, 64, 8),
        (8, 8, 8),
        (8, 8, 16),
        (8, 8, 16),
        (2, 2, 16),
        (64,),
        (6,),
    ]


def test_shapes_without_symmetry() -> None:
    assert outputs(nets.every_kind()) == [
        (5, 7, 4),
        (5, 7, 4),
        (3, 4, 4),
        (3, 2, 6),
        (3, 2, 6),
        (36,),
        (5,),
        (5,),
    ]


def test_a_dense_layer_says_what_it_was_made_for_what_arrives_and_from_where() -> None:
    network = valid(nets.mnist())
    assert outputs(network) == [(24, 24, 32), (12, 12, 32), (8, 8, 64), (4, 4, 64), (1024,), None, None, None]
    fault = network.stage("dense1").fault
    assert isinstance(fault, MismatchError)
    assert str(fault) == (
        "dense1: its weights were made for 3136 inputs, but 1024 arrive: 4×4×64 = 1024 from pool2. "
        "With SAME padding everywhere, 7×7×64 = 3136 would arrive"
    )
    assert str(network.stage("dense2").fault) == "dense2: waits for dense1"
    with pytest.raises(ShapeError, match="3136"):
        network.forward(nets.x(1, 28, 28, 1))


def test_a_layer_without_a_window_cant_slide() -> None:
    with pytest.raises(ArgumentError, match="relu1 has no window"):
        nets.course().with_window("relu1", padding=VALID)
    with pytest.raises(ArgumentError, match=r"no layer 'pol1'\. Did you mean 'pool1'"):
        nets.course().with_window("pol1", padding=VALID)


def test_forward_is_each_layer_after_the_other() -> None:
    network = nets.every_kind()
    x = nets.x(2, 9, 7, 2)
    values = network.forward(x)
    assert [Z.shape[1:] for Z in values.values()] == outputs(network)
    conv2 = conv2d(
        values["pool1"],
        nets.x(2, 2, 4, 6, seed=4),
        None,
        {"pad": ((1, 1), (1, 0)), "stride": (1, 2), "dilation": (2, 1)},
    )
    assert values["conv2"].tobytes() == conv2.tobytes()
    np.testing.assert_array_equal(values["flatten"], values["pool2"].reshape(2, 36))
    np.testing.assert_allclose(values["softmax"].sum(axis=1), 1, rtol=1e-6)


def test_a_change_keeps_what_comes_before_it() -> None:
    """Only the layers from the changed one on are computed again, and the rest is the same array."""
    network = nets.every_kind()
    values = Values(network, nets.x(1, 9, 7, 2))
    before = {name: values.output(name) for name in network.names}
    changed = network.with_window("conv2", padding=Padding(1, 1, 0, 0))
    after = Values(changed, values.x, known=values)
    assert [after.is_known(name) for name in network.names] == [True] * 3 + [False] * 5
    assert after.output("pool1") is before["pool1"]
    assert after.output("conv2").shape == (1, 3, 2, 6)
    assert network == changed.with_window("conv2", padding=Padding(1, 1, 1, 0))


def test_an_input_of_another_shape() -> None:
    with pytest.raises(ShapeError, match="the net takes 9×7×2, but the input is 1×7×9×2"):
        nets.every_kind().forward(nets.x(1, 7, 9, 2))


def test_receptive_fields_by_hand() -> None:
    """4; 4 + 7·1; 11 + 1·8; 19 + 3·8; the dense layer sees 2x2 fields, 32 apart."""
    assert [(field.size, tuple(map(int, field.jump))) for field in fields(nets.course()).values()] == [
        ((4, 4), (1, 1)),
        ((4, 4), (1, 1)),
        ((11, 11), (8, 8)),
        ((19, 19), (8, 8)),
        ((19, 19), (8, 8)),
        ((43, 43), (32, 32)),
        ((43, 43), (32, 32)),
        ((75, 75), (32, 32)),
    ]


def test_receptive_fields_are_what_a_neuron_really_depends_on() -> None:
    """Poke every pixel, and see which move neuron (0, 0) and its neighbour (1, 1)."""
    layers = (
        conv("conv1", Sliding((3, 2), (2, 1)), 1, weights=Given(np.ones((3, 2, 1, 1)))),
        avg_pool("pool1", Sliding((2, 3), (2, 3))),
        conv("conv2", Sliding((2, 2), (1, 1), (2, 1)), 1, weights=Given(np.ones((2, 2, 1, 1)))),
    )
    network = Network("poked", (24, 15, 1), layers, np.dtype(np.float64))
    *_, last = fields(network).values()
    pokes = np.eye(24 * 15).reshape(24 * 15, 24, 15, 1)
    moved = network.forward(pokes)["conv2"][:, :2, :2, 0]
    for n in (0, 1):
        rows, cols = np.nonzero(moved[:, n, n].reshape(24, 15))
        assert (rows.min(), cols.min()) == (n * last.jump[0], n * last.jump[1])
        assert (rows.max() + 1 - rows.min(), cols.max() + 1 - cols.min()) == last.size
