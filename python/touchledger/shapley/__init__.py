"""Shapley values of channels: `channels` computes them, `tables` reports to dbt."""
