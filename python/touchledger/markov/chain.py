"""The absorbing chain: how often each state is left for which, and the exact solution.

With transient block Q, start distribution s and conversion column r, the conversion
probability of a state solves `h = Q h + r`, and the expected visits solve
`v = Q' v + s`; the conversion probability of a journey is `s·h = v·r` (Kemeny & Snell
1960; Anderl et al. 2016, "Mapping the customer journey"). Small chains are solved by
one dense factorisation; large, sparse ones by adding up the walks of 1, 2, 3, … steps
until what isn't absorbed yet is too little to change a digit, or, where that takes very
many, by sparse factors or generalised minimal residuals (Saad & Schultz 1986).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph, linalg

from touchledger.errors import UserError
from touchledger.markov.states import States
from touchledger.paths import Outcomes, totals

__all__ = ["Chain", "solve_sparse"]

_Floats = NDArray[np.float64]

# Up to so many states, the inverse of I - Q takes half a second and 20 MB.
DENSE_STATES = 1_500
# So long a walk is what it takes, about, until next to none goes on.
_WALKS = 100
# Walks that go on so improbably change no digit.
_REST = 1e-17
# More steps than that are slower than a Krylov method, which takes a few rounds.
_MANY_STEPS = 500
_ROUNDS = 4
_PER_ROUND = 1e-8
_RESIDUAL = 1e-15


@dataclass(frozen=True, eq=False)
class Chain:
    """Transitions counted over journeys.

    Attributes:
        states: The states and the transitions between them.
        starts: Journeys that begin in each state, `(states,)`.
        transitions: How often each transition occurs, `(pairs,)`.
        conversions: Journeys that convert from each state, `(states,)`.
        nulls: Journeys that end in each state without converting, `(states,)`.
        revenue: Revenue of those that convert, `(states,)`.

    Raises:
        UserError: If a state can't reach an end.
    """

    states: States
    starts: _Floats
    transitions: _Floats
    conversions: _Floats
    nulls: _Floats
    revenue: _Floats

    def __post_init__(self) -> None:
        """Hold the chain to this: each state that is visited can reach an end."""
        _check_ends(self)

    @classmethod
    def count(cls, states: States, outcomes: Outcomes) -> "Chain":
        """Count the transitions of all journeys."""
        steps, n = states.steps, len(states)
        conversions = totals(states.last, outcomes.conversions, n)
        return cls(
            states=states,
            starts=totals(states.first, outcomes.journeys, n),
            transitions=totals(
                steps.pair, outcomes.journeys[steps.path], len(steps.origin)
            ),
            conversions=conversions,
            nulls=totals(states.last, outcomes.journeys, n) - conversions,
            revenue=totals(states.last, outcomes.revenue, n),
        )

    @cached_property
    def journeys(self) -> float:
        """All journeys."""
        return float(self.starts.sum())

    @cached_property
    def visits(self) -> _Floats:
        """How often each state is left, `(states,)`."""
        moved = totals(self.states.steps.origin, self.transitions, len(self.states))
        return moved + self.conversions + self.nulls

    @cached_property
    def per_visit(self) -> _Floats:
        """1 / visits; 0 for states that no journey visits."""
        visited = self.visits > 0
        return np.divide(1.0, self.visits, out=np.zeros(len(visited)), where=visited)

    @cached_property
    def moves(self) -> sparse.csr_array:
        """Q: the probability of each transition, `(states, states)`."""
        steps, n = self.states.steps, len(self.states)
        shares = self.transitions * self.per_visit[steps.origin]
        begins = np.searchsorted(steps.origin, np.arange(n + 1))
        return sparse.csr_array((shares, steps.target, begins), shape=(n, n))

    @property
    def is_dense(self) -> bool:
        """Whether a factorisation is cheaper than adding walks up."""
        n = len(self.states)
        walks = _WALKS * len(self.transitions) * len(self.states.paths.channel_keys)
        return n <= DENSE_STATES and n**3 <= walks

    @property
    def start(self) -> _Floats:
        """Share of journeys that begin in each state, `(states,)`."""
        return self.starts / (self.journeys or 1.0)

    @property
    def exits(self) -> _Floats:
        """Probability to convert next, from each state, `(states,)`."""
        return self.conversions * self.per_visit

    @property
    def worth(self) -> _Floats:
        """Revenue to be had next, on average, from each state, `(states,)`."""
        return self.revenue * self.per_visit

    @cached_property
    def longest_walk(self) -> int | None:
        """After how many steps next to nothing goes on; None if it takes too many."""
        walking, steps = np.ones(len(self.states)), 0
        while walking.max(initial=0) > _REST:
            if steps == _MANY_STEPS:
                return None
            walking = self.moves @ walking
            steps += 1
        return steps

    def conversion_probabilities(self) -> _Floats:
        """Solve for the probability to convert sooner or later, `(states,)`."""
        if self.is_dense:
            dense = np.eye(len(self.states)) - self.moves.toarray()
            found = np.linalg.solve(dense, self.exits)
        else:
            found = solve_sparse(self.moves, self.exits[:, None], self.longest_walk)[
                :, 0
            ]
        # Rounding may leave a hair less than 0 or more than 1.
        return np.clip(found, 0, 1)


def solve_sparse(
    moves: sparse.csr_array,
    start: _Floats,
    steps: int | None,
    allowed: _Floats | None = None,
) -> _Floats:
    """Solve `x = moves x + start`, column by column.

    Args:
        moves: Probabilities of transitions, `(states, states)`, or their transpose.
        start: Right sides, `(states,)` or `(states, columns)`; `(states, 1)` serves all
            columns of `allowed`.
        steps: After how many steps no walk goes on: so many powers of `moves` are added
            up. None: walks go on and on, as between two channels of a robot, and each
            column is solved by itself.
        allowed: 1 where a column may be, 0 where it is stopped, `(states, columns)`.

    Returns:
        The solutions, shaped like `start`, or like `allowed` where that is given.
    """
    if allowed is None:
        allowed = np.ones_like(start)
    total = term = start * allowed
    if steps is None:
        # With hardly more transitions than states, factors stay as sparse as the chain.
        solve = _factored if moves.nnz <= 2 * moves.shape[0] else _krylov
        columns = zip(np.atleast_2d(total.T), np.atleast_2d(allowed.T), strict=True)
        solved = np.array([solve(moves, *column) for column in columns])
        return solved.T.reshape(total.shape)
    for _ in range(steps):
        term = (moves @ term) * allowed
        total = total + term
    return total


def _factored(moves: sparse.csr_array, start: _Floats, allowed: _Floats) -> _Floats:
    stopped = sparse.diags_array(allowed) @ moves
    system = sparse.eye_array(len(start), format="csc") - stopped.tocsc()
    solution: _Floats = np.maximum(linalg.splu(system).solve(start), 0)
    return solution


def _krylov(moves: sparse.csr_array, start: _Floats, allowed: _Floats) -> _Floats:
    system = linalg.LinearOperator(
        moves.shape, matvec=lambda x: x - allowed * (moves @ x), dtype=np.float64
    )
    found, rest = np.zeros_like(start), start
    # Each round solves for what the one before it left: the last digits.
    for _ in range(_ROUNDS):
        correction, failure = linalg.gmres(
            system, rest, rtol=_PER_ROUND, atol=0, restart=50, maxiter=50
        )
        if failure:
            return _walked(moves, start, allowed)
        found = found + correction
        rest = start - system @ found
        if np.abs(rest).max(initial=0) <= _RESIDUAL:
            break
    solution: _Floats = np.maximum(found, 0)
    return solution


def _walked(moves: sparse.csr_array, start: _Floats, allowed: _Floats) -> _Floats:
    """Go on for as long as it takes: slow, but walks always arrive."""
    found = term = start
    while term.max(initial=0) > _REST:
        term = allowed * (moves @ term)
        found = found + term
    return found


def _check_ends(chain: Chain) -> None:
    """Walk the transitions backward from where journeys end."""
    n, steps = len(chain.states), chain.states.steps
    ends = np.flatnonzero(chain.conversions + chain.nulls > 0)
    occurs = chain.transitions > 0
    backward = sparse.csr_array(
        (
            np.ones(len(ends) + occurs.sum()),
            (
                np.concatenate([np.full(len(ends), n), steps.target[occurs]]),
                np.concatenate([ends, steps.origin[occurs]]),
            ),
        ),
        shape=(n + 1, n + 1),
    )
    reach = np.zeros(n + 1, dtype=bool)
    reach[csgraph.breadth_first_order(backward, n, return_predecessors=False)] = True
    lost = np.flatnonzero((chain.visits > 0) & ~reach[:n])
    if len(lost):
        members = chain.states.channels[lost[0]]
        keys = chain.states.paths.channel_keys[members[members >= 0][::-1]]
        raise UserError(
            f"The state {' > '.join(map(str, keys))} (channel keys) of the Markov "
            "chain can't reach an end; from every state some journey must end, with a "
            "conversion or without."
        )
