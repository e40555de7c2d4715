"""Starts our server and a real Apache Kafka, both empty, and compares their answers to one script of requests.

Usage: dialogue.py CLASSPATH      REAL_KAFKA names a program with `start --port P --dir D`, which prints nothing but the process id, and `stop`
with the same; MILLSTREAM names our binary.
"""
import os
import pathlib
import socket
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from harness import Millstream, free_port, temporary_folder  # noqa: E402


def two_free_ports():
    """The first of two ports in a row: the broker's, and its controller's."""
    while True:
        port = free_port()
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port + 1))
                return port
            except OSError:
                continue


def main():
    real = os.environ["REAL_KAFKA"]
    with temporary_folder() as folder:
        server = Millstream(folder)
        port = two_free_ports()
        where = ["--port", str(port), "--dir", str(folder / "kafka")]
        try:
            server.start()
            subprocess.run([real, "start", *where], check=True, stdout=subprocess.DEVNULL)
            return subprocess.run(["java", "-cp", sys.argv[1], "millstream.WireDialogue", server.bootstrap, f"127.0.0.1:{port}",
                                   HERE / "dialogue.jsonl", HERE / "reasons.tsv"], timeout=600).returncode
        finally:
            subprocess.run([real, "stop", *where], stdout=subprocess.DEVNULL)
            server.stop()


if __name__ == "__main__":
    sys.exit(main())
