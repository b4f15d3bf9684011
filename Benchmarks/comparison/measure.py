"""Wall time of whole processes, sides alternating."""

import os
import statistics
import subprocess
import time
from dataclasses import dataclass

# Samples of a side that is fast are cheap: it gets several in each round.
FAST = 0.2
SAMPLES_OF_FAST = 5
# The kernel takes namespaces apart after the process has been waited for; the next side must not pay for that.
SETTLE = 0.3


@dataclass(frozen=True)
class Timing:
    """Seconds: the median of the samples, the least and the greatest."""

    median: float
    least: float
    greatest: float
    samples: int


def spawn_and_wait(arguments, environment):
    """Runs a program to its end without output; returns the seconds. Raises if it fails."""
    return spawn_and_account(arguments, environment)[0]


def spawn_and_account(arguments, environment):
    """As above; returns the seconds and the peak, in bytes, of the largest of the processes that it waited for."""
    null = [(os.POSIX_SPAWN_OPEN, descriptor, "/dev/null", os.O_RDWR, 0) for descriptor in (0, 1, 2)]
    start = time.clock_gettime(time.CLOCK_MONOTONIC)
    pid = os.posix_spawn(arguments[0], arguments, environment, file_actions=null)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.clock_gettime(time.CLOCK_MONOTONIC) - start
    if status != 0:
        raise_with_output(arguments, environment, status)
    return seconds, usage.ru_maxrss << 10


def raise_with_output(arguments, environment, status):
    """Says what a program that failed has to say, by running it again."""
    again = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    code = os.waitstatus_to_exitcode(status)
    raise SystemExit(f"{' '.join(arguments)} ended with {code}; run again ({again.returncode}):\n{again.stdout}{again.stderr}")


def alternate(sides, rounds):
    """Measures the sides in turn; `sides` maps a name to a function that returns seconds, or bytes. Returns the timings by name."""
    samples = {name: [] for name in sides}
    # A warm-up of each, which also tells how many samples a round can afford.
    repeat = {name: SAMPLES_OF_FAST if run() < FAST else 1 for name, run in sides.items()}
    for _ in range(rounds):
        for name, run in sides.items():
            for _ in range(repeat[name]):
                time.sleep(SETTLE)
                samples[name].append(run())
    return {
        name: Timing(statistics.median(values), min(values), max(values), len(values))
        for name, values in samples.items()
    }
