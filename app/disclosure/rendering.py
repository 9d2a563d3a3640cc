"""Pages as pictures with the viewer's mark, and copies that carry it: the one file that knows PDFium and Pillow.

PDFium is not made for several threads at once, so all of its work runs in one thread of its own; requests queue for
it. The type face is the interface's own, which ships as two subsets: a line of text is drawn in runs, each in the
subset that has its letters.
"""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import pypdfium2
from PIL import Image, ImageDraw, ImageFont

from app.settings import ROOT

FONTS = ROOT / "static" / "vendor" / "fonts"
MAX_PAGES = 400
WIDTH = 1240  # pixels of a page: 150 dots an inch on A4
MOST = 2000  # of either side of a page
MAX_PIXELS = 60_000_000  # of an uploaded picture
INK = (70, 78, 96, 62)
# What the second subset holds: Latin letters that Vietnamese has and Western European languages do not.
_VIETNAMESE = (
    (0x102, 0x103), (0x110, 0x111), (0x128, 0x129), (0x168, 0x169), (0x1A0, 0x1A1), (0x1AF, 0x1B0), (0x300, 0x301),
    (0x303, 0x304), (0x308, 0x309), (0x323, 0x323), (0x329, 0x329), (0x1EA0, 0x1EF9), (0x20AB, 0x20AB),
)  # fmt: skip

MOST_WAITING = 24  # pages; beyond that the answer is "come back in a moment" instead of memory

T = TypeVar("T")
_thread = ThreadPoolExecutor(1, "pages")
_waiting = 0


class Unreadable(Exception):
    """The file is broken, locked, empty or too big to show."""


class Busy(Exception):
    """Too many pages are being made already."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The lines of the watermark: who looks, for whom, in which deal, when."""

    lines: tuple[str, ...]


async def _apart(work: Callable[[], T]) -> T:
    global _waiting  # noqa: PLW0603 - one thread a process, one queue before it
    if _waiting >= MOST_WAITING:
        raise Busy
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_thread, work)
    finally:
        _waiting -= 1


async def count_pages(data: bytes, media_type: str) -> int | None:
    """How many pages can be shown; None for kinds that cannot. Unreadable when the file is not what it says."""
    if media_type == "application/pdf":
        return await _apart(lambda: _count(data))
    if media_type in ("image/png", "image/jpeg"):
        await _apart(lambda: _picture(data))
        return 1
    return None


async def page(data: bytes, media_type: str, number: int, mark: Mark) -> bytes:
    """Page `number` (from 1) as a PNG with the mark all over it."""
    return await _apart(lambda: _page(data, media_type, number, mark))


async def stamped(data: bytes, media_type: str, mark: Mark) -> bytes:
    """The whole document as a PDF with the mark on every page; its text can still be selected."""
    return await _apart(lambda: _stamped(data, media_type, mark))


# --- in the thread ---


def _opened(data: bytes) -> Any:
    try:
        document = pypdfium2.PdfDocument(data)
        pages = len(document)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(str(error)) from error
    if not 1 <= pages <= MAX_PAGES:
        document.close()
        raise Unreadable(f"{pages} pages")
    return document


def _count(data: bytes) -> int:
    document = _opened(data)
    try:
        return len(document)
    finally:
        document.close()


