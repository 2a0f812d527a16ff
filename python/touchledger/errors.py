"""The one error that a user's own mistake raises.

Its text is one sentence: the value, the place, the rule and the allowed values.
"""

__all__ = ["UserError"]


class UserError(ValueError):
    """A setting or an input that breaks the contract; its text is for the user."""
