"""Pull and push of a large image through a registry on the loopback: harness against Docker Engine."""

import contextlib
import os
import shutil
import subprocess
import time

from .measure import spawn_and_wait
from .sides import PATH

NAME = "bench/large"
# Of the host's files, as many as make an image of this size: programs, libraries and text, as real images have them.
SIZE = 475 << 20
FOLDERS = ["/usr/lib", "/usr/share", "/usr/bin", "/usr/include"]
DOCKER_REGISTRY = "/usr/bin/docker-registry"


def archive(scratch):
    """A root file system of SIZE bytes, compressed with gzip as Docker compresses layers."""
    target = f"{scratch}/large.tar.gz"
    names, total = [], 0
    for folder in FOLDERS:
        for directory, _, files in os.walk(folder):
            for name in sorted(files):
                path = f"{directory}/{name}"
                if not os.path.isfile(path) or os.path.islink(path):
                    continue
                size = os.path.getsize(path)
                if total + size > SIZE or size > 64 << 20:
                    continue
                names.append(path)
                total += size
    listing = f"{scratch}/large.list"
    with open(listing, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write("\0".join(names))
    with open(target, "wb") as file:
        tar = subprocess.Popen(
            ["tar", "--null", "--no-recursion", "-cf", "-", "-T", listing], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        subprocess.run(["gzip", "-6"], stdin=tar.stdout, stdout=file, check=True)
        tar.wait()
    return target


def wait_until_open(namespace, process):
    """Waits until the registry listens; it has 10 s. Raises where it has ended instead."""
    probe = [*namespace, "/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/5055"]
    end = time.monotonic() + 10
    while subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"{DOCKER_REGISTRY} does not listen at 127.0.0.1:5055")
        time.sleep(0.05)


@contextlib.contextmanager
def registry(scratch, namespace):
    """Debian's docker-registry in the engine's network namespace, where both sides reach it at 127.0.0.1:5055."""
    configuration = f"{scratch}/registry.yml"
    with open(configuration, "w", encoding="utf-8") as file:
        file.write(
            f"version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n"
            f"storage: {{filesystem: {{rootdirectory: {scratch}/registry}}}}\nhttp: {{addr: 127.0.0.1:5055}}\n")
    process = subprocess.Popen(
        [*namespace, DOCKER_REGISTRY, "serve", configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_open(namespace, process)
        yield "127.0.0.1:5055"
    finally:
        process.terminate()
        process.wait()


class Pull:
    """One pull into an empty store, each side in its own; what is left over is removed outside of the measurement."""

    def __init__(self, scratch, harness, compose, namespace, host):
        self.home = f"{scratch}/pull-home"
        self.harness = harness
        self.compose = compose
        self.namespace = namespace
        self.reference = f"{host}/{NAME}:1"

    def environment(self):
        return {**self.harness.environment, "HARNESS_HOME": self.home}

    def fill(self, scratch):
        """Puts the image into the registry."""
        os.makedirs(self.home, exist_ok=True)
        program = self.harness.program
        subprocess.run(
            [program, "image", "import", archive(scratch), "-t", self.reference], env=self.environment(), check=True,
            stdout=subprocess.DEVNULL)
        subprocess.run(
            [*self.namespace, program, "image", "push", "-q", self.reference], env=self.environment(), check=True,
            stdout=subprocess.DEVNULL)

    def run_harness(self):
        shutil.rmtree(self.home, ignore_errors=True)
        os.makedirs(self.home)
        return spawn_and_wait(
            [*self.namespace, self.harness.program, "image", "pull", "-q", self.reference], self.environment())

    def run_docker(self):
        subprocess.run(
            ["/usr/bin/docker", "rmi", "-f", self.reference], env=self.compose.environment, check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return spawn_and_wait(["/usr/bin/docker", "pull", "-q", self.reference], self.compose.environment)
