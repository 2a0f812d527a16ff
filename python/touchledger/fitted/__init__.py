"""Models that learn from journeys: fitted once, kept in a file, applied apart."""
