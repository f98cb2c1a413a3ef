"""Where on a grid to measure next, so that a basin costs by the length of its boundary. Pure functions.

The refinement starts from a few coarse lines and goes level by level. A midpoint between two equal neighbours is
inferred; one between two different neighbours is measured. Then every inferred point beside a different one is
measured too, until none is left. Neighbours are the four along the grid's lines.

Each call replays the refinement from its beginning, and stops at the first batch with points that are not measured.
So a killed run resumes by itself, in whatever order its points came; extra measured points cost nothing and can only
correct the region. An island or a hole that slips between the coarse lines stays unseen, unless an extra point hits it:
then it is measured whole.
"""

import numpy as np

Place = tuple[np.ndarray, ...]  # np.ix_ of the rows and columns that a level has so far

COARSE = 9  # lines per axis of the first batch


def wanted(inside: np.ndarray, coarse: int = COARSE) -> np.ndarray:
    """The grid points to measure next for one capability, (m, 2) indices in any order; empty: the refinement is done.

    Args:
        inside: (n, n) integers, n ≥ 3: 1 inside the basin, 0 outside, −1 not measured.
        coarse: lines per axis to start from; a feature thinner than their spacing may be missed.

    Raises:
        ValueError: the grid is not such a grid, or fewer than 2 coarse lines.
    """
    return np.argwhere(_Replay(inside, coarse).missing)


def filled(inside: np.ndarray, coarse: int = COARSE) -> np.ndarray:
    """The region inside, (n, n) bool: measured points as measured, the others inferred from them.

    Once `wanted` is empty, every point with a different neighbour is measured. Until then the region is a sketch in
    which unmeasured points of the coarse lines count as outside. Arguments and errors as for `wanted`.
    """
    return _Replay(inside, coarse).region


def expected(inside: np.ndarray, coarse: int = COARSE) -> int:
    """About how many points `wanted` will still ask for after its present batch; an estimate for a progress bar.

    Until the coarse lines are known, a basin half as wide as the grid is assumed. Arguments as for `wanted`.
    """
    replay = _Replay(inside, coarse)
    return max(0, round(replay.estimate) - int(replay.asked.sum())) if replay.missing.any() else 0


def interpolated(values: np.ndarray, coarse: int = COARSE) -> np.ndarray:
    """(n, n) float values of a refined grid, NaN where not measured → the same with the gaps filled between them.

    Interpolation goes level by level, as the refinement did: new lines are linear between the two old ones beside them,
    and measured values are kept. So an interpolated value lies between its neighbours, and a cell whose corners are all
    inside is inside. Still NaN where the coarse lines are not measured yet. Arguments and errors as for `wanted`.
    """
    _check(np.where(np.isnan(values), -1, 1), coarse)
    levels = _levels(len(values), coarse)
    lines = levels[0]
    field = values[np.ix_(lines, lines)]
    for finer in levels[1:]:
        field = _or_measured(values[np.ix_(finer, lines)], _between(field, lines, finer))
        field = _or_measured(values[np.ix_(finer, finer)], _between(field.T, lines, finer).T)
        lines = finer
    return field


