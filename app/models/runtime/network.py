"""One static model behind a plain call, whatever computes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class Network(Protocol):
    """A loaded model; calls from several threads take turns."""

    @property
    def outputs(self) -> int:
        """How many arrays a run gives."""

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """Run on float32 arrays in the order of the model's inputs; the answers are copies.

        Raises ModelError when the model cannot take them.
        """


@runtime_checkable
class SplitNetwork(Network, Protocol):
    """A model whose first input is a picture, what follows from that alone being done once for many runs."""

    def prepare(self, picture: NDArray[Any]) -> list[NDArray[Any]]:
        """Return what follows from the picture alone."""

    def complete(self, prepared: Sequence[NDArray[Any]], *others: NDArray[Any]) -> list[Array]:
        """Run on what prepare gave and the other inputs; the answer is that of a call."""


@runtime_checkable
class SpeculatingNetwork(SplitNetwork, Protocol):
    """A model that gains from knowing most of its other inputs before it is run."""

    def speculate(self, prepared: Sequence[NDArray[Any]], *others: NDArray[Any]) -> list[NDArray[Any]]:
        """Return what complete takes in place of what prepare gave; it may be given others than these, but gains
        where they differ from these at few places.
        """


class UnsplitNetwork:
    """Any network as one that can be split, although nothing is gained."""

    def __init__(self, network: Network) -> None:
        self._network = network

    @property
    def outputs(self) -> int:
        """See Network."""
        return self._network.outputs

    def prepare(self, picture: NDArray[Any]) -> list[NDArray[Any]]:
        """Keep the picture."""
        return [picture]

    def complete(self, prepared: Sequence[NDArray[Any]], *others: NDArray[Any]) -> list[Array]:
        """Run the whole network."""
        return self._network(*prepared, *others)

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        return self._network(*arrays)


def as_split(network: Network) -> SplitNetwork:
    """Return a network that takes a picture in advance."""
    return network if isinstance(network, SplitNetwork) else UnsplitNetwork(network)
