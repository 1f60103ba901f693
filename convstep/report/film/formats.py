"""What a film can be written as, by the ending of the file's name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import NamedTuple
from urllib.parse import quote

from convstep.errors import ConvstepError
from convstep.report.files import new_folder, writing
from convstep.report.film import Film, Look, Screen

Tell = Callable[[int, int], object]
FOLDER_ENDING = ".png"
"""What a folder of screens has if its name does not say."""
PICTURES = "_files"
"""How the folder of a page's pictures ends, as notebooks have it."""


def _text(film: Film, tell: Tell) -> bytes:
    from convstep.report.film.text import text

    return _lines(text(film))


def _cast(film: Film, tell: Tell) -> bytes:
    from convstep.report.film.cast import cast

    return "".join(cast(film)).encode()


def _page(film: Film, tell: Tell) -> bytes:
    from convstep.report.film.page import page

    return "".join(page(film)).encode()


def _gif(film: Film, tell: Tell) -> bytes:
    from convstep.report.film.pictures import gif

    return gif(film, tell)


def _webp(film: Film, tell: Tell) -> bytes:
    from convstep.report.film.pictures import webp

    return webp(film, tell)


def _svg(screen: Screen, plain: Look, title: str, caption: str, scale: int) -> bytes:
    from convstep.report.captions import plain as without_stress
    from convstep.report.film.svg import svg

    return _lines(svg(screen, plain, title, without_stress(caption)))


def _png(screen: Screen, plain: Look, title: str, caption: str, scale: int) -> bytes:
    from convstep.report.film.pictures import png

    return png(screen, plain.background, scale)


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


FILMS: dict[str, Callable[[Film, Tell], bytes]] = {
    ".txt": _text,
    ".gif": _gif,
    ".webp": _webp,
    ".cast": _cast,
    ".html": _page,
}
"""What holds a whole film."""
SCREENS: dict[str, Callable[[Screen, Look, str, str, int], bytes]] = {".svg": _svg, ".png": _png}
"""What holds one screen: the last one, or a folder of them."""
LARGE, SMALL = 2, 1
"""The scale of pictures: of single ones, and of those in a page."""
MARKDOWN = ".md"
"""A page with a folder of pictures beside it."""
ENDINGS = (".txt", ".svg", ".png", ".gif", ".webp", ".cast", ".html", MARKDOWN)

PAINTED = (".png", ".gif", ".webp", MARKDOWN)
"""What is painted with fonts."""


class Target(NamedTuple):
    """Where a film is written.

    Attributes:
        path: The file or folder.
        ending: One of `ENDINGS`.
        is_folder: Whether it is a folder of screens.
        force: Whether a folder that exists is written into.
    """

    path: str
    ending: str
    is_folder: bool
    force: bool


def target(path: str, *, force: bool = False) -> Target:
    """Return where a film is written, by the name given.

    Raises:
        ConvstepError: Nothing that is known has that ending.
    """
    is_folder = path.endswith("/") or os.path.isdir(path)
    where = path.rstrip("/") or path
    ending = os.path.splitext(where)[1].lower()
    if is_folder:
        return Target(where, ending if ending in SCREENS else FOLDER_ENDING, True, force)
    if ending not in ENDINGS:
        said = f"files that end in '{ending}' are not known" if ending else "the name has no ending"
        raise ConvstepError(said, where=path, hint=f"Known are {', '.join(ENDINGS[:-1])} and {ENDINGS[-1]}")
    return Target(where, ending, False, force)


class NothingWrittenError(Exception):
    """Ends an export that was given up before anything was written."""


@contextmanager
def exporting(where: Target) -> Iterator[Callable[[Film, Tell], None]]:
    """Open what a film is written to, and yield what writes it; nothing is replaced before all is written.

    Args:
        where: The file or folder.

    Raises:
        ConvstepError: It can't be written, or is a folder that exists.
    """
    with suppress(NothingWrittenError), ExitStack() as opened:
        write = _opened(where, opened)
        films: list[Film] = []

        def write_once(film: Film, tell: Tell) -> None:
            write(film, tell)
            films.append(film)

        yield write_once
        if not films:
            raise NothingWrittenError


def _opened(where: Target, opened: ExitStack) -> Callable[[Film, Tell], None]:
    path, ending, is_folder, force = where
    if is_folder:
        folder = opened.enter_context(new_folder(path, force=force))
        return lambda film, tell: _write_screens(film, folder, ending, tell)
    file = opened.enter_context(writing(path))
    if ending == MARKDOWN:
        name = os.path.splitext(path)[0] + PICTURES
        pictures = opened.enter_context(new_folder(name, force=force))

        def write_page(film: Film, tell: Tell) -> None:
            from convstep.report.film.markdown import markdown

            _write_screens(film, pictures, FOLDER_ENDING, tell, SMALL)
            urls = [quote(os.fsencode(f"{os.path.basename(name)}/{each}")) for each in _names(film, FOLDER_ENDING)]
            file.write(_lines(markdown(film, urls)))

        return write_page

    def write(film: Film, tell: Tell) -> None:
        if ending in FILMS:
            file.write(FILMS[ending](film, tell))
        else:
            shot = film.stills[-1]
            file.write(SCREENS[ending](shot.screen, film.plain, film.about.title, shot.caption or "", LARGE))

    return write


def _write_screens(film: Film, folder: str, ending: str, tell: Tell, scale: int = LARGE) -> None:
    """Write the stills of a film into a folder."""
    stills = film.stills
    for number, (name, shot) in enumerate(zip(_names(film, ending), stills, strict=True)):
        tell(number, len(stills))
        with writing(os.path.join(folder, name)) as file:
            file.write(SCREENS[ending](shot.screen, film.plain, film.about.title, shot.caption or "", scale))


def _names(film: Film, ending: str) -> list[str]:
    """Return the names of the stills' files: numbers of the same length."""
    count = len(film.stills)
    return [f"{number:0{max(2, len(str(count)))}d}{ending}" for number in range(1, count + 1)]


def notes(film: Film, where: Target) -> list[str]:
    """Return what a picture can't show."""
    if where.ending not in PAINTED:
        return []
    from convstep.report.film.painter import lacking

    if not (lacks := lacking(film)):
        return []
    shown = lacks if len(lacks) <= 10 else f"{lacks[:10]}…"
    return [
        f"{where.path}: no font was found for {shown}: empty boxes stand for them. "
        "Fonts with Chinese characters are fonts-noto-cjk or fonts-droid-fallback, for example"
    ]
