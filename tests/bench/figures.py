"""What a measurement comes to: a figure beside the one that it was compared with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the bench's output."""

    figure: str
    value: float
    unit: str
    compared_with: str
    baseline: float
    """In the same unit, from the same run; a goal where nothing bare can be measured."""
    conditions: str
    goal: str = ""
    """What the value, or the ratio, should be."""

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of the baseline; ``None`` where that is zero."""
        return self.value / self.baseline if self.baseline else None

    def line(self) -> str:
        """Give the figure as a line of JSON."""
        ratio = self.ratio
        return json.dumps(
            {
                "figure": self.figure,
                "value": _rounded(self.value),
                "unit": self.unit,
                "compared_with": self.compared_with,
                "baseline": _rounded(self.baseline),
                "ratio": None if ratio is None else round(ratio, 2),
                "goal": self.goal,
                "conditions": self.conditions,
            },
            ensure_ascii=False,
        )


def percentile(sample: Sequence[float], percent: float) -> float:
    """Give the smallest value that so many per cent of a sample do not exceed."""
    ordered = sorted(sample)
    return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)]


def _rounded(number: float) -> float:
    """Three digits that count: the noise is in the second."""
    return float(f"{number:.3g}") if abs(number) < 1000 else round(number)
