"""Environments that stay up: how long `up -d`, `exec` and `down` take, and what keeps one up takes of memory.

Each function does untimed what has to be there first, and returns what counts: seconds, or bytes.
"""

import json
import os
import statistics
import subprocess

from .budgets import AtMost, FasterThan
from .measure import spawn_and_wait

MEGABYTE = 1_000_000
ACTIONS = {"up -d, 1 service": ("up", 0.030), "exec true": ("exec", 0.010), "down, 1 service": ("down", 0.030)}
MEMORY = "monitor and launcher, 20 services"
NAMES = [*ACTIONS, MEMORY]


def environment(scratch, count):
    """A file that both sides read: so many web servers."""
    directory = f"{scratch}/stack-{count}"
    os.mkdir(directory)
    lines = [f"name: stack{count}", "services:"]
    for number in range(1, count + 1):
        lines.append(f'  s{number}: {{image: busybox, command: [httpd, -f, -p, "80"], x-ready: {{tcp: 80}}}}')
    with open(f"{directory}/compose.yaml", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return directory


class Stack:
    """One environment by one side; `words` is the program with what tells it the environment."""

    def __init__(self, words, variables, up=(), down=()):
        self.words = words
        self.variables = variables
        self.up_options = up
        self.down_options = down

    def call(self, *words):
        return spawn_and_wait([*self.words, *words], self.variables)

    def start(self):
        return self.call("up", "--detach", *self.up_options)

    def end(self):
        return self.call("down", *self.down_options)

    def up(self):
        """Until it is ready: the request that follows has to be answered."""
        seconds = self.start()
        try:
            self.call("exec", "-T", "s1", "wget", "-q", "-O", "/dev/null", "http://s1/bin/busybox")
        finally:
            self.end()
        return seconds

    def down(self):
        self.start()
        return self.end()

    def exec(self):
        """Several in a row: what a test suite asks of its environment."""
        self.start()
        try:
            return statistics.median(self.call("exec", "-T", "s1", "true") for _ in range(5))
        finally:
            self.end()


def harness_stack(harness, directory):
    return Stack([harness.program], {**harness.environment, "COMPOSE_FILE": f"{directory}/compose.yaml"})


def compose_stack(compose, directory):
    # No grace: harness gives none either to what would not notice it.
    return Stack(
        [compose.program, "--project-directory", directory], compose.environment, up=["--wait"], down=["--timeout", "0"])


def resident(pid):
    """Bytes that a process has in memory, and its share of them: of pages that several have, a part for each."""
    fields = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if len(words) == 3 and words[2] == "kB":
                fields[words[0].rstrip(":")] = int(words[1]) * 1024
    return fields["Rss"], fields["Pss"]


def memory(harness, directory):
    """The monitor and its launcher, while so many services run: a function that gives bytes, and one that says more."""
    shares = []

    def measure():
        stack = harness_stack(harness, directory)
        stack.start()
        try:
            listed = subprocess.run(
                [harness.program, "ls", "--format", "json"], env=harness.environment, check=True, capture_output=True,
                text=True).stdout
            monitor = next(
                entry["monitor"] for entry in map(json.loads, listed.splitlines()) if entry["directory"] == directory)
            processes = [monitor]
            for task in os.listdir(f"/proc/{monitor}/task"):
                with open(f"/proc/{monitor}/task/{task}/children", encoding="ascii") as file:
                    processes += map(int, file.read().split())
            sizes = [resident(pid) for pid in processes]
            shares.append(sum(share for _, share in sizes))
            return sum(size for size, _ in sizes)
        finally:
            stack.end()

    return measure, lambda: f"PSS {shares[-1] / MEGABYTE:.1f} MB"


def everything(scratch, harness, compose, scenario):
    """The scenarios; `scenario` makes one."""
    directory = environment(scratch, 1)
    ours = harness_stack(harness, directory)
    theirs = compose_stack(compose, directory) if compose else None
    for name, (action, budget) in ACTIONS.items():
        sides = {"harness": getattr(ours, action)}
        if theirs:
            sides["compose"] = getattr(theirs, action)
        yield scenario(name, sides, [AtMost(budget), FasterThan("compose", 10)])
    measure, share = memory(harness, environment(scratch, 20))
    yield scenario(
        MEMORY, {"harness": measure}, [AtMost(20 * MEGABYTE, "MB", MEGABYTE, share)],
        unit="MB", scale=MEGABYTE)
