"""One mutated input."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

from tool.dev.fuzz.mutations import mutate
from tool.dev.fuzz.structure_mutations import mutate_structure


@dataclass(frozen=True, slots=True)
class Case:
    """One mutated input."""

    samples: Path  #: the folder of good files
    folder: Path  #: an empty folder to work in
    chance: random.Random

    @property
    def clip(self) -> Path:
        """The good video of which masks are."""
        return self.samples / "video" / "a.mp4"

    def sample(self, kind: str, *suffixes: str) -> Path:
        """Choose a good file of a kind."""
        found = sorted(path for path in (self.samples / kind).rglob("*") if path.is_file())
        return self.chance.choice([path for path in found if not suffixes or path.name.endswith(suffixes)])

    def mutated(self, source: Path, name: str = "") -> Path:
        """Write a copy of a file with other values in it where its structure is known, or else with other bytes."""
        path = self.folder / (name or source.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.chance.random() < 0.3 or not mutate_structure(source, path, self.chance):
            path.write_bytes(mutate(source.read_bytes(), self.chance))
        return path

    def mutated_folder(self, source: Path, *left: str) -> tuple[Path, Path]:
        """Copy a folder and mutate one of its files; return the copy and that file. left: suffixes left alone."""
        target = self.folder / source.name
        shutil.copytree(source, target)
        files = [path for path in sorted(target.rglob("*")) if path.is_file() and path.suffix not in left]
        victim = self.chance.choice(files)
        return target, self.mutated(source / victim.relative_to(target), str(victim.relative_to(self.folder)))
