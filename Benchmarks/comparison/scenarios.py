"""What each side has to do, and the budgets that hold for it."""

import os
import subprocess
from dataclasses import dataclass, field

from . import ports
from . import registry
from . import sides as side
from . import stacks
from .budgets import AtMost, FasterThan, FlatFrom, WithinTimes

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


def pull(scratch, harness, compose):
    """Pull and unpack of a large image; None without an engine to compare with or a registry to pull from."""
    if compose is None or not os.access(registry.DOCKER_REGISTRY, os.X_OK):
        return
    namespace = compose.network()
    with registry.registry(scratch, namespace) as host:
        work = registry.Pull(scratch, harness, compose, namespace, host)
        work.fill(scratch)
        yield Scenario(
            "pull and unpack, 475 MB", {"harness": work.run_harness, "compose": work.run_docker}, [FasterThan("compose", 2.5)])


def everything(scratch, harness, floor, compose):
    """The scenarios, one after the other."""
    yield Scenario("version", {"harness": harness.version}, [AtMost(0.003)])
    yield services(scratch, 1, [FasterThan("compose", 80), WithinTimes("floor", 3)], harness, floor, compose)
    yield services(scratch, 5, [], harness, floor, compose)
    yield services(scratch, 20, [FasterThan("compose", 40)], harness, floor, compose)
    yield from many(scratch, harness)
    yield from stacks.everything(scratch, harness, compose, Scenario)
    yield as_user(scratch, harness)
    yield from pull(scratch, harness, compose)
    scenario = postgres(scratch, harness, compose)
    if scenario:
        yield scenario
    yield from ports.everything(scratch, harness, compose, Scenario)
