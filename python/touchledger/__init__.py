"""Touchledger: marketing touchpoints to a ledger of credit that adds up."""
