"""The parts of a network, as settings; each published network is a preset.

- `grid_dynamics`: a linear embedding of the touchpoint, an LSTM, attention by the
  hyperbolic tangent of one number a step, a sigmoid (the published notebook on the
  Criteo attribution data).
- `dnamta`: embedded channels, additive attention with a time penalty, here learned, and
  a branch for the user's profile (Li et al. 2018, "Deep neural net with attention for
  multi-channel multi-touch attribution"; the additive score is that of Bahdanau, Cho &
  Bengio 2015).
- `td_mta`: days before the cutoff as steps, the channels of a day as its content, two
  LSTM layers in both directions.
- `touchledger`: attention as a part of the odds. See `docs/attention_lstm.md`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from touchledger.errors import UserError
from touchledger.setting_rules import number, one_of, whole

__all__ = ["ATTENTIONS", "HEADS", "PRESETS", "STEPS", "NetworkSettings"]

STEPS = ("touches", "days")
ATTENTIONS = ("none", "tanh", "additive")
HEADS = ("odds", "sigmoid")
# Beyond these a network has no use, and the machine no memory for it.
_HIGHEST = {
    "days": 1_000,
    "embedding": 4_096,
    "units": 4_096,
    "layers": 16,
    "epochs": 10_000,
    "patience": 10_000,
}


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """What a network is made of, and how it is trained.

    Attributes:
        steps: touches: a step is a touchpoint. days: it is a day before the cutoff,
            with the channels that were touched on it.
        days: How many days; for `steps` days.
        embedding: Numbers that stand for what a step is.
        units: Units of each LSTM layer, in each direction.
        layers: LSTM layers.
        is_bidirectional: Whether steps are also read from the last to the first.
        attention: none: the step read last, in each direction, stands for the journey.
            tanh: the score of a step is the hyperbolic tangent of one number. additive:
            v·tanh(W·h + b).
        has_time_penalty: Whether the score falls with the time before the last step, at
            a rate that is learned.
        head: sigmoid: the attended step goes through a sigmoid. odds: the odds are a
            baseline plus a part for each touchpoint; attention is their share.
        has_profile: Whether attributes of the user take part.
        learning_rate: Of the optimiser (AdamW).
        weight_decay: Of the optimiser.
        epochs: The most passes over the journeys to learn from.
        patience: Passes without a better validation loss after which training ends.
        batch_steps: Steps in a batch, about.

    Example:
        >>> NetworkSettings.from_var({"preset": "dnamta", "units": 32}).units
        32
        >>> NetworkSettings.from_var({"preset": "deepest"})
        Traceback (most recent call last):
            ...
        touchledger.errors.UserError: The setting network has the preset 'deepest'; it \
must be one of touchledger, grid_dynamics, dnamta, td_mta.
    """

    steps: str = "touches"
    days: int = 8
    embedding: int = 32
    units: int = 32
    layers: int = 1
    is_bidirectional: bool = False
    attention: str = "additive"
    has_time_penalty: bool = True
    head: str = "odds"
    has_profile: bool = True
    learning_rate: float = 0.005
    weight_decay: float = 0.01
    epochs: int = 20
    patience: int = 2
    batch_steps: int = 4096

    @classmethod
    def from_var(cls, values: Mapping[str, Any]) -> "NetworkSettings":
        """Build settings from the var `network`: a preset, and what differs from it.

        Raises:
            UserError: If a name is unknown or a value breaks its rule.
        """
        if not isinstance(values, Mapping):
            raise UserError(
                f"The setting network is {values!r}; it must map names to values."
            )
        known = {field.name for field in fields(cls)}
        for name in values:
            if name != "preset" and name not in known:
                raise UserError(
                    f"The setting network has no {name!r}; it has preset, "
                    f"{', '.join(sorted(known))}."
                )
        preset = values.get("preset", "touchledger")
        if not isinstance(preset, str) or preset not in PRESETS:
            raise UserError(
                f"The setting network has the preset {preset!r}; it must be one of "
                f"{', '.join(PRESETS)}."
            )
        changes = {name: value for name, value in values.items() if name != "preset"}
        return replace(PRESETS[preset], **changes)

    @classmethod
    def from_json(cls, values: str | Mapping[str, Any]) -> "NetworkSettings":
        """Build settings from the var as JSON, or as dbt has read that already."""
        return cls.from_var(json.loads(values) if isinstance(values, str) else values)

    def __post_init__(self) -> None:
        """Check each setting."""
        one_of("network: steps", self.steps, STEPS)
        one_of("network: attention", self.attention, ATTENTIONS)
        one_of("network: head", self.head, HEADS)
        for name, highest in _HIGHEST.items():
            whole(f"network: {name}", getattr(self, name), 1, highest)
        whole("network: batch_steps", self.batch_steps, 32, 10_000_000)
        number("network: learning_rate", self.learning_rate, 1e-6, 1)
        number("network: weight_decay", self.weight_decay, 0, 1)
        for name in ("is_bidirectional", "has_time_penalty", "has_profile"):
            if not isinstance(getattr(self, name), bool):
                raise UserError(
                    f"The setting network: {name} is {getattr(self, name)!r}; it must "
                    "be true or false."
                )
        if self.head == "odds" and (
            self.attention == "none" or self.steps == "days" or self.is_bidirectional
        ):
            raise UserError(
                "The setting network has the head 'odds', which gives each touchpoint "
                "a part by what came before it; it needs steps touches, an attention "
                "and is_bidirectional false (the head sigmoid needs none of them)."
            )

    def without_attention(self) -> "NetworkSettings":
        """Give the plain LSTM of the same size."""
        return replace(self, attention="none", head="sigmoid", has_time_penalty=False)

    def to_dict(self) -> dict[str, Any]:
        """Write the settings as numbers and text."""
        return asdict(self)


PRESETS: Mapping[str, NetworkSettings] = {
    "touchledger": NetworkSettings(),
    "grid_dynamics": NetworkSettings(
        embedding=128,
        units=64,
        attention="tanh",
        has_time_penalty=False,
        head="sigmoid",
        has_profile=False,
        learning_rate=0.001,
        weight_decay=0.0,
    ),
    "dnamta": NetworkSettings(
        embedding=32,
        units=64,
        attention="additive",
        head="sigmoid",
        learning_rate=0.001,
        weight_decay=0.0,
    ),
    "td_mta": NetworkSettings(
        steps="days",
        days=8,
        embedding=32,
        units=32,
        layers=2,
        is_bidirectional=True,
        attention="none",
        has_time_penalty=False,
        head="sigmoid",
        has_profile=False,
        learning_rate=0.001,
        weight_decay=0.0,
    ),
}
