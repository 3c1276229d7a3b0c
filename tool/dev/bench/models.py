"""Models in EISeg's layout: clicks and propagation beside EISeg's own pipeline, in turns on the same machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.models.runtime.device_selection import has_fast_bf16
from tool.dev.bench.model_files import make
from tool.dev.bench.report import heading, row
from tool.dev.bench.turns import WARM, Found, side_by_side

CLICKS: Final = {"hrnet18s": "HRNet18s_OCR48", "hrnet18": "HRNet18_OCR64"}
SIZES: Final = ((854, 480), (1920, 1080))
ROUNDS: Final = 9  # turns of each side; odd, so that the median is one of them
STEPS: Final = (20, 50, 100)
"""Of a propagation, after which its memory is printed, and at the end."""
WALKS: Final = {
    "first": "unseen frames",
    "prepared": "frames prepared",
    "again": "after a correction",
}
PEER_CLICKS: Final = {
    ("hrnet18s", 854, "fp32"): "255 / 280 (network 208)",
    ("hrnet18s", 854, "bf16"): "163 / 190 (network 126)",
    ("hrnet18s", 1920, "fp32"): "263 / 289 (network 205)",
    ("hrnet18s", 1920, "bf16"): "223 / 245 (network 135)",
    ("hrnet18", 854, "fp32"): "390 / 430 (network 335)",
    ("hrnet18", 854, "bf16"): "266 / 301 (network 225)",
    ("hrnet18", 1920, "fp32"): "402 / 437 (network 338)",
    ("hrnet18", 1920, "bf16"): "238 / 264 (network 190)",
}
"""Milliseconds of click 1 / click 3 in parity/README.md, on two cores with AVX-512."""
PEER_PROPAGATION: Final = {
    (1, "fp32"): "3.16 s/frame, 4.6 GB",
    (1, "bf16"): "1.90 s/frame, 4.2 GB",
    (2, "fp32"): "5.03 s/frame, 7.3 GB",
    (2, "bf16"): "3.40 s/frame, 6.6 GB",
}


def models(parity: Path, lengths: Sequence[int]) -> None:
    """Print every measurement. lengths: of the propagations, in frames; the peer walks the first of them."""
    make(parity)
    precisions = ("fp32", "bf16") if has_fast_bf16() else ("fp32",)
    heading(
        "clicks on models of EISeg's layout, ms of click 1 / click 3 on an encoded picture (network alone)"
    )
    for name in CLICKS:
        for size in SIZES:
            for precision in precisions:
                _clicks(name, size, precision)
    heading("propagation 854x480 on models of EISeg's layout")
    for objects in (1, 2):
        for precision in precisions:
            _walks(objects, lengths, precision)


def _clicks(name: str, size: tuple[int, int], precision: str) -> None:
    measurements = [(name, *size, whose, precision) for whose in ("ours", "peer")]
    ours, peer = side_by_side("tool.dev.bench.model_clicks", WARM + ROUNDS, *measurements)
    encode, first, *_ = ours.seconds
    width, height = size
    row(
        f"{CLICKS[name]}, {width}x{height}",
        f"{_click(ours)}, {ours.device}; encoding before it {1000 * encode:.0f}",
    )
    factors = _factors(ours.seconds[1:], peer.seconds[1:])
    whole = _factors([encode + first], peer.seconds[1:2])
    row(
        "  EISeg's pipeline, here and now",
        f"{_click(peer)}, {peer.device}; {factors}; click 1 and encoding {whole}",
    )
    row("  EISeg, on another machine", PEER_CLICKS[name, width, precision])


def _walks(objects: int, lengths: Sequence[int], precision: str) -> None:
    peer, *ours = _take_walks(objects, lengths[0], precision, "peer", *WALKS)
    row(f"{objects} objects, {lengths[0]} frames: EISeg's pipeline, here and now", _walk(peer))
    for title, found in zip(WALKS.values(), ours, strict=True):
        row(f"  {title}", f"{_walk(found)}; {_factors(found.seconds, peer.seconds)}")
    for length in lengths[1:]:
        (found,) = _take_walks(objects, length, precision, "first")
        row(f"{objects} objects, {length} frames, {WALKS['first']}", _walk(found))
    row("  EISeg, 20 frames on another machine", PEER_PROPAGATION[objects, precision])


def _take_walks(objects: int, length: int, precision: str, *hows: str) -> list[Found]:
    # A walk that goes on from a correction is shorter by the frame that was corrected.
    rounds = length - 1 - ("again" in hows)
    return side_by_side(
        "tool.dev.bench.model_walks", rounds, *((objects, length, how, precision) for how in hows)
    )


def _click(found: Found) -> str:
    first, third, alone = (1000 * seconds for seconds in found.seconds[1:])
    return f"{first:.0f} / {third:.0f} (network {alone:.0f})"


def _walk(found: Found) -> str:
    ends = [step for step in STEPS if step < len(found.peaks)] + [len(found.peaks)]
    memory = ", ".join(f"{found.peaks[step - 1]:.1f} GB by step {step}" for step in ends)
    return f"{found.seconds[0]:.2f} s/frame, {memory}, {found.device}"


def _factors(ours: Sequence[float], peer: Sequence[float]) -> str:
    """How many times as long the peer takes."""
    factors = (theirs / own for theirs, own in zip(peer, ours, strict=True))
    return "times " + " / ".join(f"{factor:.2f}" for factor in factors)
