"""Fitted models kept in files: trained where data, settings or code changed.

`store` keeps the files, `versions` hashes what a fit depends on, and `tables` reports
fits to dbt.
"""
