"""How good predicted probabilities of conversion are, and how sure one can be of it.

`ranking` puts scores in order, `measures` evaluates them, `intervals` says how far
chance may have moved a measure, `curves` are what charts show, and `verdicts` puts it
in words. `examples` are the journeys on which all models are compared, `baselines` what
their span or their length alone tells. `scoreboard` is what the dbt model returns.
"""

from touchledger.evaluation.measures import MEASURES, evaluate

__all__ = ["MEASURES", "evaluate"]
