"""The adapter's version, which dbt prints beside its own."""

version = "0.1.0"
