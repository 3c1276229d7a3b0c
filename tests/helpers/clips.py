"""Videos whose frames carry their own number, so that a test sees which frame it was given."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

BLOCK = 16
COLUMNS = 6
BITS = 12
WIDTH, HEIGHT = 112, 80

Image = NDArray[np.uint8]


def stamped(number: int, width: int = WIDTH, height: int = HEIGHT) -> Image:
    """A picture with its number in black and white blocks above a moving pattern, uint8 (h, w, 3)."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    image = np.stack([100 + 60 * np.sin((x + k * 3 * number + y) / (9 + k)) for k in range(3)], axis=-1)
    for bit in range(BITS):
        row, column = divmod(bit, COLUMNS)
        value = 255 if number >> bit & 1 else 0
        image[row * BLOCK : (row + 1) * BLOCK, column * BLOCK : (column + 1) * BLOCK] = value
    return image.astype(np.uint8)


def number_on(image: Image) -> int:
    """The number that a picture carries; fails when its blocks are neither black nor white."""
    number = 0
    for bit in range(BITS):
        row, column = divmod(bit, COLUMNS)
        block = image[row * BLOCK + 5 : (row + 1) * BLOCK - 5, column * BLOCK + 5 : (column + 1) * BLOCK - 5]
        mean = float(block.mean())
        assert mean < 90 or mean > 165, f"bit {bit} is unreadable ({mean:.0f})"
        number |= int(mean > 127) << bit
    return number


def digest(image: Image) -> str:
    """What two pictures share only when every pixel is the same."""
    assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
    return hashlib.blake2b(np.ascontiguousarray(image).tobytes(), digest_size=12).hexdigest()


def write_clip(
    path: Path,
    frames: int = 60,
    codec: str = "libx264",
    *,
    options: dict[str, str] | None = None,
    pix_fmt: str = "yuv420p",
    rate: int = 25,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    pts: Sequence[int] | None = None,
    container: dict[str, str] | None = None,
    format: str | None = None,
    turn: tuple[float, bool, bool] | None = None,
    setup: dict[str, Any] | None = None,
    images: Sequence[Image] | None = None,
) -> Path:
    """Encode stamped pictures. pts: of each frame, in ticks of 1/1000 s. setup: attributes of the stream."""
    with av.open(str(path), "w", format=format, options=container or {}) as film:
        stream = film.add_stream(codec, rate=rate, options=options or {})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = pix_fmt
        tick = Fraction(1, 1000) if pts is not None else Fraction(1, rate)
        stream.time_base = stream.codec_context.time_base = tick
        if turn is not None:
            stream.set_display_rotation(turn[0], hflip=turn[1], vflip=turn[2])
        for name, value in (setup or {}).items():
            setattr(stream.codec_context, name, value)
        for number in range(frames):
            image = stamped(number, *size) if images is None else images[number]
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = number if pts is None else pts[number], tick
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return path


def packets_of(path: Path) -> list[tuple[int, int, bool]]:
    """(position, size, key) of each video packet in file order."""
    with av.open(str(path)) as film:
        return [
            (packet.pos, packet.size, packet.is_keyframe)
            for packet in film.demux(video=0)
            if packet.size and packet.pos is not None
        ]


def damage(path: Path, packet: int, target: Path, share: float = 0.3) -> Path:
    """Copy a video with noise over most of one packet, its first bytes excepted."""
    position, size, _ = packets_of(path)[packet]
    data = bytearray(path.read_bytes())
    begin = position + max(int(size * share), 24)
    noise = np.random.default_rng(packet).integers(0, 256, position + size - begin, np.uint8)
    data[begin : position + size] = noise.tobytes()
    target.write_bytes(data)
    return target


def write_images(folder: Path, names: Sequence[str], size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    """Write stamped images numbered in the order of the names."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        done, data = cv2.imencode(Path(name).suffix, stamped(number, *size)[..., ::-1])
        assert done
        (folder / name).write_bytes(data.tobytes())
