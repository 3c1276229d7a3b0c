"""Click inference: the probability that each region of a picture belongs to the object, updated click by click.

Geodesic and colour evidence (after Bai and Sapiro, "Geodesic Matting", IJCV 2009), smoothed by a random walker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.models.classic.contradicted_components import contradicted_component
from app.models.classic.graph_distance import FAR, ShortestPaths, build_shortest_paths
from app.models.classic.random_walker import solve_walk
from app.models.classic.region_graph import RegionGraph

Vector = NDArray[np.float64]

# Chosen by hand. In brackets: change of the mean IoU after three clicks on ten DAVIS frames (0.641) when the value is
# halved and doubled, in hundredths.
COST_OF_DIFFERENCE = 0.39  # Of an edge, per CIELAB unit between the mean colours (-0.4, +0.6).
COST_OF_GRADIENT = 2.0  # Of an edge, per CIELAB unit and pixel along the border (+2.3, -3.2).
COST_OF_EDGE = 0.3  # Of any edge, so that flat ground has a distance too (-1.1, 0.0).
COST_OF_LENGTH = 10.0  # Of an edge, per short side between the centres (-2.3, -0.7).
REACH = 46.0  # Geodesic distance of a single click: higher spreads later clicks, but the first too far (-2.3, +3.3).
USUAL_CONTRAST = 3.0  # Median CIELAB difference of adjacent regions at which REACH holds.
SOFTENING = 0.5  # Added to distances, so that their ratio stays finite at a click (-0.1, +0.1).
WEIGHT_OF_DISTANCE = 1.5  # Of the log ratio of distances to negative and positive clicks (+0.5, -1.5).
WEIGHT_OF_PROXIMITY = 3.8  # Log odds of the place of a positive click itself (-3.1, +1.4).
# Short sides from a positive click at which proximity is neutral: the usual object (-9.7, -19.3).
PROXIMITY = 0.22
WEIGHT_OF_COLOR = 0.6  # Of the log odds of colour: more follows alike objects elsewhere (+0.1, +3.1).
COLOR_LIMIT = 2.0  # Log odds of colour at most (-1.7, +0.1).
# Of the log odds before the last click: less forgets, more resists correction (-2.1, -0.2).
WEIGHT_OF_PREVIOUS = 2.4
PREVIOUS_LIMIT = 4.0  # Log odds before the last click at most, unweighted (-2.0, +0.5).
EARLIER_REACH = 2.7  # Reaches to which an earlier click holds against the last one (+1.8, -0.1).
# Regions of mean area that a clicked one counts as in the colour densities (0.0, -1.3).
WEIGHT_OF_CLICK = 5.0
PRIOR_WEIGHT = 0.15  # Of the evidence against smoothness in the random walker (-3.5, +1.9).
ROUNDS = 2  # Of colour evidence and smoothing; each costs one solution of the random walker (-2.2, -0.1).


@dataclass(frozen=True, slots=True)
class ClickSeed:
    """A click located on the region graph."""

    region: int
    x: float  #: in units of the short side, as y
    y: float
    positive: bool


@dataclass(frozen=True)
class RegionPrior:
    """Features of a picture before any click: region graph, edge costs and geodesic distances."""

    graph: RegionGraph

    @cached_property
    def paths(self) -> ShortestPaths:
        """Paths whose length grows where they cross a difference in colour."""
        graph = self.graph
        steps = np.linalg.norm(graph.center[graph.first] - graph.center[graph.second], axis=1)
        length = (
            COST_OF_EDGE
            + COST_OF_DIFFERENCE * graph.color_difference
            + COST_OF_GRADIENT * graph.border_gradient
        )
        return build_shortest_paths(graph.first, graph.second, length + COST_OF_LENGTH * steps, graph.size)

    @cached_property
    def reach(self) -> float:
        """Geodesic distance to which a single click spreads, larger in pictures of more contrast."""
        usual = np.median(self.graph.color_difference) + 0.5 if self.graph.color_difference.size else 1.0
        return float(REACH * np.sqrt(usual / USUAL_CONTRAST))

    def precompute(self) -> None:
        """Compute what the first click would otherwise wait for."""
        _ = self.paths, self.reach, self.graph.edge_weight, self.graph.similarity

    @cached_property
    def _distances(self) -> dict[int, Vector]:
        """Distances computed so far, by the region that they start from."""
        return {}

    def distances_from(self, seed: ClickSeed) -> Vector:
        """Return the geodesic distance of every region from a seed, (n,)."""
        if seed.region not in self._distances:
            self._distances[seed.region] = self.paths.distances(seed.region)
        return self._distances[seed.region]


def update_posterior(prior: RegionPrior, seeds: Sequence[ClickSeed], previous: Vector | None) -> Vector:
    """Return the probability of each region, (n,), after the last of the seeds.

    previous: probabilities before it, None for the first click without an initial mask.
    """
    if previous is None and not any(seed.positive for seed in seeds):
        return np.zeros(prior.graph.size)
    seeds = _drop_retracted(seeds)
    evidence = _distance_log_odds(prior, seeds)
    if previous is not None:
        odds = WEIGHT_OF_PREVIOUS * _log_odds(previous, 1e-3).clip(-PREVIOUS_LIMIT, PREVIOUS_LIMIT)
        odds[_contradicted(prior, seeds, previous)] *= -1
        share = _last_click_influence(prior, seeds)
        evidence = (1 - share) * odds + share * evidence
    return _smooth(prior, seeds, evidence)


def refine_posterior(prior: RegionPrior, seeds: Sequence[ClickSeed], previous: Vector) -> Vector:
    """Return the probability of each region, (n,), from the result of a coarser view."""
    return _smooth(prior, seeds, WEIGHT_OF_PREVIOUS * _log_odds(previous, 1e-2))


def _drop_retracted(seeds: Sequence[ClickSeed]) -> list[ClickSeed]:
    """Return the seeds without those that a later seed of the other sign in the same region retracts."""
    last = {seed.region: seed for seed in seeds}
    return [seed for seed in seeds if seed.positive == last[seed.region].positive]


def _contradicted(prior: RegionPrior, seeds: Sequence[ClickSeed], previous: Vector) -> NDArray[np.bool_]:
    """Return the regions of the component that the last click flips as a whole, bool (n,)."""
    last = seeds[-1]
    others = [seed.region for seed in seeds[:-1] if seed.positive != last.positive]
    inside = np.asarray(previous > 0.5, np.bool_)
    return contradicted_component(prior.graph, inside, last.region, last.positive, np.array(others, np.intp))


def _distance_log_odds(prior: RegionPrior, seeds: Sequence[ClickSeed]) -> Vector:
    """Return log odds, (n,), from the distances to positive and negative clicks."""
    positive = [seed for seed in seeds if seed.positive]
    negative = [seed for seed in seeds if not seed.positive]
    limit = np.full(prior.graph.size, prior.reach)
    away = np.minimum(_nearest_distances(prior, negative), limit) + SOFTENING
    if not positive:
        return np.asarray(WEIGHT_OF_DISTANCE * np.log(away / (limit + SOFTENING)))
    odds = WEIGHT_OF_DISTANCE * np.log(away / (_nearest_distances(prior, positive) + SOFTENING))
    center = prior.graph.center
    apart = np.min([np.hypot(center[:, 0] - s.x, center[:, 1] - s.y) for s in positive], axis=0)
    return np.asarray(odds + WEIGHT_OF_PROXIMITY * (1 - apart / PROXIMITY).clip(-2, 1))


def _nearest_distances(prior: RegionPrior, seeds: Sequence[ClickSeed]) -> Vector:
    if not seeds:
        return np.full(prior.graph.size, FAR)
    return np.asarray(np.min([prior.distances_from(seed) for seed in seeds], axis=0))


def _last_click_influence(prior: RegionPrior, seeds: Sequence[ClickSeed]) -> Vector:
    """Return the weight of the last click against the previous result, (n,) in [0, 1]."""
    own = prior.distances_from(seeds[-1]) + SOFTENING
    others = np.minimum(_nearest_distances(prior, seeds[:-1]), EARLIER_REACH * prior.reach) + SOFTENING
    return np.asarray(1 / (1 + (own / others) ** 2))


def _smooth(prior: RegionPrior, seeds: Sequence[ClickSeed], evidence: Vector) -> Vector:
    """Add colour evidence and smooth over the graph, ROUNDS times, since each gives the other better input."""
    graph = prior.graph
    fixed, extra = np.zeros(graph.size, bool), np.zeros((2, graph.size))
    posterior = _probability(evidence)
    for seed in seeds:
        fixed[seed.region] = True
        extra[:, seed.region] = seed.positive, not seed.positive
    prior_weight = PRIOR_WEIGHT * graph.area / graph.area.mean()
    for _ in range(ROUNDS):
        wanted = _probability(evidence + WEIGHT_OF_COLOR * _color_log_odds(graph, posterior, extra))
        wanted[fixed] = extra[0, fixed]
        posterior = solve_walk(graph.first, graph.second, graph.edge_weight, prior_weight, wanted, fixed)
    return posterior


def _color_log_odds(graph: RegionGraph, posterior: Vector, extra: Vector) -> Vector:
    """Return log odds of each region's appearance, (n,), from kernel densities of foreground and background."""
    shares = np.stack((posterior, 1 - posterior)) * graph.area + WEIGHT_OF_CLICK * graph.area.mean() * extra
    inside, outside = (graph.similarity @ share for share in shares.astype(np.float32))
    odds = np.log((inside + 1e-6) / (outside + 1e-6)).astype(np.float64)
    return np.asarray(odds.clip(-COLOR_LIMIT, COLOR_LIMIT))


def _log_odds(probability: Vector, floor: float) -> Vector:
    return np.asarray(np.log((probability + floor) / (1 - probability + floor)))


def _probability(odds: Vector) -> Vector:
    return np.asarray(1 / (1 + np.exp(-odds)))
