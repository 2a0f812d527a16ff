"""The project's names are the field's words; names that nobody else uses stay away."""

import re
from pathlib import Path

import pytest

from dbt_build import PROJECT

# A name of before, and the word of the field (docs/glossary.md).
NAMES = {
    r"\w*(?<![a-z])cuts?(_(key|at|features|channels|campaigns|touchpoints))\w*": (
        "snapshot, cutoff"
    ),
    r"int_(\w+_)?cuts": "snapshots",
    r"\w*(?<![a-z])(judged|judge)(?![a-z])\w*": "evaluated, evaluate",
    r"\w*(?<![a-z])silences?(?![a-z])\w*": "gap",
    r"\w*(?<![a-z])stretch(es)?(?![a-z])\w*": "subpath",
    r"(known|stands|stood)_until": "observed_until, at_risk_until",
    r"is_case|is_current": "is_future_case, is_latest",
    r"int_conversion_habits": "int_recording_granularity",
    r"int_(user|null_journey)_draws": "int_users, int_risk_set_samples",
    r"(int_)?path_reading|are_whole": "null_path_censoring, are_complete",
    r"caused_(conversions|revenue)": "incremental_conversions, incremental_revenue",
    r"by_touch|has_marks|is_followed": (
        "is_discrete_time, has_instant_conversions, is_observed_after_event"
    ),
    r"int_(earlier|null_journey)_reaches": "int_snapshot_bounds",
    r"any_asked_for|shared_rest": "is_model_enabled, split_remainder",
    r"_?hats(_integral)?": "basis",
    r"\w+\.(tops|rising|falling)": "maxima, increasing, decreasing",
    r"known_touchpoints\w*|known_(at|up_to)_the_cutoff": "observed",
    r"Lessons|obstacle|has_both": "TrainingData, reason_untrainable, has_both_classes",
    r"(to|from)_payload": "to_dict, from_dict",
    r"Ground|Trivial|Ranked|Bend|AdditiveOdds": "EvaluationSet and others",
}
IN_DOCS = r"cuts?|silences?|stretch(es)?|judged?"
CODE = [
    file
    for folder in ("models", "macros", "python", "tests", "seeds")
    for file in sorted((PROJECT / folder).rglob("*"))
    if file.suffix in {".sql", ".yml", ".py"} and file != Path(__file__)
]
DOCS = [*sorted((PROJECT / "docs").glob("*.md")), PROJECT / "README.md"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_the_words_of_the_field(name: str) -> None:
    pattern = re.compile(rf"(?<!\w)({name})(?!\w)")
    found = {
        f"{file.relative_to(PROJECT)}: {match.group()}"
        for file in CODE
        for match in pattern.finditer(f"{file.stem}\n{file.read_text()}")
    }
    assert not found, f"say {NAMES[name]}"


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.name)
def test_pages_use_the_words_of_the_field(file: Path) -> None:
    # Names in code are held to the rule above.
    prose = re.sub(r"```.*?```|`[^`]*`", "", file.read_text(), flags=re.DOTALL)
    found = re.findall(rf"\b(?:{IN_DOCS})\b", prose)
    assert not found, "docs/glossary.md says what these are called"
