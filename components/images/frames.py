"""Count the frames of an animation without decoding them, up to a limit."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

# No model makes so many; a GIF of 4 MB can hold 200,000.
MAX_FRAMES = 2_000

_EXTENSION, _FRAME = 0x21, 0x2C
_COUNTED_BY_HEADER = frozenset({"PNG", "WEBP", "AVIF", "MPO"})


def frame_count(image: Image.Image, data: Path | bytes, most: int = MAX_FRAMES) -> int:
    """Return how many frames or pages an opened image has, at most `most` + 1. `data` is what it was opened from."""
    if image.format == "GIF":
        with memoryview(data if isinstance(data, bytes) else data.read_bytes()) as view:
            return max(1, _gif_frames(view, most + 1))
    if image.format == "TIFF":
        return _pages(image, most + 1)
    return min(int(getattr(image, "n_frames", 1)), most + 1) if image.format in _COUNTED_BY_HEADER else 1


def _pages(image: Image.Image, most: int) -> int:
    """Return the number of pages of a TIFF, whose directories form a chain. Leave the image at its first page."""
    count = 1
    try:
        while count < most:
            image.seek(count)
            count += 1
    except EOFError:
        pass
    image.seek(0)
    return count


def _gif_frames(data: memoryview, most: int) -> int:
    """Return the number of image descriptors of a GIF (GIF89a, section 20), read block by block."""
    if len(data) < 13:
        return 0
    place = 13 + _palette_bytes(data[10])
    count = 0
    while place < len(data) and count < most:
        introducer = data[place]
        if introducer == _EXTENSION:
            place += 2  # and its label
        elif introducer == _FRAME and place + 9 < len(data):
            count += 1
            place += 11 + _palette_bytes(data[place + 9])  # descriptor, palette, the size of the first codes
        else:
            break
        while place < len(data) and (length := data[place]):
            place += 1 + length
        place += 1
    return count


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
