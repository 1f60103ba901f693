"""When a spec counts as edited."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from convstep.errors import ConvstepError
from convstep.watching import Watch

NET = """\
input: {shape: [4, 4, 1], array: x.npz:x}
layers:
  - conv: {filters: 1, kernel: 3}
"""


@pytest.fixture
def net(tmp_path: Path) -> Path:
    (tmp_path / "net.yaml").write_text(NET)
    np.savez(tmp_path / "x.npz", x=np.ones((4, 4)))
    return tmp_path / "net.yaml"


def test_it_is_edited_when_it_has_changed_and_rests(net: Path) -> None:
    watch = Watch(str(net), ["conv1.stride=2"])
    assert [watch.edited(), watch.edited()] == [False, False]
    net.write_text(NET.replace("kernel: 3", "kernel: 2"))
    assert [watch.edited(), watch.edited()] == [False, True]
    network, _ = watch.read()
    assert network.stages[0].output == (2, 2, 1)
    assert [watch.edited(), watch.edited()] == [False, False]


def test_files_that_it_names_count(net: Path) -> None:
    watch = Watch(str(net))
    np.savez(net.parent / "x.npz", x=np.full((4, 4), 7.0))
    assert [watch.edited(), watch.edited()] == [False, True]
    assert watch.read()[1].max() == 7


def test_a_broken_file_is_edited_once_and_again_when_it_is_mended(net: Path) -> None:
    watch = Watch(str(net))
    for text, broken in (("layers: [", True), ("", True), (NET + "  - relu\n", False)):
        net.write_text(text)
        assert [watch.edited(), watch.edited()] == [False, True]
        if broken:
            with pytest.raises(ConvstepError):
                watch.read()
        else:
            assert len(watch.read()[0].layers) == 2
        assert [watch.edited(), watch.edited()] == [False, False]


def test_a_file_that_goes_and_comes_back(net: Path) -> None:
    watch = Watch(str(net))
    shutil.move(net, net.with_suffix(".bak"))
    assert [watch.edited(), watch.edited()] == [False, True]
    with pytest.raises(ConvstepError):
        watch.read()
    shutil.move(net.with_suffix(".bak"), net)
    assert [watch.edited(), watch.edited()] == [False, True]
    assert watch.read()[0].names == ("conv1",)
