"""What is compared: the floor, harness, and Docker Compose with an engine of its own."""

import contextlib
import json
import os
import shutil
import subprocess
import sys

from .measure import spawn_and_wait

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.dirname(HERE)
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ROOTFS = f"{TOP}/Environments/busybox/rootfs"


def busybox_archive(scratch):
    """The root file system that all sides boot, as an archive."""
    archive = f"{scratch}/busybox.tar"
    if not os.path.exists(archive):
        with open(archive, "wb") as file:
            subprocess.run([ROOTFS], check=True, stdout=file)
    return archive


class Floor:
    """The C program that does the same system calls, compiled here."""

    def __init__(self, scratch):
        self.program = f"{scratch}/floor"
        self.root = f"{scratch}/rootfs"
        sources = [f"{HERE}/floor/{name}" for name in sorted(os.listdir(f"{HERE}/floor")) if name.endswith(".c")]
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", self.program, *sources], check=True)
        os.mkdir(self.root)
        subprocess.run(["tar", "-xf", busybox_archive(scratch), "-C", self.root], check=True)

    def run(self, services):
        return spawn_and_wait([self.program, self.root, str(services)], {"PATH": PATH})


class Harness:
    """The binary under test, with a store that has the images."""

    prefix = ()

    def __init__(self, program, home):
        self.program = program
        self.home = home
        self.environment = {"PATH": PATH, "HOME": "/root", "HARNESS_HOME": home}
        os.makedirs(home, exist_ok=True)
        subprocess.run(
            [f"{TOP}/Scripts/import-busybox", program], env=self.environment, check=True, stdout=sys.stderr)

    def version(self):
        return spawn_and_wait([self.program, "version"], self.environment)

    def run(self, directory, command=("true",)):
        return spawn_and_wait([*self.prefix, self.program, "run", directory, "--", *command], self.environment)

    def layer_with(self, path):
        """The unpacked layer of a stored image that has `path`; None where there is none."""
        for digest in self.query("image", "ls", "--quiet").split():
            for image in json.loads(self.query("image", "inspect", digest)):
                for layer in image["layers"]:
                    if os.path.exists(f"{layer['path']}/{path}"):
                        return layer["path"]
        return None

    def query(self, *arguments):
        return subprocess.run(
            [self.program, *arguments], env=self.environment, check=True, capture_output=True, text=True).stdout


class Unprivileged(Harness):
    """The same binary, run by the user that the tests make, with a copy of the program and a store of its own."""

    def __init__(self, program, scratch):
        made = subprocess.run([f"{TOP}/Scripts/prepare-test-user"], check=True, capture_output=True, text=True)
        user = made.stdout.split()[-1]
        directory = f"{scratch}/user"
        # setpriv(1) is part of every Debian; it becomes the program, so that nothing is between the clock and it.
        self.prefix = ("/usr/bin/setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--")
        self.program = f"{directory}/harness"
        self.environment = {"PATH": PATH, "HOME": directory, "HARNESS_HOME": f"{directory}/home",
                            "XDG_RUNTIME_DIR": f"{directory}/run"}
        for path in (directory, f"{directory}/run", f"{directory}/home"):
            os.mkdir(path, 0o700)
            shutil.chown(path, user, user)
        os.chmod(scratch, 0o711)
        shutil.copy(program, self.program)
        shutil.chown(self.program, user, user)
        archive = busybox_archive(scratch)
        with open(archive, "rb") as file:
            subprocess.run(
                [*self.prefix, self.program, "image", "import", "-", "-t", "busybox"], stdin=file,
                env=self.environment, check=True, stdout=subprocess.DEVNULL)


class Compose:
    """Docker Compose: up, the test in the first service's container, down with its volumes."""

    def __init__(self, program, directory):
        self.program = program
        self.socket = f"unix://{directory}/docker.sock"
        self.environment = {"PATH": PATH, "HOME": "/root", "DOCKER_HOST": self.socket}

    def namespace_process(self):
        """The number of a process that is in the engine's namespaces."""
        with open(f"{self.socket.removeprefix('unix://').removesuffix('docker.sock')}pid", encoding="ascii") as file:
            unshare = file.read().strip()
        with open(f"/proc/{unshare}/task/{unshare}/children", encoding="ascii") as file:
            return file.read().split()[0]

    def network(self):
        """The words before a command that is to run in the engine's network namespace."""
        return ["/usr/bin/nsenter", f"--net=/proc/{self.namespace_process()}/ns/net", "--"]

    def import_image(self, archive, name):
        subprocess.run(
            ["/usr/bin/docker", "import", archive, name], env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def run(self, directory, service, command=("true",), wait=True):
        """Like a CI job: `--wait` has the test begin when the services are ready, which `harness run` always does."""
        def compose(*words):
            return spawn_and_wait([self.program, "--project-directory", directory, *words], self.environment)

        up = ["up", "--detach", *(["--wait"] if wait else [])]
        return (
            compose(*up)
            + compose("exec", "-T", service, *command)
            # No grace: harness gives none either to a service whose state is thrown away.
            + compose("down", "--volumes", "--timeout", "0")
        )


@contextlib.contextmanager
def compose(directory, scratch):
    """Docker Compose with a running engine, which is stopped at the end; None where it is not installed."""
    program = f"{directory}/docker-compose"
    if not (os.access(program, os.X_OK) and os.access("/usr/sbin/dockerd", os.X_OK)):
        yield None
        return
    state = f"{scratch}/docker"
    os.mkdir(state)
    subprocess.run([f"{HERE}/peers/start", state], check=True)
    try:
        side = Compose(program, state)
        side.import_image(busybox_archive(scratch), "busybox")
        yield side
    finally:
        subprocess.run([f"{HERE}/peers/stop", state], check=True)
