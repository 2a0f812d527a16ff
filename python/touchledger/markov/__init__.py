"""Absorbing Markov chains over the paths of journeys, solved exactly.

`states` says where a journey stands, `chain` counts and solves, `removal` takes
channels out, `orders` evaluates how far back a chain should look, and `tables` gives
what the dbt models return.
"""
