"""Networks that read journeys touchpoint by touchpoint.

`journeys` holds journeys as flat arrays, `vocabulary` turns names into the numbers that
a network reads, and `reading` fetches both from the engine. `settings` chooses the
parts of a network, `layers` has them and `network` puts them together. `training` fits
it; `saved` keeps it in a file. `credit` and `coalitions` share conversions, and
`tables` is what the dbt models call.
"""
