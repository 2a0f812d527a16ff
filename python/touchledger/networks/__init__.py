"""Networks that read journeys touchpoint by touchpoint.

`journeys` holds journeys as flat arrays, `vocabulary` turns names into the numbers that
a network reads, and `reading` fetches both from the engine. `settings` chooses the
parts of a network, `layers` has them and `network` puts them together. `fitting` trains
one by `training`; `saved` keeps it in a file. `applied` asks it for probabilities,
attention and, by `coalitions`, Shapley values of the `players`. `tables` is what the
dbt models call.
"""
