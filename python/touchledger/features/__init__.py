"""Journeys as rows of numbers, for the models that are fitted to them.

SQL gives what is known of each snapshot (`models/features`). `tables` reads it in
ranges,
`vocabulary` says which features there are, `profiles` makes features of attributes,
`matrix` assembles the numbers, `training` the set to learn from, and `credit` folds
what features contribute back to touchpoints.
"""
