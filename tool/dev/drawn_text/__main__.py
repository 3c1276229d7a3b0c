"""python -m tool.dev.drawn_text recall --pictures 300 --seed 1, or flags --data ../shared/data/sets."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.models.inspecting.picture_inspector import PictureInspector
from tool.dev.drawn_text.false_flags import count_flags
from tool.dev.drawn_text.recall import measure_recall, recall_table


def main() -> None:
    """Print the recall of drawn text, or the flags on real pictures."""
    parser = argparse.ArgumentParser(prog="python -m tool.dev.drawn_text")
    modes = parser.add_subparsers(dest="mode", required=True)
    recall = modes.add_parser("recall", help="draw pictures with text and count what is found")
    recall.add_argument("--pictures", type=int, default=300)
    recall.add_argument("--seed", type=int, default=1)
    flags = modes.add_parser("flags", help="count flags on real pictures")
    flags.add_argument(
        "--data", type=Path, required=True, help="folder with a folder for each kind of pictures"
    )
    flags.add_argument("--each", type=int, default=20, help="pictures of each kind")
    arguments = parser.parse_args()
    inspector = PictureInspector()
    if arguments.mode == "recall":
        print(recall_table(list(measure_recall(inspector, arguments.pictures, arguments.seed))))
        return
    for found in count_flags(inspector, arguments.data, arguments.each):
        texts, faces = found.count("text"), found.count("face")
        print(
            f"{found.name:28} {found.pictures:3} pictures, {texts:3} with text, {faces:3} with faces",
            flush=True,
        )
        for path, boxes in found.flagged.items():
            print(f"    {path.name} {[one.to_wire() for one in boxes[:4]]}", flush=True)


if __name__ == "__main__":
    main()
