"""The one error that a user's own mistake raises, and text that is safe to print.

The error's text is one sentence: the value, the place, the rule and the allowed values.
"""

import re

__all__ = ["UserError", "printable"]

# Control characters, and marks that turn the direction of what follows.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


class UserError(ValueError):
    """A setting or an input that breaks the contract; its text is for the user."""

    def __init__(self, text: str) -> None:
        """Take the sentence, and print nothing of it but text."""
        super().__init__(printable(text))


def printable(text: str) -> str:
    r"""Write control characters and marks of direction as text.

    Names of channels come from links, which anybody can write: what is printed must not
    clear a screen or turn a line around.

    Example:
        >>> printable("\x1b[2Jsale\u202e")
        '\\x1b[2Jsale\\u202e'
    """
    return _UNPRINTABLE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
