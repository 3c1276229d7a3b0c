"""Label values of a file that mean something else in a sequence, and what a person decides about them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LabelClash:
    """A label of a file that cannot keep its value."""

    value: int  #: in the file
    name: str  #: in the file
    ours: str  #: name of the label that has the value here, "" where the value is beyond 255
    free: int  #: value that it gets where both are kept

    def __str__(self) -> str:
        why = f"which is {self.ours!r} here" if self.ours else "and values end at 255"
        return f"{self.name!r} has the value {self.value}, {why}: it becomes {self.free}"


@dataclass(frozen=True, slots=True)
class LabelAnswer:
    """Decision on the label values of a file."""

    #: a value means what it means here, not what the file calls it; else both are kept
    takes_ours: bool = False
    pairs: tuple[tuple[int, int], ...] = ()  #: values of the file that are chosen to be values of ours
