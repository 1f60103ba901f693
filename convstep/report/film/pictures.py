"""Films as pictures: PNG of one screen, GIF and WebP of all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convstep.report.film import Film, Screen
from convstep.report.film.painter import Packed, Painted, Painter, Pixel

COLOURS = 255
"""The colours of a GIF's frame, beside the transparent one."""
EXACT = 160
"""Of so many colours, those of the most pixels, none is changed."""
TRANSPARENT = 255
MARGIN = 1
"""Around a screen, in cells' widths."""
Tell = Callable[[int, int], object]


def png(screen: Screen, background: int, scale: int) -> bytes:
    """Return a screen as a PNG.

    Args:
        screen: The screen.
        background: The colour around it.
        scale: How large: 1 for cells of 9 by 18 pixels.
    """
    painter = Painter(scale)
    painted = painter.paint(screen)
    everywhere = np.ones(painted.glyphs.shape, bool)
    colours, _ = painted.used(everywhere)
    file = BytesIO()
    if len(colours) < COLOURS:
        colours = np.union1d(colours, np.uint32(background)).astype(np.uint32)
        indices = np.searchsorted(colours, painted.colours).clip(max=len(colours) - 1).astype(np.uint8)
        around = int(np.searchsorted(colours, background))
        image = _image(_with_margin(painted.pixels(indices), around, painter), colours)
    else:
        image = Image.fromarray(_rgb(_with_margin(painted.pixels(painted.colours), background, painter)))
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def gif(film: Film, tell: Tell = lambda done, total: None) -> bytes:
    """Return a film as a GIF; what does not change is transparent.

    Args:
        film: The film.
        tell: Called with how many screens are done, and how many there are.
    """
    stands = _standing(film)
    images, file = _frames([screen for screen, _ in stands], film.plain.background, tell), BytesIO()
    next(images).save(
        file,
        "GIF",
        save_all=True,
        append_images=images,
        duration=[_milliseconds(seconds, 10) for _, seconds in stands],
        loop=0,
        disposal=1,
        optimize=False,
    )
    return file.getvalue()


def webp(film: Film, tell: Tell = lambda done, total: None) -> bytes:
    """Return a film as a WebP without loss.

    Args:
        film: The film.
        tell: Called with how many screens are done, and how many there are.
    """
    painter, stands = Painter(), _standing(film)

    def images() -> Iterator[Image.Image]:
        for number, (screen, _) in enumerate(stands):
            tell(number, len(stands))
            painted = painter.paint(screen)
            pixels = _with_margin(painted.pixels(painted.colours), film.plain.background, painter)
            yield Image.fromarray(_rgb(pixels))

    rest, file = images(), BytesIO()
    next(rest).save(
        file,
        "WEBP",
        save_all=True,
        append_images=rest,
        duration=[_milliseconds(seconds, 1) for _, seconds in stands],
        loop=0,
        lossless=True,
        quality=50,
        method=2,
    )
    return file.getvalue()


def _standing(film: Film) -> list[tuple[Screen, float]]:
    """Return the screens that differ from the one before, each with how long it stands."""
    found: list[tuple[Screen, float]] = []
    for shot in film.shots:
        if found and found[-1][0] == shot.screen:
            found[-1] = shot.screen, found[-1][1] + shot.seconds
        else:
            found.append((shot.screen, shot.seconds))
    return found


def _milliseconds(seconds: float, unit: int) -> int:
    """Return a duration in whole units of so many milliseconds."""
    return max(2 * unit, round(seconds * 1000 / unit) * unit)


def _frames(screens: list[Screen], background: int, tell: Tell) -> Iterator[Image.Image]:
    """Yield the images of a GIF, each with colours of its own."""
    painter = Painter()
    before: Painted | None = None
    for number, screen in enumerate(screens):
        tell(number, len(screens))
        painted = painter.paint(screen)
        changed = painted.changed(before)
        colours, indices = reduced(*painted.used(changed), background)
        cells = indices(painted.colours)
        cells[~changed] = TRANSPARENT
        around = TRANSPARENT if before is not None else int(indices(np.array([background], np.uint32))[0])
        image = _image(_with_margin(painted.pixels(cells), around, painter), colours)
        if before is not None:
            image.info["transparency"] = TRANSPARENT
        yield image
        before = painted


def reduced(
    found: Packed, pixels: NDArray[np.int64], background: int
) -> tuple[Packed, Callable[[Packed], NDArray[np.uint8]]]:
    """Return at most `COLOURS` colours that stand for all, and what gives the index of each colour's.

    Args:
        found: All colours, sorted.
        pixels: How many pixels have each.
        background: A colour that is kept.
    """
    if background not in found:
        at = int(np.searchsorted(found, background))
        found, pixels = np.insert(found, at, background), np.insert(pixels, at, 1)
    if len(found) <= COLOURS:
        return found, lambda colours: np.searchsorted(found, colours).clip(max=len(found) - 1).astype(np.uint8)
    weights = np.where(found == background, pixels.sum(), pixels)
    order = np.argsort(-weights, kind="stable")
    exact, others = order[:EXACT], order[EXACT:]
    strip = Image.fromarray(_rgb(found[others][None, :])).quantize(COLOURS - EXACT, Image.Quantize.MEDIANCUT)
    table = np.array(strip.getpalette(), np.uint32).reshape(-1, 3)
    chosen = np.concatenate([found[exact], table[:, 0] << 16 | table[:, 1] << 8 | table[:, 2]])[:COLOURS]
    index = np.empty(len(found), np.uint8)
    index[exact] = np.arange(len(exact))
    index[others] = np.asarray(strip)[0] + len(exact)
    return chosen, lambda colours: index[np.searchsorted(found, colours).clip(max=len(found) - 1)]


def _image(indices: NDArray[np.uint8], colours: Packed) -> Image.Image:
    image = Image.fromarray(indices, "L").convert("P")
    table = np.zeros((256, 3), np.uint8)
    table[: len(colours)] = _rgb(colours)
    image.putpalette(table.tobytes())
    return image


def _with_margin(pixels: NDArray[Pixel], value: int, painter: Painter) -> NDArray[Pixel]:
    return np.pad(pixels, MARGIN * painter.width, constant_values=value)


def _rgb(packed: Packed) -> NDArray[np.uint8]:
    return np.stack([packed >> 16, packed >> 8, packed], axis=-1).astype(np.uint8)
