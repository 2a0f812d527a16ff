"""The additive hazard: what touchpoints add to the rate of conversions over time.

`observations` says what was seen of whom and when, `groups` what is known of users, and
`design` makes columns and their integrals of both, with `baseline` bending those of
exposure. `likelihood` fits them, `effects` puts the model together, `credit` shares
conversions out, and `odds` tells how likely a journey converts. `saved` writes fits as
plain lists; `fitting` and `tables` give what the dbt models return.
"""
