"""Columns of touchpoints that fitted models see: named by a setting, held to a file.

Such a column must be there, must not have a meaning in the ledger already, and must be
known when the touchpoint happens: one that is filled in by the outcome would give the
outcome away.
"""

from collections.abc import Collection, Mapping, Sequence

from touchledger.errors import UserError
from touchledger.setting_rules import texts

__all__ = ["check_feature_names", "feature_columns"]

_SETTING = "touchpoint_features"
# By these names public data sets call what only the outcome tells.
_OUTCOMES = ("attribution", "click_nb", "click_pos", "cpo", "revenue")
_OUTCOME_STARTS = ("conversion", "converted")


def check_feature_names(names: object, dataset: str) -> None:
    """Hold the names to what can be said of them without the file.

    Args:
        names: The setting.
        dataset: The shape of the input.

    Raises:
        UserError: If they aren't a list of different texts, one of them is the name of
            an outcome, or touchpoints have no columns.

    Example:
        >>> check_feature_names(["device", "cpo"], "events")
        Traceback (most recent call last):
            ...
        touchledger.errors.UserError: The setting touchpoint_features names 'cpo', \
which knows the outcome; it must name columns that are filled before it is known.
    """
    texts(_SETTING, names)
    assert isinstance(names, list | tuple)
    if names and dataset == "paths":
        raise UserError(
            f"The setting {_SETTING} is {names!r}; with dataset paths it must be "
            "empty, because touchpoints of paths have no columns."
        )
    # The database takes upper and lower case for the same name.
    lowered = [name.lower() for name in names]
    if len(set(lowered)) < len(lowered):
        raise UserError(
            f"The setting {_SETTING} is {names!r}; it must name each column once "
            "(upper and lower case are alike)."
        )
    for name, lower in zip(names, lowered, strict=True):
        if lower in _OUTCOMES or lower.startswith(_OUTCOME_STARTS):
            raise UserError(
                f"The setting {_SETTING} names {name!r}, which knows the outcome; it "
                "must name columns that are filled before it is known."
            )


def feature_columns(
    place: str,
    header: Sequence[str],
    declared: Mapping[str, str],
    allowed: Collection[str],
    wanted: Sequence[str],
) -> tuple[str, ...]:
    """Find the columns that the setting names.

    Args:
        place: What holds them, such as "the file visits.csv".
        header: Its columns.
        declared: Declared column to the file's column.
        allowed: Declared columns that may be features as well.
        wanted: The setting.

    Returns:
        The file's columns, in the order of the setting.

    Raises:
        UserError: If one isn't there, or is known already.

    Example:
        >>> columns = ["who", "channel", "device"]
        >>> declared = {"user_id": "who", "channel": "channel"}
        >>> feature_columns("the file x.csv", columns, declared, (), ["device"])
        ('device',)
    """
    known = {column for name, column in declared.items() if name not in allowed}
    possible = [column for column in header if column not in known]
    for name in wanted:
        if name not in possible:
            fault = "whose meaning is known" if name in known else "which isn't there"
            raise UserError(
                f"The setting {_SETTING} names {name!r}, {fault}; of {place} it may "
                f"name {', '.join(possible)[:300] or 'no column'}."
            )
    return tuple(wanted)
