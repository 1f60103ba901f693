"""One neuron's cone: only what it depends on is computed, and it has the bits that the whole layers give."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nets
import numpy as np
import pytest
from cones import TALL, open_net, poison, shrink_blocks

from convstep.answers.contributions import effects_of, follow, value_of
from convstep.cli import main
from convstep.engine.conv import Conv
from convstep.engine.geometry import VALID, Index
from convstep.engine.pad import pad2d
from convstep.engine.steps import Array, Step, known_parts
from convstep.layers import Relu
from convstep.network import Network, Values


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink_blocks(monkeypatch)


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    poison(monkeypatch)


def neurons(values: Values, name: str, count: int) -> list[Index]:
    shape = values.output(name).shape
    chosen = random.Random(name)
    return [tuple(chosen.randrange(size) for size in shape) for _ in range(count)]  # type: ignore[misc]  # four of them


def bits(step: Step) -> list[bytes]:
    """What a step shows: window, filter, products, value and taps."""
    taps = [np.asarray([tap.total, tap.input], np.float64).tobytes() for tap in step.taps()]
    arrays = (step.input_slice, step.filter, step.products, step.bias, step.value)
    return [b"" if each is None else np.asarray(each).tobytes() for each in arrays] + taps


def computed(values: Values, name: str) -> np.ndarray:
    """Which of a layer's values are computed, flat."""
    known = values.known(name)
    size = np.prod(values.step(name, (0, 0, 0, 0)).operation.geometry.shape)
    return np.ones(size, np.bool_) if known is None else known.of(np.arange(size))


def test_a_neuron_of_any_layer_has_the_bits_of_the_whole_net(tmp_path: Path, poisoned: None) -> None:
    network, x = open_net(tmp_path)
    whole = Values(network, x)
    expected = {name: whole.output(name) for name in network.names}
    left_out = 0
    for name in network.names:
        for index in neurons(whole, name, 3):
            values = Values(network, x)
            for _ in values.compute_cone(name, index):
                pass
            step = values.step(name, index)
            assert bits(step) == bits(whole.step(name, index)), (name, index)
            known = {each: computed(values, each) for each in network.needed_for(name)}
            for each, done in known.items():
                assert step.values.base is not None
                part = values.step(each, (0, 0, 0, 0)).values
                assert part[done].tobytes() == expected[each].reshape(-1)[done].tobytes()
                assert np.isnan(part[~done]).all()
            left_out += sum(int((~done).sum()) for done in known.values())
        assert values.output(name).tobytes() == expected[name].tobytes()
        assert all(values.is_known(each) for each in network.needed_for(name))
    assert left_out > 100_000


def test_pixels_that_a_neuron_does_not_depend_on_are_not_looked_at(tmp_path: Path, poisoned: None) -> None:
    """Which they are is found by changing them: rows in whose place NaN leaves the neuron as it is."""
    network, x = open_net(tmp_path)
    whole = Values(network, x)
    for name in ("mirrored", "up2", "pad", "up1"):
        index = neurons(whole, name, 1)[0]
        blind = x.copy()
        rows = [(index[0], slice(row, row + 1)) for row in range(x.shape[1])]
        for part in (*rows, *((i, slice(None)) for i in {0, 1, 2} - {index[0]})):
            changed = x.copy()
            changed[part] = np.nan
            if not np.isnan(Values(network, changed).output(name)[index]):
                blind[part] = np.nan
        assert np.isnan(blind).any()
        values = Values(network, blind)
        for _ in values.compute_cone(name, index):
            pass
        assert values.step(name, index).value.tobytes() == whole.output(name)[index].tobytes(), name


def test_few_blocks_of_a_tall_map_are_computed(tmp_path: Path) -> None:
    network, x = open_net(tmp_path, TALL)
    values = Values(network, x)
    everything = values.work("f")
    assert values.cone_work("f", (0, 40, 3, 1)) == everything  # as long as nothing is laid out
    windows = dict.fromkeys(network.names, 0)
    for layer, done, _ in values.compute_cone("f", (0, 40, 3, 1)):
        windows[layer] = done
    # by hand: f has blocks of 2 rows, of which one sees rows 39 to 42 of e, and these 78 to 85 of d, for which 77 to 86
    # of b are needed; the blocks that hold them have 12 rows, 6¼, 1 (a and c), and 1⅔
    bounds = {"f": (2, 2), "e": (12, 12), "d": (8, 18.75), "c": (8, 8), "b": (10, 13.4), "a": (10, 10)}
    for name, (least, most) in bounds.items():
        assert least <= windows[name] / (network.shape_of(name)[1] * 4) <= most, name
    assert not any(map(values.is_known, network.names))
    assert values.cone_work("f", (0, 40, 3, 1)) == 0
    assert 0.85 * everything < values.work("f") < everything
    assert list(values.compute_cone("f", (0, 40, 2, 3))) == []  # the same place
    again = [layer for layer, _, _ in values.compute_cone("f", (0, 41, 2, 3))]
    assert set(again) <= set(network.names)
    left = {layer for layer, _, _ in values.compute("f")}
    assert left == set(network.names)
    assert values.work("f") == 0
    assert values.output("f").tobytes() == Values(network, x).output("f").tobytes()


