"""Published ports: a web server and a database, asked from the host side of the port.

All sides run the same programs: those of this machine, mounted into a container of nothing but busybox. Docker is asked
twice: at the loopback address, where its userland proxy passes connections on as harness does, and at an address of the
engine's bridge, where the kernel rewrites packets on the way (DNAT), which needs rules in the firewall of the host.
Its clients run in the network namespace of the engine, where its ports are.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time

from . import sides as side
from .budgets import FasterThan
from .measure import spawn_and_wait

WRK = "/usr/bin/wrk"
NGINX = "/usr/sbin/nginx"
POSTGRES = "/usr/lib/postgresql/15/bin"
MOUNTS = ["/usr:/usr:ro", "/lib:/lib:ro", "/lib64:/lib64:ro", "/etc/passwd:/etc/passwd:ro", "/etc/group:/etc/group:ro"]
LARGE_FILE = 16 << 20

NGINX_CONFIGURATION = """
daemon off; user root; worker_processes 1; pid /tmp/nginx.pid; error_log stderr error;
events { worker_connections 1024; }
http {
    access_log off; keepalive_requests 1000000000; sendfile on; tcp_nopush on;
    client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
    server { listen 80; location / { return 200 "hello\\n"; } location /large { alias /bench/large; } }
}
"""
DATABASE = f"""
mkdir -p /tmp/d && chown 65534:65534 /tmp/d && exec setpriv --reuid 65534 --regid 65534 --clear-groups sh -c '
{POSTGRES}/initdb -D /tmp/d -A trust -U postgres >/dev/null &&
echo "host all all all trust" >> /tmp/d/pg_hba.conf &&
exec {POSTGRES}/postgres -D /tmp/d -c listen_addresses=* -c unix_socket_directories=/tmp -c fsync=off'
"""


def is_possible():
    return all(os.access(program, os.X_OK) for program in (WRK, NGINX, f"{POSTGRES}/postgres"))


def prepare(scratch):
    """The directory that is mounted into both containers."""
    directory = f"{scratch}/ports"
    os.mkdir(directory)
    with open(f"{directory}/nginx.conf", "w", encoding="utf-8") as file:
        file.write(NGINX_CONFIGURATION)
    with open(f"{directory}/large", "wb") as file:
        file.write(os.urandom(LARGE_FILE))
    with open(f"{directory}/database", "w", encoding="utf-8") as file:
        file.write(DATABASE)
    return directory


class Target:
    """Where a side's ports are, and how a client gets there."""

    def __init__(self, web, database, prefix=()):
        self.web = web
        self.database = database
        self.prefix = list(prefix)

    def wrk(self, connections, path="/", seconds=2):
        """Seconds for each ten thousand answers; of the large file, for each GiB."""
        address, port = self.web
        output = subprocess.run(
            [*self.prefix, WRK, "-t1", f"-c{connections}", f"-d{seconds}s", f"http://{address}:{port}{path}"],
            check=True, capture_output=True, text=True).stdout
        if "Non-2xx" in output or "Socket errors" in output:
            raise SystemExit(f"wrk did not get what it asked for:\n{output}")
        rate = float(re.search(r"Requests/sec:\s*([0-9.]+)", output)[1])
        return ((1 << 30) / LARGE_FILE if path == "/large" else 10_000) / rate

    def pgbench(self, clients, transactions, *options):
        """Seconds for so many transactions of each client."""
        address, port = self.database
        return spawn_and_wait(
            ["/usr/bin/env", *self.prefix, f"{POSTGRES}/pgbench", "-n", "-S", *options, f"-c{clients}",
             f"-t{transactions}", "-h", address, "-p", str(port), "-U", "postgres", "postgres"], {"PATH": side.PATH})

    def fill(self):
        """Waits for the database and gives it pgbench's tables."""
        address, port = self.database
        command = [*self.prefix, f"{POSTGRES}/pgbench", "-i", "-q", "-h", address, "-p", str(port), "-U", "postgres", "postgres"]
        for _ in range(100):
            if subprocess.run(command, check=False, capture_output=True).returncode == 0:
                return
            time.sleep(0.2)
        subprocess.run(command, check=True)


