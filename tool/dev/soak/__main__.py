"""Prints what long and rough use has shown: python -m tool.dev.soak SUBJECT; see --help."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from app.storage.demo.demo_sequence import write_demo
from tool.dev.bench.report import heading, machine, row
from tool.dev.soak import busy, hours
from tool.dev.soak.boot import virtual_machine
from tool.dev.soak.boot.drive_campaign import DriveCampaign
from tool.dev.soak.cluster import ClusterCampaign
from tool.dev.soak.kills import KillCampaign, Target, WriterCampaign
from tool.dev.soak.night import run_night
from tool.dev.soak.receiver import ReceiverCampaign, is_whole
from tool.dev.soak.writer import WRITERS

FRAMES, WIDTH, HEIGHT = 30, 192, 144
WORKERS: tuple[Target, ...] = ("decoder", "segmenter", "propagator", "exchange")


def main() -> None:
    """Run what was asked for."""
    words = _arguments()
    heading("machine")
    row("processor", machine())
    if words.subject == "kills":
        kills(words.kills or 200, words.windows, words.seed)
        return
    if words.subject == "receive":
        receive(words.studies, words.slices, words.seed)
        return
    if words.subject == "writers":
        writers(words.kills or 200, words.seed)
        return
    if words.subject == "night":
        night(words.sequences or 200, words.broken, words.kills or 5, words.seed)
        return
    if words.subject == "cluster":
        cluster(words.sequences or 20, words.kills or 100, words.pause, words.seed)
        return
    if words.subject == "boot":
        boot(words.machine)
        return
    if words.subject == "busy":
        heading(f"beside {words.loops} busy loops on {os.cpu_count()} processors")
        with tempfile.TemporaryDirectory() as folder:
            sys.exit(busy.run(Path(folder), words.loops, words.only))
    heading(f"{words.hours:g} simulated hours, engine {words.engine}, seed {words.seed}")
    with tempfile.TemporaryDirectory() as folder:
        hours.report(Path(folder), words.hours, words.seed, words.engine, words.log)


def kills(count: int, windows: int, seed: int) -> None:
    """Kill the program count times, windows of them in a real window, and print the counts."""
    heading(f"{count} kills, seed {seed}")
    chance = random.Random(seed)
    if not os.environ.get("DISPLAY") or shutil.which("xdotool") is None:
        row("real windows", "skipped: no display or no xdotool")
        windows = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        demo = write_demo(Path(folder) / "demo", FRAMES, WIDTH, HEIGHT)
        campaign = KillCampaign(Path(folder) / "work", demo.video, FRAMES, chance)
        # Stopped by Ctrl+C, it says what was seen so far.
        with suppress(KeyboardInterrupt):
            while (killed := campaign.counts.kills.total()) < count:
                print(f"\r{killed} of {count}", end="", file=sys.stderr, flush=True)
                campaign.run_program(
                    _draw_targets(chance, count - killed, windows - campaign.counts.kills["window"])
                )
    counts = campaign.counts
    row("kills", ", ".join(f"{number} {target}" for target, number in sorted(counts.kills.items())))
    row("gestures reported as saved", str(counts.gestures))
    row("of these with a message that they failed", str(counts.refused))
    row("gestures in flight that had reached the journal", str(counts.in_flight))
    row("propagations cut off; offers to go on at the next start", f"{counts.cut_off}; {counts.offered}")
    row("exported files found whole, counted after each run", str(counts.files))
    row("lost, damaged or not offered", "none")
    row("took", f"{time.monotonic() - began:.0f} s")


def writers(count: int, seed: int) -> None:
    """Kill processes that write settings, worklist, models, journal and label lists, and print the counts."""
    heading(f"{count} kills of writers, seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        campaign = WriterCampaign(Path(folder), random.Random(seed))
        while (killed := campaign.kills.total()) < count:
            print(f"\r{killed} of {count}", end="", file=sys.stderr, flush=True)
            campaign.run_program(list(WRITERS)[killed % len(WRITERS)])
    for kind, number in campaign.kills.items():
        row(kind, f"{number} kills, {campaign.turns[kind]} turns reported as saved, none lost")


def receive(studies: int, slices: int, seed: int) -> None:
    """Send studies to the receiver with three cut connections, a kill and hostile peers, and print what arrived."""
    heading(f"{studies} studies of {slices} slices, seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        campaign = ReceiverCampaign(Path(folder), random.Random(seed))
        try:
            counts = campaign.run(studies, slices, cuts=3)
        finally:
            campaign.close()
        whole = is_whole(Path(folder) / "drop")
    complete = sum(count == slices for count in counts.delivered.values())
    row("studies in the drop folder, of these complete", f"{len(counts.delivered)}, {complete} of {studies}")
    row("every instance whole", str(whole))
    row("connections cut, kills of the receiver", f"{counts.cut}, {counts.killed}")
    row("hostile peers, of these refused", f"{counts.hostile}, {counts.refused}")
    row("took, peak memory of the receiver", f"{counts.seconds:.0f} s, {counts.peak >> 20} MiB")


def night(count: int, broken: int, kills: int, seed: int) -> None:
    """Do a night of short sequences that is killed again and again, and print what became of it."""
    heading(f"a night of {count} sequences, {broken} of them broken, {kills} kills, seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        counts = run_night(Path(folder), count, broken, kills, random.Random(seed))
    row("done; named with a reason", f"{counts.done}; {counts.named}")
    row("propagated masks, all there and exported", str(counts.masks))
    row("took, with making the films", f"{counts.seconds:.0f} s")


def cluster(count: int, kills: int, pause: float, seed: int) -> None:
    """Kill workers and scheduler of batches until that was done so often, and print the counts."""
    heading(f"{kills} kills during batches of {count} sequences on two workers, seed {seed}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        campaign = ClusterCampaign(Path(folder), count, pause, random.Random(seed))
        while campaign.counts.kills.total() < kills:
            campaign.round(kills)
            print(f"\r{campaign.counts.kills.total()} of {kills}", end="", file=sys.stderr, flush=True)
    counts = campaign.counts
    row("kills", ", ".join(f"{number} {target}" for target, number in sorted(counts.kills.items())))
    row("rounds; sequences done", f"{counts.rounds}; {counts.done}")
    row("masks drawn meanwhile, none overwritten", str(counts.edited))
    row("took", f"{time.monotonic() - began:.0f} s")


def boot(machine: Path | None) -> None:
    """Boot an installed bare kiosk in a virtual machine, and plug drives and discs in."""
    heading("a bare kiosk in a virtual machine")
    lack = virtual_machine.missing() or (
        "" if machine else "no --machine, as tool.dev.soak.boot.disk_image makes it"
    )
    if lack or machine is None:
        row("skipped", lack)
        return
    row("computed by", virtual_machine.ACCELERATOR)
    DriveCampaign(machine).run()


def _draw_targets(chance: random.Random, left: int, windows: int) -> list[Target]:
    """Some workers lost, then the whole program."""
    if windows > 0 and chance.random() < 0.25:
        return ["window"]
    targets = [chance.choice(WORKERS) for _ in range(min(chance.choice((0, 0, 1, 2)), left - 1))]
    ending: Target = chance.choice(("host", "host", "host", "all"))
    return [*targets, ending]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tool.dev.soak", description="Use the program long and roughly.")
    parser.add_argument(
        "subject", choices=("kills", "writers", "hours", "night", "cluster", "receive", "busy", "boot")
    )
    parser.add_argument(
        "--kills", type=int, default=0, help="by default 200, in a night 5, in a batch on Dask 100"
    )
    parser.add_argument("--windows", type=int, default=20, help="how many of the kills end a real window")
    parser.add_argument(
        "--sequences", type=int, default=0, help="of a night (200) or of a batch on Dask (20)"
    )
    parser.add_argument("--broken", type=int, default=10, help="how many of a night's sequences are broken")
    parser.add_argument("--pause", type=float, default=20.0, help="longest seconds between two kills on Dask")
    parser.add_argument("--studies", type=int, default=10)
    parser.add_argument("--slices", type=int, default=500, help="of each study")
    parser.add_argument("--loops", type=int, default=4, help="busy programs beside it")
    parser.add_argument("--only", nargs="+", choices=busy.TASKS, default=[*busy.TASKS], help="of busy")
    parser.add_argument("--hours", type=float, default=8.0, help="of an annotator, 1125 gestures each")
    parser.add_argument("--engine", default="best", help="what answers clicks and carries masks")
    parser.add_argument("--log", type=Path, help="a file that gets a line of JSON after each sequence")
    parser.add_argument("--machine", type=Path, help="of boot: folder with disk.raw, kernel and initrd")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
