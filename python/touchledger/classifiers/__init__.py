"""Classifiers give a journey its probability of conversion, and share credit by it.

`logistic_regression`, `boosted_trees` and `linear_odds` learn from features of
snapshots; `losses` is how wrong they are, and `tables` what the dbt models return.
"""
