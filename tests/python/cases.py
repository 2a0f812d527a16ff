"""Inputs that failed once, each with the right answer in its README.

They lie beside the folder of real data (see `real_data.py`).
"""

from pathlib import Path

from real_data import real_data_path

__all__ = ["case_folder"]


def case_folder(name: str) -> Path:
    """Find the folder of a case, such as `google-ads-spend`; skips as real data do."""
    return real_data_path(f"../cases/{name}")
