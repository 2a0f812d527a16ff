"""Work that takes turns, because two of a kind at once need too much memory.

dbt's threads build models side by side in one process. A lock lets one model wait for
another without an arrow between them, by which it would be skipped if the other fails.
"""

from threading import Lock

__all__ = ["CAUSES", "TRAINING"]

# Who fits a model to the features of all training snapshots at once.
TRAINING = Lock()
# Who holds what the touchpoints of the additive hazard's sample caused.
CAUSES = Lock()
