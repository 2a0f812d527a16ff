"""How large the tests are: small enough to wait for, or, in `make test-full`, full."""

import os
from typing import TypeVar

import pytest

__all__ = ["IS_FULL", "only_at_full_size", "sized"]

_Size = TypeVar("_Size")

IS_FULL = os.environ.get("TOUCHLEDGER_TEST_SIZE") == "full"


def only_at_full_size(because: str) -> pytest.MarkDecorator:
    """Skip a test that tells something only at full size."""
    return pytest.mark.skipif(not IS_FULL, reason=f"{because}: make test-full runs it")


def sized(small: _Size, full: _Size) -> _Size:
    """Choose between what `make test` and what `make test-full` looks at."""
    return full if IS_FULL else small
