"""Real peers for end-to-end tests: a private PostgreSQL, a Millstream process, and waiting for conditions.

Everything lives in one temporary folder, listens on free loopback ports and is stopped by process id.
"""
import contextlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("MILLSTREAM", str(ROOT / "build" / "asan" / "millstream"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=60):
    """Returns the first true value of condition(); exceptions count as not yet."""
    end, last = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            value = condition()
            if value:
                return value
        except Exception as error:  # the peer may be down on purpose
            last = error
        time.sleep(0.02)
    raise AssertionError(f"after {seconds} s still not: {what}" + (f" ({last})" if last else ""))


@contextlib.contextmanager
def temporary_folder():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="millstream-e2e-"))
    os.chmod(folder, 0o755)
    try:
        yield folder
    finally:
        if os.environ.get("KEEP"):
            print("kept", folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)


class Postgres:
    """A cluster of its own. PostgreSQL refuses to run as root, so root runs it as the user `postgres` or `nobody`."""

    def __init__(self, folder):
        self.data = folder / "postgres"
        self.port = free_port()
        binaries = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        if not binaries:
            raise SystemExit("PostgreSQL's server programs are missing: apt-get install postgresql-15")
        self.binaries = binaries[-1]
        self.user = None
        if os.geteuid() == 0:
            names = [entry.pw_name for entry in pwd.getpwall()]
            self.user = "postgres" if "postgres" in names else "nobody"
        self.data.mkdir()
        if self.user:
            shutil.chown(self.data, self.user)
        self.run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8")
        self.start()

    def run(self, program, *arguments, quiet=False):
        command = [str(self.binaries / program), *arguments]
        options = {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid} if self.user else {}
        return subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL if quiet else None, cwd="/", **options)

    def start(self, quiet=False):
        options = f"-p {self.port} -h 127.0.0.1 -k '' -c fsync=on -c max_connections=50"
        self.run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.data / "log"), "-o", options, "start", quiet=quiet)

    def pid(self):
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def kill(self):
        os.kill(self.pid(), signal.SIGKILL)
        # Children notice the missing parent by themselves; pg_ctl refuses to start while they hold the memory.
        wait_for(lambda: not self.accepts(), "the killed PostgreSQL is gone")

    def accepts(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def restart(self):
        def try_start():
            self.start(quiet=True)  # refused while children of the killed one are still there
            return True
        wait_for(try_start, "PostgreSQL starts again")

    def stop(self):
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def url(self, database="postgres"):
        return f"host=127.0.0.1 port={self.port} user=postgres dbname={database} password=postgres connect_timeout=5"

    def connect(self, database="postgres", **options):
        return psycopg.connect(self.url(database), **options)

    def execute(self, text, database="postgres"):
        with self.connect(database, autocommit=True) as connection:
            cursor = connection.execute(text)
            return cursor.fetchall() if cursor.description else None


class Millstream:
    """One server process on a data folder that outlives it."""

    def __init__(self, folder, aliases=None, settings=None, binary=BINARY):
        self.folder = folder
        self.binary = binary
        self.data = folder / "data"
        self.kafka_port, self.http_port = free_port(), free_port()
        self.aliases, self.settings = aliases or {}, settings or {}
        self.process = None

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.kafka_port}"

    @property
    def server(self):
        return f"http://127.0.0.1:{self.http_port}"

    def start(self, environment=None):
        command = [self.binary, "serve", "--data", str(self.data), "--kafka-listen", self.bootstrap,
                   "--http-listen", f"127.0.0.1:{self.http_port}"]
        for name, address in self.aliases.items():
            command += ["--host-alias", f"{name}={address}"]
        for key, value in self.settings.items():
            command += ["--set", f"{key}={value}"]
        self.output = open(self.folder / "server.out", "ab")
        self.process = subprocess.Popen(command, stdout=self.output, stderr=self.output, stdin=subprocess.DEVNULL,
                                        env={**os.environ, **(environment or {})})
        self.wait_ready()

    def wait_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended with {self.process.returncode}:\n" + self.log()[-3000:])
            with urllib.request.urlopen(self.server + "/health", timeout=2) as answer:
                return answer.status == 200
        wait_for(ready, "the server answers /health")

    def log(self):
        texts = []
        for path in (self.folder / "server.out", self.data / "millstream.log"):
            if path.exists():
                texts.append(path.read_text(errors="replace"))
        return "\n".join(texts)

    def stop(self, seconds=30):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            code = self.process.wait(timeout=seconds)
            assert code == 0, f"a clean stop ended with {code}:\n" + self.log()[-3000:]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def run(self, *arguments, check=True, text=None):
        """A command of the binary against this server."""
        result = subprocess.run([self.binary, *arguments, "--server", self.server], input=text, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        if check and result.returncode != 0:
            raise AssertionError(f"{arguments} ended with {result.returncode}:\n{result.stdout}\n{result.stderr}")
        return result

    def get(self, path):
        with urllib.request.urlopen(self.server + path, timeout=10) as answer:
            return json.load(answer)

    def jobs(self):
        return self.get("/jobs/overview")["jobs"]