def _picture(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Unreadable(f"{image.width} x {image.height}")
            image.thumbnail((MOST, MOST))
            return image.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unreadable(str(error)) from error


def _page(data: bytes, media_type: str, number: int, mark: Mark) -> bytes:
    if media_type == "application/pdf":
        document = _opened(data)
        try:
            if not 1 <= number <= len(document):
                raise Unreadable(f"no page {number}")
            sheet = document[number - 1]
            wide, high = sheet.get_size()
            scale = min(WIDTH / max(wide, 1), MOST / max(high, 1))
            image = sheet.render(scale=scale).to_pil().convert("RGBA")
        except pypdfium2.PdfiumError as error:
            raise Unreadable(str(error)) from error
        finally:
            document.close()
    else:
        image = _picture(data)
    image.alpha_composite(_layer(image.size, mark, max(18, image.width // 52)))
    out = io.BytesIO()
    image.convert("RGB").save(out, "PNG", compress_level=3)
    return out.getvalue()


def _stamped(data: bytes, media_type: str, mark: Mark) -> bytes:
    if media_type != "application/pdf":
        image = _picture(data)
        image.alpha_composite(_layer(image.size, mark, max(18, image.width // 52)))
        out = io.BytesIO()
        image.convert("RGB").save(out, "PDF", resolution=150)
        return out.getvalue()
    document = _opened(data)
    try:
        layers: dict[tuple[int, int], Any] = {}
        for sheet in document:
            wide, high = sheet.get_size()
            size = (max(1, min(MOST, round(wide))), max(1, min(MOST, round(high))))
            bitmap = layers.get(size)
            if bitmap is None:
                bitmap = layers[size] = pypdfium2.PdfBitmap.from_pil(_layer(size, mark, max(9, size[0] // 52)))
            overlay = pypdfium2.PdfImage.new(document)
            overlay.set_bitmap(bitmap)
            overlay.set_matrix(pypdfium2.PdfMatrix().scale(wide, high))
            sheet.insert_obj(overlay)
            sheet.gen_content()
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()
    except pypdfium2.PdfiumError as error:
        raise Unreadable(str(error)) from error
    finally:
        document.close()


# --- the mark ---


@lru_cache(maxsize=16)
def _faces(size: int) -> tuple[ImageFont.FreeTypeFont, ImageFont.FreeTypeFont]:
    latin, vietnamese = (FONTS / f"be-vietnam-pro-{subset}-600.woff2" for subset in ("latin", "vietnamese"))
    return ImageFont.truetype(latin, size), ImageFont.truetype(vietnamese, size)


def in_vietnamese_subset(letter: str) -> bool:
    return any(low <= ord(letter) <= high for low, high in _VIETNAMESE)


def runs(text: str) -> list[tuple[bool, str]]:
    """The text in pieces: (whether the Vietnamese subset draws it, the piece)."""
    return [(subset, "".join(letters)) for subset, letters in itertools.groupby(text, in_vietnamese_subset)]


def _line(text: str, size: int) -> Image.Image:
    """One line of text, in runs, on a clear ground."""
    faces = _faces(size)
    wide = sum(faces[subset].getlength(piece) for subset, piece in runs(text))
    image = Image.new("RGBA", (int(wide) + size, int(size * 1.7)), (0, 0, 0, 0))
    draw, x = ImageDraw.Draw(image), 0.0
    for subset, piece in runs(text):
        draw.text((x, size * 1.3), piece, font=faces[subset], fill=INK, anchor="ls")
        x += faces[subset].getlength(piece)
    return image


@lru_cache(maxsize=4)
def _layer(size: tuple[int, int], mark: Mark, letter: int) -> Image.Image:
    """The mark, aslant and again and again, over an area of `size`. Kept for the next page of the same reader."""
    block = _block(mark.lines, letter)
    side = int((size[0] ** 2 + size[1] ** 2) ** 0.5) + block.height
    sheet = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    step_x, step_y = block.width + letter * 4, block.height + letter * 5
    for row, y in enumerate(range(0, side, step_y)):
        for x in range(-(row % 2) * step_x // 2, side, step_x):
            sheet.paste(block, (x, y))
    turned = sheet.rotate(28, resample=Image.Resampling.BILINEAR)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    return turned.crop((left, top, left + size[0], top + size[1]))


def _block(lines: Sequence[str], letter: int) -> Image.Image:
    drawn = [_line(text, letter) for text in lines]
    block = Image.new("RGBA", (max(i.width for i in drawn), sum(i.height for i in drawn)), (0, 0, 0, 0))
    y = 0
    for image in drawn:
        block.paste(image, (0, y))
        y += image.height
    return block
