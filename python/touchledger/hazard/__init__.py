"""The additive hazard: what touchpoints add to the rate of conversions over time.

`observations` says what was seen of whom, `kernels` how a touchpoint may act over time,
`design` makes columns and their integrals of both, `likelihood` fits them, `effects`
puts the model together, `credit` shares conversions out, `scores` tells how likely a
journey converts, and `tables` gives what the dbt models return.
"""
