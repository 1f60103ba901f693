"""Nets out of other frameworks on the screen: where a layer's output is stored, the framework's own value is shown."""

from __future__ import annotations

import re

import numpy as np
import pytest
from commands import ROOT

from convstep.debugger import Session
from convstep.figures import figure
from convstep.loading import load
from convstep.network import Network
from convstep.tui import ConvstepApp
from convstep.tui.screens.panels import SumPanel

FILES = ROOT / "tests" / "models" / "files"
MODELS = {
    "unet_small_legacy17.onnx": ([], {"y": "c"}),
    "keras_fun.keras": ([], {}),
    "net.pt": (["input.shape=[12,12,1]"], {"y": "fc"}),
}
"""What is changed of each, and which of its layers stored outputs of other names are."""


def session_of(name: str) -> tuple[Session, dict[str, np.ndarray]]:
    """Return a session on a model and its stored input, and the stored outputs by layer, channels last."""
    changes, renamed = MODELS[name]
    network: Network = load(FILES / name, changes=changes)[0]
    stem, is_first = name.partition(".")[0], not name.endswith(".keras")
    x, outputs = np.load(FILES / f"{stem}_in.npz")["x"], np.load(FILES / f"{stem}_out.npz")
    last = {
        renamed.get(key, key): np.moveaxis(each, 1, -1) if is_first and each.ndim > 2 else each
        for key, each in outputs.items()
    }
    return Session(network, np.moveaxis(x, 1, -1) if is_first else x), last


@pytest.mark.parametrize("name", MODELS)
async def test_the_value_shown_is_the_frameworks(name: str) -> None:
    session, outputs = session_of(name)
    layers = [layer for layer in session.network.names if layer in outputs]
    assert session.network.names[-1] in layers
    async with ConvstepApp(session).run_test(size=(80, 24)) as pilot:
        for size in ((80, 24), (120, 36), (200, 60)):
            await pilot.resize_terminal(*size)
            for layer in layers if size == (120, 36) else layers[-2:]:
                expected = outputs[layer][0]
                place = tuple(n - 1 for n in expected.shape) if expected.ndim == 3 else (expected.size // 2,)
                pilot.app.screen.action_do(f"jump {layer} {' '.join(map(str, place))}")  # type: ignore[attr-defined]
                await pilot.pause()
                panel = pilot.app.screen.query_one(SumPanel)
                rows = ("".join(part.text for part in panel.render_line(y)) for y in range(panel.size.height))
                shown = " ".join(" ".join(rows).split())
                result = re.search(r"[ZA]\[[\d,]+\] [=≈] (−?[\d.]+)", shown)
                assert result, (layer, shown)
                assert result[1] == figure(np.float32(expected[place])), (layer, shown)
