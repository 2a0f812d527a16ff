"""What a network is made for."""

from dataclasses import dataclass

__all__ = ["NetworkShape"]


@dataclass(frozen=True, kw_only=True)
class NetworkShape:
    """What a network is made for.

    Attributes:
        categories: Rows of the embedding of steps, the one for nothing included.
        fields: Categories that a step has at most.
        numbers: Numbers that a step has.
        attributes: Rows of the embedding of attributes, the one for nothing included.
        attribute_fields: Attributes that are categories.
        attribute_numbers: Attributes that are numbers.
        arrival_days: Days before the cutoff within which a touchpoint is the arrival;
            below 0 where there are no arrivals.
        log_odds: The log-odds of a conversion on average.
    """

    categories: int
    fields: int
    numbers: int
    attributes: int
    attribute_fields: int
    attribute_numbers: int
    arrival_days: float
    log_odds: float
