"""Following a neuron from layer to layer: the engine's own windows are the judge."""

from __future__ import annotations

from itertools import pairwise

import nets
import numpy as np
import pytest

from convstep.debugger import Session
from convstep.network import Network

NETS = {
    "every kind": (nets.every_kind, (2, 9, 7, 2)),
    "averaged": (nets.averaged, (1, 6, 4, 3)),
    "branching": (nets.branching, (1, 5, 4, 2)),
    "residual": (nets.residual, None),
}


def session_of(name: str) -> Session:
    make, shape = NETS[name]
    network: Network = make()
    return Session(network, nets.x(*(shape or (1, *network.input_shape))))


@pytest.mark.parametrize("name", NETS)
def test_a_neuron_is_followed_to_one_that_looks_at_it(name: str) -> None:
    session = session_of(name)
    names = session.network.names
    random = np.random.RandomState(3)
    for layer, after in pairwise(names):
        if layer not in session.network.stage(after).sources:
            continue
        for _ in range(12):
            session.go(layer)
            place = tuple(int(random.randint(size)) for size in session.shape)
            session.jump((place[0], place[1], place[2], place[3]))
            session.do("follow")
            assert session.layer == after
            step = session.frame.step
            assert step is not None
            nobody = not any(looks_at(session, after, place, index) for index in np.ndindex(session.shape))
            assert nobody or looks_at(session, after, place, step.index)
            session.do("follow back")
            assert session.layer == layer


def looks_at(session: Session, layer: str, place: tuple[int, ...], index: tuple[int, ...]) -> bool:
    """Return whether a neuron has a tap on a place; rows and columns alone, since a filter looks at all channels."""
    i, h, w, c = index
    operation = session.values.operation(layer)
    if session.network.stage(layer).layer.keeps_values:
        return bool(operation.A_prev[place].tobytes() == session.values.output(layer)[i, h, w, c].tobytes())
    rows, cols, _ = operation.window((i, h, w, c))
    return place[0] == i and (len(rows) == 0 or place[1] in rows) and (len(cols) == 0 or place[2] in cols)


def test_there_and_back_is_the_same_neuron() -> None:
    session = session_of("every kind")
    session.do("jump conv1 3 5 2")
    places = []
    for _ in range(len(session.network.names) - 1):
        places.append((session.layer, session.index))
        session.do("follow")
    assert session.do("follow") == "this is the end of the net"
    for layer, index in reversed(places):
        session.do("follow back")
        assert (session.layer, session.index) == (layer, index)
    assert session.do("follow back") == "this is the start of the net"


def test_by_hand() -> None:
    """conv1 18 37 5 → relu1 the same → pool1 18//8, 37//8 → conv2 (2×2, SAME pads below and right) at or before it."""
    session = Session(nets.course(), nets.x(1, 64, 64, 3))
    session.do("jump conv1 18 37 5")
    found = []
    for _ in range(7):
        session.do("follow")
        found.append((session.layer, session.index[1:]))
    assert found[:3] == [("relu1", (18, 37, 5)), ("pool1", (2, 4, 5)), ("conv2", (1, 3, 0))]
    assert found[3:] == [
        ("relu2", (1, 3, 0)),
        ("pool2", (0, 0, 0)),
        ("flatten", (0, 0, 0)),
        ("fc", (0, 0, 0)),
    ]
    session.do("jump pool2 1 1 3")
    session.do("follow")
    assert session.index == (0, 0, 0, (1 * 2 + 1) * 16 + 3)
    session.do("follow back")
    assert session.index == (0, 1, 1, 3)