def test_what_one_net_computes_another_with_the_same_layers_has(tmp_path: Path) -> None:
    network, x = open_net(tmp_path, TALL)
    values = Values(network, x)
    for _ in values.compute_cone("f", (0, 40, 3, 1)):
        pass
    other = Values(network.with_window("f", padding="full"), x, known=values)
    assert other.known("d") is not None
    other.output("d")
    assert values.is_known("d")
    assert not values.is_known("f")


def test_arrays_that_are_computed_in_parts_are_read_only_and_not_copied(tmp_path: Path) -> None:
    network, x = open_net(tmp_path, TALL)
    values = Values(network, x)
    for _ in values.compute_cone("f", (0, 40, 3, 1)):
        pass
    for source, name in (("b", "c"), ("e", "f")):
        array = values.step(name, (0, 40, 3, 1)).operation.A_prev
        assert np.shares_memory(array, values.output(source))
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 1


def test_the_running_output_is_nan_where_nothing_is_computed(tmp_path: Path) -> None:
    network, x = open_net(tmp_path, TALL)
    values = Values(network, x)
    for _ in values.compute_cone("c", (0, 40, 3, 1)):
        pass
    step = values.step("c", (0, 40, 3, 1))
    expected = Values(network, x).output("c").copy()
    flat = expected.reshape(-1)
    flat[~computed(values, "c")] = np.nan
    flat[step.number + 1 :] = np.nan
    np.testing.assert_array_equal(step.output, expected)
    assert np.isnan(step.output[0, :30]).all()
    assert np.isfinite(step.output[0, 40, :3]).all()
    for c in range(4):
        np.testing.assert_array_equal(step.running_map(0, c), expected[0, :, :, c])
    (part,) = known_parts(step.values, step.known_output)
    assert np.shares_memory(part, step.values)
    assert part.size == computed(values, "c").sum()


def test_a_layer_that_cant_work_says_so() -> None:
    network = nets.mnist()
    broken = network.with_window("conv1", padding=VALID)
    with pytest.raises(Exception, match="made for 3136"):
        list(Values(broken, nets.x(1, 28, 28, 1)).compute_cone("dense1", (0, 0, 0, 0)))


def test_what_a_value_is_made_of_needs_its_cone_alone(tmp_path: Path) -> None:
    network, x = open_net(tmp_path, TALL)
    values, whole = Values(network, x), Values(network, x)
    whole.output("f")
    found = list(follow(values, "f", (40, 1, 2)))
    assert [origin.layer for origin in found] == [origin.layer for origin in follow(whole, "f", (40, 1, 2))]
    assert found == list(follow(whole, "f", (40, 1, 2)))
    assert effects_of(values, "a", (85, 3, 1)) == effects_of(whole, "a", (85, 3, 1))
    assert value_of(values, "e", (42, 2, 3)) == whole.output("e")[0, 42, 2, 3]
    assert not any(map(values.is_known, network.names))


def test_a_trace_of_some_steps_computes_no_more_than_they_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    open_net(tmp_path, TALL)
    computer, computed = Conv.computer, [0]

    def counted(self: Conv, Z: Array) -> Callable[[int, int], None]:
        compute = computer(self, Z)

        def one(first: int, end: int) -> None:
            computed[0] += 1
            compute(first, end)

        return one

    monkeypatch.setattr(Conv, "computer", counted)
    command = ["trace", str(tmp_path / "net.yaml"), "--layer", "f", "--full"]
    assert main(command) == 0
    lines, blocks = capfd.readouterr().out.splitlines(), computed[0]
    assert main([*command, "--from", "480", "--to", "500"]) == 0
    assert capfd.readouterr().out.splitlines() == lines[480:500]
    assert 0 < computed[0] - blocks < blocks / 2
    assert main([*command, "--from", "7", "--to", "7"]) == 0
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("mode", ["zero", "edge", "reflect"])
def test_blocks_of_padding_alone(mode: str) -> None:
    x = nets.x(2, 6, 7, 11)  # blocks of one row
    found = pad2d(x, {"pad": ((5, 4), (0, 3)), "mode": mode})
    how: dict[str, Any] = {"mode": {"zero": "constant"}.get(mode, mode)}
    np.testing.assert_array_equal(found, np.pad(x, ((0, 0), (5, 4), (0, 3), (0, 0)), **how))


def test_a_net_of_a_thousand_layers() -> None:
    layers = tuple(Relu(f"relu{n}") for n in range(1000))
    values = Values(Network("deep", (9, 2, 3), layers, nets.F32), nets.x(1, 9, 2, 3))
    for _ in values.compute_cone("relu999", (0, 4, 1, 2)):
        pass
    assert values.step("relu999", (0, 4, 1, 2)).value == max(values.x[0, 4, 1, 2], 0)
    assert not values.is_known("relu0")
