"""Public reports as small inputs, each with its right answer.

They lie beside the real data, as the folder `cases`.
"""

from pathlib import Path

from real_data import real_data_path

__all__ = ["case_folder"]


def case_folder(name: str) -> Path:
    """Find the folder of a case; skips as `real_data_path` does."""
    return real_data_path(f"../cases/{name}")
