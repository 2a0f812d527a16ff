"""How good predicted probabilities of conversion are, and how sure one can be of it.

`ranking` puts scores in order, `measures` evaluates them, `intervals` says how far
chance may have moved a measure, `curves` are what charts show, and `verdicts` puts it
in words. `examples` are the journeys on which all models are compared, `strata` those
of equal span, and of equal length. `scoreboard` is what the dbt model returns.
"""

from touchledger.evaluation.measures import MEASURES, evaluate

__all__ = ["MEASURES", "evaluate"]
