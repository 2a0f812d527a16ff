"""How good predicted probabilities of conversion are, and how sure one can be of it.

`ranking` puts scores in order, `measures` evaluates them, `intervals` says how far
probability may have moved a measure, `curves` are what charts show, `verdicts` puts it
in words,
`alone` is what the span or the length of a journey tells, `ground` what all models are
compared on, and `scoreboard` what the dbt model returns.
"""

from touchledger.evaluation.measures import MEASURES, evaluate

__all__ = ["MEASURES", "evaluate"]
