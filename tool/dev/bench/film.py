"""Long films for measurements, made of a short one."""

from __future__ import annotations

from pathlib import Path

import av


def repeat(film: Path, target: Path, frames: int) -> Path:
    """Write a film of as many frames by copying the packets of a short one again and again."""
    with av.open(str(film)) as source, av.open(str(target), "w") as sink:
        video = source.streams.video[0]
        copy = sink.add_stream_from_template(video)
        packets = [(bytes(p), p.pts, p.dts, p.is_keyframe) for p in source.demux(video) if p.size]
        if video.average_rate is None or video.time_base is None:
            raise SystemExit(f"{film}: this film does not say its rate")
        step = round(1 / (video.average_rate * video.time_base))
        for number in range(frames):
            turn, place = divmod(number, len(packets))
            data, pts, dts, is_key = packets[place]
            shift = turn * step * len(packets)
            packet = av.Packet(data)
            packet.pts, packet.dts, packet.is_keyframe = (pts or 0) + shift, (dts or 0) + shift, is_key
            packet.time_base, packet.stream = video.time_base, copy
            sink.mux(packet)
    return target
