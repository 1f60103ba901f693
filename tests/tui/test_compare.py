"""Feature maps before and after a change, compared by receptive field."""

from __future__ import annotations

import numpy as np
import pytest
from nets import F32, conv, conv1d, max_pool
from nets import x as random

from convstep.debugger import Frame, Session
from convstep.engine.geometry import Sliding
from convstep.layers import Dense, Flatten, Layer, Relu
from convstep.network import Network
from convstep.opening import open_session
from convstep.tui.maps.compare import Comparison, compare


def session(*layers: Layer, shape: tuple[int, ...] = (9, 11, 2)) -> Session:
    return Session(Network("net", shape, layers, F32), random(*shape))


def compared(run: Session, verb: str) -> tuple[Frame, Frame, Comparison]:
    before = run.frame
    run.do(verb)
    found = compare(before, run.frame)
    assert found is not None
    return before, run.frame, found


def by_window(before: Frame, after: Frame) -> tuple[list[list[bool]], int, int, int]:
    """Return which neurons differ, and how many are the same, new, and gone, found window by window."""
    assert before.step is not None
    assert after.step is not None
    maps = []
    for step in (before.step, after.step):
        _, n_H, n_W, _ = shape = step.operation.geometry.shape
        c = after.index[3]
        values = step.values.reshape(shape)[0, :, :, c]
        places = {(h, w): step.operation.window((0, h, w, c))[:2] for h in range(n_H) for w in range(n_W)}
        maps.append({window: float(values[at]) for at, window in places.items()})
    old, new = maps
    _, n_H, n_W, _ = after.step.operation.geometry.shape
    same = [window in old and old[window] == pytest.approx(value, rel=1e-4, abs=1e-6) for window, value in new.items()]
    differs = (~np.array(same).reshape(n_H, n_W)).tolist()
    return differs, sum(same), len(new.keys() - old.keys()), len(old.keys() - new.keys())


@pytest.mark.parametrize("kernel", [(3, 3), (4, 2), (5, 1)])
@pytest.mark.parametrize(
    ("first", "verb"),
    [
        (Sliding((1, 1), padding="same"), "padding valid"),
        (Sliding((1, 1)), "padding same"),
        (Sliding((1, 1), padding="full"), "padding same"),
        (Sliding((1, 1)), "stride 2"),
        (Sliding((1, 1), stride=(2, 3)), "stride 1"),
        (Sliding((1, 1), dilation=(2, 2), padding="same"), "padding valid"),
    ],
)
def test_a_neuron_is_the_one_whose_window_lies_where_its_own_does(
    kernel: tuple[int, int], first: Sliding, verb: str
) -> None:
    run = session(conv("conv", first._replace(kernel=kernel), 3))
    run.do("jump 0 0 2")
    before, after, found = compared(run, verb)
    differs, same, new, gone = by_window(before, after)
    assert found.differs.tolist() == differs
    assert (found.same, found.new, found.gone, found.changed) == (same, new, gone, 0)


def test_layers_behind_the_changed_one_are_compared_by_what_they_see_of_the_input() -> None:
    layers = (conv("conv", Sliding((3, 3), padding="same"), 2), Relu("relu"), max_pool("pool", Sliding((2, 2), (1, 1))))
    run = session(*layers)
    run.do("jump relu 4 5 1")
    _, _, found = compared(run, "padding valid conv")
    assert (found.same, found.gone, found.shift) == (63, 36, (-1, -1))
    run.do("jump pool 4 5 1")
    _, _, found = compared(run, "padding same conv")
    assert (found.same, found.new, found.changed, found.shift) == (48, 32, 0, (1, 1))
    run = session(*layers[:2], conv("last", Sliding((3, 3), padding="same"), 1))
    run.do("jump last 3 3 0")
    _, _, found = compared(run, "padding valid conv")
    assert found.differs.tolist() == [[not (0 < h < 6 and 0 < w < 8) for w in range(9)] for h in range(7)]
    assert (found.same, found.changed, found.new, found.gone) == (35, 28, 0, 36)


def test_both_numbers_are_said() -> None:
    run = open_session("photo")
    run.do("jump conv1 30 24 5")
    _, _, found = compared(run, "padding valid")
    assert found.words == "all 3,721 as before, shifted by (−1, −1); 375 at the border are gone"
    assert not found.differs.any()
    _, _, found = compared(run, "padding same")
    assert found.words == "3,721 of 4,096 as before, shifted by (1, 1); 375 at the border are new"
    assert found.differs.sum() == 375
    _, _, found = compared(run, "stride 2")
    assert found.words == "all 1,024 as before; 3,072 between them are gone"
    _, _, found = compared(run, "dilation 2")
    assert found.words == "all 1,024 values of this map are new"


def test_a_lengths_shift_is_one_number() -> None:
    run = session(conv1d("conv", Sliding((4, 1)), 1), shape=(20, 2))
    _, _, found = compared(run, "padding same")
    assert found.words == "17 of 20 as before, shifted by 1; 3 at the border are new"


def test_what_is_no_map_or_another_layer_is_not_compared() -> None:
    layers = (conv("conv", Sliding((3, 3), padding="same"), 2), Flatten("flatten"), Dense("dense", units=3))
    run = session(*layers)
    before = run.frame
    run.do("layer dense")
    assert compare(before, run.frame) is None
    before = run.frame
    run.do("padding valid conv")
    assert compare(before, run.frame) is None
