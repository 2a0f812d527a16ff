"""The additive hazard: what touchpoints add to the rate of conversions over time.

`relations` reads from the engine. `observations` says what was seen of whom and when,
`covariates` what is known of users, and `design` makes columns and their integrals of
both, with `splines` bending those of exposure. `likelihood` fits them, `model` puts the
parts together, and `credit` shares conversions out. `serialization` writes fits as
plain lists; `fitting` and `tables` give what the dbt models return.
"""
