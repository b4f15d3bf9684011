"""What each side has to do, and the budgets that hold for it."""

import os
import subprocess
import sys
from dataclasses import dataclass, field

from . import ports
from . import registry
from . import sides as side
from . import stacks
from .budgets import AtMost, FasterThan, FlatFrom, WithinMemory, WithinTimes

POSTGRES = f"{side.TOP}/Environments/postgres"


@dataclass
class Scenario:
    """A row of the table: functions by the name of the side, and what must hold between their medians."""

    name: str
    sides: dict
    budgets: list = field(default_factory=list)
    # What the numbers are shown in, and how many of the functions' own that is.
    unit: str = "ms"
    scale: float = 0.001


def environment_file(scratch, services):
    """A file that both harness and Docker Compose read: so many web servers, the test in the first."""
    directory = f"{scratch}/services-{services}"
    os.mkdir(directory)
    lines = [f"name: bench{services}", "services:"]
    for number in range(1, services + 1):
        lines.append(f'  s{number}: {{image: busybox, command: [httpd, -f, -p, "80"]}}')
    lines.append("x-test: {on: s1}")
    with open(f"{directory}/compose.yaml", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return directory


def services(scratch, count, budgets, harness, floor, compose):
    directory = environment_file(scratch, count)
    sides = {"floor": lambda: floor.run(count), "harness": lambda: harness.run(directory)}
    if compose:
        sides["compose"] = lambda: compose.run(directory, "s1")
        sides["compose, not waiting"] = lambda: compose.run(directory, "s1", wait=False)
    return Scenario(f"{count} service{'s' if count > 1 else ''} + test", sides, budgets)


def many(scratch, harness):
    """What each further service costs: two hundred against half as many, and a thousand."""
    runs = {count: environment_file(scratch, count) for count in (100, 200, 1000)}

    def run(count):
        return lambda: harness.run(runs[count])

    yield Scenario(
        "200 services + test", {"100 services": run(100), "harness": run(200)}, [FlatFrom("100 services", 200, 100)])
    yield Scenario("1000 services + test", {"harness": run(1000)})


def as_user(scratch, harness):
    """The environment that README shows, by an unprivileged user."""
    user = side.Unprivileged(harness.program, scratch)
    directory = f"{scratch}/twenty"
    subprocess.run(["cp", "-r", f"{side.TOP}/Environments/twenty", directory], check=True)
    return Scenario(
        "20 services + test, as a user", {"same by root": lambda: harness.run(directory), "harness": lambda: user.run(directory)},
        [WithinTimes("same by root", 2)])


def postgres(scratch, harness, compose):
    """The PostgreSQL environment with one statement as its test; None where the store lacks its image."""
    layer = harness.layer_with("usr/lib/postgresql")
    if layer is None:
        return None
    statement = ("sh", "-c", "PGPASSWORD=$(cat /run/secrets/password) psql -qtAc 'SELECT 1'")
    sides = {"harness": lambda: harness.run(POSTGRES, statement)}
    if compose:
        archive = f"{scratch}/postgres.tar"
        subprocess.run(["tar", "--numeric-owner", "-C", layer, "-cf", archive, "."], check=True)
        compose.import_image(archive, "postgres-fixture")
        os.unlink(archive)
        directory = for_compose(scratch)
        sides["compose"] = lambda: compose.run(directory, "postgres", statement)
    return Scenario("PostgreSQL, made from nothing", sides)


def for_compose(scratch):
    """A copy of the environment with the image by its name, where Compose knows no packages."""
    directory = f"{scratch}/postgres"
    subprocess.run(["cp", "-r", POSTGRES, directory], check=True)
    with open(f"{directory}/environment.yaml", encoding="utf-8") as file:
        text = file.read()
    text = text.replace("build: &image\n      packages: [postgresql-15]", "image: postgres-fixture")
    text = text.replace("build: *image", "image: postgres-fixture").replace("\ntest:", "\nx-test:")
    with open(f"{directory}/compose.yaml", "w", encoding="utf-8") as file:
        file.write(text)
    return directory


def exchange(scratch, harness, compose):
    """Pull, unpack and push of a large image; nothing without an engine to compare with or a registry to pull from."""
    if compose is None or not os.access(registry.DOCKER_REGISTRY, os.X_OK):
        print("pull and push are not compared: install docker-registry, and `make bench-peers`", file=sys.stderr)
        return
    with registry.exchange(scratch, harness, compose) as work:
        yield Scenario(
            PULL, {"harness": work.harness_pulls, "compose": work.docker_pulls},
            [FasterThan("compose", 2.5), WithinMemory(150 << 20, work.peak)])
        yield Scenario(PUSH, {"harness": work.harness_pushes, "compose": work.docker_pushes}, [FasterThan("compose", 2.5)])


PULL = "pull and unpack, 475 MB"
PUSH = "push, 475 MB"
PORT = "port: "


def sections(scratch, harness, floor, compose):
    """Scenarios that are prepared together: how their names begin, and the function that prepares and yields them."""
    def one(count, *budgets):
        return lambda: [services(scratch, count, list(budgets), harness, floor, compose)]

    return [
        (["version"], lambda: [Scenario("version", {"harness": harness.version}, [AtMost(0.003)])]),
        (["1 service + test"], one(1, FasterThan("compose", 80), WithinTimes("floor", 3))),
        (["5 services + test"], one(5)),
        (["20 services + test"], one(20, FasterThan("compose", 40))),
        (["200 services + test", "1000 services + test"], lambda: many(scratch, harness)),
        (stacks.NAMES, lambda: stacks.everything(scratch, harness, compose, Scenario)),
        (["20 services + test, as a user"], lambda: [as_user(scratch, harness)]),
        ([PULL, PUSH], lambda: exchange(scratch, harness, compose)),
        (["PostgreSQL, made from nothing"], lambda: filter(None, [postgres(scratch, harness, compose)])),
        ([PORT + name for name in ports.MEASUREMENTS], lambda: ports.everything(scratch, harness, compose, Scenario)),
    ]


def everything(scratch, harness, floor, compose, only=None):
    """The scenarios, one after the other; with `only`, those whose name has it, and nothing is prepared for others."""
    for names, prepare in sections(scratch, harness, floor, compose):
        # The names of ports may go on: "(DNAT)".
        if only and not any(only in name or name in only for name in names):
            continue
        for scenario in prepare():
            if not only or only in scenario.name:
                yield scenario