def _between(field: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Rows at the old lines → rows at the new ones, linear between the two beside each."""
    before, after = np.searchsorted(old, new, side="right") - 1, np.searchsorted(old, new)
    share = (new - old[before]) / np.maximum(old[after] - old[before], 1)
    mixed = field[before] * (1 - share)[:, None] + field[after] * share[:, None]
    return np.where((before == after)[:, None], field[before], mixed)


def _or_measured(measured: np.ndarray, guess: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(measured), guess, measured)


class _Replay:
    """The refinement as far as the measurements carry it."""

    def __init__(self, inside: np.ndarray, coarse: int) -> None:
        _check(inside, coarse)
        self.inside = inside
        self.asked = np.zeros(inside.shape, dtype=bool)  # by the refinement itself: other measurements do not steer it
        self.missing = np.zeros(inside.shape, dtype=bool)  # asked, not measured: where the replay stopped
        self.estimate = 0.0  # of all points that will be asked
        self.region = self._refine(_levels(len(inside), coarse))

    def _refine(self, levels: list[np.ndarray]) -> np.ndarray:
        """The region on the whole grid; `levels` are the lines of each level, coarse to fine, the last all lines."""
        lines = levels[0]
        place = np.ix_(lines, lines)
        guess = self._measure(place, np.zeros((len(lines), len(lines)), dtype=bool), np.ones(1, dtype=bool))
        self._foresee(guess, 2 * (len(lines) - 1) if self.missing.any() else _crossings(guess))
        for finer in levels[1:]:
            before = np.searchsorted(lines, finer, side="right") - 1  # of each new line the old one before it
            after = np.searchsorted(lines, finer)  # and after it; an old line is its own neighbour on both sides
            guess = self._measure(np.ix_(finer, lines), guess[before], guess[before] != guess[after])
            guess = self._measure(np.ix_(finer, finer), guess[:, before], guess[:, before] != guess[:, after])
            lines, place = finer, np.ix_(finer, finer)
            guess = self._settle(place, guess)
            if not self.missing.any():
                self._foresee(guess, _crossings(guess))
        if not self.missing.any():
            self.asked = self.inside >= 0  # now also extra points: they may contradict what was inferred
        return self._settle(place, guess)

    def _settle(self, place: Place, guess: np.ndarray) -> np.ndarray:
        """Measure every point beside a different one until none is left, and return the guess.

        On a settled guess, an extra known point can only add points to measure, so that their order does not matter.
        """
        guess = self._measure(place, guess, np.zeros(1, dtype=bool))
        while not self.missing.any() and (need := _beside_other(guess) & ~self.asked[place]).any():
            guess = self._measure(place, guess, need)
        return guess

    def _measure(self, place: Place, guess: np.ndarray, need: np.ndarray) -> np.ndarray:
        """Ask for the points in `need` unless some are missing already; set the measured points in the guess."""
        if not self.missing.any():
            self.asked[place] |= need
            self.missing = self.asked & (self.inside < 0)
        shown = self.inside >= 0 if self.missing.any() else self.asked
        return np.where(shown[place], self.inside[place] == 1, guess)

    def _foresee(self, guess: np.ndarray, crossings: int) -> None:
        """Update the estimate: twice as many lines cross the boundary twice as often, at about 2 points a crossing."""
        growth = (len(self.inside) - 1) / (len(guess) - 1)
        self.estimate = int(self.asked.sum()) + 2 * crossings * (growth - 1)


def _levels(n: int, coarse: int) -> list[np.ndarray]:
    """The lines of each level, ascending: evenly spread ones, then always the midpoints as well, up to all n."""
    levels = [np.unique(np.linspace(0, n - 1, min(coarse, n)).round().astype(int))]
    while len(levels[-1]) < n:
        lines = levels[-1]
        levels.append(np.union1d(lines, (lines[:-1] + lines[1:]) // 2))
    return levels


def _beside_other(guess: np.ndarray) -> np.ndarray:
    """Where a (rows, columns) bool differs from one of its up to four neighbours."""
    beside = np.zeros(guess.shape, dtype=bool)
    down, across = guess[1:] != guess[:-1], guess[:, 1:] != guess[:, :-1]
    beside[1:] |= down
    beside[:-1] |= down
    beside[:, 1:] |= across
    beside[:, :-1] |= across
    return beside


def _crossings(guess: np.ndarray) -> int:
    """The number of edges of the grid whose two ends differ."""
    return int(np.diff(guess, axis=0).sum() + np.diff(guess, axis=1).sum())


def _check(inside: np.ndarray, coarse: int) -> None:
    if inside.ndim != 2 or inside.shape[0] != inside.shape[1] or len(inside) < 3:
        raise ValueError(f"expected a square grid of at least 3 × 3 points, got shape {inside.shape}")
    if not np.isin(inside, (-1, 0, 1)).all():
        raise ValueError(f"expected 1 (inside), 0 (outside) or -1 (not measured), got {np.unique(inside)[:5]}")
    if coarse < 2:
        raise ValueError(f"expected at least 2 coarse lines, got {coarse}")
