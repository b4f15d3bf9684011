"""Pull and push of a large image through a registry on the loopback: harness against Docker Engine."""

import contextlib
import gzip
import os
import shutil
import subprocess
import time

from .measure import spawn_and_account

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


def gzip_member(scratch, number):
    """A file of its own as the beginning of a compressed archive: with it, an image is one that nobody has seen."""
    directory = f"{scratch}/large-{number}"
    os.mkdir(directory)
    with open(f"{directory}/number", "w", encoding="ascii") as file:
        file.write(f"{number}\n")
    tar = subprocess.run(["tar", "-C", directory, "-b", "1", "-cf", "-", "number"], check=True, capture_output=True).stdout
    # Without the two blocks that end an archive: the next member goes on.
    return gzip.compress(tar[:1024])


def wait_until_open(namespace, process, port):
    """Waits until the registry listens; it has 10 s. Raises where it has ended instead."""
    probe = [*namespace, "/bin/bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}"]
    end = time.monotonic() + 10
    while subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"{DOCKER_REGISTRY} does not listen at 127.0.0.1:{port}")
        time.sleep(0.05)


@contextlib.contextmanager
def registry(scratch, namespace, port):
    """Debian's docker-registry in the engine's network namespace, where both sides reach it at 127.0.0.1."""
    configuration = f"{scratch}/registry-{port}.yml"
    with open(configuration, "w", encoding="utf-8") as file:
        file.write(
            f"version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n"
            f"storage: {{filesystem: {{rootdirectory: {scratch}/registry-{port}}}}}\nhttp: {{addr: 127.0.0.1:{port}}}\n")
    process = subprocess.Popen(
        [*namespace, DOCKER_REGISTRY, "serve", configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_open(namespace, process, port)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def exchange(scratch, harness, compose):
    """Two registries, one to pull from and one to push to, and the work with them."""
    namespace = compose.network()
    with registry(scratch, namespace, 5055) as source, registry(scratch, namespace, 5056) as target:
        yield Exchange(scratch, harness, compose, namespace, source, target)


class Exchange:
    """Pulls and pushes of images that differ; what a side has of the one before is removed outside of the measurement."""

    def __init__(self, scratch, harness, compose, namespace, source, target):
        self.scratch = scratch
        self.harness = harness
        self.compose = compose
        self.namespace = namespace
        self.source = source
        self.target = target
        self.archive = archive(scratch)
        self.home = f"{scratch}/exchange-home"
        # How many images are in the registry, and which one each side has pulled last.
        self.made = 0
        self.pulled = {"harness": 0, "docker": 0}
        self.peaks = [0]

    def peak(self):
        """At most so many bytes of memory took a pull: two processes, each at most as large as the larger of them."""
        return 2 * max(self.peaks)

    def harness_pulls(self):
        number = self.next("harness")
        shutil.rmtree(self.home, ignore_errors=True)
        os.makedirs(self.home)
        arguments = [*self.namespace, self.harness.program, "image", "pull", "-q", self.reference(number)]
        seconds, peak = self.measure(arguments, self.environment(self.home))
        self.peaks.append(peak)
        return seconds

    def docker_pulls(self):
        number = self.next("docker")
        if number > 1:
            self.docker("rmi", "-f", self.reference(number - 1))
        return self.measure(["/usr/bin/docker", "pull", "-q", self.reference(number)], self.compose.environment)[0]

    def harness_pushes(self):
        self.harness_pulls()
        goal = f"{self.target}/harness/large:{self.pulled['harness']}"
        arguments = [*self.namespace, self.harness.program, "image", "push", "-q", self.reference(self.pulled["harness"]), goal]
        return self.measure(arguments, self.environment(self.home))[0]

    def docker_pushes(self):
        self.docker_pulls()
        number = self.pulled["docker"]
        goal = f"{self.target}/docker/large:{number}"
        self.docker("tag", self.reference(number), goal)
        seconds = self.measure(["/usr/bin/docker", "push", "-q", goal], self.compose.environment)[0]
        self.docker("rmi", goal)
        return seconds

    def next(self, side):
        self.pulled[side] += 1
        self.reference(self.pulled[side])
        return self.pulled[side]

    def docker(self, *words):
        subprocess.run(
            ["/usr/bin/docker", *words], env=self.compose.environment, check=True, stdout=subprocess.DEVNULL)

    def measure(self, arguments, environment):
        """Seconds and peak; what is still to be written of the work before is written first."""
        os.sync()
        return spawn_and_account(arguments, environment)

    def environment(self, home):
        return {**self.harness.environment, "HARNESS_HOME": home}

    def reference(self, number):
        """The image of that number, which is in the registry from then on."""
        while self.made < number:
            self.made += 1
            self.make(self.made)
        return f"{self.source}/{NAME}:{number}"

    def make(self, number):
        home = f"{self.scratch}/source-home"
        os.makedirs(home)
        reference = f"{self.source}/{NAME}:{number}"
        program = self.harness.program
        pipe = subprocess.Popen(
            [program, "image", "import", "-", "-t", reference], env=self.environment(home), stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL)
        with pipe.stdin as target, open(self.archive, "rb") as source:
            target.write(gzip_member(self.scratch, number))
            shutil.copyfileobj(source, target, 1 << 20)
        if pipe.wait() != 0:
            raise SystemExit("the large image can't be imported")
        subprocess.run(
            [*self.namespace, program, "image", "push", "-q", reference], env=self.environment(home), check=True,
            stdout=subprocess.DEVNULL)
        shutil.rmtree(home)
