"""Protocols of a static model behind a plain call, independent of the runtime."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class Network(Protocol):
    """A loaded model; calls from several threads take turns."""

    @property
    def outputs(self) -> int:
        """Number of output arrays."""

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """Run on float32 arrays in the order of the model's inputs; the results belong to the caller.

        Raises ModelError when the model does not accept them.
        """


@runtime_checkable
class SplitNetwork(Network, Protocol):
    """A model whose first input is a picture; what depends on it alone is computed once for many runs."""

    def prepare(self, picture: NDArray[Any]) -> list[NDArray[Any]]:
        """Compute what depends on the picture alone."""

    def complete(self, prepared: Sequence[NDArray[Any]], *others: NDArray[Any]) -> list[Array]:
        """Run on the result of prepare and the other inputs; the result is that of a call."""


@runtime_checkable
class SpeculatingNetwork(SplitNetwork, Protocol):
    """A model that gains from knowing most of its other inputs before it runs."""

    def speculate(self, prepared: Sequence[NDArray[Any]], *others: NDArray[Any]) -> list[NDArray[Any]]:
        """Return what complete takes instead of prepare's result.

        complete may be called with other inputs than these; it gains if they differ at few pixels.
        """


class UnsplitNetwork:
    """Adapter of any network to SplitNetwork, without a gain."""

    def __init__(self, network: Network) -> None:
        self._network = network

    @property
    def outputs(self) -> int:
        """See Network."""
        return self._network.outputs

    def prepare(self, picture: NDArray[Any]) -> list[NDArray[Any]]:
        """Return the picture itself."""
        return [picture]

    def complete(self, prepared: Sequence[NDArray[Any]], *others: NDArray[Any]) -> list[Array]:
        """Run the whole network."""
        return self._network(*prepared, *others)

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        return self._network(*arrays)


def as_split(network: Network) -> SplitNetwork:
    """Return a network as SplitNetwork, adapted if need be."""
    return network if isinstance(network, SplitNetwork) else UnsplitNetwork(network)
