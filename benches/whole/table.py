"""The table: a row is a figure of some work, the target beside it, and what was measured."""

from dataclasses import dataclass

HEAD = """✓ reached, ✓✓ the aim too, ✗ missed; rows without a target are for comparison.

| work | figure | target | measured |
|---|---|---|---|"""


@dataclass(frozen=True)
class Row:
    work: str
    figure: str
    target: str
    measured: str
    is_wrong: bool = False

    def __str__(self):
        return f"| {self.work} | {self.figure} | {self.target} | {self.measured} |"


@dataclass(frozen=True)
class Work:
    """Makes the rows of one work."""

    name: str

    def told(self, figure, measured):
        return Row(self.name, figure, "", measured)

    def at_most(self, figure, value, unit, must, aim=None, note=""):
        return self._judged(figure, value, unit, "≤", must, aim, note)

    def at_least(self, figure, value, unit, must, aim=None, note=""):
        return self._judged(figure, value, unit, "≥", must, aim, note)

    def _judged(self, figure, value, unit, sign, must, aim, note):
        def holds(limit):
            return limit is not None and (value <= limit if sign == "≤" else value >= limit)
        mark = "✓✓" if holds(aim) else "✓" if holds(must) else "✗"
        target = f"{sign} {must} {unit}" + (f", aim {sign} {aim}" if aim is not None else "")
        return Row(self.name, figure, target, f"{mark} {short(value)} {unit}" + (f" ({note})" if note else ""))

    def same(self, difference):
        """Whether the lines are those of the slow reference: anything else is an error of the service."""
        measured = f"✗ {difference}" if difference else "✓ yes"
        return Row(self.name, "lines as the slow reference has them", "all", measured, is_wrong=bool(difference))


def short(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
