"""What a measurement needs: CPU and memory of processes, percentiles, the machine's load, and where results go.

A script calls arguments() once, then keep() for each result: a line on the screen and, with --write, an entry of
bench/results/NAME.json with the load average before and after it.
"""
import argparse
import json
import os
import pathlib
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

BENCH = pathlib.Path(__file__).resolve().parent
ROOT = BENCH.parent
BINARY = os.environ.get("MILLSTREAM", str(ROOT / "build" / "release" / "millstream"))
TICKS = os.sysconf("SC_CLK_TCK")


def arguments(**extra):
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="keep the numbers in bench/results")
    parser.add_argument("--quick", action="store_true", help="small inputs: tries the script, measures little")
    for name, options in extra.items():
        parser.add_argument("--" + name, **options)
    return parser.parse_args()


def load():
    return os.getloadavg()[0]


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


class Results:
    """The numbers of one script, in the order in which they were taken."""

    def __init__(self, name, options):
        self.path, self.write = BENCH / "results" / f"{name}.json", options.write
        self.entries, self.load = {}, load()

    def keep(self, name, **values):
        values = {key: round(value, 6) if isinstance(value, float) else value for key, value in values.items()}
        values["load_average"] = [round(self.load, 2), round(load(), 2)]
        self.load = load()
        self.entries[name] = values
        print(name + ": " + ", ".join(f"{key} {value}" for key, value in values.items()), flush=True)
        if self.write:  # after each, so that what was measured is kept when a later one fails
            machine = {"processors": os.cpu_count(), "model": cpu_model(), "kernel": platform.release()}
            self.path.parent.mkdir(exist_ok=True)
            self.path.write_text(json.dumps({"machine": machine, "results": self.entries}, indent=1) + "\n")


def percentiles(values, unit=1.0):
    ordered = sorted(values)
    at = lambda share: ordered[min(len(ordered) - 1, int(len(ordered) * share))] * unit
    return {"p50": at(.5), "p99": at(.99), "p999": at(.999)}


def median(values):
    return statistics.median(values)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(pid, field="VmRSS"):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise KeyError(field)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_memory_present(folder, size=512 << 20):
    """A virtual machine's host may have taken back what is free here; who touches it next would pay, some seconds a GB."""
    block = bytes(1 << 20)
    with open(folder / "memory", "wb", buffering=0) as file:
        for _ in range(size >> 20):
            file.write(block)
    (folder / "memory").unlink()


def program(variable):
    """The words of the command that an environment variable names, or None."""
    value = os.environ.get(variable)
    if not value:
        print(f"{variable} is not set: that side is not measured", file=sys.stderr)
    return value.split() if value else None


def answers_metadata(port):
    """Whether a Metadata request over a new connection is answered with at least one broker."""
    request = b"\0\0\0\x0e\0\x03\0\x01\0\0\0\x01\xff\xff\0\0\0\0"  # length, api 3, version 1, correlation 1, no client, no topics
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(request)
            reply = b""
            while len(reply) < 12:
                part = connection.recv(12 - len(reply))
                if not part:
                    return False
                reply += part
            return reply[11] > 0
    except OSError:
        return False


class Broker:
    """A broker process of this measurement: started here, timed to its first metadata answer, stopped by its own pid."""

    def __init__(self, command, port, folder):
        self.port, self.bootstrap, self.folder = port, f"127.0.0.1:{port}", folder
        self.output = open(folder / "broker.out", "ab")
        begin = time.monotonic()
        self.process = subprocess.Popen(command, stdout=self.output, stderr=self.output, stdin=subprocess.DEVNULL)
        while not answers_metadata(port):
            if self.process.poll() is not None:
                raise SystemExit(f"{command[0]} ended: " + (folder / "broker.out").read_text()[-2000:])
            time.sleep(0.001)
        self.started_in = time.monotonic() - begin
        self.pid = self.process.pid

    def cpu(self):
        return cpu_seconds(self.pid)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.output.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def millstream(folder, *settings):
    folder.mkdir(exist_ok=True)
    port, http = free_port(), free_port()
    command = [BINARY, "serve", "--data", str(folder / "data"), "--kafka-listen", f"127.0.0.1:{port}",
               "--http-listen", f"127.0.0.1:{http}"]
    for setting in settings:
        command += ["--set", setting]
    broker = Broker(command, port, folder)
    broker.http = f"http://127.0.0.1:{http}"
    return broker


def real_kafka(folder):
    """None unless REAL_KAFKA is set. Its storage is formatted before the clock starts."""
    start = program("REAL_KAFKA")
    if start is None:
        return None
    folder.mkdir(exist_ok=True)
    port = free_port()
    place = ["--port", str(port), "--dir", str(folder / "kafka")]
    if not (folder / "kafka").exists():
        subprocess.run(start + ["start"] + place, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(start + ["stop"] + place, check=True, stdout=subprocess.DEVNULL)
    return Broker(start + ["exec"] + place, port, folder)


class Folder:
    """A temporary folder in $TMPDIR, gone at the end."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="millstream-bench-"))
        os.chmod(self.path, 0o755)
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)
        # Freed blocks are discarded (mount option discard) when that is written, which others would wait for.
        os.sync()