@contextlib.contextmanager
def of_harness(harness, scratch, shared):
    directory = f"{scratch}/ports-environment"
    os.mkdir(directory)
    mounts = ", ".join(f'"{mount}"' for mount in [*MOUNTS, f"{shared}:/bench:ro"])
    with open(f"{directory}/environment.yaml", "w", encoding="utf-8") as file:
        file.write(f"""
name: benchports
x-common: &common {{image: busybox, volumes: [{mounts}]}}
services:
  web: {{<<: *common, command: [{NGINX}, -c, /bench/nginx.conf], ports: ["127.0.0.1::80"], ready: {{tcp: 80}}}}
  db: {{<<: *common, command: [sh, /bench/database], ports: ["127.0.0.1::5432"], ready: {{tcp: 5432}}}}
""")
    process = subprocess.Popen(
        [harness.program, "run", "--progress", "plain", directory, "--", "sleep", "1000"], env=harness.environment,
        stderr=subprocess.PIPE, text=True)
    try:
        ports = {}
        for line in process.stderr:
            match = re.search(r"port ([0-9]+)/tcp is at (\S+):([0-9]+)", line)
            if match:
                ports[match[1]] = (match[2], match[3])
            if "environment up" in line:
                break
        if len(ports) != 2:
            raise SystemExit("harness did not publish the ports")
        target = Target(ports["80"], ports["5432"])
        target.fill()
        yield target
    finally:
        process.send_signal(signal.SIGTERM)
        process.stderr.close()
        process.wait()


@contextlib.contextmanager
def of_docker(compose, shared):
    """The targets by Docker's proxy and by DNAT."""
    def docker(*words):
        return subprocess.run(
            ["/usr/bin/docker", *words], env=compose.environment, check=True, capture_output=True, text=True).stdout.strip()

    mounts = [word for mount in [*MOUNTS, f"{shared}:/bench:ro"] for word in ("-v", mount)]
    web = docker("run", "-d", "-p", "28080:80", *mounts, "busybox", NGINX, "-c", "/bench/nginx.conf")
    database = docker("run", "-d", "-p", "25432:5432", *mounts, "busybox", "sh", "/bench/database")
    try:
        inside = ["/usr/bin/nsenter", "--net", "-t", compose.namespace_process(), "--"]
        gateway = docker("inspect", "-f", "{{.NetworkSettings.Gateway}}", web)
        proxy = Target(("127.0.0.1", 28080), ("127.0.0.1", 25432), inside)
        proxy.fill()
        yield proxy, Target((gateway, 28080), (gateway, 25432), inside)
    finally:
        docker("rm", "-f", web, database)


MEASUREMENTS = {
    "10,000 answers, 16 connections": lambda target: target.wrk(16),
    "10,000 answers, 1 connection": lambda target: target.wrk(1),
    "1 GiB in large files": lambda target: target.wrk(2, "/large"),
    "8,000 SELECTs, 8 clients": lambda target: target.pgbench(8, 1000),
    "1,000 SELECTs, 1 client": lambda target: target.pgbench(1, 1000),
    "100 connections, a SELECT each": lambda target: target.pgbench(1, 100, "-C"),
}


def everything(scratch, harness, compose, scenario):
    """Yields the scenarios; `scenario` makes one of a name, the sides and the budgets."""
    if not is_possible():
        print("published ports are not measured: install wrk, nginx-light and postgresql-15", file=sys.stderr)
        return
    shared = prepare(scratch)
    with contextlib.ExitStack() as stack:
        own = stack.enter_context(of_harness(harness, scratch, shared))
        proxy, rewritten = stack.enter_context(of_docker(compose, shared)) if compose else (None, None)
        for name, measure in MEASUREMENTS.items():
            functions = {"harness": lambda measure=measure: measure(own)}
            if compose:
                functions["compose"] = lambda measure=measure: measure(proxy)
            yield scenario(f"port: {name}", functions, [FasterThan("compose", 1)])
            if compose:
                functions = {**functions, "compose": lambda measure=measure: measure(rewritten)}
                yield scenario(f"port: {name} (DNAT)", functions, [])
