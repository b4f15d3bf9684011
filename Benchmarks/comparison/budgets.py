"""The budgets of Documentation/performance.md, and whether they were met."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class AtMost:
    """No more than so many seconds, or of another unit; `more` says something about it that is no budget."""

    amount: float
    unit: str = "ms"
    scale: float = 0.001
    more: object = None

    def check(self, timings):
        remark = f" ({self.more()})" if self.more else ""
        return f"<= {self.amount / self.scale:g} {self.unit}{remark}", timings["harness"].median <= self.amount


@dataclass(frozen=True)
class FasterThan:
    """So many times faster than another side."""

    side: str
    times: float

    def check(self, timings):
        if self.side not in timings:
            return f">= {self.times:g}x faster than {self.side}", None
        return (
            f">= {self.times:g}x faster than {self.side}",
            timings[self.side].median / timings["harness"].median >= self.times,
        )


@dataclass(frozen=True)
class WithinTimes:
    """No more than so many times what another side takes."""

    side: str
    times: float

    def check(self, timings):
        ratio = timings["harness"].median / timings[self.side].median
        return f"<= {self.times:g}x the {self.side} ({ratio:.2f}x)", ratio <= self.times


@dataclass(frozen=True)
class FlatFrom:
    """Each service takes no more time than each of fewer services does on another side, give or take a quarter."""

    side: str
    services: int
    fewer: int

    def check(self, timings):
        ratio = timings["harness"].median / self.services / (timings[self.side].median / self.fewer)
        return f"each <= 1.25x each of {self.fewer} ({ratio:.2f}x)", ratio <= 1.25


@dataclass(frozen=True)
class WithinMemory:
    """No more than so many bytes; `peak` gives what was taken, once all has been measured."""

    limit: int
    peak: Callable[[], int]

    def check(self, timings):
        peak = self.peak()
        return f"<= {self.limit >> 20} MiB of memory ({peak >> 20} MiB)", peak <= self.limit


@dataclass(frozen=True)
class Row:
    """A scenario's timings, and each budget with True (met), False (missed) or None (not measured)."""

    name: str
    timings: dict
    verdicts: list
    unit: str = "ms"
    scale: float = 0.001

    @property
    def is_missed(self):
        return any(met is False for _, met in self.verdicts)


def judge(scenario, timings):
    return Row(
        scenario.name, timings, [budget.check(timings) for budget in scenario.budgets], scenario.unit, scenario.scale)
